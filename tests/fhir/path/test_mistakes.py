"""Expressions that are wrong: refused when compiled, with their place, or when they are asked."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openroots.fhir.path import PathError, PathSyntaxError, compile_expression
from openroots.fhir.path.functions import FUNCTIONS
from tests.fhir.path.people import PATIENT


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("", 0, "ends too early"),
        ("name.", 5, "ends too early"),
        ("name..family", 5, "name is missing"),
        ("name family", 5, "does not belong"),
        ("(name", 5, "ends too early"),
        ("name)", 4, "does not belong"),
        ("name[0", 6, "ends too early"),
        ("1 +", 3, "ends too early"),
        ("and true", 0, "name is missing"),
        ("'open", 0, "quote that is not closed"),
        ("`open", 0, "quote that is not closed"),
        ("'a\\qb'", 2, "escape that is unknown"),
        ("name # family", 5, "begins nothing"),
        ("@2015-13", 0, "does not exist"),
        ("@2015-02-30", 0, "does not exist"),
        ("@15", 0, "not in form"),
        ("@T25:00", 0, "does not exist"),
        ("99999999999", 0, "too large"),
        ("name.frist()", 5, "unknown: frist"),
        ("name.where()", 5, "too few arguments for where"),
        ("name.first(1)", 5, "too many or too few"),
        ("name is Nonsense.Type", 5, "type that is unknown"),
        ("name.ofType(string2)", 5, "type that is unknown"),
        ("name is Foo", 5, "type that is unknown"),
        ("name as FHIR.Humanname", 5, "type that is unknown"),
        ("name.ofType(FHIR.Integer)", 5, "type that is unknown"),
        ("name.is(Patien)", 5, "type that is unknown"),
        ("name.ofType(1)", 5, "takes the name of a type"),
        ("name.ofType()", 5, "takes the name of one type"),
        ("name.$this", 5, "stand at the beginning"),
        ("name.matches('(')", 5, "bracket that is not closed"),
        ("name.matches('a**')", 5, "repeats a repetition"),
        ("name.matches('(?=a)')", 5, "looks around"),
        ("name.matches('(a)\\\\1')", 5, "escape or class that is not offered"),
        ("name.\nfrist()", 6, "line 2, column 1"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, position: int, reason: str) -> None:
    with pytest.raises(PathSyntaxError, match=reason) as mistake:
        compile_expression(text)
    assert mistake.value.position == position


@pytest.mark.parametrize(
    "text",
    [
        "name.single()",
        "name.given.length()",
        "1.length()",
        "(1 | 2) + 1",
        "(1 | 2) > 1",
        "1 > 'a'",
        "true > false",
        "name < 1",
        "(1 | 2) is Integer",
        "(1 | 2) in (1 | 2)",
        "-'a'",
        "'a' * 2",
        "1 + 'a'",
        "1 & 2",
        "(1 | 2).allTrue()",
        "(1 | 2) and true",
        "'a'.substring('b')",
        "'a'.replaceMatches('a', '$7')",
        "'a'.replaceMatches('(?<one>a)', '${two}')",
        "'a'.abs()",
        "1.5.round(-1)",
        "@2015 + 1 'a'",
        "@2015 + 1 'mg'",
        "@T10 + 1 day",
        "name['a']",
        "name.take('a')",
        "name.sort(given)",
        "now()",
    ],
)
def test_a_question_that_the_language_ends_is_an_error_and_never_a_wrong_answer(text: str) -> None:
    expression = compile_expression(text)
    with pytest.raises(PathError):
        expression(PATIENT)


HOSTILE: list[Any] = [
    *(None, 1, "text", [], {}, True, 1.5, float("nan"), float("inf"), 10**400),
    *({"name": None}, {"name": [None]}, {"name": [[]]}, {"name": [{"given": {"a": 1}}]}),
    *({"name": "x", "_name": 3}, {"_name": [None, 1]}, {"name": [1], "_name": {"id": 1}}),
    *({"resourceType": 7}, {"resourceType": ["Patient"]}, {"contained": [{"resourceType": {}}]}),
    *({"valueQuantity": {"value": "NaN"}}, {"valueQuantity": {"value": float("inf")}}),
    {"birthDate": "2015-99-99", "_birthDate": [], "extension": {"url": []}},
]


@pytest.mark.parametrize(
    "text",
    [
        "name.given.first()",
        "descendants().count()",
        "birthDate > @2000",
        "value > 1",
        "value = 1 'g'",
        "extension('x').value",
        "contained.where(id = 'x').exists()",
        "name.exists() and name.given.empty()",
        "descendants().distinct().count()",
        "name | contained",
        "descendants().ofType(string)",
        "name = 'x'",
        "managingOrganization.resolve()",
        "name ~ name",
        "children().select(type().name)",
    ],
)
def test_json_that_is_no_resource_gives_an_answer_or_a_named_error(text: str) -> None:
    expression = compile_expression(text)
    for resource in HOSTILE:
        try:
            assert isinstance(expression(resource), list)
        except PathError:
            continue


WORDS = [
    *("name", "given", "Patient", "where", "exists", "is", "as", "and", "or", "in", "div", "true"),
    *(
        "(",
        ")",
        ".",
        ",",
        "[",
        "]",
        "{",
        "}",
        "|",
        "=",
        "~",
        "<",
        "+",
        "-",
        "*",
        "/",
        "&",
        "%",
        "$this",
    ),
    *("'text'", "`name`", "1", "1.5", "@2015", "@T10:00", "4 days", "5 'mg'", "$index", "first()"),
    *(
        "select(",
        "repeat(",
        "ofType(",
        "matches(",
        "'(a+)+'",
        "iif(",
        "descendants()",
        "//",
        "/*",
        "\\",
    ),
]


@settings(max_examples=400, deadline=None, database=None)
@given(words=st.lists(st.sampled_from(WORDS), max_size=12), gap=st.sampled_from(["", " "]))
def test_any_words_are_an_expression_or_a_mistake(words: list[str], gap: str) -> None:
    with suppress(PathError):
        assert isinstance(compile_expression(gap.join(words))(PATIENT), list)


@settings(max_examples=200, deadline=None, database=None)
@given(text=st.text(max_size=30))
def test_any_characters_are_an_expression_or_a_mistake(text: str) -> None:
    with suppress(PathSyntaxError):
        compile_expression(text)


CALLS = [
    f"{name}({', '.join([argument] * count)})"
    for argument in ("1", "'a'", "{}", "$this")
    for name, function in FUNCTIONS.items()
    for count in range(3)
    if function.least <= count <= function.most
]
FOCUSES = ["{}", "1", "1.5", "'text'", "true", "@2015", "@2015-01-01T10:00:00Z", "@T10:00"] + [
    *(
        "5 'mg'",
        "4 days",
        "name",
        "birthDate",
        "(1 | 'a')",
        "extension.value",
        "contained",
        "%context",
    ),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_function_asked_of_anything_answers_or_says_why_not(call: str) -> None:
    for focus in FOCUSES:
        with suppress(PathError):
            assert isinstance(compile_expression(f"({focus}).{call}")(PATIENT), list)
