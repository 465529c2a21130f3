"""Writes the search parameters of a type as one straight Python function.

For `compile_searches`. Where the definitions say of which type an element is, the code that turns
it into values is chosen here and not while resources go through. Names and texts of parameters
enter the source as literals only.

Source: none; measured in bench/extracting.py.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from openroots.fhir.path.choices import CHOICES, TYPE_OF_KEY
from openroots.fhir.path.errors import PathError
from openroots.fhir.path.expression import Expression
from openroots.fhir.path.frame import Context
from openroots.fhir.path.types import Types, is_kind_of
from openroots.fhir.searching import values
from openroots.fhir.searching.steps import As, At, Extension, Get, Step, Steps, To, Truth, Where
from openroots.fhir.searching.values import Adding

BY_TYPE: dict[str, dict[str, Adding]] = {
    "token": {
        "boolean": values.add_code,
        "CodeableConcept": values.add_concept,
    },
    "string": {"HumanName": values.add_name, "Address": values.add_address},
}
BY_KIND: dict[str, Adding] = {
    "token": values.add_token,
    "date": values.add_date,
    "string": values.add_string,
    "reference": values.add_reference,
    "quantity": values.add_quantity,
    "number": values.add_number,
    "uri": values.add_uri,
    "special": values.add_special,
}
HEAD = (
    "def extract(v0):",
    " found = []",
    " if v0.__class__ is not dict: return found",
    " get = v0.get",
)
TEXTS = {"string": ("string", "markdown", "code", "id"), "uri": ("uri", "url", "canonical", "oid")}
TEXT = ("if ?.__class__ is str: found.append((NAME, ?))",)
CODE = ("if ?.__class__ is str: found.append((NAME, (None, ?)))",)
PAIR = (
    "if ?.__class__ is dict and (?c := ?.get(KEY)).__class__ is str:",
    " ?s = ?.get('system')",
    " found.append((NAME, (?s if ?s.__class__ is str else '', ?c)))",
)
# Written out instead of called, by kind of parameter and type of element: what is met most.
INLINE: dict[tuple[str, str], tuple[str, ...]] = {
    **{(kind, type): TEXT for kind, types in TEXTS.items() for type in types},
    **{("token", type): CODE for type in ("code", "id", "string", "uri")},
    ("token", "Identifier"): tuple(line.replace("KEY", "'value'") for line in PAIR),
    ("token", "Coding"): tuple(line.replace("KEY", "'code'") for line in PAIR),
    ("token", "ContactPoint"): (
        "if ?.__class__ is dict and (?c := ?.get('value')).__class__ is str:",
        " found.append((NAME, ('', ?c)))",
    ),
}


class Wanted(NamedTuple):
    """A parameter's name and kind, and what turns an element of a type into its values."""

    name: str
    kind: str
    adding: Callable[[str], Adding]


def adding_of(kind: str, type: str) -> Adding:
    """What turns an element of a type into values of a kind."""
    return BY_TYPE.get(kind, {}).get(type, BY_KIND[kind])


Branch = tuple[Wanted, Steps]


