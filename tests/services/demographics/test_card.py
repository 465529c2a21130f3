"""What a card must hold to be kept, and how a card that cannot be one is refused."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openroots.problem import Json
from openroots.testing import Nation
from tests.services.demographics.cards import card, write
from tests.services.demographics.desk import words


def test_only_what_a_card_has_is_kept(openroots: Nation) -> None:
    """What no card has is left out, and the country's name is the service's to give."""
    sent = card(id="1", period={"start": "2020-01-01", "end": "2030-12-31"}, network="x")
    sent["identifier"] = [_with(sent["identifier"][0], "assigner", "display", "Ruritania")]
    [entry] = write(openroots, sent).body["entry"]
    kept = entry["resource"]
    assert {"id", "network", "meta"}.isdisjoint(kept)
    assert kept["period"] == {"end": "2030-12-31"}
    assert kept["identifier"][0]["assigner"]["display"] == "France"


def test_other_countries_have_no_name(openroots: Nation) -> None:
    """A country that issues no such card is kept by its code alone."""
    country = {"system": "urn:iso:std:iso:3166", "value": "NZL"}
    item = {"value": "1", "assigner": {"identifier": country}}
    [entry] = write(openroots, card(identifier=[item])).body["entry"]
    assert entry["resource"]["identifier"] == [item]


PATHS = (
    "status",
    "beneficiary/identifier/value",
    "payor/0/identifier/value",
    "subscriber/identifier/value",
    "identifier/0/value",
    "identifier/0/assigner/identifier/system",
    "identifier/0/assigner/identifier/value",
    "period/end",
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("null", [False, True], ids=["absent", "null"])
def test_missing_values(openroots: Nation, path: str, null: bool) -> None:
    """Each value of a card must be there; the first that is not is named."""
    told = write(openroots, _changed(card(), path, None, absent=not null))
    assert (told.status, told.code) == (400, "MISSING_VALUE")
    assert words(told) == f"Missing value - '{path}'"


def test_the_order_of_what_is_missing(openroots: Nation) -> None:
    """Of several missing values the first is named, in the order of the specification."""
    body: Json = {}
    named = []
    for path in PATHS:
        named.append(words(write(openroots, body)))
        body = _copied_to(body, card(), path)
    assert named == [f"Missing value - '{path}'" for path in PATHS]
    assert write(openroots, body).status == 201


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("resourceType", "Patient"),
        ("status", "cancelled"),
        ("status", ["active"]),
        ("beneficiary/identifier/value", ""),
        ("beneficiary/identifier/value", "x" * 26),
        ("beneficiary/identifier/value", 178705),
        ("payor/0/identifier/value", "x" * 31),
        ("payor/0/identifier/value", "naïve"),
        ("subscriber/identifier/value", 9000000033),
        ("subscriber/identifier/system", "https://example.com"),
        ("identifier/0/value", "x" * 26),
        ("identifier/0/value", "12{card}"),
        ("identifier/0/value", "12\n"),
        ("identifier/0/assigner/identifier/system", "urn:iso"),
        ("identifier/0/assigner/identifier/value", "FR"),
        ("identifier/0/assigner/identifier/value", "fra"),
        ("period/end", "2030-02-30"),
        ("period/end", "2030-12"),
        ("period/end", "2030-12-31T00:00:00Z"),
        ("period/end", "2177-12-31"),
        ("period/end", "1876-11-20"),
        ("period/end", "0000-00-00"),
        ("period/end", 20301231),
    ],
)
def test_invalid_values(openroots: Nation, path: str, value: Any) -> None:
    """A value that cannot be on a card is refused, and quoted."""
    told = write(openroots, _changed(card(), path, value))
    assert (told.status, told.code) == (400, "INVALID_VALUE")
    assert words(told) == f"Invalid value - '{value}' in field '{path}'"


@pytest.mark.parametrize(
    ("path", "value"), [("period/end", "2176-11-19"), ("period/end", "1876-11-23")]
)
def test_values_at_the_edge(openroots: Nation, path: str, value: str) -> None:
    """A card may run out, or have run out, almost 150 years from now."""
    assert write(openroots, _changed(card(), path, value)).status == 201


@pytest.mark.parametrize("part", ["identifier", "payor"])
def test_one_item_of_each(openroots: Nation, part: str) -> None:
    """A card has one number and one institution: none and two are refused."""
    for items, code in (([], "TOO_FEW_VALUES"), (card()[part] * 2, "TOO_MANY_VALUES")):
        told = write(openroots, card() | {part: items})
        assert (told.status, told.code) == (400, f"{code}_SUBMITTED")


@pytest.mark.parametrize(
    ("path", "value"),
    [("payor", {}), ("identifier", "x"), ("subscriber", []), ("period", "2030"), ("payor", [1])],
)
def test_values_of_another_shape(openroots: Nation, path: str, value: Any) -> None:
    """Where a list or an object must be, nothing else will do."""
    told = write(openroots, card() | {path: value})
    assert (told.status, told.code) == (400, "INVALID_VALUE")


@pytest.mark.parametrize("number", ["9000000000", "90000000", "", "９０００００００３３"])
def test_invalid_nhs_numbers(openroots: Nation, number: str) -> None:
    """A card whose subscriber is no NHS number is refused as a record of that number would be."""
    told = write(openroots, card(number))
    assert (told.status, told.code) == (400, "INVALID_RESOURCE_ID")


@pytest.mark.parametrize(
    ("number", "code"),
    [("9111231130", "RESOURCE_NOT_FOUND"), ("9990003343", "INVALIDATED_RESOURCE")],
)
def test_cards_of_nobody(openroots: Nation, number: str, code: str) -> None:
    """A card for a number that is nobody's, or not any more, is refused."""
    told = write(openroots, card(number))
    assert (told.status, told.code) == (404, code)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"card"', b"1"])
