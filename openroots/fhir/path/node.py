"""One element of a resource as FHIRPath sees it: its JSON, its type, what stands beside it.

For everything that walks resources. A primitive's id and extensions stand in JSON under a key of
their own, `_birthDate` beside `birthDate`; a node holds both halves.

Source: FHIR R4 4.0.1 section 2.6.2 (JSON) and 2.9.1 (FHIRPath: polymorphic elements).
"""

from typing import Any

from openroots.fhir.path.choices import CHOICES, TYPE_OF_KEY
from openroots.fhir.path.types import PRIMITIVES, Types

Items = list[Any]


class Node:
    """An element. `value` is its JSON, None for a primitive that has no value; `type` its FHIR
    type, "" where unknown; `extra` the other half of a primitive: its id and extensions."""

    __slots__ = ("extra", "type", "value")

    def __init__(self, value: Any, type: str = "", extra: Any = None) -> None:
        self.value = value
        self.type = type
        self.extra = extra

    def __repr__(self) -> str:
        return f"Node({self.type})"


def node(value: Any, types: Types, type: str = "", extra: Any = None) -> Node:
    """The node of a value that is not within another, such as a whole resource."""
    return Node(value, type or _shown_type(value), extra)


def add_members(found: Items, item: Node, name: str, types: Types) -> None:
    """Add the elements of one name to those found."""
    body = item.value
    if isinstance(body, dict):
        if name in body:
            _add(found, body, name, types.of(item.type, name))
        elif "_" + name in body:
            _add_bare(found, body["_" + name], types.of(item.type, name))
        elif name in CHOICES:
            _add_choice(found, body, name)
    elif isinstance(item.extra, dict) and name in ("extension", "id") and name in item.extra:
        _add(found, item.extra, name, "Extension" if name == "extension" else "string")


def add_children(found: Items, item: Node, types: Types) -> None:
    """Add all elements directly within a node."""
    body = item.value if isinstance(item.value, dict) else item.extra
    if not isinstance(body, dict):
        return
    for key in body:
        if key[:1] == "_":
            if key[1:] not in body:
                _add_bare(found, body[key], _child_type(item.type, key[1:], types))
        elif key != "resourceType" or "." in item.type:
            _add(found, body, key, _child_type(item.type, key, types))


def type_of(item: Node) -> str:
    """The FHIR type of a node; where definitions do not say, what its value shows."""
    return item.type or _shown_type(item.value)


def is_primitive(item: Node) -> bool:
    """Whether a node is of a primitive type."""
    return item.type in PRIMITIVES or not isinstance(item.value, dict)


def _add(found: Items, body: dict[str, Any], key: str, type: str) -> None:
    value = body[key]
    extra = body.get("_" + key)
    if isinstance(value, list):
        _add_each(found, value, extra, type)
    elif isinstance(value, dict):
        found.append(Node(value, _own_type(value, type)))
    elif value is not None or extra is not None:
        found.append(Node(value, type, extra))


def _add_each(found: Items, values: list[Any], extras: Any, type: str) -> None:
    beside = extras if isinstance(extras, list) else ()
    for place, value in enumerate(values):
        if isinstance(value, dict):
            found.append(Node(value, _own_type(value, type)))
            continue
        extra = beside[place] if place < len(beside) else None
        if value is not None or extra is not None:
            found.append(Node(value, type, extra))
    for extra in beside[len(values) :]:
        if extra is not None:
            found.append(Node(None, type, extra))


def _add_bare(found: Items, extras: Any, type: str) -> None:
    """Primitives that have no value, only ids or extensions."""
    for extra in extras if isinstance(extras, list) else (extras,):
        if extra is not None:
            found.append(Node(None, type, extra))


def _add_choice(found: Items, body: dict[str, Any], name: str) -> None:
    keys = CHOICES[name]
    if len(keys) > len(body):
        bare = dict.fromkeys(key[1:] if key[:1] == "_" else key for key in body)
        keys = tuple(pair for pair in keys if pair[0] in bare)
    for key, type in keys:
        if key in body:
            _add(found, body, key, type)
        elif "_" + key in body:
            _add_bare(found, body["_" + key], type)


def _child_type(type: str, key: str, types: Types) -> str:
    return types.of(type, key) or TYPE_OF_KEY.get(key, "")


def _own_type(value: dict[str, Any], type: str) -> str:
    """A resource says itself what it is."""
    own = value.get("resourceType")
    return own if isinstance(own, str) and type in ("", "Resource") else type


def _shown_type(value: Any) -> str:
    if isinstance(value, dict):
        return _own_type(value, "") or "Element"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return "string" if isinstance(value, str) else "decimal"
