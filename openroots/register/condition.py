"""The one Condition: what must hold of facts, written as data that anybody can read.

    {fact = "header.x-request-id", matches = "[0-9a-f]{32}"}
    {any = [{fact = "name[use=usual]", present = false}, {fact = "name[use=usual].family", ...}]}

For standards now, and for every programme of the register. A fact may have several values: the
condition must hold for each of them, and there must be one, unless `missing_ok` is set. `all`,
`any` and `not` combine conditions. There is no expression language: a condition can be shown,
compared and checked, and runs nothing. What it cannot say is a named check in `checks`.

Source: none.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from openroots.register.definition import Table, as_json
from openroots.register.path import Reader
from openroots.register.pattern import Pattern

Judge = Callable[[Any], bool]  # what is looked at -> whether it holds
Holds = Callable[[Any], bool]  # one value -> whether it holds for that

COMBINED = ("all", "any", "not")
EXPRESSION = "a regular expression, without look-around or references back"
MOST_VALUES = 1_000  # of one fact, which no sound record has
PARTIAL_DATE = re.compile(r"\d{4}(-\d{2})?")


@dataclass(frozen=True, slots=True)
class Condition:
    """A test of one fact, or, where `fact` is empty, conditions combined.

    `operator` is a key of `OPERATORS`, or one of `COMBINED`; `wanted` is what it compares with.
    """

    operator: str
    fact: str = ""
    wanted: Any = None
    missing_ok: bool = False
    parts: tuple["Condition", ...] = ()

    def tests(self) -> Iterator["Condition"]:
        """Every test of one fact that it is made of."""
        if self.fact:
            yield self
        for part in self.parts:
            yield from part.tests()

    def facts(self) -> Iterator[str]:
        """Every fact that it looks at."""
        return (test.fact for test in self.tests())

    def compiled(self, reader: Callable[[str], Reader]) -> Judge:
        """The same as a function. Raises ValueError for a fact that `reader` does not know."""
        if not self.fact:
            return _combine(self.operator, [part.compiled(reader) for part in self.parts])
        read = reader(self.fact)
        if self.operator == "present":
            wanted = self.wanted
            return lambda about: wanted is _all_there(read(about))
        return _for_each(read, OPERATORS[self.operator][1](self.wanted), self.missing_ok)

    def to_data(self) -> dict[str, Any]:
        """The condition as it is written, its dates as text."""
        if self.fact:
            missing = {"missing_ok": True} if self.missing_ok else {}
            return {"fact": self.fact, self.operator: as_json(self.wanted), **missing}
        parts = [part.to_data() for part in self.parts]
        return {self.operator: parts[0] if self.operator == "not" else parts}


def parse_condition(table: Table) -> Condition:
    """The condition that a table of a definition holds. Raises ValueError naming the place."""
    condition = _test(table) if table.has("fact") else _combination(table)
    table.close()
    return condition


def _test(table: Table) -> Condition:
    fact = table.words("fact")
    missing_ok = table.take_or("missing_ok", bool, False)
    operator = _only_key(table, OPERATORS)
    wanted: Any = table.take(operator, object)
    wants = OPERATORS[operator][0]
    if not WANTED[wants](wanted):
        raise table.wrong(operator, f"must be {wants}")
    if operator == "present" and missing_ok:
        raise table.wrong("missing_ok", "says nothing beside present")
    return Condition(operator, fact, tuple(wanted) if operator == "any" else wanted, missing_ok)


def _combination(table: Table) -> Condition:
    operator = _only_key(table, COMBINED, "a fact, or ")
    inner = [table.table("not")] if operator == "not" else table.tables(operator)
    if not inner:
        raise table.wrong(operator, "must hold a condition at least")
    return Condition(operator, parts=tuple(parse_condition(part) for part in inner))


def _only_key(table: Table, known: Any, otherwise: str = "") -> str:
    """The one key that says what is asked. `otherwise` is what could be there in its place."""
    named = ", ".join(known)
    keys = [key for key in table.data if key not in ("fact", "missing_ok")]
    for key in keys:
        if key not in known:
            raise table.wrong(key, f"is no operator; there are {otherwise}{named}")
    if len(keys) != 1:
        raise ValueError(f"{table.place}: must have {otherwise}exactly one of {named}")
    return keys[0]


def _combine(operator: str, parts: list[Judge]) -> Judge:
    if operator == "not":
        inner = parts[0]
        return lambda about: not inner(about)
    if operator == "all":
        return lambda about: all(part(about) for part in parts)
    return lambda about: any(part(about) for part in parts)


def _for_each(read: Reader, holds: Holds, missing_ok: bool) -> Judge:
    def judge(about: Any) -> bool:
        values = read(about)
        if len(values) > MOST_VALUES:
            return False
        for value in values:
            if not (missing_ok if value is None else holds(value)):
                return False
        return missing_ok or bool(values)

    return judge


def _all_there(values: Any) -> bool:
    return bool(values) and None not in values


def _scalar(value: Any) -> bool:
    return isinstance(value, str | bool | int | float)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _pattern(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(Pattern(value))
    except ValueError:
        return False


def _same(value: Any, wanted: Any) -> bool:
    # 1 is not true here, although it is in Python.
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def _is(wanted: Any) -> Holds:
    return lambda value: _same(value, wanted)


def _any(wanted: Any) -> Holds:
    return lambda value: any(_same(value, one) for one in wanted)


def _gte(wanted: Any) -> Holds:
    return lambda value: _number(value) and value >= wanted


def _lte(wanted: Any) -> Holds:
    return lambda value: _number(value) and value <= wanted


def _before(wanted: date) -> Holds:
    return lambda value: (at := moment(value, wanted)) is not None and at < _comparable(wanted)


def _after(wanted: date) -> Holds:
    return lambda value: (at := moment(value, wanted)) is not None and at > _comparable(wanted)


def _matches(wanted: str) -> Holds:
    return Pattern(wanted).fits


def moment(value: Any, like: date) -> Any:
    """A date that a record holds as text, as a day or as a moment: whichever `like` is.

    A date of which only the year or month is known counts as its first day, and one without a
    time as its midnight in UTC. None where it is not a date.
    """
    if not isinstance(value, str):
        return None
    if PARTIAL_DATE.fullmatch(value):
        value = f"{value}-01-01"[:10]
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return _comparable(at) if isinstance(like, datetime) else at.date()


def _comparable(at: date) -> date:
    return at.replace(tzinfo=UTC) if isinstance(at, datetime) and at.tzinfo is None else at


WANTED: dict[str, Callable[[Any], bool]] = {
    "text, a number, true or false": _scalar,
    "a list of texts, numbers, true or false": lambda value: (
        isinstance(value, list) and bool(value) and all(map(_scalar, value))
    ),
    "a number": _number,
    "a date": lambda value: isinstance(value, date),
    EXPRESSION: _pattern,
    "true or false": lambda value: isinstance(value, bool),
}

# Operator -> what it is to be compared with (a key of WANTED), and how it is tested of one value.
OPERATORS: dict[str, tuple[str, Callable[[Any], Holds]]] = {
    "is": ("text, a number, true or false", _is),
    "any": ("a list of texts, numbers, true or false", _any),
    "gte": ("a number", _gte),
    "lte": ("a number", _lte),
    "before": ("a date", _before),
    "after": ("a date", _after),
    "matches": (EXPRESSION, _matches),
    "present": ("true or false", _is),
}
