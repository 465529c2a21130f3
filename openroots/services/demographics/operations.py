"""The operations of a patch as PDS takes them: which places they may name, and how items are told.

Besides JSON Patch itself, PDS asks that an item of a list be named by more than its index, so that
nobody's record is changed by accident: a change gives the item's id (or url, for an extension),
and a removal follows a test of it.

Source: PDS FHIR API, "Update patient details", JSON Patch.
"""

from collections.abc import Callable, Sequence
from typing import Any

from openroots.fhir import patch
from openroots.fhir.patch import Draft, Operation
from openroots.problem import Json, Problem
from openroots.services.demographics.parts import PARTS

# Each part that is a list, and by which member its items are told apart.
LISTS = {
    "name": "id",
    "address": "id",
    "telecom": "id",
    "contact": "id",
    "generalPractitioner": "id",
    "extension": "url",
}
IDENTITIES = ("id", "url")
UPDATABLE = frozenset({*PARTS, "extension"})

Root = tuple[str, ...]  # a list and an index: what the path to anything inside one item begins with
LIST, ITEM, INSIDE = 1, 2, 3  # what a path names, by how many parts it has, or more


def patched(record: Json, operations: Sequence[Operation]) -> Json:
    """A new record with the operations applied. Raises Problem if one may not or cannot be.

    What no operation touches is the very same object as in the record.
    """
    lists = check_form(operations)
    draft = Draft(record)
    working = draft.resource
    for part in lists:
        working.setdefault(part, [])
    for operation in operations:
        _perform(operation, draft)
    for part in lists:
        if not working[part]:
            del working[part]
    return working


def check_form(operations: Sequence[Operation]) -> set[str]:
    """The parts named that are lists. Nothing has been applied yet: no record is looked at.

    Raises Problem where an operation names what may not be changed, or does not name it surely.
    """
    sure = {operation.parts[:2] for operation in operations if _identifies(operation)}
    lists = set()
    before: Operation | None = None
    for operation in operations:
        part = operation.parts[0]
        if part not in UPDATABLE:
            raise Problem("resource-unsupported", resource=patch.brief(part))
        if part in LISTS:
            lists.add(part)
            for check in FORM.get((operation.op, min(len(operation.parts), INSIDE)), ()):
                check(operation, before, sure)
        before = operation
    return lists


def is_item(operation: Operation) -> bool:
    """Whether the operation is about one item of a list as a whole."""
    return len(operation.parts) == 2 and operation.parts[0] in LISTS


def is_within_item(operation: Operation) -> bool:
    """Whether the operation is about something inside an item of a list."""
    return len(operation.parts) > 2 and operation.parts[0] in LISTS


def is_identity(operation: Operation) -> bool:
    """Whether the operation is about the id or url of an item of a list."""
    parts = operation.parts
    return len(parts) == 3 and parts[2] == LISTS.get(parts[0])


def _identifies(operation: Operation) -> bool:
    """Whether the operation says which item is at a place: by its id or url, or by all of it."""
    _, op, parts, _ = operation
    if len(parts) == ITEM:
        return op == "test"
    return len(parts) == INSIDE and parts[2] in IDENTITIES and op != "remove"


def _misplaced(operation: Operation, before: Operation | None, sure: set[Root]) -> None:
    """A list that is there is neither replaced nor removed as a whole."""
    part = operation.parts[0]
    raise Problem("place-invalid", path=patch.brief(operation.path), part=part)


def _is_list(operation: Operation, before: Operation | None, sure: set[Root]) -> None:
    """A whole list is added as a list."""
    if type(operation.value) is not list:
        _misplaced(operation, before, sure)


def _at_the_end(operation: Operation, before: Operation | None, sure: set[Root]) -> None:
    """An item is added at "-": its place is the service's to choose."""
    if operation.parts[1] != "-":
        _misplaced(operation, before, sure)


def _tested(operation: Operation, before: Operation | None, sure: set[Root]) -> None:
    """An item is removed only straight after a test of its id or url, or of the whole of it."""
    if before is None:
        raise Problem("removal-untested-first", path=patch.brief(operation.path))
    tested = before.op == "test" and before.parts[:2] == operation.parts
    if not tested or before.parts[2:] not in ((), ("id",), ("url",)):
        path, told = patch.brief(operation.path), patch.brief(before.path)
        raise Problem("removal-untested", path=path, op=before.op, before=told)


