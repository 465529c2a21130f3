"""Writes the Python function that judges every value of one type, from the type's definition.

For `Validator`, which has it compiled. The function looks at each element in turn, in straight
lines: nothing of the definition is asked while a resource is judged. What comes from a definition
stands in the source only as a Python literal, or not at all: it is a constant of the namespace.

    def t_Period(v, at, run):
        if v.__class__ is not dict or len(v) < 2 and (not v or 'id' in v):
            if bare(v, at, run, S_Period): return
        ...
        x = v.get('start')
        if x is not None:
            if not (x.__class__ is str and is_date_time(x)):
                primitive_fault(x, (at, 'start', -1), run, 'dateTime')

Source: FHIR R4 4.0.1, StructureDefinition; the JSON format of section 2.6.2.
"""

import re
from typing import TYPE_CHECKING, Any

from openroots.fhir.definitions import TYPES, Definitions, Node
from openroots.fhir.definitions.node import TypeOf
from openroots.fhir.validation.bindings import coded
from openroots.fhir.validation.presence import presence_test
from openroots.fhir.validation.primitives import PRIMITIVES
from openroots.fhir.validation.rules import (
    BUILT_IN,
    fields_of,
    judged,
    narrative_check,
)
from openroots.fhir.validation.shape import Shape

if TYPE_CHECKING:
    from openroots.fhir.path.types import Types

SOME = 4  # types of an element, up to which each is asked for by name
NOT_A_NAME = re.compile(r"\W")
UNCHECKED_TARGETS = frozenset({"Resource", "DomainResource", "Any"})


def function_name(path: str) -> str:
    """What the function is called that judges the element of this path: "t_Patient_contact"."""
    return "t_" + NOT_A_NAME.sub("_", path)


