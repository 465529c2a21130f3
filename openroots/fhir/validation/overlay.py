"""What a profile asks beyond the type it is of, as functions.

For `Validator`, which has judged the type already. Only the elements that a profile speaks of are
looked at. A function is made for each of these, once; together they walk the part of a resource
that the profile is about.

Source: FHIR R4 4.0.1, section 5.1 (Profiling).
"""

from typing import TYPE_CHECKING, Any, Protocol

from openroots.fhir.definitions import Contradiction, Definitions, Node
from openroots.fhir.validation.asked import (
    ANY_TARGET,
    absent,
    absent_choice,
    allowed_types,
    beside,
    by_name,
    counted,
    each_item,
    fixed,
    instead,
    of_dict,
    of_resource,
    pattern,
    slice_wanted,
    sliced,
    some_of,
    together,
    usual_value,
)
from openroots.fhir.validation.bindings import coded
from openroots.fhir.validation.bounds import bounds
from openroots.fhir.validation.places import Place
from openroots.fhir.validation.primitives import PRIMITIVES
from openroots.fhir.validation.references import found_within, referred
from openroots.fhir.validation.rules import judged
from openroots.fhir.validation.run import Check, Run
from openroots.fhir.validation.slicing import Slices
from openroots.fhir.validation.types import type_of

if TYPE_CHECKING:
    from openroots.fhir.path.types import Types

Json = dict[str, Any]


class Meets(Protocol):
    """Says whether a value meets a profile."""

    def meets(self, url: str, value: Any, at: Place, run: Run) -> bool:
        """Whether it does, of which nothing is told."""
        ...

    def meets_elsewhere(self, url: str, resource: Json, run: Run) -> bool:
        """Whether a resource that is referred to does."""
        ...


