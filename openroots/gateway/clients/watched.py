"""Which of the exchanges that were kept are those of one client.

A request that was refused before it was known who asks names no application. It is taken for that
of whoever sent the same token or key with another request.

Source: none.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from operator import attrgetter

from openroots.clock import BEGINNING
from openroots.delivery import kept
from openroots.gateway.clients.call import Call
from openroots.gateway.clients.rule import Watched
from openroots.gateway.recorder import Recorded
from openroots.problem import Json, Problem
from openroots.service import Service
from openroots.services.events.names import OWNER
from openroots.storage import Query, Snapshot

PROOFS = ("authorization", "apikey")
PAGES = "web-pages"  # what people do on our own pages is no client's
MOST_SUBSCRIPTIONS = 1000


def watch(
    recorded: Sequence[Recorded],
    services: Iterable[Service],
    db: Snapshot,
    application: str,
    since: str,
) -> Watched:
    """What was seen of an application, or of all as if they were one, since a moment or after a
    trail. Raises Problem for what is neither."""
    endpoints = {one.id: one for service in services for one in service.endpoints}
    left, moment = _since(recorded, since)
    chosen = sorted(of_application(left, application), key=attrgetter("began"))
    calls = [Call(one, endpoints.get(one.endpoint)) for one in chosen]
    return Watched(calls, list(_events(db, application, moment)))


def of_application(recorded: Sequence[Recorded], application: str) -> list[Recorded]:
    """Those that this application sent; where none is named, those that any client did."""
    if not application:
        return [one for one in recorded if one.application != PAGES]
    own = [one for one in recorded if one.application == application]
    proofs = {proof for one in own for proof in _proofs(one)}
    return [
        one
        for one in recorded
        if one.application == application or (not one.application and proofs & _proofs(one))
    ]


def _since(recorded: Sequence[Recorded], since: str) -> tuple[Sequence[Recorded], datetime]:
    """Those since then, and when that is."""
    if not since:
        return recorded, BEGINNING
    if since in (ids := [one.id for one in recorded]):
        at = ids.index(since)
        return recorded[at + 1 :], recorded[at].wall
    moment = _moment(since)
    return [one for one in recorded if one.wall >= moment], moment


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        wanted = "a moment with its zone, nor the trail of a request that is kept"
        example = "2026-11-21T12:00:00Z"
        raise Problem("value-wrong", name="since", given=text[:80], wanted=wanted, example=example)
    return moment


def _proofs(one: Recorded) -> set[tuple[str, str]]:
    """What it was sent with to prove who asks."""
    return {(name, one.headers[name]) for name in PROOFS if name in one.headers}


def _events(db: Snapshot, application: str, since: datetime) -> Iterator[Json]:
    """The attempts to hand events to its webhooks since then, as far as they are kept."""
    rows = db.search(Query(OWNER, limit=MOST_SUBSCRIPTIONS)).rows
    own = [row.id for row in rows if application in ("", row.body["application"])]
    for log in kept.logs(db, own).values():
        for event in log:
            if datetime.fromisoformat(event["at"]) >= since:
                yield event
