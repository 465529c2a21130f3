"""Faults by name, each a way to spoil a good resource, with the place and rule of what is found.

A fault is a function of a good resource and its definition. It spoils a copy in place, and gives
where that should be told and by which rule; None where this type cannot be spoilt so.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, NamedTuple

from openroots.fhir.definitions import Definitions, Node

Json = dict[str, Any]
Spoil = Callable[[Json, str], tuple[str, str] | None]

ANYWHERE_URL = "https://example.org/an-extension"


class Fault(NamedTuple):
    """A spoilt resource, and what should be found of it."""

    name: str
    resource: Json
    place: str
    rule: str


def _at_top(name: str, value: Any, place: str, rule: str) -> Spoil:
    def spoil(resource: Json, type: str) -> tuple[str, str]:
        resource[name] = value
        return f"{type}.{place}", rule

    return spoil


EVERYWHERE: dict[str, Spoil] = {
    "a stranger": _at_top("notThere", 1, "notThere", "unknown-element"),
    "a null": _at_top("language", None, "language", "null"),
    "an empty text": _at_top("language", "", "language", "empty"),
    "a list for one": _at_top("language", ["en"], "language", "not-single"),
    "a number for a text": _at_top("language", 7, "language", "wrong-type"),
    "a language of no form": _at_top("language", "xx_YY!", "language", "code-unknown"),
    "an id with a space": _at_top("id", "a b", "id", "wrong-format"),
    "an id that is too long": _at_top("id", "a" * 65, "id", "wrong-format"),
    "one for a list": _at_top("meta", {"tag": {"code": "a"}}, "meta.tag", "not-list"),
    "an empty object": _at_top("meta", {}, "meta", "ele-1"),
    "a text for an object": _at_top("meta", "now", "meta", "not-object"),
    "a day that is not": _at_top(
        "meta", {"lastUpdated": "2023-02-29T10:00:00Z"}, "meta.lastUpdated", "no-such-day"
    ),
    "a time without its zone": _at_top(
        "meta", {"lastUpdated": "2023-02-28T10:00:00"}, "meta.lastUpdated", "wrong-format"
    ),
    "an empty list": _at_top("meta", {"tag": []}, "meta.tag", "empty"),
    "a null in a list": _at_top("meta", {"profile": [None]}, "meta.profile[0]", "null"),
}
OF_DOMAIN: dict[str, Spoil] = {
    "two values": _at_top(
        "extension",
        [{"url": ANYWHERE_URL, "valueString": "a", "valueCode": "a"}],
        "extension[0].value",
        "two-values",
    ),
    "an extension of nothing": _at_top(
        "extension", [{"url": ANYWHERE_URL}], "extension[0]", "ext-1"
    ),
    "an extension without its url": _at_top(
        "extension", [{"valueString": "a"}], "extension[0].url", "missing"
    ),
    "a script in the narrative": _at_top(
        "text",
        {
            "status": "generated",
            "div": '<div xmlns="http://www.w3.org/1999/xhtml"><script>a</script></div>',
        },
        "text.div",
        "txt-1",
    ),
    "a narrative without words": _at_top(
        "text",
        {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"> </div>'},
        "text.div",
        "txt-2",
    ),
    "a narrative without its div": _at_top("text", {"status": "generated"}, "text.div", "missing"),
    "a narrative of no known status": _at_top(
        "text",
        {"status": "odd", "div": '<div xmlns="http://www.w3.org/1999/xhtml">a</div>'},
        "text.status",
        "code-unknown",
    ),
    "a contained resource that nobody refers to": _at_top(
        "contained",
        [{"resourceType": "Basic", "id": "b", "code": {"text": "a"}}],
        "contained[0]",
        "dom-3",
    ),
    "a contained thing of no type": _at_top(
        "contained", [{"resourceType": "Thing", "id": "b"}], "contained[0]", "type-unknown"
    ),
}


def faults(good: Json, node: Node, definitions: Definitions) -> Iterator[Fault]:
    """Every fault that a good resource of this type can be given."""
    type = good["resourceType"]
    spoils = {**EVERYWHERE, **(OF_DOMAIN if "contained" in (node.kids or {}) else {})}
    for name, spoil in spoils.items():
        resource = deepcopy(good)
        told = spoil(resource, type)
        if told is not None:
            yield Fault(name, resource, *told)
    for kid in (node.kids or {}).values():
        yield from _of_element(good, kid, type, definitions)


def _of_element(good: Json, kid: Node, type: str, definitions: Definitions) -> Iterator[Fault]:
    """The faults of one element that must be there, or is bound to codes."""
    names = [kid.named(each.code) for each in kid.types]
    base = kid.name.removesuffix("[x]")
    if kid.min:
        without = {name: value for name, value in good.items() if name not in names}
        yield Fault(f"no {base}", without, f"{type}.{base}", "missing")
    if len(names) > 1 and kid.min:
        twice = {**good, **dict.fromkeys(names[:2], True)}
        yield Fault(f"two of {base}", twice, f"{type}.{base}", "two-values")
    required = kid.binding is not None and kid.binding.strength == "required"
    values = definitions.values(kid.binding.values) if kid.binding and required else None
    coded = [each.code for each in kid.types] == ["code"]
    if values is not None and values.codes and coded and not kid.many:
        odd = {**good, kid.name: "no-such-code"}
        yield Fault(f"an odd {base}", odd, f"{type}.{base}", "code-unknown")