class Overlays:
    """The checks of profiles, each made when it is first asked for."""

    def __init__(self, definitions: Definitions, types: "Types", validator: Meets) -> None:
        self.definitions = definitions
        self.validator = validator
        self._types = types
        self._made: dict[str, Check | None] = {}

    def check(self, url: str) -> Check | None:
        """The check of a profile; None where it asks nothing beyond its type, or is not known.

        Raises Contradiction where the profile cannot be true."""
        if url not in self._made:
            self._made[url] = None  # where it asks for itself, somewhere within itself
            if self.definitions.structure(url) is not None:
                self._made[url] = self.of_object(self.definitions.tree(url))
        return self._made[url]

    def of_object(self, node: Node) -> Check | None:
        """The check of what a profile says of the elements of an object, and of itself."""
        checks = self._of_rules(node) + self._of_kids(node)
        return of_dict(checks) if checks else None

    def _of_kids(self, node: Node) -> list[Check]:
        checks: list[Check] = []
        for kid in (node.kids or {}).values():
            if kid.constrained() and not (kid.name == "url" and node.path == "Extension"):
                made = self._of_choice(kid) if kid.choice else self._of_element(kid)
                checks += [made] if made else []
        return checks

    def _of_rules(self, node: Node) -> list[Check]:
        """The checks of the invariants that are a profile's, and not its type's."""
        return [
            judged(rule, self._types, type_of(node))
            for rule in node.rules
            if not (self.definitions.structure(rule.source) or {}).get("s")
        ]

    def _of_element(self, kid: Node) -> Check | None:
        """The check of an element in the object that holds it; None where there is nothing to."""
        if kid.max == 0:
            return absent(kid)
        code = kid.types[0].code if kid.types else ""
        checks: list[Check] = []
        if {"n", "x"} & kid.said:
            checks.append(counted(kid))
        if items := self.of_value(kid, code):
            checks.append(each_item(kid, items))
        if kid.slices:
            slices = Slices(kid, self)
            checks += [sliced(kid, slices)] if slices.ask_anything else []
        aside = self._of_kids(kid) if code in PRIMITIVES else []
        if aside:
            checks.append(beside(kid, of_dict(aside)))
        return together(checks)

    def _of_choice(self, kid: Node) -> Check | None:
        """The check of an element that may be of several types."""
        base = kid.name[:-3]
        if kid.max == 0:
            return absent_choice(base, kid)
        names = {kid.named(type.code): type.code for type in kid.types}
        checks = {name: self.of_value(kid, code) for name, code in names.items()}
        for each in kid.slices.values():
            for type in each.types:
                if kid.named(type.code) in checks:
                    checks[kid.named(type.code)] += self.of_value(each, type.code)
        wanted = {called: each for called, each in kid.slices.items() if each.min}
        found: list[Check] = []
        closed = kid.slicing is not None and kid.slicing.rules == "closed" and kid.slices
        if closed:
            told = {type.code for each in kid.slices.values() for type in each.types}
            names = {name: code for name, code in names.items() if code in told}
        if closed or "t" in kid.said:
            found.append(allowed_types(base, names, kid))
        if any(checks.values()):
            found.append(by_name(base, checks))
        if {"n", "x"} & kid.said and kid.min:
            found.append(some_of(base, frozenset(names), kid))
        found += [slice_wanted(base, called, each) for called, each in wanted.items()]
        whole = together(found)
        if kid.path == "Extension.value[x]" and whole is not None and not wanted:
            return usual_value(checks, whole)
        return whole

    def of_value(self, node: Node, code: str) -> list[Check]:
        """The checks of a value of an element, where it is of this type."""
        checks: list[Check] = []
        said, source = node.said, node.source
        if "f" in said and node.fixed:
            checks.append(fixed(node.fixed.value, source))
        if "p" in said and node.pattern:
            checks.append(pattern(node.pattern.value, source))
        if "b" in said and node.binding:
            checks += instead(coded(node.binding, self.definitions, code))
        if "t" in said:
            checks += self._of_kinds(node, code)
        if said & {"g", "lo", "hi"}:
            checks.append(bounds(node))
        checks += self._of_rules(node) if code in PRIMITIVES else []
        if code not in PRIMITIVES:
            inside = self.of_object(node)
            checks += [inside] if inside else []
        return checks

    def _of_kinds(self, node: Node, code: str) -> list[Check]:
        types = [type for type in node.types if type.code == code]
        checks: list[Check] = []
        targets = [target for type in types for target in type.targets]
        if code == "Reference" and targets:
            known = [self.definitions.structure(target) for target in targets]
            kinds = frozenset(each["t"] for each in known if each)
            if all(known) and not kinds & ANY_TARGET:
                every = self.definitions.resources
                checks.append(lambda value, at, run: referred(value, at, run, kinds, every))
                checks += self._of_targets(targets)
        profiles = tuple(url for type in types for url in type.profiles)
        if profiles and code != "Extension":
            checks.append(self._of_profiles(profiles))
        if code in self.definitions.resources:
            codes = frozenset(type.code for type in node.types)
            checks.append(of_resource(codes, node))
        return checks

    def _of_targets(self, targets: list[str]) -> list[Check]:
        """The check of what is referred to, where it can be looked at and a profile is asked."""
        asked: dict[str, list[str]] = {}
        for target in targets:
            structure = self.definitions.structure(target) or {}
            asked.setdefault(structure["t"], []).append("" if structure.get("s") else target)
        wanted = {type: urls for type, urls in asked.items() if "" not in urls}

        def check(value: Any, at: Place, run: Run) -> None:
            found = found_within(value, run) if run.inside or run.bundle else None
            urls = wanted.get(found.get("resourceType", "")) if found else None
            if (
                found
                and urls
                and not any(self.validator.meets_elsewhere(url, found, run) for url in urls)
            ):
                run.tell("reference-profile", at, profiles=" or ".join(urls), source=urls[0])

        return [check] if wanted else []

    def _of_profiles(self, profiles: tuple[str, ...]) -> Check:
        """The check that a value meets one of these profiles, where all of them are known."""

        def check(value: Any, at: Place, run: Run) -> None:
            if any(self.definitions.structure(url) is None for url in profiles):
                return
            try:
                one = self.check(profiles[0]) if len(profiles) == 1 else None
                if one is not None:
                    one(value, at, run)
                elif len(profiles) > 1 and not any(
                    self.validator.meets(url, value, at, run) for url in profiles
                ):
                    told = ", ".join(profiles)
                    run.tell("profile-none", at, profiles=told, source=profiles[0])
            except Contradiction as error:
                told = str(error)
                run.tell("profile-broken", at, given=profiles[0], reason=told, source=profiles[0])

        return check
