"""Makes the parts of an expression into Python functions, once, so that asking costs little.

For `compile_expression`. Functions and types that are unknown, and arguments that are too many or
too few, are refused here, not when the expression is asked.

Source: FHIRPath N1 2.0.0.
"""

from collections.abc import Callable

from openroots.fhir.path import operators, shortcuts
from openroots.fhir.path.choices import CHOICES
from openroots.fhir.path.compiled import ITSELF, Ask, Compiled, condition, judging
from openroots.fhir.path.errors import PathError, PathSyntaxError
from openroots.fhir.path.frame import Frame
from openroots.fhir.path.functions import FUNCTIONS
from openroots.fhir.path.node import Items, Node, add_members, type_of
from openroots.fhir.path.syntax import (
    Call,
    Index,
    Literal,
    Member,
    Operation,
    Sign,
    Special,
    Syntax,
    TypeTest,
    Variable,
)
from openroots.fhir.path.types import is_kind_of
from openroots.fhir.path.typing import TYPE_FUNCTIONS, cast, described, known_type
from openroots.fhir.path.values import alike, distinct, equal, one
from openroots.fhir.path.variables import fixed, variable

DEEPEST = 150
FEW = 8  # elements of one name, which are not counted: to count costs more than to find them
SINGLE = frozenset({str, int, float, bool})
LOOK = [LookupError]  # what stands for "look again, more closely"
ANSWERING: dict[str, Callable[[Items, Items], bool | None]] = {
    "=": equal,
    "!=": lambda left, right: None if (found := equal(left, right)) is None else not found,
    "~": alike,
    "!~": lambda left, right: not alike(left, right),
    "<": lambda left, right: operators.compared(left, right, lambda found: found < 0),
    "<=": lambda left, right: operators.compared(left, right, lambda found: found <= 0),
    ">": lambda left, right: operators.compared(left, right, lambda found: found > 0),
    ">=": lambda left, right: operators.compared(left, right, lambda found: found >= 0),
    "in": operators.contained,
    "contains": lambda left, right: operators.contained(right, left),
}
MAKING: dict[str, Callable[[Items, Items], Items]] = {
    "+": operators.added,
    "-": operators.subtracted,
    "*": operators.multiplied,
    "/": operators.divided,
    "div": operators.whole_division,
    "mod": operators.remainder,
    "&": operators.joined,
}


def compiled(part: Syntax, text: str) -> Compiled:
    """A part of an expression as a function. Raises PathSyntaxError."""
    return _Compiler(text).part(part)


class _Compiler:
    def __init__(self, text: str) -> None:
        self.text = text
        self.depth = 0

    def part(self, part: Syntax | None) -> Compiled:
        if part is None:
            return ITSELF
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.wrong(f"an expression of more than {DEEPEST} steps", part.position)
        found = self.one(part)
        self.depth -= 1
        return found

    def one(self, part: Syntax) -> Compiled:
        match part:
            case Literal():
                return _literal(part)
            case Special():
                return _special(part.name)
            case Variable():
                known = fixed(part.name)
                return Compiled(variable(part.name)) if known is None else _text(known)
            case Member():
                return self.member(part)
            case Call():
                return self.call(part)
            case Index():
                return _indexed(self.part(part.of).ask, self.part(part.at).ask)
            case Sign():
                return self.signed(part)
            case Operation():
                return self.operation(part)
            case TypeTest():
                return cast(part.operator, self.part(part.of).ask, self.type(part.type, part))

    def wrong(self, reason: str, position: int) -> PathSyntaxError:
        return PathSyntaxError(reason, self.text, position)

    def member(self, part: Member) -> Compiled:
        if not _is_element(part):
            return Compiled(_type_or_member(part.name))
        return Compiled(_member(self.part(part.of).ask, part.name, part.of is None))

    def call(self, part: Call) -> Compiled:
        if part.name in TYPE_FUNCTIONS:
            return self.typed(part)
        function = FUNCTIONS.get(part.name)
        if function is None:
            raise self.wrong(f"a function that is unknown: {part.name}", part.position)
        if not function.least <= len(part.arguments) <= function.most:
            raise self.wrong(f"too many or too few arguments for {part.name}()", part.position)
        if (short := shortcuts.presence(part)) is not None:
            return short
        if part.name == "first" and isinstance(part.of, Member) and _is_element(part.of):
            return Compiled(shortcuts.first_of(self.part(part.of.of).ask, part.of.name))
        of = self.part(part.of)
        arguments = tuple(self.part(argument) for argument in part.arguments)
        try:
            return function.build(of, arguments)
        except PathSyntaxError:
            raise
        except PathError as mistake:
            raise self.wrong(str(mistake), part.position) from None

    def typed(self, part: Call) -> Compiled:
        """is(), as(), ofType() with the name of a type, and type()."""
        of = self.part(part.of).ask
        if part.name == "type":
            if part.arguments:
                raise self.wrong("too many arguments for type()", part.position)
            return Compiled(described(of))
        if len(part.arguments) != 1:
            raise self.wrong(f"{part.name}() takes the name of one type", part.position)
        name = _type_name(part.arguments[0])
        if name is None:
            raise self.wrong(f"{part.name}() takes the name of a type", part.position)
        return cast(part.name, of, self.type(name, part))

    def type(self, name: str, part: Syntax) -> str:
        if not known_type(name):
            raise self.wrong(f"a type that is unknown: {name}", part.position)
        return name

    def signed(self, part: Sign) -> Compiled:
        of = self.part(part.of)
        ask = of.ask
        if part.sign == "+":
            return Compiled(
                lambda items, frame: operators.negated(operators.negated(ask(items, frame)))
            )
        return Compiled(lambda items, frame: operators.negated(ask(items, frame)), negates=of)

    def operation(self, part: Operation) -> Compiled:
        left, right = self.part(part.left), self.part(part.right)
        if part.operator in ("and", "or", "implies", "xor"):
            return judging(_logic(part.operator, left, right))
        if part.operator == "|":
            return Compiled(_union(left.ask, right.ask))
        answer = ANSWERING.get(part.operator)
        if answer is None:
            return Compiled(_making(MAKING[part.operator], left.ask, right.ask))
        if (short := shortcuts.comparison(part.operator, left, right)) is not None:
            return judging(short)
        one_side, other = left.ask, right.ask
        return judging(lambda items, frame: answer(one_side(items, frame), other(items, frame)))


