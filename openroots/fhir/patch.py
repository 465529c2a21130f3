"""JSON Patch: add, replace, remove and test, on a resource that is a plain dict.

For services that take PATCH. What a client sends is parsed in full before anything is applied, and
it is applied to a draft, so that a patch takes effect whole or not at all. The draft shares with
the resource, and with what was sent, all that no operation changes inside: a list or object is
copied when an operation first goes into it, and only then. So what has changed is what is another
object, and a patch costs what it touches. Nothing that a client can send raises anything but
Problem: the number of operations, the depth of paths and values and the length of lists are
bounded.

A service that uses this has a row in its failures for each of `ROWS`.

Source: RFC 6902 (JSON Patch) and RFC 6901 (JSON Pointer), without "move" and "copy".
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

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


class Operation(NamedTuple):
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
    return tuple([_operation(at, sent) for at, sent in enumerate(patches)])


class Draft:
    """A resource while a patch is applied to it. The one that it is made from stays as it is."""

    __slots__ = ("_own", "resource")

    def __init__(self, resource: Json) -> None:
        self.resource = resource.copy()
        # The lists and objects that no one else holds, by `id`: what is here may be changed.
        self._own: dict[int, Any] = {id(self.resource): self.resource}

    def perform(self, operation: Operation) -> None:
        """Apply one operation. Raises Problem where it cannot be."""
        _, op, parts, _ = operation
        step = _child if op == "test" else self._own_child
        parent: Any = self.resource
        for at in range(len(parts) - 1):
            parent = step(parent, parts[at], parts[at + 1])
        PERFORM[op](parent, parts[-1], operation)

    def _own_child(self, parent: Any, part: str, following: str) -> Any:
        child = _child(parent, part, following)
        if id(child) in self._own or not isinstance(child, dict | list):
            return child
        own = child.copy()
        self._own[id(own)] = own
        parent[part if isinstance(parent, dict) else int(part)] = own
        return own


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal as RFC 6902 defines it: true is not 1, though 1.0 is."""
    # Python's own comparison takes true for 1, and is right whenever it says no. What it takes
    # for equal is nearly always written alike too; only else must each value be looked at.
    if one is other or one != other:
        return one is other
    if type(one) is str or orjson.dumps(one) == orjson.dumps(other):
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
    return one is other or (one == other and orjson.dumps(one) == orjson.dumps(other))


def index(part: str, length: int) -> int:
    """The place in a list of this length that a part of a path names. Raises Problem if none."""
    if not INDEX.fullmatch(part) or int(part) >= length:
        raise Problem("index-out-of-bounds", index=brief(part))
    return int(part)


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
    if type(value) is str:
        return Operation(at, op, parts, value)
    # FHIR has no null: what is not there is left out, or removed.
    if _deeper_than(value, MOST_LEVELS) or (op != "test" and holds_null(value)):
        raise Problem("value-invalid", value=brief(value), field=f"{at}/value")
    return Operation(at, op, parts, value)


def _member(sent: Json, at: int, name: str) -> Any:
    if name not in sent:
        raise Problem("value-missing", field=f"{at}/{name}")
    return sent[name]


def _parts(path: object, at: int) -> tuple[str, ...]:
    if not isinstance(path, str) or not path.startswith("/") or path.count("/") > MOST_PARTS:
        raise Problem("value-invalid", value=brief(path), field=f"{at}/path")
    parts = path.split("/")[1:]
    if "~" not in path:
        return tuple(parts)
    if BAD_ESCAPE.search(path):
        raise Problem("value-invalid", value=brief(path), field=f"{at}/path")
    return tuple([part.replace("~1", "/").replace("~0", "~") for part in parts])


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
        return parent[index(part, len(parent))]
    if isinstance(parent, dict) and part in parent:
        return parent[part]
    if isinstance(parent, dict) and (following == "-" or INDEX.fullmatch(following)):
        raise Problem("index-out-of-bounds", index=following)
    raise Problem("member-absent", member=brief(part))


def _add(parent: Any, last: str, operation: Operation) -> None:
    if isinstance(parent, list):
        if len(parent) >= MOST_ITEMS:
            raise Problem("too-many-values", field=operation.path[1:], most=MOST_ITEMS)
        place = len(parent) if last == "-" else index(last, len(parent) + 1)
        parent.insert(place, operation.value)
    elif isinstance(parent, dict):
        parent[last] = operation.value
    else:
        raise Problem("member-absent", member=brief(last))


def _replace(parent: Any, last: str, operation: Operation) -> None:
    if isinstance(parent, list):
        parent[index(last, len(parent))] = operation.value
    elif isinstance(parent, dict) and last in parent:
        parent[last] = operation.value
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
