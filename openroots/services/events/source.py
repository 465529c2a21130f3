"""What there is to deliver and to whom, as delivery is given it: the other side of subscriptions.

For `app.py`, which hands it to the dispatcher. Nothing is delivered to an application that has
been revoked, to one whose organisation no agreement lets be told, nor for a subscription that is
not active.

Source: none.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256

from openroots.delivery.source import Reading, Subscriber, Tells, Written
from openroots.identity.applications import APPLICATION, is_active
from openroots.problem import Json
from openroots.services.events.agreed import NOBODY, Agreed
from openroots.services.events.cloudevent import as_cloudevent
from openroots.services.events.delivered import FHIR_JSON, delivered_as
from openroots.services.events.matching import Matcher, follow, matcher_of
from openroots.services.events.names import OWNER, SUBSCRIPTION
from openroots.services.events.nems_message import FHIR_XML
from openroots.services.events.told import event_of, trial_event
from openroots.storage import Query, Snapshot, Told

AT_ONCE = 1000
MOST_WRITTEN = 256  # events that are kept as they were written
ANONYMOUS = "open-access"  # owns what was asked for without a key


class Subscriptions:
    """All subscriptions of a world, ready to be asked which of them want an event. `origin` is
    the scheme and host at which subscribers reach the services; `now` tells the world's time."""

    def __init__(self, origin: str, now: Callable[[], datetime]) -> None:
        self._origin = origin
        self._agreed = Agreed(now)
        self._matcher = Matcher()
        self._written: dict[tuple[int, str], tuple[Json, Written]] = {}  # lately: many get the same

    def begin(self, db: Snapshot) -> None:
        self._matcher = matcher_of(db)

    def follow(self, told: Told, db: Snapshot) -> bool:
        return follow(self._matcher, told, db)

    def removed(self, told: Told, db: Snapshot) -> str:
        type, _, id = told.signal.dataref.partition("/")
        return id if type == SUBSCRIPTION and not db.get(SUBSCRIPTION, id) else ""

    def asks_for(self, type: str) -> bool:
        return self._matcher.asks_for(type)

    def event(self, told: Told, db: Snapshot) -> Json | None:
        hidden = self._matcher.hidden(told.signal.type)
        return event_of(told, db, self._origin, hidden)

    def trial(self, told: Told, subscriber: Subscriber) -> Json:
        return trial_event(told.time, partial(_always_the_same, f"{subscriber.id}/{told.cursor}"))

    def matching(self, event: Json) -> Sequence[str]:
        return self._matcher.matching(event)

    def subscribers(self, ids: Sequence[str], db: Snapshot) -> dict[str, Subscriber]:
        rows = db.read([(type, id) for id in ids for type in (SUBSCRIPTION, OWNER)])
        owners = {id: row.body["application"] for (type, id), row in rows.items() if type == OWNER}
        return {
            id: Subscriber(
                id,
                owners[id],
                row.holder,
                str((body := row.body)["channel"]["endpoint"]),
                body["status"] == "active",
                body,
            )
            for (type, id), row in rows.items()
            if type == SUBSCRIPTION and id in owners
        }

    def active(self, applications: Collection[str], db: Snapshot) -> dict[str, Tells | None]:
        keys = {(APPLICATION, id) for id in applications} - {(APPLICATION, ANONYMOUS)}
        rows = db.read(list(keys)) if keys else {}
        self._agreed.look(db)
        known = {row.id: row.body for row in rows.values() if is_active(row.body)}
        agreed = {
            id: self._agreed.bounds(body) for id, body in ({ANONYMOUS: NOBODY} | known).items()
        }
        return {id: found.tells for id, found in agreed.items() if found is not None}

    def all_ids(self, db: Snapshot) -> list[str]:
        return every_id(db)

    def reading(self, event: Json, subscriber: Subscriber) -> Reading | None:
        body = subscriber.body
        hydration = body.get("hydration")
        if not hydration or not hydration["enabled"] or body["channel"]["payload"] != FHIR_JSON:
            return None
        url = str(as_cloudevent(event).get("dataref", ""))
        return Reading(url, hydration.get("headers") or {}, subscriber.application) if url else None

    def written(self, event: Json, subscriber: Subscriber, found: Json | None = None) -> Written:
        if found is not None:
            return Written(*delivered_as(event, subscriber.body, self._origin, found))
        which = id(event), str(subscriber.body["channel"]["payload"])
        known = self._written.get(which)
        if known is not None and known[0] is event:
            return known[1]
        made = Written(*delivered_as(event, subscriber.body, self._origin))
        if made.media_type != FHIR_XML:  # which names the subscription
            if len(self._written) >= MOST_WRITTEN:
                self._written.clear()
            self._written[which] = event, made
        return made


def every_id(db: Snapshot) -> list[str]:
    """The ids of all subscriptions."""
    ids: list[str] = []
    after = ""
    while True:
        page = db.search(Query(OWNER, limit=AT_ONCE, after=after))
        ids += [row.id for row in page.rows]
        if not (after := page.next):
            return ids


def _always_the_same(about: str, count: int) -> bytes:
    """Bytes that look random, and are the same whenever they are asked for."""
    return sha256(about.encode()).digest()[:count]
