"""What is different in one JSON value from another, place by place.

    differing({"a": [1, 2]}, {"a": [1, 3]})  ->  [{"at": "/a/1", "first": 2, "again": 3}]

For whoever does a request again. Lists are compared item by item, in order.

Source: RFC 6901, for the names of places.
"""

from collections.abc import Iterator
from typing import Any

from openroots.problem import Json

ABSENT = object()
MOST = 200  # differences that are told


def differing(first: Any, again: Any) -> list[Json]:
    """Each place at which the two differ; a side on which there is nothing is left out."""
    found = (
        {"at": at or "/"} | _side("first", one) | _side("again", other)
        for at, one, other in _walk("", first, again)
    )
    return [one for one, _ in zip(found, range(MOST), strict=False)]


def _walk(at: str, first: Any, again: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(first, dict) and isinstance(again, dict):
        for name in dict.fromkeys((*first, *again)):
            place = f"{at}/{str(name).replace('~', '~0').replace('/', '~1')}"
            yield from _walk(place, first.get(name, ABSENT), again.get(name, ABSENT))
    elif isinstance(first, list) and isinstance(again, list):
        for index in range(max(len(first), len(again))):
            yield from _walk(f"{at}/{index}", _item(first, index), _item(again, index))
    elif first is ABSENT or again is ABSENT or type(first) is not type(again) or first != again:
        yield at, first, again


def _item(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else ABSENT


def _side(name: str, value: Any) -> Json:
    return {} if value is ABSENT else {name: value}