class Writer:
    """Source in the making. `known` are the functions that it names."""

    def __init__(self, types: Types) -> None:
        self.types = types
        self.lines = [*HEAD]
        self.known: dict[str, Any] = {"points_at": values.points_at}
        self.count = 0

    def write(self, depth: int, line: str) -> None:
        """One line, so deep in loops and conditions."""
        self.lines.append(" " * depth + line)

    def fresh(self) -> str:
        """A name for a value that is not taken."""
        self.count += 1
        return f"v{self.count}"

    def walk(self, branches: list[Branch], at: str, type: str, depth: int) -> None:
        """The code from a value on, through the steps that are left to each parameter. Steps that
        several have in common are taken once."""
        onwards: dict[Steps, list[Branch]] = {}
        for wanted, steps in branches:
            if steps:
                taken = _taken(steps)
                onwards.setdefault(taken, []).append((wanted, steps[len(taken) :]))
            else:
                self.emit(wanted, at, type, depth)
        for taken, rest in onwards.items():
            self.step(taken, rest, at, type, depth)

    def step(self, taken: Steps, rest: list[Branch], at: str, type: str, depth: int) -> None:
        """The code of one step, and of all that follows it."""
        match taken[0]:
            case Get():
                self.get(taken, rest, at, type, depth)
            case Truth(name):
                for wanted, _ in rest:
                    self.truth(wanted.name, at, name, depth)
            case step:
                self.write(depth, f"if {self.test(step, at)}:")
                self.walk(rest, at, type, depth + 1)

    def get(self, taken: Steps, rest: list[Branch], at: str, type: str, depth: int) -> None:
        """The code that goes through the elements of one name."""
        name = next(step.name for step in taken if isinstance(step, Get))
        kept = next((step.type for step in taken if isinstance(step, As)), "")
        place = next(
            (f"[{step.place}:{step.place + 1}]" for step in taken if isinstance(step, At)), ""
        )
        for key, element in self.keys(type, name, kept):
            value, item = self.fresh(), self.fresh()
            got = f"get({key!r})" if at == "v0" else f"{at}.get({key!r})"
            sure = "" if at == "v0" else f" if {at}.__class__ is dict else None"
            self.write(depth, f"{value} = {got}{sure}")
            self.write(depth, f"if {value} is not None:")
            self.write(depth + 1, f"if {value}.__class__ is not list: {value} = ({value},)")
            self.write(depth + 1, f"for {item} in {value}{place}:")
            self.walk(rest, item, element, depth + 2)

    def keys(self, type: str, name: str, wanted: str) -> list[tuple[str, str]]:
        """The keys under which an element may stand, each with its type."""
        plain = self.types.of(type, name)
        choices = CHOICES.get(name, ())
        if wanted:
            kept = [pair for pair in choices if is_kind_of(self.types, pair[1], wanted)]
            return kept + ([(name, plain or wanted)] if plain or not kept else [])
        known = [pair for pair in choices if self.types.of(type, pair[0])]
        if plain or not choices:
            return [(name, plain or TYPE_OF_KEY.get(name, ""))]
        return known or [*choices, (name, "")]

    def test(self, step: Step, at: str) -> str:
        """The condition of a step that keeps or drops a value."""
        match step:
            case Where():
                return f"{at}.__class__ is dict and {at}.get({step.name!r}) == {step.text!r}"
            case To():
                return f"points_at({at}, {step.type!r})"
            case Extension():
                self.known["has_extension"] = has_extension
                return f"has_extension({at}, {step.url!r})"
            case _:
                raise TypeError(step)

    def truth(self, name: str, at: str, element: str, depth: int) -> None:
        """The code that says whether an element is there and not false."""
        keys = tuple(key for key, _ in self.keys("", element, ""))
        self.known["is_true"] = is_true
        self.write(depth, f"found.append(({name!r}, (None, is_true({at}, {keys!r}))))")

    def emit(self, wanted: Wanted, at: str, type: str, depth: int) -> None:
        """The code that turns an element into values: written out, where it is met most."""
        lines = INLINE.get((wanted.kind, type))
        if lines is not None:
            for line in lines:
                self.write(depth, line.replace("?", at).replace("NAME", repr(wanted.name)))
            return
        function = self.function(wanted.adding(type))
        self.write(depth, f"{function}(found, {wanted.name!r}, {at})")

    def asked(self, name: str, adding: Adding, expression: Expression) -> None:
        """The code for an alternative of another shape: it is asked as FHIRPath."""
        context, item = Context(types=self.types), self.fresh()
        ask = self.function(partial(_asked, expression, context))
        self.write(1, f"for {item} in {ask}(v0):")
        self.write(2, f"{self.function(adding)}(found, {name!r}, {item})")

    def function(self, function: Callable[..., Any]) -> str:
        """The name by which the source calls a function."""
        name = getattr(function, "__name__", "") or f"f{len(self.known)}"
        self.known[name] = function
        return name

    def made(self) -> Any:
        """The function that was written."""
        self.write(1, "return found")
        names = dict(self.known)
        exec(compile("\n".join(self.lines), "<search parameters>", "exec"), names)
        return names["extract"]


def _taken(steps: Steps) -> Steps:
    """The first step, with the type or place that belongs to it."""
    belongs = isinstance(steps[0], Get) and len(steps) > 1 and isinstance(steps[1], As | At)
    return steps[: 2 if belongs else 1]


def is_true(resource: Any, keys: tuple[str, ...]) -> str:
    """ "true" where an element is there and not false, else "false"."""
    there = [resource[key] for key in keys if key in resource]
    return "true" if there and there[0] is not False else "false"


def has_extension(value: Any, url: str) -> bool:
    """Whether an element has an extension of this URL."""
    extensions = value.get("extension") if value.__class__ is dict else None
    return any(each.__class__ is dict and each.get("url") == url for each in extensions or ())


def _asked(expression: Expression, context: Context, resource: Any) -> list[Any]:
    """What an expression finds; nothing where it has no answer for this resource."""
    try:
        return expression(resource, context)
    except PathError:
        return []
