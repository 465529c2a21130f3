"""The operations of a patch as PDS takes them: which places they may name, and how items are told.

Besides JSON Patch itself, PDS asks that an item of a list be named by more than its index, so that
nobody's record is changed by accident: a change gives the item's id (or url, for an extension),
and a removal follows a test of it.

Source: PDS FHIR API, "Update patient details", JSON Patch.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from openroots.fhir import patch
from openroots.fhir.patch import Operation
from openroots.problem import Json, Problem
from openroots.services.demographics.shapes import PARTS

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


def patched(record: Json, operations: Sequence[Operation]) -> Json:
    """A new record with the operations applied. Raises Problem if one may not or cannot be."""
    for operation in operations:
        for check in FORM:
            check(operation, operations)
    touched = {operation.parts[0] for operation in operations}
    copies = {part: patch.copied(record[part]) for part in touched & record.keys()}
    working: Json = (
        record | {part: [] for part in touched - record.keys() if part in LISTS} | copies
    )
    for operation in operations:
        patch.perform(working, _told_apart(operation, working))
    return {part: value for part, value in working.items() if value != []}


def is_item(operation: Operation) -> bool:
    """Whether the operation is about one item of a list as a whole."""
    return len(operation.parts) == 2 and operation.parts[0] in LISTS


def is_within_item(operation: Operation) -> bool:
    """Whether the operation is about something inside an item of a list."""
    return len(operation.parts) > 2 and operation.parts[0] in LISTS


def is_identity(operation: Operation) -> bool:
    """Whether the operation is about the id or url of an item of a list."""
    return (
        len(operation.parts) == 3
        and is_within_item(operation)
        and (operation.parts[2] == LISTS[operation.parts[0]])
    )


def _supported(operation: Operation, _: Sequence[Operation]) -> None:
    part = operation.parts[0]
    if part not in UPDATABLE:
        raise Problem("resource-unsupported", resource=patch.brief(part))


def _in_place(operation: Operation, _: Sequence[Operation]) -> None:
    """Items are added at "-", and a list is not written as a whole once there is one."""
    part, *rest = operation.parts
    misplaced = (
        operation.op == "add" and is_item(operation) and rest != ["-"],
        operation.op in ("replace", "remove") and part in LISTS and not rest,
        operation.op == "add" and part in LISTS and not rest and type(operation.value) is not list,
    )
    if any(misplaced):
        raise Problem("place-invalid", path=patch.brief(operation.path), part=part)


def _tested(operation: Operation, operations: Sequence[Operation]) -> None:
    """An item is removed only straight after a test of its id or url, or of the whole of it."""
    if operation.op != "remove" or not is_item(operation):
        return
    path = patch.brief(operation.path)
    if operation.at == 0:
        raise Problem("removal-untested-first", path=path)
    before = operations[operation.at - 1]
    item, inside = before.parts[:2], before.parts[2:]
    if before.op != "test" or item != operation.parts or inside not in ((), ("id",), ("url",)):
        told = patch.brief(before.path)
        raise Problem("removal-untested", path=path, op=before.op, before=told)


def _identified(operation: Operation, operations: Sequence[Operation]) -> None:
    """Whatever changes an item gives its id or url, in its own value or beside it."""
    changes = is_within_item(operation) and operation.op != "test"
    replaces = is_item(operation) and operation.op == "replace"
    if not changes and not replaces:
        return
    if replaces and _identity_in(operation) is not None:
        return
    root = operation.parts[:2]
    if not any(_identifies(other, root) for other in operations):
        raise Problem("identity-missing", root=patch.brief("/" + "/".join(root)))


def _identifies(operation: Operation, root: tuple[str, ...]) -> bool:
    whole = operation.parts == root and operation.op == "test"
    beside = operation.parts[:2] == root and operation.parts[2:] in (("id",), ("url",))
    return whole or (beside and operation.op != "remove")


def _removes_no_identity(operation: Operation, _: Sequence[Operation]) -> None:
    if operation.op == "remove" and is_identity(operation):
        raise Problem("removal-refused", field=operation.parts[2])


# What is asked of every operation before any is applied, in this order.
FORM: tuple[Callable[[Operation, Sequence[Operation]], None], ...] = (
    _supported,
    _in_place,
    _tested,
    _identified,
    _removes_no_identity,
)


def _told_apart(operation: Operation, working: Json) -> Operation:
    """The operation as it is to be performed, once the item that it means is sure.

    To write an item's id or url is to say which item is meant: it becomes a test of it. Ids of
    new items are the service's to give, so one that is sent is left out.
    """
    part = operation.parts[0]
    if is_identity(operation) and operation.op in ("add", "replace"):
        _check_identity(operation, working, operation.value)
        return replace(operation, op="test")
    if is_item(operation) and operation.op == "replace":
        return _with_identity(operation, working)
    if is_item(operation) and operation.op == "add":
        return replace(operation, value=_without_id(operation.value))
    if part in LISTS and len(operation.parts) == 1 and operation.op == "add":
        if working[part]:
            raise Problem("place-invalid", path=operation.path, part=part)
        return replace(operation, value=[_without_id(item) for item in operation.value])
    return operation


def _with_identity(operation: Operation, working: Json) -> Operation:
    """A replacement of a whole item that has the identity of the item it replaces."""
    told = _identity_in(operation)
    if told is not None:
        _check_identity(operation, working, told)
        return operation
    part, key = operation.parts[0], LISTS[operation.parts[0]]
    items, index = working[part], operation.parts[1]
    if not isinstance(operation.value, dict) or not index.isdecimal() or int(index) >= len(items):
        return operation
    return replace(operation, value={key: items[int(index)].get(key), **operation.value})


def _check_identity(operation: Operation, working: Json, told: Any) -> None:
    """Raises Problem where the item at this place is not the one that is told."""
    part, index = operation.parts[:2]
    key, items = LISTS[part], working[part]
    if not index.isdecimal() or len(index) > 9 or int(index) >= len(items):
        raise Problem("index-out-of-bounds", index=patch.brief(index))
    if told not in [_member(item, key) for item in items]:
        raise Problem("identity-unknown", part=part, id=patch.brief(told))
    patch.perform(working, Operation(operation.at, "test", (part, index, key), told))


def _identity_in(operation: Operation) -> Any:
    """The id or url in the value of an operation on a whole item, or None."""
    return _member(operation.value, LISTS[operation.parts[0]])


def _without_id(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    return {name: value for name, value in item.items() if name != "id"}


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
