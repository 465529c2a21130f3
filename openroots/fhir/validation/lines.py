"""The lines of Python that judge one value of an element, from what the definition says of it.

For `writing`, which puts them together into functions. In each line `x` is the value; of a value
that is an object, `p` is its place. What comes from a definition stands in a line only as a Python
literal, or not at all: it is a constant, which the line names.

Source: FHIR R4 4.0.1, ElementDefinition; the JSON format of section 2.6.2.
"""

import re
from collections.abc import Callable, Container
from functools import partial
from typing import TYPE_CHECKING, Any

from openroots.fhir.definitions import TYPES, Definitions, Node
from openroots.fhir.definitions.node import TypeOf
from openroots.fhir.validation.bindings import STRONG, coded
from openroots.fhir.validation.presence import presence_test
from openroots.fhir.validation.primitives import PRIMITIVES
from openroots.fhir.validation.rules import BUILT_IN, fields_of, judged, narrative_check
from openroots.fhir.validation.shape import Shape
from openroots.fhir.validation.types import type_of

if TYPE_CHECKING:
    from openroots.fhir.path.types import Types

NOT_A_NAME = re.compile(r"\W")
UNCHECKED_TARGETS = frozenset({"Resource", "DomainResource", "Any"})


def function_name(path: str) -> str:
    """What the function is called that judges the element of this path: "t_Patient_contact"."""
    return "t_" + NOT_A_NAME.sub("_", path)


def layouts_name(path: str) -> str:
    """What the layouts of that element are called: "K_Patient_contact"."""
    return "K_" + NOT_A_NAME.sub("_", path)


def is_nested(kid: Node) -> bool:
    """Whether the element has elements of its own, and so a function of its own."""
    return kid.kids is not None and not kid.content


