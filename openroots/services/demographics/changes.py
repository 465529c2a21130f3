"""What differs between two states of a record, part by part and item by item.

Source: none; items of a list are told apart as PDS tells them, by id, and extensions by url.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from openroots.fhir.patch import alike
from openroots.problem import Json
from openroots.services.demographics.operations import LISTS, UPDATABLE


@dataclass(frozen=True, slots=True)
class Difference:
    """One part, or one item of a part that is a list, before and after; None where there is none.

    `field` is where it is ("name/0"), or was if it is gone.
    """

    part: str
    field: str
    old: Any
    new: Any


def differences(old: Json, new: Json) -> list[Difference]:
    """Every part and every item that differs, in the order of their names."""
    found: list[Difference] = []
    for part in sorted(UPDATABLE):
        before, after = old.get(part), new.get(part)
        if alike(before, after):
            continue
        if part in LISTS:
            found += _in_list(part, before or [], after or [])
        else:
            found.append(Difference(part, part, before, after))
    return found


def _in_list(part: str, old: list[Any], new: list[Any]) -> Iterator[Difference]:
    """Each item that is new or not what it was; then those that are gone."""
    gone = list(enumerate(old))
    for at, item in enumerate(new):
        match = next((pair for pair in gone if _is_same_item(part, pair[1], item)), None)
        if match:
            gone.remove(match)
        was = match[1] if match else None
        if was is None or not alike(was, item):
            yield Difference(part, f"{part}/{at}", was, item)
    for at, item in gone:
        yield Difference(part, f"{part}/{at}", item, None)


def _is_same_item(part: str, old: Json, new: Any) -> bool:
    identity = old.get(LISTS[part])
    told = new.get(LISTS[part]) if isinstance(new, dict) else None
    return alike(old, new) or (identity is not None and identity == told)
