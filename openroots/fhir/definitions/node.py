"""One element of a definition in full: what it may hold, and what a profile adds to that.

For validation, XML and packages. A tree of these is the expansion of a definition. `said` names
the facets that a profile gave the element, so that a check of the profile looks at those alone:
the rest is checked once, as part of the type.

Source: FHIR R4 4.0.1, ElementDefinition.
"""

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple


class TypeOf(NamedTuple):
    """A type that an element may have, with the profiles that it and its target must meet."""

    code: str
    profiles: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


class Binding(NamedTuple):
    """The value set that an element is bound to, how strongly, and one that is never left."""

    strength: str
    values: str
    most: str = ""


class Rule(NamedTuple):
    """An invariant: a FHIRPath expression that must hold, its key and words, and whose it is."""

    key: str
    severity: str
    words: str
    expression: str
    source: str


class Slicing(NamedTuple):
    """How the items of an element are told apart: by what, and whether there may be others."""

    rules: str = ""
    ordered: bool = False
    by: tuple[tuple[str, str], ...] = ()


class Value(NamedTuple):
    """A value that a definition names, with its type."""

    type: str
    value: Any


@dataclass(slots=True)
class Node:
    """One element. `many` says whether it is a list in JSON; `kids` is None until asked for."""

    name: str
    path: str
    source: str
    min: int = 0
    max: int | None = None
    many: bool = False
    types: tuple[TypeOf, ...] = ()
    content: str = ""
    fixed: Value | None = None
    pattern: Value | None = None
    least: Value | None = None
    greatest: Value | None = None
    longest: int | None = None
    binding: Binding | None = None
    rules: tuple[Rule, ...] = ()
    slicing: Slicing | None = None
    modifier: bool = False
    slices: dict[str, "Node"] = field(default_factory=dict)
    kids: "dict[str, Node] | None" = None
    said: set[str] = field(default_factory=set)
    named_of: tuple[TypeOf, ...] = ()  # while it is expanded: its types before one was named

    @property
    def choice(self) -> bool:
        """Whether its name in JSON ends in its type."""
        return self.name.endswith("[x]")

    def named(self, code: str) -> str:
        """Its name in JSON where it is of this type."""
        return f"{self.name[:-3]}{code[:1].upper()}{code[1:]}" if self.choice else self.name

    def copied(self, *, plain: bool = False) -> "Node":
        """A copy with everything beneath it; where `plain`, as if no profile had said anything."""
        kids = self.kids
        if kids is not None:
            kids = {name: kid.copied(plain=plain) for name, kid in kids.items()}
        if plain:
            return replace(self, said=set(), slices={}, kids=kids, named_of=())
        slices = {name: each.copied() for name, each in self.slices.items()}
        return replace(self, said=set(self.said), slices=slices, kids=kids, named_of=())

    def constrained(self) -> bool:
        """Whether a profile says anything of it, of its slices or of what is beneath it."""
        if self.said or self.slices:
            return True
        return any(kid.constrained() for kid in (self.kids or {}).values())