def _identified(operation: Operation, before: Operation | None, sure: set[Root]) -> None:
    """Whatever changes an item gives its id or url beside it."""
    root = operation.parts[:2]
    if root not in sure:
        raise Problem("identity-missing", root=patch.brief("/" + "/".join(root)))


def _identified_within(operation: Operation, before: Operation | None, sure: set[Root]) -> None:
    """Whatever replaces an item gives its id or url in its own value, or beside it."""
    if _identity_in(operation) is None:
        _identified(operation, before, sure)


def _removes_no_identity(operation: Operation, before: Operation | None, sure: set[Root]) -> None:
    if is_identity(operation):
        raise Problem("removal-refused", field=operation.parts[2])


# What is asked of an operation on a list, by what it names, before any is applied; in this order.
FORM: dict[tuple[str, int], tuple[Callable[[Operation, Operation | None, set[Root]], None], ...]]
FORM = {
    ("add", LIST): (_is_list,),
    ("add", ITEM): (_at_the_end,),
    ("add", INSIDE): (_identified,),
    ("replace", LIST): (_misplaced,),
    ("replace", ITEM): (_identified_within,),
    ("replace", INSIDE): (_identified,),
    ("remove", LIST): (_misplaced,),
    ("remove", ITEM): (_tested,),
    ("remove", INSIDE): (_identified, _removes_no_identity),
}


def _perform(operation: Operation, draft: Draft) -> None:
    """Apply an operation, once the item that it means is sure."""
    at, op, parts, value = operation
    if parts[0] not in LISTS or op in ("test", "remove"):
        draft.perform(operation)
    elif len(parts) == LIST:
        draft.perform(Operation(at, op, parts, _new_list(operation, draft)))
    elif len(parts) == ITEM:
        value = _without_id(value) if op == "add" else _with_identity(operation, draft)
        draft.perform(Operation(at, op, parts, value))
    elif is_identity(operation):
        # To write an item's id or url is to say which item is meant.
        _check_identity(operation, draft, value)
    else:
        draft.perform(operation)


def _new_list(operation: Operation, draft: Draft) -> list[Any]:
    """The items of a list that begins. Raises Problem where there is such a list already."""
    part = operation.parts[0]
    if draft.resource[part]:
        raise Problem("place-invalid", path=operation.path, part=part)
    if len(operation.value) > patch.MOST_ITEMS:
        raise Problem("too-many-values", field=part, most=patch.MOST_ITEMS)
    return [_without_id(item) for item in operation.value]


def _with_identity(operation: Operation, draft: Draft) -> Any:
    """The value that replaces a whole item, with the id or url of the item that it replaces."""
    told = _identity_in(operation)
    if told is not None:
        _check_identity(operation, draft, told)
        return operation.value
    part, place = operation.parts
    items = draft.resource[part]
    old = items[patch.index(place, len(items))]
    key = LISTS[part]
    if not isinstance(operation.value, dict) or _member(old, key) is None:
        return operation.value
    return {key: old[key], **operation.value}


def _check_identity(operation: Operation, draft: Draft, told: Any) -> None:
    """Raises Problem where the item at this place is not the one that is told."""
    part, place = operation.parts[:2]
    key, items = LISTS[part], draft.resource[part]
    found = _member(items[patch.index(place, len(items))], key)
    if type(told) is str and told == found:
        return
    if told not in [_member(item, key) for item in items]:
        raise Problem("identity-unknown", part=part, id=patch.brief(told))
    draft.perform(Operation(operation.at, "test", (part, place, key), told))


def _identity_in(operation: Operation) -> Any:
    """The id or url in the value of an operation on a whole item, or None."""
    return _member(operation.value, LISTS[operation.parts[0]])


def _without_id(item: Any) -> Any:
    """A new item without the id that was sent with it: ids are the service's to give."""
    if not isinstance(item, dict):
        return item
    return {name: value for name, value in item.items() if name != "id"}


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
