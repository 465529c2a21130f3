"""By what an item of a list is told to be of a slice: the path of a discriminator, and its tests.

For `slicing`.

Source: FHIR R4 4.0.1, ElementDefinition.slicing.discriminator.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from openroots.fhir.definitions import TYPES, Contradiction, Definitions, Node, Value
from openroots.fhir.validation.places import Place
from openroots.fhir.validation.references import found_within, referred_type
from openroots.fhir.validation.run import Check, Run
from openroots.fhir.validation.values import holds, same

Json = dict[str, Any]
Fits = Callable[[Any, Place, Run], bool]
Step = tuple[str, str]

NO_NAMES: frozenset[str] = frozenset()
STEP = re.compile(
    r"(?:extension\('([^']+)'\)|ofType\((\w+)\)|(\$this)|(resolve\(\))|([A-Za-z]\w*))"
)


def profile_urls(node: Node) -> list[str]:
    """The profiles that an element's types ask for."""
    return [url for type in node.types for url in type.profiles]


def url_of_profile(definitions: Definitions, end: Node) -> str:
    """The URL by which an extension of a profile is known: that which its definition fixes."""
    try:
        root = definitions.tree(end.source)
    except Contradiction:
        return end.source
    url = (root.kids or {}).get("url")
    return str(url.fixed.value) if url is not None and url.fixed else end.source


def steps_of(path: str) -> list[Step] | None:
    """The path of a discriminator, step by step; None where it is none that is known."""
    steps: list[Step] = []
    at = 0
    while at < len(path):
        found = STEP.match(path, at)
        if found is None:
            return None
        extension, type, this, resolve, name = found.groups()
        if extension is not None:
            steps.append(("extension", extension))
        elif name is not None:
            steps.append(("name", name))
        elif not this:
            steps.append(("type", type) if type else ("resolve", ""))
        at = found.end()
        if at < len(path):
            if path[at] != ".":
                return None
            at += 1
    return steps


def ends_of(node: Node, steps: list[Step]) -> Iterator[Node]:
    """The elements that a path leads to, in the slice and in the slices within it."""
    if not steps:
        yield node
        return
    if implied := list(_implied(node, steps)):
        yield from implied
        return
    (kind, word), rest = steps[0], steps[1:]
    if kind in ("this", "resolve", "type"):
        yield from ends_of(node, rest)
        return
    if node.name == "extension" and kind == "name" and word == "url":
        yield from _url_of(node)
        return
    kids = node.kids or {}
    name = "extension" if kind == "extension" else word
    kid = kids.get(name) or kids.get(f"{name}[x]")
    if kid is None:
        return
    inside = [each for each in kid.slices.values() if kind == "name" or word in profile_urls(each)]
    for each in [kid, *inside]:
        if kind == "name" or each is not kid:
            yield from ends_of(each, rest)


def _url_of(node: Node) -> Iterator[Node]:
    """The url of an extension, from its own elements or from its profile."""
    own = (node.kids or {}).get("url")
    if own is not None and own.fixed is not None and own.said:
        yield own
        return
    for url in profile_urls(node):
        made = Node("url", "Extension.url", url)
        made.source = url
        yield made


def _implied(node: Node, steps: list[Step]) -> Iterator[Node]:
    """What a value that the element must have, or hold, says of those that a path leads to."""
    wanted = node.fixed or node.pattern
    found = [wanted.value] if wanted else []
    for kind, word in steps:
        held = [
            one[word] for one in found if kind == "name" and isinstance(one, dict) and word in one
        ]
        found = [each for one in held for each in (one if isinstance(one, list) else [one])]
    for value in found:
        yield Node(steps[-1][1], node.path, node.source, pattern=Value("", value))


def values_at(value: Any, steps: list[Step], run: Run) -> Iterator[Any]:
    """The values that a path leads to."""
    found = [value]
    for kind, word in steps:
        found = [each for one in found for each in _next(one, kind, word, run)]
    yield from found


def _next(value: Any, kind: str, word: str, run: Run) -> list[Any]:
    if value.__class__ is not dict:
        return [value] if kind == "type" else []
    if kind == "resolve":
        held = found_within(value, run)
        return [held] if held else []
    if kind == "type":
        return [value]
    given = value.get("extension" if kind == "extension" else word)
    if given is None and kind == "name":
        given = [each for key, each in value.items() if _is_choice_of(key, word)]
    items = given if given.__class__ is list else [given]
    if kind == "extension":
        return [each for each in items if each.__class__ is dict and each.get("url") == word]
    return [each for each in items if each is not None]


def _is_choice_of(key: str, word: str) -> bool:
    return key.startswith(word) and key[len(word) :][:1].isupper()


def never(_value: Any, _at: Place, _run: Run) -> bool:
    """What nothing fits."""
    return False


def same_as(wanted: Any) -> Callable[[Any], bool]:
    """A test that a value is this one."""
    return lambda value: same(value, wanted)


def holding(wanted: Any) -> Callable[[Any], bool]:
    """A test that a value holds this one."""
    return lambda value: holds(value, wanted)


def passes(steps: list[Step], tests: list[Callable[[Any], bool]]) -> Fits:
    """What fits where a value passes one of these tests."""
    return lambda value, at, run: any(
        test(each) for each in values_at(value, steps, run) for test in tests
    )


def meets(steps: list[Step], checks: list[Check]) -> Fits:
    """What fits where there are values, and none of them fails one of these checks."""

    def fits(value: Any, at: Place, run: Run) -> bool:
        found = list(values_at(value, steps, run))
        trying = run.beside()
        for each in found:
            for check in checks:
                check(each, at, trying)
        return bool(found) and not trying.failing()

    return fits


def exists(steps: list[Step], there: bool) -> Fits:
    """What fits where an element is there, or is not."""
    return lambda value, at, run: any(True for _ in values_at(value, steps, run)) == there


def refers_to(steps: list[Step], types: frozenset[str]) -> Fits:
    """What fits where a reference is to a resource of one of these types."""
    return lambda value, at, run: any(
        referred_type(each, run) in types for each in values_at(value, steps, run)
    )


def of_type(steps: list[Step], codes: frozenset[str]) -> Fits:
    """What fits where a value, or a resource, is of one of these types. The name of a value that
    may be of several types says of which it is."""
    last = steps[-1][1] if steps and steps[-1][0] == "name" else ""
    names = frozenset(last + code[:1].upper() + code[1:] for code in codes) if last else NO_NAMES

    def fits(value: Any, at: Place, run: Run) -> bool:
        if last:
            holders = [one for one in values_at(value, steps[:-1], run) if one.__class__ is dict]
            if not any(last in one for one in holders):
                return any(not names.isdisjoint(one) for one in holders)
        for each in values_at(value, steps, run):
            given = each.get("resourceType") if each.__class__ is dict else None
            if given is None or given in codes or TYPES + str(given) in codes:
                return True
        return False

    return fits