class Lines:
    """Lines for elements, and in `constants` what they name that is not in `made` already."""

    def __init__(
        self, definitions: Definitions, types: "Types", made: Container[str] = frozenset()
    ) -> None:
        self._definitions = definitions
        self._types = types
        self._made = made
        self.constants: dict[str, Any] = {}

    def _constant(self, kind: str, path: str, make: Callable[[], Any]) -> str:
        name = f"{kind}_{NOT_A_NAME.sub('_', path)}"
        if name not in self._made and name not in self.constants:
            self.constants[name] = make()
        return name

    def shape(self, node: Node) -> str:
        """The name of the shape of an object."""
        return self._constant("S", node.path, lambda: self.shape_of(node))

    def shape_of(self, node: Node) -> Shape:
        """Which names an object may have."""
        known: set[str] = set()
        primitives: dict[str, bool] = {}
        elements: dict[str, str] = {}
        for kid in (node.kids or {}).values():
            for type in kid.types or (TypeOf(""),):
                name = kid.named(type.code)
                known.add(name)
                if type.code in PRIMITIVES:
                    primitives[name] = kid.many
                if kid.choice:
                    elements[name] = kid.name.removesuffix("[x]")
        if node.path in self._definitions.resources:
            known.add("resourceType")
        url = TYPES + node.path.partition(".")[0]
        return Shape(node.path, url, frozenset(known), primitives, elements)

    def choices(self, kid: Node) -> str:
        """The name of the set of names that an element of several types may have."""
        return self._constant(
            "N", kid.path, lambda: frozenset(kid.named(type.code) for type in kid.types)
        )

    def of_element(self, kid: Node, holder: Node) -> list[str]:
        """Lines that judge an element that is there, of an object."""
        primitive = bool(kid.types) and kid.types[0].code in PRIMITIVES
        place = f"(at, {kid.name!r}, {'i' if kid.many else -1})"
        lines = self._of_plain(kid, place) if primitive else self._of_object(kid, holder, place)
        if not kid.many:
            return lines
        return [
            "if x.__class__ is not list or not x:",
            f"    listless(x, (at, {kid.name!r}, -1), run, {self.shape(holder)})",
            "else:",
            "    for i, x in enumerate(x):",
            *(f"        {line}" for line in lines),
        ]

    def _of_object(self, kid: Node, holder: Node, place: str) -> list[str]:
        code = kid.types[0].code if kid.types else ""
        return [f"p = {place}", *self._calls(kid, code, holder)]

    def _of_plain(self, kid: Node, place: str) -> list[str]:
        code = _primitive_code(kid)
        fault = f"primitive_fault(x, {place}, run, {code!r})"
        if kid.many:
            fault = f"item_fault(x, v, {place}, run, {code!r})"
        passes = PRIMITIVES[code].passes
        checks = self._checks_of_primitive(kid)
        lines = []
        if check := self._binding(kid, "code"):
            codes = self._constant("V", kid.path, lambda: self._plain_codes(kid))
            lines.append(f"if x.__class__ is not str or x not in {codes}:")
            lines.append(f"    if not {fault}: {check}(x, {place}, run)")
        elif not checks:
            lines.append(f"if not ({passes}): {fault}")
        if checks:
            lines.append(f"if ({passes}) or not {fault}:")
            lines += [f"    {check}(x, {place}, run)" for check in checks]
        return lines

    def _plain_codes(self, kid: Node) -> frozenset[str]:
        values = self._definitions.values(kid.binding.values) if kid.binding else None
        return values.plain() if values else frozenset()

    def _checks_of_primitive(self, kid: Node) -> list[str]:
        """The names of the checks by the rules on a primitive element."""
        checks = []
        for rule in kid.rules:
            path = f"{kid.path}_{rule.key}"
            if rule.key == "txt-1":
                checks.append(self._constant("J", path, partial(narrative_check, rule)))
            elif rule.key not in BUILT_IN:
                checks.append(self._judged(rule, kid.path, type_of(kid)))
        return checks

    def _judged(self, rule: Any, path: str, type: str) -> str:
        return self._constant("J", f"{path}_{rule.key}", lambda: judged(rule, self._types, type))

    def _calls(self, kid: Node, code: str, holder: Node) -> list[str]:
        """Lines that judge a value x of a complex type at the place p."""
        if kid.content:
            return [_judging(kid.content)]
        if code in ("Resource", "DomainResource") or code in self._definitions.resources:
            return [f"held_resource(x, p, run, {kid.name == 'contained'})"]
        lines = [_judging(kid.path if is_nested(kid) else code)]
        if kid.name in ("extension", "modifierExtension") and code == "Extension":
            modifier = kid.name == "modifierExtension"
            lines.append(f"extended(x, p, run, {modifier}, {holder.path!r})")
        if check := self._binding(kid, code):
            lines.append(f"{check}(x, p, run)")
        profiles = tuple(url for type in kid.types for url in type.profiles)
        if profiles and code != "Extension":
            named = self._constant("P", f"{kid.path}_{code}", lambda: profiles)
            lines.append(f"profiled(x, p, run, {named})")
        if targets := self._targets(kid, code):
            lines.append(f"referred(x, p, run, {targets}, RESOURCES)")
        if is_nested(kid):
            return lines  # its rules stand in its own function
        told = type_of(kid)
        own = [rule for rule in kid.rules if rule.key not in BUILT_IN]
        rules = [self._judged(rule, kid.path, told) for rule in own]
        return lines + [f"if x.__class__ is dict: {check}(x, p, run)" for check in rules]

    def of_choice(self, kid: Node, code: str, holder: Node) -> list[str]:
        """Lines that judge a value x at the place p, of one of the types of an element."""
        if code not in PRIMITIVES:
            return self._calls(_of_type(kid, code), code, holder)
        lines = [f"if not ({PRIMITIVES[code].passes}): primitive_fault(x, p, run, {code!r})"]
        if check := self._binding(kid, code):
            lines.append(f"{check}(x, p, run)")
        return lines

    def _binding(self, kid: Node, code: str) -> str:
        if kid.binding is None or not (kid.binding.most or kid.binding.strength in STRONG):
            return ""
        binding = kid.binding
        return self._constant(
            "B", f"{kid.path}_{code}", lambda: coded(binding, self._definitions, code)
        )

    def _targets(self, kid: Node, code: str) -> str:
        if code != "Reference":
            return ""
        targets = {target.rpartition("/")[2] for type in kid.types for target in type.targets}
        if not targets or targets & UNCHECKED_TARGETS:
            return ""
        return self._constant("T", kid.path, lambda: frozenset(targets))

    def of_rules(self, node: Node) -> list[str]:
        """Lines that hold an object v at the place `at` to the invariants of its type."""
        lines = []
        type = "" if node.path in self._definitions.resources else node.path
        for rule in node.rules:
            if rule.key in BUILT_IN:
                continue
            if test := presence_test(rule.expression, node):
                path = f"{node.path}_{rule.key}"
                fields = self._constant("F", path, partial(fields_of, rule))
                lines.append(f"if not ({test}): run.tell('invariant', at, **{fields})")
            else:
                lines.append(f"{self._judged(rule, node.path, type)}(v, at, run)")
        if node.path in self._definitions.resources:
            lines.append("if 'contained' in v: contained_fault(v, at, run)")
        return lines


def _judging(path: str) -> str:
    """The line that has an object judged: by the function for its layout, if it is one."""
    layouts = f"{layouts_name(path)}[tuple(x)]"
    return f"({layouts} if x.__class__ is dict else {function_name(path)})(x, p, run)"


def _primitive_code(kid: Node) -> str:
    # The id of a resource is said to be a string, and is restricted as an id.
    at_resource = kid.name == "id" and kid.source.endswith("/Resource")
    return "id" if at_resource else kid.types[0].code


def _of_type(kid: Node, code: str) -> Node:
    only = kid.copied()
    only.types = tuple(type for type in kid.types if type.code == code)
    return only
