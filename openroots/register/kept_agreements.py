"""Agreements as the store keeps them, and the cheap way to see that one of them has changed.

Each commit that changes agreements also puts their names into one small resource, the list of
changes. So a worker asks for that one alone, and reads again no agreement that is as it was.

    Agreement           one for each
    AgreementChanges    latest: changes, the newest so many (version of this list, id)

Source: none.
"""

from collections.abc import Sequence

from openroots.register.agreement import AGREEMENT, Agreement, agreement_of
from openroots.register.agreements import Agreements
from openroots.register.founding_agreements import founding_agreements
from openroots.storage import Change, Json, Query, Row, Snapshot

CHANGES = ("AgreementChanges", "latest")
REMEMBERED = 200  # changes; a worker that missed more reads all agreements again
AT_ONCE = 1000


def changes_to(bodies: Sequence[Json], db: Snapshot) -> list[Change]:
    """What to commit so that these agreements are as told here. Each is another's next version, or
    new. Raises Malformed for one that is none."""
    for body in bodies:
        agreement_of(body)
    keys = [(AGREEMENT, str(body["id"])) for body in bodies]
    found = db.read([*keys, CHANGES])
    puts = [
        Change(*key, body, found[key].version if key in found else 0)
        for key, body in zip(keys, bodies, strict=True)
    ]
    return [*puts, _noted([id for _, id in keys], found.get(CHANGES))]


def founding_changes() -> list[Change]:
    """What to commit so that an empty store has the founding agreements."""
    founding = founding_agreements()
    new = [Change(AGREEMENT, body["id"], body, 0) for body in founding]
    return [*new, _noted([body["id"] for body in founding], None)]


def missing(db: Snapshot) -> list[Change]:
    """What to commit so that every founding agreement is there. What was changed or ended since
    is left as it is."""
    there = db.read([(AGREEMENT, body["id"]) for body in founding_agreements()])
    new = [body for body in founding_agreements() if (AGREEMENT, body["id"]) not in there]
    return changes_to(new, db) if new else []


def version_of(db: Snapshot) -> int:
    """How often agreements have changed."""
    row = db.get(*CHANGES)
    return row.version if row else 0


def agreements_in(db: Snapshot) -> Agreements:
    """All agreements."""
    return Agreements(agreement_of(row.body) for row in rows_in(db))


def since(known: Agreements, version: int, db: Snapshot) -> Agreements:
    """All agreements, by those that were known when the list of changes had this version."""
    row = db.get(*CHANGES)
    changes = row.body["changes"] if row else []
    if not version or not changes or changes[0][0] > version:
        return agreements_in(db)
    ids = {id for at, id in changes if at > version}
    found = db.read([(AGREEMENT, id) for id in sorted(ids)])
    new = [agreement_of(row.body) for row in found.values()]
    return known.changed(new, ids - {one.id for one in new})


def rows_in(db: Snapshot) -> list[Row]:
    """The row of every agreement, in the order of their ids."""
    rows: list[Row] = []
    after, more = "", True
    while more:
        page = db.search(Query(AGREEMENT, limit=AT_ONCE, after=after))
        rows += page.rows
        after, more = page.next, bool(page.next)
    return rows


def agreement_in(db: Snapshot, id: str) -> tuple[Json, Agreement] | None:
    """One agreement, as it is kept and as it is asked; None where there is none of this id."""
    row = db.get(AGREEMENT, id)
    return (row.body, agreement_of(row.body)) if row else None


def _noted(ids: list[str], row: Row | None) -> Change:
    version = row.version if row else 0
    before = row.body["changes"] if row else []
    changes = [*before, *([version + 1, id] for id in ids)][-max(REMEMBERED, len(ids)) :]
    return Change(*CHANGES, {"changes": changes}, version)
