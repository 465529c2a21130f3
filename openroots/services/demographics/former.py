"""What was once so of a person and is no longer in their record: for searches of history.

One row stands beside a record. It holds the names, addresses, telecoms and genders that a change
took away, no more of them than a search looks at, and the birth date as it is now, by which former
names are found. What made-up people had before their world began, or what an earlier version kept,
stands there whole.

Source: PDS FHIR API, "Search for a patient", on history.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from openroots.problem import Json
from openroots.services.demographics import service
from openroots.services.demographics.changes import Difference
from openroots.services.demographics.indexing import TRACE, Term, terms_of_names
from openroots.storage import Change, Row, Snapshot
from openroots.tracing import keys_of, known

FORMER = "FormerPart"  # the type of these rows
KEPT = frozenset({"name", "address", "telecom", "gender"})
TOLD_OF = KEPT | {"birthDate"}  # the parts of a record of which one of these rows tells
PARTS_INDEXED = ("name", "birthDate")
SEARCHED = {  # what is looked at of an item: all else is let go of
    "name": ("use", "family", "given"),
    "address": ("line", "postalCode"),
    "telecom": ("system", "value"),
}
MOST = 50  # of each part; the latest


@service.indexes(FORMER)
def terms(former: Json) -> Iterator[Term]:
    """(name, value) for each former name. Where somebody lived is not among them, as this row does
    not say whether that may be known."""
    if not (names := former.get("name")):
        return
    held = known({"birthDate": former.get("birthDate", "")}, {"name": names})
    yield from dict.fromkeys(terms_of_names(held.names, held.born))
    yield from ((TRACE, key) for key in keys_of(held))


def left_behind(
    changes: Iterable[Difference], new: Json, row: Row, db: Snapshot
) -> tuple[Change, ...]:
    """What to commit beside a change of this record, so that what it took away can be found.

    Nothing, where it took nothing away; then the store is not asked.
    """
    changes = list(changes)
    gone = [each for each in changes if each.part in KEPT and _is_gone(each)]
    if not gone and all(each.part != "birthDate" for each in changes):
        return ()
    kept = db.get(FORMER, row.id)
    if not gone and kept is None:
        return ()
    body = kept.body if kept else {}
    told: Json = body | _with(body, gone) | {"birthDate": new.get("birthDate", "")}
    if told == body:
        return ()
    version = kept.version if kept else 0
    alike = all(told.get(part) == body.get(part) for part in PARTS_INDEXED)
    marks = row.subject, row.holder, row.labels
    return (Change(FORMER, row.id, told, version, *marks, found_as_before=alike),)


def _with(body: Json, gone: Iterable[Difference]) -> Json:
    """The parts of the row with what has gone added to them, unless it is there already."""
    parts: Json = {}
    for part, _, old, _ in gone:
        there: list[Any] = parts.get(part) or body.get(part, [])
        said = _searched(part, old)
        if not any(_searched(part, item) == said for item in there):
            parts[part] = [*there, said][-MOST:]
    return parts


def _is_gone(difference: Difference) -> bool:
    part, _, old, new = difference
    said = _searched(part, old)
    return bool(said) and said != _searched(part, new)


def _searched(part: str, item: Any) -> Any:
    """What a search looks at in an item; as much of it as there is."""
    if not isinstance(item, dict):
        return item
    return {name: item[name] for name in SEARCHED[part] if name in item}
