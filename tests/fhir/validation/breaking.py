"""Every way to break a resource of which the definitions say that it is none, at any depth.

Beside each element of a resource its definition is walked along; each change is made in place, and
undone when the next one is asked for.
"""

from collections.abc import Iterator
from typing import Any

from openroots.fhir.definitions import TYPES, Definitions, Node
from openroots.fhir.path.types import PRIMITIVES

Json = dict[str, Any]

# No value of the type, by its form alone.
BAD: dict[str, tuple[Any, ...]] = {
    "boolean": ("true", 1, "yes"),
    "integer": ("7", 1.5, 2**31, True),
    "positiveInt": (0, -1, "3", 2**31),
    "unsignedInt": (-1, "0", 2**31),
    "decimal": ("1.5", True),
    "string": (7, "", "a\u0000b"),
    "markdown": (7, ""),
    "code": (" a", "a ", "a  b", 7, ""),
    "id": ("a b", "a" * 65, "", "ä"),
    "uri": ("a b", 7, ""),
    "url": ("a b", 7, ""),
    "canonical": ("a b", 7, ""),
    "oid": ("1.2.3", "urn:oid:3.1", "urn:oid:1.02"),
    "uuid": ("53fefa32-fcbb-4ff8-8a92-55ee120877b7", "urn:uuid:53FEFA32"),
    "date": ("2023-02-29", "2024-2-1", "24-02-01", "2024-02-29T11:00:00Z", "2024-00", "0000", 2024),
    "dateTime": ("2024-02-29T11:00:00", "2024-02-29T25:00:00Z", "2024-02-30", "2024-02-29T11:00Z"),
    "instant": ("2024-02-29", "2024-02-29T11:00:00", "2024-02-29T11:00Z", "2023-02-29T11:00:00Z"),
    "time": ("24:00:00", "11:30", "11:30:00Z", "1:00:00"),
    "base64Binary": ("AAA", "A*AA", 7),
}


def changes(resource: Json, definitions: Definitions) -> Iterator[str]:
    """Break a resource in one way after another: the name of each, while it is so."""
    node = definitions.tree(TYPES + resource["resourceType"])
    yield from _of_object(resource, node.kids or {}, resource["resourceType"], definitions)


def _of_object(
    holder: Json, kids: dict[str, Node], place: str, definitions: Definitions
) -> Iterator[str]:
    yield from _set(holder, "notThere", [1], f"{place}: a stranger")
    for kid in kids.values():
        names = [kid.named(type.code) for type in kid.types] or [kid.name]
        given = [name for name in names if name in holder]
        for name in given:
            code = kid.types[names.index(name)].code if kid.types else ""
            yield from _of_element(holder, kid, name, code, f"{place}.{name}", definitions)
        if given and len(names) > 1:
            other = next(name for name in names if name not in given)
            yield from _set(holder, other, holder[given[0]], f"{place}.{kid.name}: two values")
        if given and kid.min:
            yield from _without(holder, given[0], f"{place}.{given[0]}: not there")


def _of_element(
    holder: Json, kid: Node, name: str, code: str, place: str, definitions: Definitions
) -> Iterator[str]:
    value = holder[name]
    for odd in (None, [], {}, [[value]], [None]):
        yield from _set(holder, name, odd, f"{place}: {str(odd)[:20]}")
    if kid.many and value:
        yield from _set(holder, name, value[0], f"{place}: one for a list")
    elif not kid.many:
        yield from _set(holder, name, [value], f"{place}: a list for one")
    box, at = (value, 0) if kid.many else (holder, name)
    item = value[0] if kid.many else value
    if code in PRIMITIVES:
        yield from _of_primitive(box, at, kid, code, place, definitions)
        return
    for odd in ("text", 7, True, {}):
        yield from _set(box, at, odd, f"{place}: {odd!r}")
    if code == "Reference":
        yield from _of_reference(item, kid, place)
    if isinstance(item, dict):
        yield from _of_object(item, _beneath(kid, code, item, definitions), place, definitions)


def _of_primitive(
    box: Any, at: Any, kid: Node, code: str, place: str, definitions: Definitions
) -> Iterator[str]:
    for odd in BAD.get(code, ()):
        yield from _set(box, at, odd, f"{place}: {odd!r}")
    required = kid.binding is not None and kid.binding.strength == "required"
    values = definitions.values(kid.binding.values) if kid.binding and required else None
    if values is not None and values.plain():
        yield from _set(box, at, "no-such-code", f"{place}: no such code")


def _of_reference(item: Json, kid: Node, place: str) -> Iterator[str]:
    targets = {each.rpartition("/")[2] for type in kid.types for each in type.targets}
    if targets and "Resource" not in targets:
        other = next(name for name in ("Patient", "Slot", "Basic") if name not in targets)
        yield from _set(item, "reference", f"{other}/1", f"{place}: refers to {other}")
    yield from _set(item, "reference", "not a reference", f"{place}: no reference")
    yield from _set(item, "reference", "#nobody", f"{place}: nothing contained")


def _beneath(kid: Node, code: str, item: Json, definitions: Definitions) -> dict[str, Node]:
    if code == "Resource":
        return definitions.tree(TYPES + item["resourceType"]).kids or {}
    if kid.choice:
        return definitions.tree(TYPES + code).kids or {}
    return definitions.unfold(kid.copied())


def _set(box: Any, at: Any, value: Any, told: str) -> Iterator[str]:
    there = not isinstance(box, dict) or at in box
    before = box[at] if there else None
    box[at] = value
    yield told
    if there:
        box[at] = before
    else:
        del box[at]


def _without(box: Json, name: str, told: str) -> Iterator[str]:
    before = dict(box)
    del box[name]
    yield told
    box.clear()
    box.update(before)
