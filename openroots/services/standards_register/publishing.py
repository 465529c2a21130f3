"""Publishing: the rulebook for anybody to read, for other nodes to take over, and how it came.

Who carries it elsewhere asks with the ETag of what they have, and is told where nothing is new.

Source: RFC 7515 (JWS), RFC 9110 (ETag, If-None-Match).
"""

from functools import partial

from openroots.register.decision import Decision
from openroots.register.exemption import Exemption
from openroots.register.kept import decisions_in, exemptions_in, rulebook_of
from openroots.register.signed import publish
from openroots.register.timeline import ends
from openroots.service import OPENLY, Reply, Request
from openroots.services.standards_register.asked import day_asked
from openroots.services.standards_register.declaration import service, tells
from openroots.storage import Snapshot

JOSE = "application/jose"
TAG = {"ETag": "Of this rulebook and key; If-None-Match with it is answered by 304."}


@tells("/rulebook", reads=7)
def show_rulebook(request: Request, db: Snapshot) -> Reply:
    """Everything that is enforced, as data, with the hash that names it.

    With a day, what had been decided by its end."""
    on = day_asked(request)
    rulebook = rulebook_of(db, on if "on" in request.query else None)
    return Reply({"hash": rulebook.hash, "content": rulebook.content()})


@service.endpoint("GET", "/rulebook/signed", access=OPENLY, offers=(JOSE,), tells=TAG, reads=7)
def show_signed_rulebook(request: Request, db: Snapshot) -> Reply:
    """The same, dated and signed, with the key that it is signed by.

    For other nodes, which trust that key by its id. Where it is what the client has, by its ETag,
    304."""
    keys, rulebook = request.keys, rulebook_of(db)
    assert keys is not None  # each world has some
    kid = keys.kid
    tag = f'"{rulebook.hash}.{kid}"'
    headers = (("content-type", JOSE), ("etag", tag), ("cache-control", "no-cache"))
    given = request.headers.get("if-none-match", "")
    if tag in [one.strip().removeprefix("W/") for one in given.split(",")]:
        return Reply(b"", status=304, headers=headers)
    [key] = [one for one in keys.public()["keys"] if one["kid"] == kid]
    text = publish(rulebook, request.wall, partial(keys.sign, kid=kid), kid, key)
    return Reply(text.encode(), headers=headers)


@tells("/rulebook/history", reads=4)
def show_history(request: Request, db: Snapshot) -> Reply:
    """Every act that made the rulebook what it was on a day, the newest first.

    `/rulebook?on=` gives it as it was after each."""
    on = day_asked(request)
    acts: list[Decision | Exemption] = [*decisions_in(db), *exemptions_in(db)]
    made = sorted(
        (act for act in acts if act.decided_at <= ends(on)),
        key=lambda act: (act.decided_at, act.id),
        reverse=True,
    )
    return Reply({"on": on.isoformat(), "acts": [act.to_json() for act in made]})
