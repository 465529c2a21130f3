"""Searching for people whose record is restricted: they are found, and not where they are."""

import pytest

from openroots.service import Access
from tests.services.demographics.searches import FUZZY, PAST, found, search

PLACES = {"address", "telecom", "contact", "generalPractitioner", "managingOrganization"}
TILLER = {"family": "Tiller", "birthdate": "1974-02-28"}
MARSH = {"family": "Marsh", "birthdate": "1991-09-03"}
ALL_CALLERS = [Access.HEALTHCARE_WORKER, Access.APPLICATION, Access.PRIVILEGED]


@pytest.mark.parametrize("access", ALL_CALLERS)
@pytest.mark.parametrize("how", [{}, PAST, FUZZY | {"given": "Rowan"}, {"family": "Til*"}])
def test_restricted_people_are_found_and_stripped(openroots, access, how):
    """Of a restricted person nobody is told where they are, by any kind of search."""
    [entry] = search(openroots, TILLER | how, access).body["entry"]
    assert entry["resource"]["meta"]["security"][0]["code"] == "R"
    assert PLACES.isdisjoint(entry["resource"])


@pytest.mark.parametrize("how", [{}, PAST, FUZZY | {"given": "Rowan"}, {"family": "Til*"}])
@pytest.mark.parametrize(
    "where",
    [
        {"address-postcode": "LS16AE"},
        {"address-postalcode": "LS*"},
        {"general-practitioner": "Y12345"},
    ],
)
def test_restricted_people_are_not_found_by_where_they_are(openroots, how, where):
    """No search that names a postcode or a practice finds a restricted person, even rightly."""
    if "_fuzzy-match" in how and "LS*" in where.values():
        where = {"address-postalcode": "LS16AE"}
    assert found(openroots, TILLER | how | where) == {}


@pytest.mark.parametrize("how", [{}, PAST, FUZZY | {"given": "Vera"}, {"family": "Ma*"}])
def test_very_restricted_people(openroots, how):
    """Of a very restricted person only number and meta are shown; a telephone finds nobody."""
    [entry] = search(openroots, MARSH | how, Access.PRIVILEGED).body["entry"]
    assert entry["resource"].keys() == {"resourceType", "id", "meta"}
    assert found(openroots, MARSH | how | {"phone": "01632960587"}) == {}
    assert found(openroots, MARSH | how | {"email": "vera.marsh@example.com"}) == {}
