"""Access tokens: opaque texts, of which the store keeps only what they stand for.

For the authorisation server, which gives them, and the gateway, which looks each one up. So one
can be taken back, and what it stands for can change, from the next request on. A token is a mark
under the SHA-256 of its text; it ends by wall time.

Source: RFC 6749 sections 1.4 and 10.3; RFC 7662, for what is kept of a token.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import orjson

from openroots.identity import applications, grants
from openroots.identity.applications import fingerprint
from openroots.storage import Json, Mark, Snapshot

ACCESS = "token"  # kinds of token; the kind is in the mark's key, so that none passes for another
TAKEN_BACK = b""


@dataclass(frozen=True, slots=True)
class Token:
    """What an access token stands for.

    `user` is a member of staff's id or a patient's NHS number, "" where no person is behind it;
    `assurance` how surely they are known ("aal3", "P9.Cp.Cd"); `actor` the NHS number of who acts
    for that patient, if somebody does. `key` is the name of the application's key or secret by
    which it was got; `session` the login that it came from; `combined` says that this was on the
    way to a code of ours; `revocations` is how often the application had been revoked by then.
    """

    application: str
    scopes: tuple[str, ...]
    issued: datetime
    expires: datetime
    user: str = ""
    assurance: str = ""
    actor: str = ""
    key: str = ""
    session: str = ""
    combined: bool = False
    revocations: int = 0


def stands(token: Token, application: Json, db: Snapshot) -> bool:
    """Whether what the token was given on is still so: its application active and not revoked in
    the meantime, the key or secret still its own, and the login not ended. A key that is at an
    address is not looked up again."""
    if not applications.is_active(application):
        return False
    if token.revocations != applications.revocations_of(application):
        return False
    if token.key and token.key not in applications.proofs_of(application):
        is_secret = token.key.startswith(applications.SECRET)
        if is_secret or not application.get("jwks_url"):
            return False
    return not token.session or bool(grants.session_goes_on(token.session, db))


def new_text(chance: Callable[[int], bytes]) -> str:
    """A new token that nobody can guess: 168 bits."""
    return urlsafe_b64encode(chance(21)).decode()


def mark_of(text: str, token: Token, kind: str = ACCESS) -> Mark:
    """What to commit so that the text stands for the token until it expires."""
    return Mark(key_of(text, kind), orjson.dumps(token), expires=token.expires)


def end_of(text: str, expires: datetime, kind: str = ACCESS) -> Mark:
    """What to commit so that the text stands for nothing any more."""
    return Mark(key_of(text, kind), TAKEN_BACK, expires=expires)


def token_of(text: str, db: Snapshot, kind: str = ACCESS) -> Token | None:
    """What the text stands for, or None: never given, taken back, or expired and swept away.
    Whether it has expired is for the caller to ask."""
    key = key_of(text, kind)
    mark = db.marks([key]).get(key)
    if mark is None or mark.value == TAKEN_BACK:
        return None
    kept = orjson.loads(mark.value)
    for moment in ("issued", "expires"):
        kept[moment] = datetime.fromisoformat(kept[moment])
    return Token(**{**kept, "scopes": tuple(kept["scopes"])})


def key_of(text: str, kind: str = ACCESS) -> str:
    """The key of the mark that keeps a token."""
    return f"{kind}/{fingerprint(text)}"
