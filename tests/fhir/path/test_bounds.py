"""Bounds: no expression and no resource takes for ever, or all the memory."""

from contextlib import suppress
from typing import Any

import pytest

from openroots.fhir.path import Context, PathError, PathLimit, PathSyntaxError, compile_expression


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "1" + ")" * 5000,
        "-" * 5000 + "1",
        "a" + ".a" * 5000,
        "1" + "+1" * 5000,
        "a" + "[0]" * 5000,
        "a.where(" * 300 + "true" + ")" * 300,
        "'" + "a" * 30_000 + "'",
    ],
)
def test_an_expression_that_is_too_long_or_too_deep_is_refused(text: str) -> None:
    with pytest.raises(PathSyntaxError):
        compile_expression(text)


@pytest.mark.parametrize(
    "text",
    [
        "1.repeat($this + 1)",
        "(1|2|3|4|5|6|7|8|9|10)" + ".select($this.combine($this).combine($this))" * 20,
        "'aaaaaaaaaa'" + ".replace('a', 'aaaaaaaaaa')" * 20,
        "'aaaaaaaaaa'" + ".replace('', 'aaaaaaaaaa')" * 20,
        "(1).combine(1)" + ".select(%context.descendants())" * 3,
    ],
)
def test_an_expression_that_grows_without_end_is_stopped(text: str) -> None:
    resource = {"a": [{"b": list(range(20))}] * 20}
    with pytest.raises(PathLimit):
        compile_expression(text)(resource, Context(most_steps=50_000))


@pytest.mark.parametrize(
    "text", ["10.power(1000000000)", "99999999.exp()", "2.power(0.5).power(99999)"]
)
def test_numbers_that_grow_too_large_give_nothing_or_an_error(text: str) -> None:
    with suppress(PathError):
        assert compile_expression(text)(None) == []


def test_a_resource_that_is_very_deep_is_walked_or_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(10_000):
        deep = {"extension": [deep]}
    assert compile_expression("descendants().count()")(deep) == [10_000]
    assert compile_expression("descendants().where(url = 'x')")(deep) == []
    with suppress(PathLimit):  # how deep is too deep depends on Python and its stack
        assert len(compile_expression("descendants().distinct()")(deep)) == 10_000
    with suppress(PathLimit):
        assert compile_expression("extension ~ extension")(deep) == [True]


def test_a_wide_resource_takes_time_that_grows_with_it() -> None:
    wide = {"entry": [{"fullUrl": f"urn:{n}", "n": n} for n in range(20_000)]}
    found = compile_expression(
        "entry.select(fullUrl).isDistinct() and entry.n.distinct().count() = 20000"
    )
    assert found.holds(wide) is True


NAMED = {"resourceType": "Patient", "name": [{"family": f"A{i}"} for i in range(2_000)]}


def test_what_is_gone_through_again_for_each_item_is_counted() -> None:
    """So that a rule of a package cannot cost the square of what somebody sends."""
    asked = compile_expression("name.all(%resource.name.family.count() > 0)")
    with pytest.raises(PathLimit):
        asked(NAMED, Context(most_steps=200_000))


@pytest.mark.parametrize("of", ["%resource.name", "%resource.name.family", "%resource.name.tail()"])
def test_the_first_of_many_is_found_without_the_others(of: str) -> None:
    """Rules of R4 ask each element of a definition for the first of all of them."""
    assert compile_expression(f"{of}.first()")(NAMED) == compile_expression(f"{of}[0]")(NAMED)
    asked = compile_expression("name.all(family.startsWith(%resource.name.first().family & ''))")
    assert asked(NAMED, Context(most_steps=200_000)) == [False]


@pytest.mark.parametrize(
    "resource",
    [
        {},
        {"a": []},
        {"a": [None, 1]},
        {"a": [None, 1], "_a": [{"id": "x"}, None]},
        {"_a": [{"id": "x"}]},
        {"a": [[1], {"b": 2}]},
        {"a": 3},
        {"a": {"b": 1}},
        {"valueString": "x"},
    ],
)
def test_the_first_is_the_same_as_of_the_whole(resource: dict[str, Any]) -> None:
    for name in ("a", "value"):
        first = compile_expression(f"{name}.first()")(resource)
        assert repr(first) == repr(compile_expression(f"{name}.take(1)")(resource))
