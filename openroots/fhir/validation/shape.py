"""What every object of a type is held to, beside its elements: no stranger, no null, no void.

For the code that `writing` writes, which calls these where its own quick tests did not pass.

Source: FHIR R4 4.0.1, section 2.6.2 (JSON); the invariants ele-1 and ext-1.
"""

from dataclasses import dataclass
from typing import Any

from openroots.fhir.validation.places import Place
from openroots.fhir.validation.primitives import TYPE_URL, primitive_fault
from openroots.fhir.validation.run import Check, Run

Json = dict[str, Any]

LONGEST_NAME = 80  # of an element, as a finding tells it


@dataclass(frozen=True, slots=True)
class Shape:
    """The names that an object of a type may have. `primitives` are those that may have a
    sibling with an underscore, each with whether it is a list; `elements` the element for which a
    name stands that says its type too, as `deceased` for `deceasedBoolean`."""

    type: str
    url: str
    known: frozenset[str]
    primitives: dict[str, bool]
    elements: dict[str, str]

    def place(self, at: Place, name: str) -> Place:
        """The place of what stands under this name in an object at `at`."""
        return at, self.elements.get(name, name[:LONGEST_NAME]), -1


def bare(value: Any, at: Place, run: Run, shape: Shape) -> bool:
    """Whether this is no object with anything in it, of which nothing more can be said."""
    if value.__class__ is list and at[2] < 0:
        run.tell("not-single", at, name=at[1], source=shape.url)
    elif value.__class__ is not dict:
        run.tell("not-object", at, given=value, type=shape.type, source=shape.url)
    elif not value or (len(value) == 1 and "id" in value):
        run.tell("empty", at, name=at[1], key="ele-1", source=shape.url)
    return value.__class__ is not dict or not value


def strange(value: Json, at: Place, run: Run, shape: Shape, extensions: Check) -> None:
    """Tell of nulls and of names that the type does not have, and look at what stands beside
    primitives."""
    for name in value:
        if value[name] is None:
            run.tell("null", shape.place(at, name), name=name[:LONGEST_NAME])
        if name in shape.known:
            continue
        many = shape.primitives.get(name[1:]) if name[:1] == "_" else None
        if name == "fhir_comments":
            run.tell("comments", at, source=shape.url)
        elif many is None:
            told = ", ".join(sorted(shape.known))
            fields = {"name": name[:LONGEST_NAME], "type": shape.type, "elements": told}
            run.tell("unknown-element", shape.place(at, name), **fields, source=shape.url)
        elif many:
            _siblings(value, name, at, run, extensions)
        else:
            _sibling(value[name], value.get(name[1:]), shape.place(at, name[1:]), run, extensions)


def _sibling(given: Any, value: Any, at: Place, run: Run, extensions: Check) -> None:
    """Look at what stands beside a primitive. Beside a value, an id alone is enough."""
    if value is None or given.__class__ is not dict or given.keys() != {"id"}:
        extensions(given, at, run)
    else:
        primitive_fault(given["id"], (at, "id", -1), run, "string")


def _siblings(value: Json, name: str, at: Place, run: Run, extensions: Check) -> None:
    given, beside = value[name], value.get(name[1:])
    if given.__class__ is not list:
        run.tell("not-list", (at, name[1:], -1), name=name, given=given)
        return
    if not given or all(each is None for each in given):
        run.tell("empty", (at, name[1:], -1), name=name)
    values: list[Any] = beside if isinstance(beside, list) else []
    if beside.__class__ is list and len(given) > len(values):
        run.tell("list-lengths", (at, name[1:], -1), name=name[1:])
    for i, each in enumerate(given):
        if each is not None:
            own = values[i] if i < len(values) else None
            _sibling(each, own, (at, name[1:], i), run, extensions)


def listless(value: Any, at: Place, run: Run, shape: Shape) -> None:
    """Tell of what should be a list with something in it."""
    if value.__class__ is list:
        run.tell("empty", at, name=at[1], source=shape.url)
    else:
        run.tell("not-list", at, name=at[1], given=value, source=shape.url)


def item_fault(value: Any, holder: Json, at: Place, run: Run, type: str) -> bool:
    """Whether an item of a list of primitives is wrong. Null is right where a sibling says why."""
    if value is not None:
        return primitive_fault(value, at, run, type)
    beside = holder.get(f"_{at[1]}")
    said = beside.__class__ is list and len(beside) > at[2] and beside[at[2]] is not None
    if not said:
        run.tell("null", at, name=at[1], source=TYPE_URL + type)
    return True


def missing(at: Place, run: Run, name: str, shape: Shape) -> None:
    """Tell that an element is not there."""
    run.tell("missing", (at, name, -1), name=name, least=1, source=shape.url)


def two_values(value: Json, at: Place, run: Run, name: str, names: frozenset[str]) -> None:
    """Tell that an element of several types is there more than once."""
    given = sorted(each for each in value if each.lstrip("_") in names)
    run.tell("two-values", (at, name, -1), name=f"{name}[x]", names=", ".join(given))


def chosen(value: Json, names: frozenset[str]) -> int:
    """How many of these names are there, with or without an underscore."""
    return len({name.lstrip("_") for name in value if name.lstrip("_") in names})