class Writer:
    """Writes one type. `source` is the code, `constants` what the code names."""

    def __init__(self, definitions: Definitions, types: "Types") -> None:
        self._definitions = definitions
        self._types = types
        self._lines: list[str] = []
        self._late: list[str] = []  # functions for the types of choices, which come last
        self.constants: dict[str, Any] = {}

    def source(self, root: Node) -> str:
        """The functions of a type and of the elements within it."""
        self._function(root)
        return "\n".join([*self._lines, *self._late])

    def _constant(self, kind: str, value: Any, path: str) -> str:
        name = f"{kind}_{NOT_A_NAME.sub('_', path)}_{len(self.constants)}"
        self.constants[name] = value
        return name

    def _say(self, depth: int, line: str) -> None:
        self._lines.append("    " * depth + line)

    def _function(self, node: Node) -> None:
        kids = node.kids or {}
        shape = self._constant("S", self._shape(node), node.path)
        self._say(0, f"def {function_name(node.path)}(v, at, run):")
        self._say(1, "if v.__class__ is not dict or len(v) < 2 and (not v or 'id' in v):")
        self._say(2, f"if bare(v, at, run, {shape}): return")
        self._say(1, f"n = {int(node.path in self._definitions.resources)}")
        for kid in kids.values():
            self._element(kid, shape)
        # What was met is counted. Whatever else is there has a name that the type does not know,
        # is null, or stands beside a primitive.
        self._say(1, f"if n != len(v): strange(v, at, run, {shape}, t_Element)")
        if node.path == "Reference":
            self._say(1, "if 'reference' in v: reference_form(v, at, run, RESOURCES)")
        if node.path == "Extension":
            self._say(1, "if (c == 0) != ('extension' in v): extension_form(v, at, run)")
        self._rules(node)
        for kid in kids.values():
            if self._nested(kid):
                self._function(kid)

    def _shape(self, node: Node) -> Shape:
        known: set[str] = set()
        primitives: dict[str, bool] = {}
        for kid in (node.kids or {}).values():
            for type in kid.types or (TypeOf(""),):
                known.add(kid.named(type.code))
                if type.code in PRIMITIVES:
                    primitives[kid.named(type.code)] = kid.many
        if node.path in self._definitions.resources:
            known.add("resourceType")
        url = TYPES + node.path.partition(".")[0]
        return Shape(node.path, url, frozenset(known), primitives)

    def _nested(self, kid: Node) -> bool:
        return kid.kids is not None and not kid.content

    def _element(self, kid: Node, shape: str) -> None:
        if kid.choice:
            self._choice(kid, shape)
        elif kid.max == 0 or (not kid.types and not kid.content):
            return
        elif kid.types and kid.types[0].code in PRIMITIVES:
            self._primitive(kid, shape)
        else:
            self._complex(kid, shape)

    def _primitive(self, kid: Node, shape: str) -> None:
        name = kid.name
        self._say(1, f"x = v.get({name!r})")
        self._say(1, "if x is not None:")
        self._say(2, "n += 1")
        if kid.many:
            self._say(2, "if x.__class__ is not list or not x:")
            self._say(3, f"listless(x, (at, {name!r}, -1), run, {shape})")
            self._say(2, "else:")
            self._say(3, "for i, x in enumerate(x):")
            fault = f"item_fault(x, v, (at, {name!r}, i), run, {_primitive_code(kid)!r})"
            self._judge_primitive(4, kid, fault, f"(at, {name!r}, i)")
        else:
            fault = f"primitive_fault(x, (at, {name!r}, -1), run, {_primitive_code(kid)!r})"
            self._judge_primitive(2, kid, fault, f"(at, {name!r}, -1)")
        self._wanted(kid, shape, f"{'_' + name!r} not in v")

    def _judge_primitive(self, depth: int, kid: Node, fault: str, place: str) -> None:
        passes = PRIMITIVES[_primitive_code(kid)].passes
        checks = self._checks_of_primitive(kid)
        if check := self._binding(kid, "code"):
            values = self._definitions.values(kid.binding.values) if kid.binding else None
            codes = self._constant("B", values.plain() if values else frozenset(), kid.path)
            self._say(depth, f"if x.__class__ is not str or x not in {codes}:")
            self._say(depth + 1, f"if not {fault}: {check}(x, {place}, run)")
        elif not checks:
            self._say(depth, f"if not ({passes}): {fault}")
        if checks:
            self._say(depth, f"if ({passes}) or not {fault}:")
            for check in checks:
                self._say(depth + 1, f"{check}(x, {place}, run)")

    def _checks_of_primitive(self, kid: Node) -> list[str]:
        """The names of the checks by the rules on a primitive element."""
        checks = []
        for rule in kid.rules:
            if rule.key == "txt-1":
                checks.append(self._constant("J", narrative_check(rule), kid.path))
            elif rule.key not in BUILT_IN:
                checks.append(self._constant("J", judged(rule, self._types), kid.path))
        return checks

    def _complex(self, kid: Node, shape: str) -> None:
        name = kid.name
        lines = self._calls(kid, kid.types[0].code if kid.types else "")
        self._say(1, f"x = v.get({name!r})")
        self._say(1, "if x is not None:")
        self._say(2, "n += 1")
        if kid.many:
            self._say(2, "if x.__class__ is not list or not x:")
            self._say(3, f"listless(x, (at, {name!r}, -1), run, {shape})")
            self._say(2, "else:")
            self._say(3, "for i, x in enumerate(x):")
            self._say(4, f"p = (at, {name!r}, i)")
            for line in lines:
                self._say(4, line)
        else:
            self._say(2, f"p = (at, {name!r}, -1)")
            for line in lines:
                self._say(2, line)
        self._wanted(kid, shape, "")

    def _calls(self, kid: Node, code: str) -> list[str]:
        """Lines that judge a value x of a complex type at the place p."""
        if kid.content:
            return [f"{function_name(kid.content)}(x, p, run)"]
        if code in ("Resource", "DomainResource") or code in self._definitions.resources:
            inside = kid.name == "contained"
            return [f"held_resource(x, p, run, {inside})"]
        lines = [f"{function_name(kid.path if self._nested(kid) else code)}(x, p, run)"]
        if kid.name in ("extension", "modifierExtension") and code == "Extension":
            lines.append(f"extended(x, p, run, {kid.name == 'modifierExtension'})")
        if check := self._binding(kid, code):
            lines.append(f"{check}(x, p, run)")
        profiles = tuple(url for type in kid.types for url in type.profiles)
        if profiles and code != "Extension":
            lines.append(f"profiled(x, p, run, {self._constant('P', profiles, kid.path)})")
        if targets := self._targets(kid, code):
            lines.append(f"referred(x, p, run, {targets})")
        return lines + self._kid_rules(kid)

    def _kid_rules(self, kid: Node) -> list[str]:
        if self._nested(kid):
            return []  # they stand in its own function
        return [
            f"if x.__class__ is dict: {self._constant('J', judged(rule, self._types), kid.path)}"
            "(x, p, run)"
            for rule in kid.rules
            if rule.key not in BUILT_IN
        ]

    def _choice(self, kid: Node, shape: str) -> None:
        names = {kid.named(type.code): type.code for type in kid.types}
        wanted = self._constant("N", frozenset(names), kid.path)
        checks = f"C_{NOT_A_NAME.sub('_', kid.path)}"
        functions = {name: self._of_choice(kid, code) for name, code in names.items()}
        told = ", ".join(f"{name!r}: {function}" for name, function in functions.items())
        self._late.append(f"{checks} = {{{told}}}")
        self._say(1, "c = 0")
        if len(names) <= SOME:
            for name in names:
                self._say(1, f"x = v.get({name!r})")
                self._say(1, "if x is not None:")
                self._say(2, f"c += 1; {checks}[{name!r}](x, (at, {kid.name[:-3]!r}, -1), run)")
        else:
            self._say(1, "for k, x in v.items():")
            self._say(2, f"if k in {checks} and x is not None:")
            self._say(3, f"c += 1; {checks}[k](x, (at, {kid.name[:-3]!r}, -1), run)")
        self._say(1, f"if c > 1: two_values(v, at, run, {kid.name[:-3]!r}, {wanted})")
        self._say(1, "n += c")
        if kid.min:
            self._say(1, f"if c == 0 and not chosen(v, {wanted}):")
            self._say(2, f"missing(at, run, {kid.name[:-3]!r}, {shape})")

    def _of_choice(self, kid: Node, code: str) -> str:
        """The name of a function that judges a value of one of the types of an element."""
        name = f"h_{NOT_A_NAME.sub('_', kid.path)}_{code}"
        lines = [f"def {name}(x, p, run):"]
        if code in PRIMITIVES:
            passes = PRIMITIVES[code].passes
            lines.append(f"    if not ({passes}): primitive_fault(x, p, run, {code!r})")
            if check := self._binding(kid, code):
                lines.append(f"    {check}(x, p, run)")
        else:
            lines += [f"    {line}" for line in self._calls(_of_type(kid, code), code)]
        self._late += lines
        return name

    def _binding(self, kid: Node, code: str) -> str:
        if kid.binding is None:
            return ""
        check = coded(kid.binding, self._definitions, code)
        return self._constant("B", check, kid.path) if check else ""

    def _targets(self, kid: Node, code: str) -> str:
        if code != "Reference":
            return ""
        targets = {target.rpartition("/")[2] for type in kid.types for target in type.targets}
        if not targets or targets & UNCHECKED_TARGETS:
            return ""
        return self._constant("T", frozenset(targets), kid.path)

    def _wanted(self, kid: Node, shape: str, unless: str) -> None:
        if kid.min:
            self._say(1, f"elif {unless}:" if unless else "else:")
            self._say(2, f"missing(at, run, {kid.name!r}, {shape})")

    def _rules(self, node: Node) -> None:
        for rule in node.rules:
            if rule.key in BUILT_IN:
                continue
            if test := presence_test(rule.expression, node):
                fields = self._constant("F", fields_of(rule), node.path)
                self._say(1, f"if not ({test}): run.tell('invariant', at, **{fields})")
            else:
                check = self._constant("J", judged(rule, self._types), node.path)
                self._say(1, f"{check}(v, at, run)")
        if node.path in self._definitions.resources:
            self._say(1, "if 'contained' in v: contained_fault(v, at, run)")


def _primitive_code(kid: Node) -> str:
    # The id of a resource is said to be a string, and is restricted as an id.
    at_resource = kid.name == "id" and kid.source.endswith("/Resource")
    return "id" if at_resource else kid.types[0].code


def _of_type(kid: Node, code: str) -> Node:
    only = kid.copied()
    only.types = tuple(type for type in kid.types if type.code == code)
    return only
