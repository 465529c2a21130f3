"""JSON Patch: add, replace, remove and test, on a resource that is a plain dict.

For services that take PATCH. What a client sends is parsed in full before anything is applied,
and what is applied changes a copy, so that a patch takes effect whole or not at all. Nothing that
a client can send raises anything but Problem: the number of operations, the depth of paths and
values and the length of lists are bounded.

A service that uses this has a row in its failures for each of `ROWS`.

Source: RFC 6902 (JSON Patch) and RFC 6901 (JSON Pointer), without "move" and "copy".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from openroots.problem import Json, Problem

MOST_OPERATIONS = 500
MOST_PARTS = 16
MOST_LEVELS = 16
MOST_ITEMS = 200

# What can go wrong. The fields that each row may use:
ROWS = frozenset(
    {
        "no-patches",
        "value-missing",  # field
        "value-invalid",  # value, field
        "too-many-values",  # field, most
        "index-out-of-bounds",  # index
        "member-absent",  # member
        "replace-absent",  # member
        "remove-absent",  # member
        "test-failed",  # actual, actual_type, tested, tested_type
    }
)

INDEX = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)
BAD_ESCAPE = re.compile(r"~(?![01])")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a patch: the `at`th, what to do, where, and with what value."""

    at: int
    op: str
    parts: tuple[str, ...]
    value: Any = None

    @property
    def path(self) -> str:
        """Where, as the JSON Pointer that a client writes."""
        return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in self.parts)


def parse(patches: object) -> tuple[Operation, ...]:
    """What a client sent as its list of operations. Raises Problem where it is no such list."""
    if not isinstance(patches, list) or not patches:
        raise Problem("no-patches")
    if len(patches) > MOST_OPERATIONS:
        raise Problem("too-many-values", field="patches", most=MOST_OPERATIONS)
    return tuple(_operation(at, sent) for at, sent in enumerate(patches))


def apply(resource: Json, operations: tuple[Operation, ...]) -> Json:
    """A new resource with every operation applied in turn. Raises Problem if one cannot be."""
    changed: Json = copied(resource)
    for operation in operations:
        perform(changed, operation)
    return changed


def perform(document: Json, operation: Operation) -> None:
    """Apply one operation to a document in place. Raises Problem, leaving it as it was."""
    *way, last = operation.parts
    parent: Any = document
    for part, following in zip(way, operation.parts[1:], strict=True):
        parent = _child(parent, part, following)
    PERFORM[operation.op](parent, last, operation)


def copied(value: Any) -> Any:
    """A copy of a JSON value that shares no list or object with it."""
    if isinstance(value, dict):
        return {name: copied(member) for name, member in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal as RFC 6902 defines it: true is not 1, though 1.0 is."""
    # Python's own comparison takes true for 1, and is right whenever it says no. What it takes
    # for equal is nearly always written alike too; only else must each value be looked at.
    if one is other or one != other:
        return one is other
    if orjson.dumps(one) == orjson.dumps(other):
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def holds_null(value: Any) -> bool:
    """Whether a JSON value is null, or has one anywhere in it."""
    if isinstance(value, dict):
        return any(map(holds_null, value.values()))
    if isinstance(value, list):
        return any(map(holds_null, value))
    return value is None


def alike(one: Any, other: Any) -> bool:
    """Whether two JSON values are written alike, so that nothing was changed: 1 is not 1.0."""
    return one is other or orjson.dumps(one) == orjson.dumps(other)


def _operation(at: int, sent: object) -> Operation:
    if not isinstance(sent, dict):
        raise Problem("value-invalid", value=brief(sent), field=str(at))
    op = _member(sent, at, "op")
    if op not in PERFORM_NAMES:
        raise Problem("value-invalid", value=brief(op), field=f"{at}/op")
    parts = _parts(_member(sent, at, "path"), at)
    if op == "remove":
        return Operation(at, op, parts)
    value = _member(sent, at, "value")
    # FHIR has no null: what is not there is left out, or removed.
    if _deeper_than(value, MOST_LEVELS) or (op in ("add", "replace") and holds_null(value)):
        raise Problem("value-invalid", value=brief(value), field=f"{at}/value")
    return Operation(at, op, parts, value)


def _member(sent: Json, at: int, name: str) -> Any:
    if name not in sent:
        raise Problem("value-missing", field=f"{at}/{name}")
    return sent[name]


def _parts(path: object, at: int) -> tuple[str, ...]:
    wrong = (
        not isinstance(path, str)
        or not path.startswith("/")
        or path.count("/") > MOST_PARTS
        or BAD_ESCAPE.search(path)
    )
    if wrong:
        raise Problem("value-invalid", value=brief(path), field=f"{at}/path")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in str(path).split("/")[1:])


def _deeper_than(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inside = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_deeper_than(member, levels - 1) for member in inside)


def brief(value: object) -> str:
    """A value as an error names it: the whole of what is short, the beginning of what is long."""
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]}..."


def _child(parent: Any, part: str, following: str) -> Any:
    """What is inside `parent` under a part of a path. `following` is the next part.

    An absent list is told of as a list that is too short, as PDS does.
    """
    if isinstance(parent, list):
        return parent[_index(part, len(parent))]
    if isinstance(parent, dict) and part in parent:
        return parent[part]
    if isinstance(parent, dict) and (following == "-" or INDEX.fullmatch(following)):
        raise Problem("index-out-of-bounds", index=following)
    raise Problem("member-absent", member=brief(part))


def _index(part: str, length: int) -> int:
    """The place in a list of this length that a part of a path names. Raises Problem if none."""
    if not INDEX.fullmatch(part) or int(part) >= length:
        raise Problem("index-out-of-bounds", index=brief(part))
    return int(part)


def _add(parent: Any, last: str, operation: Operation) -> None:
    value = copied(operation.value)
    if isinstance(parent, list):
        if len(parent) >= MOST_ITEMS:
            raise Problem("too-many-values", field=operation.path[1:], most=MOST_ITEMS)
        parent.insert(len(parent) if last == "-" else _index(last, len(parent) + 1), value)
    elif isinstance(parent, dict):
        parent[last] = value
    else:
        raise Problem("member-absent", member=brief(last))


def _replace(parent: Any, last: str, operation: Operation) -> None:
    if isinstance(parent, list):
        parent[_index(last, len(parent))] = copied(operation.value)
    elif isinstance(parent, dict) and last in parent:
        parent[last] = copied(operation.value)
    else:
        raise Problem("replace-absent", member=brief(last))


def _remove(parent: Any, last: str, operation: Operation) -> None:
    if isinstance(parent, list) and INDEX.fullmatch(last) and int(last) < len(parent):
        del parent[int(last)]
    elif isinstance(parent, dict) and last in parent:
        del parent[last]
    else:
        raise Problem("remove-absent", member=brief(last))


def _test(parent: Any, last: str, operation: Operation) -> None:
    actual, tested = _child(parent, last, ""), operation.value
    if not same(actual, tested):
        raise Problem(
            "test-failed",
            actual=actual,
            actual_type=type(actual),
            tested=tested,
            tested_type=type(tested),
        )


PERFORM: dict[str, Callable[[Any, str, Operation], None]] = {
    "add": _add,
    "replace": _replace,
    "remove": _remove,
    "test": _test,
}
PERFORM_NAMES = tuple(PERFORM)  # a tuple, so that an unhashable name can be looked for in it
