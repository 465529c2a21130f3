"""Proxy roles: who may act for whom, in what, and until when.

For the policy, which looks each one up at every request of a proxy, so that what was taken back
holds from the next one on.

    ProxyRole  id: the subject keys of patient and proxy; patient, proxy (the same), permissions,
               from, to, status: active or inactive
               proxyNumber, proxyName: by which the patient is told who it was
               permissions: "demographics:read", "demographics:*"

Source: NHS Validated Relationships Service, proxy roles; the names of permissions are ours.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from openroots.storage import Change, Json, Query, Row, Snapshot, Term

PROXY_ROLE = "ProxyRole"
ACTIVE, INACTIVE = "active", "inactive"


class Pair(NamedTuple):
    """A patient and who acts for them, by their subject keys."""

    patient: str
    proxy: str

    @property
    def id(self) -> str:
        """The id of the role between the two."""
        return f"{self.patient}.{self.proxy}"


def terms(body: Json) -> Iterator[tuple[str, str]]:
    """What a role is found by: whom it is about."""
    yield "patient", body["patient"]


def roles_about(subject: str, time: datetime, db: Snapshot) -> list[Row]:
    """Every role that stands for this patient, as far as there are a thousand."""
    page = db.search(Query(PROXY_ROLE, (Term("patient", (subject,)),), 1000))
    return [row for row in page.rows if stands(row.body, time)]


def names_of(subject: str, db: Snapshot) -> dict[str, str]:
    """What those are called who act or have acted for this patient, by NHS number. One search."""
    page = db.search(Query(PROXY_ROLE, (Term("patient", (subject,)),), 1000))
    bodies = [row.body for row in page.rows]
    return {body["proxyNumber"]: body["proxyName"] for body in bodies if body.get("proxyName")}


def role_of(pair: Pair, db: Snapshot) -> Row | None:
    """The role between the two, whatever has become of it, or None. One read."""
    return db.get(PROXY_ROLE, pair.id)


def stands(body: Json, time: datetime) -> bool:
    """Whether a role may be used at this time of the world."""
    ends = body.get("to")
    begun = body["status"] == ACTIVE and datetime.fromisoformat(body["from"]) <= time
    return begun and (ends is None or time < datetime.fromisoformat(ends))


def permits(body: Json, category: str, action: str) -> bool:
    """Whether a role lets its proxy do this with data of this category."""
    return not {f"{category}:{action}", f"{category}:*"}.isdisjoint(body["permissions"])


def change_to(pair: Pair, body: Json, db: Snapshot) -> Change:
    """What to commit so that the role between the two is as told here."""
    row = role_of(pair, db)
    return Change(PROXY_ROLE, pair.id, body, row.version if row else 0, subject=pair.patient)
