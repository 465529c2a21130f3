"""Functions that take parts of collections, or put collections together.

Source: FHIRPath N1 2.0.0, sections 5.1.12, 5.3, 5.4 and 5.8.
"""

from typing import Any

from openroots.fhir.path.errors import PathError
from openroots.fhir.path.frame import Frame
from openroots.fhir.path.functions.signatures import Function, in_run, simple, with_set
from openroots.fhir.path.node import Items, Node, add_children
from openroots.fhir.path.values import distinct, key


def _single(items: Items) -> Items:
    if len(items) > 1:
        raise PathError("single() found several items")
    return items


def _skip(items: Items, frame: Frame, count: Any) -> Items:
    return items[max(0, _whole(count)) :]


def _take(items: Items, frame: Frame, count: Any) -> Items:
    return items[: max(0, _whole(count))]


def _whole(count: Any) -> int:
    if not isinstance(count, int) or isinstance(count, bool):
        raise PathError("a count of items is no integer")
    return count


def _intersection(items: Items, others: Items) -> Items:
    wanted = {key(item) for item in others}
    return [item for item in distinct(items) if key(item) in wanted]


def _rest(items: Items, others: Items) -> Items:
    unwanted = {key(item) for item in others}
    return [item for item in items if key(item) not in unwanted]


def children(items: Items, frame: Frame) -> Items:
    """All elements directly within some."""
    found: Items = []
    for item in items:
        if item.__class__ is Node:
            add_children(found, item, frame.run.types)
    frame.run.spend(len(found))
    return found


def descendants(items: Items, frame: Frame) -> Items:
    """All elements within some, however deep, level by level."""
    found: Items = []
    level = items
    while level := children(level, frame):
        found += level
    return found


FUNCTIONS: dict[str, Function] = {
    "single": simple(_single),
    "first": simple(lambda items: items[:1]),
    "last": simple(lambda items: items[-1:]),
    "tail": simple(lambda items: items[1:]),
    "skip": in_run(_skip, 1, 1),
    "take": in_run(_take, 1, 1),
    "distinct": simple(distinct),
    "intersect": with_set(_intersection),
    "exclude": with_set(_rest),
    "union": with_set(lambda items, others: distinct(items + others)),
    "combine": with_set(lambda items, others: items + others),
    "children": in_run(children),
    "descendants": in_run(descendants),
}
