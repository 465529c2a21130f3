"""The same expressions asked of another implementation, fhirpathpy: each difference has a reason.

What the other one does not offer, or fails at, is left out; the rest must agree.
"""

from decimal import Decimal, InvalidOperation
from itertools import product
from typing import Any

import pytest
from fhirpathpy import evaluate  # type: ignore[import-untyped]
from fhirpathpy.models import models  # type: ignore[import-untyped]

from openroots.fhir.definitions import Definitions
from openroots.fhir.path import Context, PathError
from openroots.fhir.validation.types import ElementTypes
from tests.fhir.path.asked import NOW, told
from tests.fhir.path.functions import FUNCTIONS
from tests.fhir.path.operators import OPERATORS
from tests.fhir.path.people import OBSERVATION, PATIENT

SAME_KIND = "2.0.0, 6.1.1: two things of different types are not equal"
ANY_ORDER = "2.0.0, 6.1.2: equivalence takes no account of order"
SIGN = "2.0.0, 6.6.6: the sign is that of the left side, as with truncated division"
RANGE = "2.0.0, 4.1.3: an integer has 32 bits"
UNITS = "2.0.0, 6.1.1: quantities are compared in one unit"
CALENDAR = "2.0.0, 4.1.8: a year of the calendar has no length to compare with a fixed one"
ZONE = "2.0.0, 6.6.7: a moment keeps its zone when it is moved"
WRITTEN = "2.0.0, 4.1.5 to 4.1.7: a date or time is known as far as it is written"
EXISTS = "2.0.0, 5.5.5: a text that is no date gives nothing"
NONE = "2.0.0, 5.3.7: fewer than one item is none"
TYPED = "2.0.0, 6.3.1: a literal is of its type"
BY_THE_CLOCK = frozenset({"now()", "today()", "timeOfDay()", "birthDate <= today()"})

EXPLAINED = {
    "true = 1": SAME_KIND,
    "(1|2) ~ (2|1)": ANY_ORDER,
    "-5 mod 2": SIGN,
    "2147483647 + 1": RANGE,
    "'4294967296'.toInteger()": RANGE,
    "1 '[in_i]' = 2.54 'cm'": UNITS,
    "1 year = 1 'a'": CALENDAR,
    "@1973-12-25T00:00:00.000+10:00 + 10 milliseconds": ZONE,
    "@1973-12-25T00:00:00.000+10:00 + 0.1 's'": ZONE,
    "@1973-12-25T00:00:00.000+10:00 + 1 minute": ZONE,
    "@T14:34": WRITTEN,
    "'14:34'.toTime()": WRITTEN,
    "'2015-02'.toDate()": WRITTEN,
    "@2015-02-04T10:00:00Z.toDate()": WRITTEN,
    "'2015-02-04T14:34:28Z'.toDateTime()": "written with Z, as it was; the other writes +00:00",
    "'2015-02-30'.toDate()": EXISTS,
    "'25:00'.toTime()": EXISTS,
    "(1 | 2 | 3).take(-1)": NONE,
    "1.0 is Decimal": TYPED,
    "@2015 is Date": TYPED,
    "@2015T is DateTime": TYPED,
}

LANGUAGE = [expression for expression, _ in OPERATORS + FUNCTIONS if expression not in BY_THE_CLOCK]
PATHS = [
    *("name", "name.given", "name.where(use = 'usual').given", "telecom.value", "birthDate"),
    *("active", "address.line", "extension.url", "contact.name.family", "identifier.system"),
    *("name.period.start", "nothing", "multipleBirth", "(name | telecom)", "name.select(use)"),
]
ENDINGS = [
    *(".exists()", ".empty()", ".count()", ".first()", ".last()", ".tail().count()", "[1]"),
    *(".distinct().count()", ".isDistinct()", ".skip(1).first()", ".take(2).count()", " = 'Ada'"),
    *(".where($this = 'Ada')", ".select($this)", ".all($this.exists())", " is string"),
    *(".ofType(string)", ".first().length()", ".combine('x').count()"),
    *(" in ('Ada' | 'Bea')", ".first().upper()", ".first().startsWith('A')", ".distinct()"),
]
# Without what the other one counts twice: primitives with something beside them.
PLAIN = {name: value for name, value in PATIENT.items() if not name.startswith("_")} | {
    "name": [PATIENT["name"][0], {"use": "nickname", "given": ["Addie", "Ada"]}]
}


@pytest.fixture(scope="module")
def context() -> Context:
    return Context(now=NOW, types=ElementTypes(Definitions()))


@pytest.mark.parametrize("expression", LANGUAGE)
def test_the_language_agrees_or_the_difference_is_explained(
    expression: str, context: Context
) -> None:
    theirs = _theirs(expression, PLAIN)
    if theirs is not None:
        agrees = _same(_ours(expression, PLAIN, context), theirs)
        assert agrees is not (expression in EXPLAINED), theirs


def test_paths_agree(context: Context) -> None:
    agreed, apart = 0, []
    for path, ending in product(PATHS, ENDINGS):
        theirs = _theirs(path + ending, PLAIN)
        if theirs is None:
            continue
        ours = _ours(path + ending, PLAIN, context)
        agreed += _same(ours, theirs)
        if not _same(ours, theirs):
            apart.append((path + ending, ours, theirs))
    assert apart == []
    assert agreed > 250


@pytest.mark.parametrize(
    "expression",
    [
        *("Observation.value.unit", "value is Quantity", "value.value > 72", "effective.exists()"),
        *("component.value.count()", "code.coding.code", "component.where(value = 2).code.text"),
        *("code.coding.where(code.length() > 1).display", "value.ofType(Quantity).code"),
    ],
)
def test_choices_agree(expression: str, context: Context) -> None:
    assert _same(told(expression, OBSERVATION, context), _theirs(expression, OBSERVATION))


def _ours(expression: str, resource: Any, context: Context) -> list[str] | None:
    try:
        return told(expression, resource, context)
    except PathError:
        return None


def _theirs(expression: str, resource: Any) -> list[str] | None:
    """What the other one finds, or None where it fails."""
    try:
        found = evaluate(resource, expression, {}, models["r4"])
    except Exception:
        return None
    return [_text(item) for item in found]


def _text(item: Any) -> str:
    if isinstance(item, bool):
        return str(item).lower()
    return "{}" if isinstance(item, dict) else str(item)


def _same(ours: list[str] | None, theirs: list[str] | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    pairs = zip(ours, theirs, strict=False)
    return len(ours) == len(theirs) and all(
        one == other or _near(one, other) for one, other in pairs
    )


def _near(one: str, other: str) -> bool:
    try:
        return abs(Decimal(one) - Decimal(other)) < Decimal("1e-9")
    except InvalidOperation:
        return False
