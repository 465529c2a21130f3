"""Extensions: is it known, may it be here, and does it hold what it is defined to hold.

For the checks of types. An extension's own definition is compiled when one is first met. One that
nobody here knows is told as information: there are many, and they are allowed.

Source: FHIR R4 4.0.1, section 2.4 (Extensibility), and StructureDefinition.context.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from openroots.fhir.definitions import TYPES, Contradiction, Definitions
from openroots.fhir.validation.errata import ALLOWED_TOO
from openroots.fhir.validation.places import Place, names_of
from openroots.fhir.validation.run import Check, Run

Json = dict[str, Any]

EXTENSION = TYPES + "Extension"
ANYWHERE = frozenset({"Element", "*"})


NOTHING: frozenset[str] = frozenset()
Contexts = tuple[tuple[str, str], ...]
MOST_PLACES = 10_000  # of extensions, that are remembered to be right or wrong


class Known(NamedTuple):
    """An extension that is known: its check, where it may be, whether it is a modifier, and the
    types and elements that may hold it as its contexts name them."""

    check: Check | None
    contexts: Contexts
    modifier: bool
    holders: frozenset[str]
    parts: frozenset[str]


class Extensions:
    """The extensions of some definitions. `compiled` gives the check of a profile."""

    def __init__(
        self,
        definitions: Definitions,
        compiled: Callable[[str], Check | None],
        kinds: Callable[[str], frozenset[str]],
    ) -> None:
        self._definitions = definitions
        self._compiled = compiled
        self._kinds = kinds
        self._known: dict[str, Known | None] = {}
        self._places: dict[tuple[str, str], bool] = {}

    def check(self, value: Any, at: Place, run: Run, modifier: bool, holder: str) -> None:
        """Tell what is wrong with an extension of a `holder`, besides its form."""
        if run.plain:
            return
        url = value.get("url") if value.__class__ is dict else None
        if url.__class__ is not str:
            return
        if url not in self._known:
            self._known[url] = self._look_up(url)
        known = self._known[url]
        if known is None:
            self._unknown(url, at, run, modifier)
            return
        if known.modifier != modifier:
            row = "modifier" if known.modifier else "not-modifier"
            run.tell(row, at, url=url, source=url)
        if known.contexts and not _is_held_by(holder, known.holders, at, run):
            self._check_place(url, known.contexts, at, run)
        if known.check is not None:
            known.check(value, at, run)
        if known.parts and "extension" in value:
            _strange_parts(value["extension"], known.parts, url, at, run)

    def _look_up(self, url: str) -> Known | None:
        structure = self._definitions.structure(url)
        if structure is None or structure["t"] != "Extension":
            return None
        contexts = tuple((how, expression) for how, expression in structure.get("c", ()))
        if contexts and url in ALLOWED_TOO:
            contexts = (*contexts, ("element", ALLOWED_TOO[url]))
        if any(how != "element" or words in ANYWHERE for how, words in contexts):
            contexts = ()  # a context that is a FHIRPath or another extension is not held to
        holders = _named_by(contexts)
        try:
            modifier = self._definitions.tree(url).modifier
        except Contradiction:
            return Known(None, contexts, False, holders, NOTHING)
        return Known(self._compiled(url), contexts, modifier, holders, self._parts(url))

    def _parts(self, url: str) -> frozenset[str]:
        """The URLs of the parts that an extension is defined to have."""
        held = (self._definitions.tree(url).kids or {}).get("extension")
        kids = [(part.kids or {}).get("url") for part in held.slices.values()] if held else []
        return frozenset(str(kid.fixed.value) for kid in kids if kid and kid.fixed)

    def _unknown(self, url: str, at: Place, run: Run, modifier: bool) -> None:
        if at[0] is not None and at[0][1] == "extension" and ":" not in url:
            return  # a part of another extension: that one's definition speaks of it
        if ":" not in url:
            run.tell("extension-url", at, given=url, source=EXTENSION)
        elif modifier:
            run.tell("modifier-unknown", at, url=url, source=url)
        else:
            run.tell("extension-unknown", at, url=url, source=url)

    def _check_place(self, url: str, contexts: Contexts, at: Place, run: Run) -> None:
        where = _where(at, run)
        allowed = self._places.get((url, where))
        if allowed is None:
            allowed = self._may_be_at(contexts, where)
            if len(self._places) < MOST_PLACES:
                self._places[url, where] = allowed
        if not allowed:
            told = ", ".join(expression for _, expression in contexts)
            run.tell("extension-place", at, url=url, context=where, contexts=told, source=url)

    def _may_be_at(self, contexts: Contexts, where: str) -> bool:
        names = where.split(".")
        if "extension" in names[1:] or not self._kinds(where):
            return True  # a part of another extension, or of an element of several types
        return not _named_by(contexts).isdisjoint(self._said_of(names))

    def _said_of(self, names: list[str]) -> set[str]:
        """The ways in which a definition may name this element: by its path, or by its type."""
        said = {".".join(names)}
        types = self._kinds(".".join(names))
        for end in range(len(names) - 1, 0, -1):
            rest = ".".join(names[end:])
            said |= {f"{type}.{rest}" for type in self._kinds(".".join(names[:end]))}
        return said | types


def _strange_parts(given: Any, parts: frozenset[str], url: str, at: Place, run: Run) -> None:
    """Tell of parts that the definition of an extension does not have."""
    for i, each in enumerate(given if given.__class__ is list else ()):
        name = each.get("url") if each.__class__ is dict else None
        if name.__class__ is str and ":" not in name and name not in parts:
            told = ", ".join(sorted(parts))
            run.tell("extension-part", (at, "extension", i), given=name, parts=told, source=url)


def _named_by(contexts: Contexts) -> frozenset[str]:
    wanted = (words.rpartition("/")[2].partition("#")[2] or words for _, words in contexts)
    return frozenset(words.removesuffix("[x]") for words in wanted)


def _is_held_by(holder: str, holders: frozenset[str], at: Place, run: Run) -> bool:
    """Whether the contexts of an extension name its holder by type, or, where that is an element
    of the resource itself, by path. Most do; where others are is worked out from their places."""
    if holder in holders:
        return True
    of = at[0]
    return of[0] is run.place and f"{run.resource.get('resourceType')}.{of[1]}" in holders


def _where(at: Place, run: Run) -> str:
    type = run.resource.get("resourceType", "")
    return names_of(at[0], run.place, type if type.__class__ is str else "")


def extension_form(value: Json, at: Place, run: Run) -> None:
    """The invariant ext-1: a value or further extensions, and not both."""
    for name in value:
        if name[:5] == "value" or name[:6] == "_value":
            there = True
            break
    else:
        there = False
    if ("extension" in value) == there:
        run.tell("invariant", at, **EXT_1)


EXT_1: Mapping[str, str] = {
    "words": "Must have either extensions or value[x], not both",
    "expression": "extension.exists() != value.exists()",
    "key": "ext-1",
    "severity": "error",
    "source": EXTENSION,
}
