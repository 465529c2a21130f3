"""What was once so of a person and is no longer in their record: for searches of history.

The versions of a record tell it, and a search looks at them. But nobody is found by them, there
may be any number, and they may be let go of. So what they tell is gathered in one row beside the
record: names, addresses, telecoms and genders, no more of them than a search looks at, and the
birth date as it is now, by which former names are found. That is done where a name or the birth
date changes, with each sixteenth version, and before versions go. The row says in `version` at
which version of the record it was last done. What made-up people had before their world began, or
what an earlier version of the program kept, stands in it whole.

Source: PDS FHIR API, "Search for a patient", on history.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain
from typing import Any

import orjson

from openroots.problem import Json
from openroots.services.demographics import service
from openroots.services.demographics.indexing import TRACE, Term, terms_of_names
from openroots.storage import Change, Row, Snapshot
from openroots.tracing import keys_of, known
from openroots.tracing.person import NOTHING

FORMER = "FormerPart"  # the type of these rows
PARTS_INDEXED = frozenset({"name", "birthDate"})
SEARCHED = {  # what is looked at of an item: all else is let go of
    "name": ("use", "family", "given"),
    "address": ("line", "postalCode"),
    "telecom": ("system", "value"),
    "gender": (),
}
MOST = 50  # of each part; the latest
EVERY = 16  # versions: no search looks at many more of a record that is changed by patches


@service.indexes(FORMER)
def terms(former: Json) -> Iterator[Term]:
    """(name, value) for each former name. Where somebody lived is not among them, as this row does
    not say whether that may be known."""
    if not (names := former.get("name")):
        return
    held = known({"birthDate": former.get("birthDate", "")}, {"name": names})
    yield from dict.fromkeys(terms_of_names(held.names, held.born))
    yield from ((TRACE, key) for key in keys_of(held))


def left_behind(parts: Set[str], new: Json, row: Row, db: Snapshot) -> tuple[Change, ...]:
    """What to commit beside a change of these parts, so that what it took away can be found.

    Nothing, for most changes: the versions tell. Then the store is not asked.
    """
    version = row.version + 1
    due = is_due(row.id, version)
    if PARTS_INDEXED.isdisjoint(parts) and not due:
        return ()
    kept = db.get(FORMER, row.id)
    body = kept.body if kept else NOTHING
    told = _with(body, db.versions({("Patient", row.id): _gathered_at(body)}), new)
    born = new.get("birthDate", "")
    if not due and told == body and body.get("birthDate", born) == born:
        return ()
    return (gathered(told, new, row._replace(version=version), kept),)


def is_due(number: str, version: int) -> bool:
    """Whether it is gathered with this version whatever changes. Of those who are all changed one
    after the other it is so with a sixteenth at each turn, and not with all at every sixteenth."""
    return (int(number) + version) % EVERY == 0


def once(patients: Sequence[Row], formers: Mapping[str, Row], db: Snapshot) -> dict[str, Json]:
    """What was once so of each of these people, by number: what was gathered of them, of which the
    rows are given by number, and what their versions since then tell."""
    told = {id: former.body for id, former in formers.items()}
    since = {("Patient", row.id): _gathered_at(told.get(row.id, NOTHING)) for row in patients}
    changed = {row.id: row for row in patients if row.version > since["Patient", row.id]}
    asked = {key: number for key, number in since.items() if key[1] in changed}
    versions: defaultdict[str, list[Row]] = defaultdict(list)
    for version in db.versions(asked) if asked else ():
        if version.version < changed[version.id].version:
            versions[version.id].append(version)
    for id, row in changed.items():
        told[id] = _with(told.get(id, NOTHING), versions[id], row.body)
    return told


def gathered(told: Json, now: Json, row: Row, kept: Row | None) -> Change:
    """The row that keeps what is told of somebody's past in the place of the one so far. Their
    record is now of this version, and holds this."""
    body = kept.body if kept else NOTHING
    told = told | {"birthDate": now.get("birthDate", ""), "version": row.version}
    alike = all(told.get(part) == body.get(part) for part in PARTS_INDEXED)
    version, marks = kept.version if kept else 0, (row.subject, row.holder, row.labels)
    return Change(FORMER, row.id, told, version, *marks, found_as_before=alike)


def _gathered_at(former: Json) -> int:
    """The version of the record up to which it was gathered what is no longer so."""
    version: int = former.get("version", 1)
    return version


def _with(former: Json, versions: Iterable[Row], now: Json) -> Json:
    """What was gathered, with all that these versions held and the record does not hold now. What
    was so latest stands last, also where it was so before."""
    bodies = [row.body for row in versions if row.raw]
    told = dict(former)
    for part in SEARCHED:
        current = _said(part, now.get(part))
        kept = {key: item for item in former.get(part, ()) for key in _said(part, [item])}
        held = (_said(part, body.get(part)).items() for body in bodies)
        for key, item in chain.from_iterable(held):
            if key not in current:
                kept[key] = kept.pop(key, item)
        if kept:
            told[part] = list(kept.values())[-MOST:]
    return told


def _said(part: str, held: Any) -> dict[bytes, Any]:
    """What a search looks at in each item that a record holds of a part, by how that is written; as
    much as there is."""
    if not isinstance(held, list):
        held = [held] if held else []
    members = SEARCHED[part]
    said = (
        {name: item[name] for name in members if name in item} if members else item for item in held
    )
    return {orjson.dumps(item): item for item in said if item}