def _is_element(part: Member) -> bool:
    """Whether it can only be an element, and not the type with which an expression begins."""
    return part.of is not None or not part.name[:1].isupper()


def _literal(part: Literal) -> Compiled:
    values = list(part.values)
    if values and isinstance(values[0], str):
        return _text(values[0])
    if values and isinstance(values[0], bool):
        return Compiled(lambda items, frame: values, lambda items, frame: values[0])
    return Compiled(lambda items, frame: values)


def _text(text: str) -> Compiled:
    found = [text]
    return Compiled(lambda items, frame: found, None, text)


def _special(name: str) -> Compiled:
    if name == "$this":
        return Compiled(lambda items, frame: frame.this)
    if name == "$index":
        return Compiled(lambda items, frame: [frame.index])
    return Compiled(lambda items, frame: frame.total or [])


def _member(of: Ask, name: str, is_first: bool) -> Ask:
    """The elements of one name. What is met most, one text or one element, is taken at once."""
    under, is_plain = "_" + name, name not in CHOICES

    def members(items: Items, frame: Frame) -> Items:
        found: Items = []
        types = frame.run.types
        for item in items if is_first else of(items, frame):
            if item.__class__ is not Node:
                continue
            body = item.value
            value = body.get(name) if body.__class__ is dict and under not in body else LOOK
            if value.__class__ in SINGLE:
                found.append(Node(value, types.of(item.type, name)))
            elif value is not None or not is_plain:
                add_members(found, item, name, types)
        if len(found) > FEW:
            frame.run.spend(len(found))
        return found

    return members


def _type_or_member(name: str) -> Ask:
    """`Patient.name` asked of a Patient begins with the Patient itself."""
    member = _member(ITSELF.ask, name, is_first=True)

    def asked(items: Items, frame: Frame) -> Items:
        types = frame.run.types
        same = [
            item
            for item in items
            if item.__class__ is Node and is_kind_of(types, type_of(item), name)
        ]
        return same or member(items, frame)

    return asked


def _indexed(ask: Ask, at: Ask) -> Compiled:
    def indexed(items: Items, frame: Frame) -> Items:
        place = one(at(items, frame))
        if place is None:
            return []
        if not isinstance(place, int) or isinstance(place, bool):
            raise PathError("an index is no integer")
        return ask(items, frame)[place : place + 1] if place >= 0 else []

    return Compiled(indexed)


def _union(left: Ask, right: Ask) -> Ask:
    def union(items: Items, frame: Frame) -> Items:
        found = left(items, frame) + right(items, frame)
        frame.run.spend(len(found))
        return distinct(found)

    return union


def _making(make: Callable[[Items, Items], Items], left: Ask, right: Ask) -> Ask:
    return lambda items, frame: make(left(items, frame), right(items, frame))


def _logic(operator: str, left: Compiled, right: Compiled) -> Callable[[Items, Frame], bool | None]:
    """The right side is not asked where the left one settles it."""
    one_side, other = condition(left), condition(right)

    def conjunction(items: Items, frame: Frame) -> bool | None:
        found = one_side(items, frame)
        return False if found is False else operators.both(found, other(items, frame))

    def disjunction(items: Items, frame: Frame) -> bool | None:
        found = one_side(items, frame)
        return True if found is True else operators.either(found, other(items, frame))

    def implication(items: Items, frame: Frame) -> bool | None:
        found = one_side(items, frame)
        return True if found is False else operators.implied(found, other(items, frame))

    def difference(items: Items, frame: Frame) -> bool | None:
        return operators.differs(one_side(items, frame), other(items, frame))

    return {"and": conjunction, "or": disjunction, "implies": implication, "xor": difference}[
        operator
    ]


def _type_name(part: Syntax) -> str | None:
    if not isinstance(part, Member):
        return None
    if part.of is None:
        return part.name
    if isinstance(part.of, Member) and part.of.of is None:
        return f"{part.of.name}.{part.name}"
    return None
