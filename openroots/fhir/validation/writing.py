"""Writes the Python functions that judge every value of one type, from the type's definition.

For `Validator`, which has them compiled. A function looks at each element in turn, in straight
lines: nothing of the definition is asked while a resource is judged.

    def t_Period(v, at, run):
        if v.__class__ is not dict or len(v) < 2 and (not v or 'id' in v):
            if bare(v, at, run, S_Period): return
        ...
        x = v.get('start')
        if x is not None:
            n += 1
            if not (x.__class__ is str and is_date_time(x)):
                primitive_fault(x, (at, 'start', -1), run, 'dateTime')

What is sent alike is mostly laid out alike: the same names in the same order. For a layout that is
met often another function is written, which need not ask what is there. It tells the same, in the
same order.

    def layout(v, at, run):
        v0, v1, = v.values()
        if v0 is None or v1 is None: return t_Period(v, at, run)
        x = v0
        if not (x.__class__ is str and is_date_time(x)):
            ...

Source: FHIR R4 4.0.1, StructureDefinition; the JSON format of section 2.6.2.
"""

from collections.abc import Container
from typing import TYPE_CHECKING, Any

from openroots.fhir.definitions import Definitions, Node
from openroots.fhir.validation.lines import Lines, function_name, is_nested
from openroots.fhir.validation.primitives import PRIMITIVES

if TYPE_CHECKING:
    from openroots.fhir.path.types import Types

SOME = 4  # types of an element, up to which each is asked for by name
LAYOUT = "layout"  # what the function for one layout is called


