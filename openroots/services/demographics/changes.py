"""An edit of a record: what differs between its two states, part by part and item by item.

Source: none; items of a list are told apart as PDS tells them, by id, and extensions by url.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import repeat
from typing import Any, NamedTuple

import orjson

from openroots.fhir.patch import alike
from openroots.problem import Json
from openroots.services.demographics.operations import LISTS, UPDATABLE

IN_ORDER = tuple(sorted(UPDATABLE))


class Difference(NamedTuple):
    """One part, or one item of a part that is a list, before and after; None where there is none.

    `place` is where the item is in the list, or was if it is gone; -1 for a part that is no list.
    """

    part: str
    place: int
    old: Any
    new: Any

    @property
    def field(self) -> str:
        """As failures name it: "gender", "name/0"."""
        return self.part if self.place < 0 else f"{self.part}/{self.place}"


def differences(old: Json, new: Json) -> list[Difference]:
    """Every part and every item that differs, in the order of their names."""
    found: list[Difference] = []
    for part in IN_ORDER:
        before, after = old.get(part), new.get(part)
        if before is after:  # the rule: a patch shares with the record what it does not touch
            continue
        if part in LISTS:
            found += _in_list(part, before or [], after or [])
        elif not alike(before, after):
            found.append(Difference(part, -1, before, after))
    return found


def finally_different(changes: Iterable[Difference], new: Json) -> list[Difference]:
    """The same differences as they are in a record that was made from the new one they tell of.

    Nothing in it has moved. What has become as it was before is no difference any more.
    """
    return [each for each in map(_in, changes, repeat(new)) if not alike(each.old, each.new)]


class Edit:
    """A record before and after a change, when it is made, and what differs."""

    __slots__ = ("differences", "new", "old", "parts", "time")

    def __init__(
        self, old: Json, new: Json, time: datetime, found: list[Difference] | None = None
    ) -> None:
        self.old = old
        self.new = new
        self.time = time
        self.differences = differences(old, new) if found is None else found
        self.parts = {difference.part for difference in self.differences}

    def ending_in(self, new: Json) -> "Edit":
        """The same edit when the service has made of its new record what it keeps."""
        return Edit(self.old, new, self.time, finally_different(self.differences, new))

    def written(self, part: str, url: str = "") -> list[Difference]:
        """What has been added to a part or changed in it; of extensions, those of one url."""
        return [
            each
            for each in self.differences
            if each.part == part and each.new is not None and (not url or each.new["url"] == url)
        ]


def _in(change: Difference, new: Json) -> Difference:
    part, place, old, item = change
    if item is None:
        return change
    return Difference(part, place, old, new[part] if place < 0 else new[part][place])


def _in_list(part: str, old: list[Any], new: list[Any]) -> Iterator[Difference]:
    """Each item that is new or not what it was; then those that are gone."""
    shared = set(map(id, old)) & set(map(id, new))
    gone = {at: item for at, item in enumerate(old) if id(item) not in shared}
    places: defaultdict[str | bytes, list[int]] = defaultdict(list)  # the last first
    for at in reversed(gone):
        places[_identity(part, gone[at])].append(at)
    for at, item in enumerate(new):
        if id(item) in shared:
            continue
        same = places.get(_identity(part, item))
        was = gone.pop(same.pop()) if same else None
        if was is None or not alike(was, item):
            yield Difference(part, at, was, item)
    for at, item in gone.items():
        yield Difference(part, at, item, None)


def _identity(part: str, item: Any) -> str | bytes:
    """By what an item is known again: its id or url, or, where it has none, all that it says."""
    told = item.get(LISTS[part]) if isinstance(item, dict) else None
    return told if isinstance(told, str) else orjson.dumps(item)