def test_bodies_that_are_no_card(openroots: Nation, body: bytes) -> None:
    """A body that is no JSON object is no card."""
    told = write(openroots, body, content_type="application/json")
    assert (told.status, told.code) == (400, "INVALID_UPDATE")
    assert words(told) == "Invalid update with error - the body is not a Coverage"


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"\xff", 400), (b"[" * 5000, 400), (b" " * (1 << 16) + b"{}", 413)],
)
def test_bodies_that_cannot_be_read(openroots: Nation, body: bytes, status: int) -> None:
    """A body that is broken, nested without end, or too large is refused."""
    assert write(openroots, body).status == status


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(path=st.sampled_from(("resourceType", "subscriber", "payor", *PATHS)), value=ANY_JSON)
def test_whatever_is_sent_is_answered(openroots: Nation, path: str, value: Any) -> None:
    """Whatever stands in the place of a value, the card is written or the request refused."""
    told = write(openroots, _changed(card("9111231130"), path, value))
    assert told.status in (400, 404)
    assert told.code


def _changed(body: Any, path: str, value: Any, *, absent: bool = False) -> Any:
    """The body with another value at a path, or with none."""
    step, _, rest = path.partition("/")
    if step == "0":
        return [_changed(body[0], rest, value, absent=absent)]
    if rest:
        return {**body, step: _changed(body[step], rest, value, absent=absent)}
    left = {name: each for name, each in body.items() if name != step}
    return left if absent else {**left, step: value}


def _copied_to(body: Any, source: Any, path: str) -> Any:
    """The body with what a source has at a path."""
    step, _, rest = path.partition("/")
    if not rest:
        return {**body, step: source[step]}
    if rest.startswith("0/"):
        [inside] = body.get(step, [{}])
        return {**body, step: [_copied_to(inside, source[step][0], rest[2:])]}
    return {**body, step: _copied_to(body.get(step, {}), source[step], rest)}


def _with(holder: Json, part: str, name: str, value: str) -> Json:
    return {**holder, part: {**holder[part], name: value}}