class Writer:
    """Writes one type. `constants` is what the code names and is not in `made` already; `written`
    are the objects for which there are functions now, each with the names that it may have."""

    def __init__(
        self, definitions: Definitions, types: "Types", made: Container[str] = frozenset()
    ) -> None:
        self._resources = definitions.resources
        self._say_of = Lines(definitions, types, made)
        self._lines: list[str] = []
        self._late: list[str] = []  # functions for the types of choices, which come last
        self.written: list[tuple[frozenset[str], Node]] = []

    @property
    def constants(self) -> dict[str, Any]:
        """What the code names."""
        return self._say_of.constants

    def source(self, root: Node) -> str:
        """The functions of a type and of the elements within it."""
        self._function(root)
        return "\n".join([*self._lines, *self._late])

    def layout(self, node: Node, names: tuple[str, ...]) -> str:
        """The function for objects that have just these names, in this order; "" where there is
        more to them than that each stands for one element."""
        wanted = self._say_of.shape_of(node).known
        if not wanted.issuperset(names) or names in ((), ("id",)):
            return ""
        values = {name: f"v{i}" for i, name in enumerate(names)}
        self._say(0, f"def {LAYOUT}(v, at, run):")
        self._say(1, f"{', '.join(values.values())}, = v.values()")
        void = " or ".join(f"{value} is None" for value in values.values())
        self._say(1, f"if {void}: return {function_name(node.path)}(v, at, run)")
        for kid in (node.kids or {}).values():
            if kid.choice:
                if not self._laid_out_choice(kid, node, values):
                    return ""
            elif _is_looked_at(kid):
                self._laid_out(kid, node, values)
        self._whole(node)
        return "\n".join(self._lines)

    def _say(self, depth: int, *lines: str) -> None:
        self._lines += ["    " * depth + line for line in lines]

    def _function(self, node: Node) -> None:
        kids = node.kids or {}
        shape = self._say_of.shape(node)
        self.written.append((self._say_of.shape_of(node).known, node))
        self._say(0, f"def {function_name(node.path)}(v, at, run):")
        self._say(1, "if v.__class__ is not dict or len(v) < 2 and (not v or 'id' in v):")
        self._say(2, f"if bare(v, at, run, {shape}): return")
        self._say(1, f"n = {int(node.path in self._resources)}")
        for kid in kids.values():
            if kid.choice:
                self._choice(kid, node)
            elif _is_looked_at(kid):
                self._element(kid, node)
        # What was met is counted. Whatever else is there has a name that the type does not know,
        # is null, or stands beside a primitive.
        self._say(1, "if n != len(v):", f"    strange(v, at, run, {shape}, t_Element)")
        for kid in kids.values():
            if kid.choice:
                wanted = self._say_of.choices(kid)
                two = f"two_values(v, at, run, {kid.name[:-3]!r}, {wanted})"
                self._say(2, f"if chosen(v, {wanted}) > 1: {two}")
        if node.path == "Extension":
            self._say(1, "if (c == 0) != ('extension' in v): extension_form(v, at, run)")
        self._whole(node)
        for kid in kids.values():
            if is_nested(kid):
                self._function(kid)

    def _whole(self, node: Node) -> None:
        """What is asked of an object as a whole."""
        if node.path == "Reference":
            self._say(1, "if 'reference' in v: reference_form(v, at, run, RESOURCES)")
        self._say(1, *self._say_of.of_rules(node))

    def _element(self, kid: Node, node: Node) -> None:
        self._say(1, f"x = v.get({kid.name!r})", "if x is not None:")
        self._say(2, "n += 1", *self._say_of.of_element(kid, node))
        if kid.min:
            unless = f"elif '_{kid.name}' not in v:" if _is_primitive(kid) else "else:"
            self._say(1, unless)
            self._say(2, self._missing(kid.name, node))

    def _laid_out(self, kid: Node, node: Node, values: dict[str, str]) -> None:
        if kid.name in values:
            self._say(1, f"x = {values[kid.name]}", *self._say_of.of_element(kid, node))
        elif kid.min:
            self._say(1, self._missing(kid.name, node))

    def _missing(self, name: str, node: Node) -> str:
        return f"missing(at, run, {name!r}, {self._say_of.shape(node)})"

    def _choice(self, kid: Node, node: Node) -> None:
        base, names = kid.name[:-3], {kid.named(type.code): type.code for type in kid.types}
        wanted, checks = self._say_of.choices(kid), f"C_{function_name(kid.path)}"
        functions = {name: self._of_choice(kid, code, node) for name, code in names.items()}
        told = ", ".join(f"{name!r}: {function}" for name, function in functions.items())
        self._late.append(f"{checks} = {{{told}}}")
        self._say(1, "c = 0")
        if len(names) <= SOME:
            for name in names:
                self._say(1, f"x = v.get({name!r})")
                self._say(1, "if x is not None:")
                self._say(2, f"c += 1; {checks}[{name!r}](x, (at, {base!r}, -1), run)")
        else:
            self._say(1, "for k, x in v.items():")
            self._say(2, f"if k in {checks} and x is not None:")
            self._say(3, f"c += 1; {checks}[k](x, (at, {base!r}, -1), run)")
        self._say(1, f"if c > 1: two_values(v, at, run, {base!r}, {wanted})")
        self._say(1, "n += c")
        if kid.min:
            self._say(1, f"if c == 0 and not chosen(v, {wanted}):")
            self._say(2, self._missing(base, node))

    def _of_choice(self, kid: Node, code: str, node: Node) -> str:
        """The name of a function that judges a value of one of the types of an element."""
        name = f"h_{function_name(kid.path)}_{code}"
        lines = self._say_of.of_choice(kid, code, node)
        self._late += [f"def {name}(x, p, run):", *(f"    {line}" for line in lines)]
        return name

    def _laid_out_choice(self, kid: Node, node: Node, values: dict[str, str]) -> bool:
        """Whether there is one value of an element of several types at most; then it is judged."""
        base, codes = kid.name[:-3], {kid.named(type.code): type.code for type in kid.types}
        given = [name for name in codes if name in values]
        if len(given) > 1 or node.path == "Extension" and bool(given) == ("extension" in values):
            return False
        for name in given:
            self._say(1, f"x = {values[name]}", f"p = (at, {base!r}, -1)")
            self._say(1, *self._say_of.of_choice(kid, codes[name], node))
        if kid.min and not given:
            self._say(1, self._missing(base, node))
        return True


def _is_looked_at(kid: Node) -> bool:
    return kid.max != 0 and bool(kid.types or kid.content)


def _is_primitive(kid: Node) -> bool:
    return bool(kid.types) and kid.types[0].code in PRIMITIVES
