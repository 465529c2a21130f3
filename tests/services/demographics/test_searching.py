"""Searching: who is found by what, and what is shown of them."""

from urllib.parse import urlencode

import pytest

from openroots.service import Access
from openroots.testing import open_nation
from tests.services.demographics.desk import JANE, JANET, JAYNE, SUSAN
from tests.services.demographics.searches import (
    ANYONE_SM,
    CONTACT,
    FUZZY,
    HISTORY,
    JOHN,
    LENA,
    PAST,
    PATIENTS,
    SMITH,
    found,
    name,
    person,
    search,
)


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        (SMITH | CONTACT, [JANE]),
        (SMITH | {"email": "deb.trotter@example.com", "phone": "0121111111"}, []),
        (ANYONE_SM, [JANE, JAYNE]),
        (ANYONE_SM | CONTACT, [JANE]),
        (ANYONE_SM | CONTACT | {"_max-results": 1}, [JANE]),
        (SMITH | CONTACT | {"birthdate": ["ge2010-10-21", "le2010-10-23"]}, [JANE]),
        (SMITH | CONTACT | FUZZY | {"given": "Jane"}, [JANE]),
        (SMITH | FUZZY | {"given": "Jane"}, [JANE]),
        (
            {
                **{"family": "Smythe", "given": "Janet", "gender": "female"},
                **{"birthdate": "eq2005-06-16", "email": "janet.smythe@example.com"},
                "phone": "01632960587",
            },
            [JANET],
        ),
        (
            {
                **{"family": "Smith", "given": ["John Paul", "James"], "gender": "male"},
                **{"birthdate": "eq2010-10-22", "email": "johnp.smith@example.com"},
                "phone": "01632960587",
            },
            [JOHN],
        ),
    ],
)
def test_published_searches(openroots, asked, numbers):
    """Each search that is published finds whom it is published to find."""
    assert list(found(openroots, asked)) == numbers


@pytest.mark.parametrize(
    ("more", "is_found"),
    [
        ({}, True),
        ({"family": "  sMITH "}, True),
        ({"family": "Smithe"}, False),
        ({"family": "Smi*"}, True),
        ({"family": "Sm*h"}, True),
        ({"family": "Sm*x"}, False),
        ({"family": "Smith|jane"}, False),
        ({"given": "JANE"}, True),
        ({"given": "Ja*"}, True),
        ({"given": "Ann"}, False),
        ({"given": ["Jane", "Ann"]}, False),
        ({"gender": "male"}, False),
        ({"birthdate": "2010-10-22"}, True),
        ({"birthdate": "eq2010-10-21"}, False),
        ({"birthdate": "ge2010-10-22"}, True),
        ({"birthdate": "ge2010-10-23"}, False),
        ({"birthdate": "le2010-10-22"}, True),
        ({"birthdate": "le2010-10-21"}, False),
        ({"birthdate": ["ge2010-10-23", "le2010-10-21"]}, False),
        ({"birthdate": ["ge1999-12-31", "le2031-01-01"]}, True),
        ({"birthdate": ["ge1999-12-31", "le2031-01-01"], "given": "Jane"}, True),
        ({"birthdate": ["ge1999-12-31", "le2031-01-01"], "given": "Joan"}, False),
        ({"birthdate": ["ge1999-12-31", "le2031-01-01"], "family": "Sm*h"}, True),
        ({"death-date": "2010-10-22"}, True),
        ({"death-date": ["ge2010-01-01", "le2010-12-31"]}, True),
        ({"death-date": "ge2011-01-01"}, False),
        ({"address-postcode": "ls16ae"}, True),
        ({"address-postalcode": "LS1 6AE"}, True),
        ({"address-postalcode": " L S 1*"}, True),
        ({"address-postalcode": "LS*AE"}, True),
        ({"address-postalcode": "LS*AB"}, False),
        ({"address-postalcode": "LS2*"}, False),
        ({"general-practitioner": "y12345"}, True),
        ({"general-practitioner": "Y1234"}, False),
        ({"general-practitioner": "Y123*"}, False),
        ({"managing-organization": "Y12345"}, True),
        ({"managing-organization": "Y99999"}, False),
        ({"phone": "0163 296 0587"}, True),
        ({"phone": "0163296058"}, False),
        ({"phone": "0163*"}, False),
        ({"email": "JANE.SMITH@EXAMPLE.COM"}, True),
        ({"email": "jane*"}, False),
    ],
)
def test_what_jane_is_found_by(openroots, more, is_found):
    """Everything that is asked must be so; case, and spaces in numbers and postcodes, are not."""
    assert (JANE in found(openroots, SMITH | more)) == is_found


@pytest.mark.postgres
def test_searches_on_postgresql(new_database, openroots, tmp_path):
    """Every kind of search finds on PostgreSQL whom it finds on SQLite, with the same scores."""
    other = open_nation(tmp_path, people=20, store=new_database())
    people = [person("9999900003", HISTORY), person("9999900011", name("Sm*th", "Ann"))]
    searches = [
        *(SMITH, ANYONE_SM, ANYONE_SM | CONTACT, SMITH | FUZZY | {"given": "Jane"}, LENA | PAST),
        ANYONE_SM | {"birthdate": ["ge2009-12-31", "le2011-01-01"], "address-postcode": "LS1*"},
        SMITH | {"birthdate": ["ge1999-12-31", "le2031-01-01"], "given": "Ja*"},
        SMITH | {"death-date": ["ge2010-01-01"], "general-practitioner": "Y12345"},
        {"family": "Able", "birthdate": "1931-04-05"} | PAST,
        {"family": "Able", "given": "An*", "birthdate": "le1931-04-05"} | PAST,
        {"family": "Aybel", "given": "Ann", "birthdate": "le1931-04-05"} | FUZZY,
    ]
    for nation in (openroots, other):
        nation.holds(*people)
    for asked in searches:
        numbers = found(openroots, asked)
        assert numbers
        assert found(other, asked) == numbers
    other.close()


@pytest.mark.parametrize("names", [("Zoë", "Müller"), ("Zoe", "Muller")])
@pytest.mark.parametrize("asked", [("ZOE", "MÜLLER"), ("Zoë", "muller")])
def test_accents_do_not_matter(openroots, names, asked):
    """With accents or without, a name is the same name."""
    openroots.holds(person("9999900003", name(names[1], names[0])))
    criteria = {"given": asked[0], "family": asked[1], "birthdate": "1931-04-05"}
    assert found(openroots, criteria) == {"9999900003": 1.0}


def test_what_is_shown_of_a_person(openroots):
    """A search shows who somebody is and how to reach them, and none of the extensions."""
    [entry] = search(openroots, SMITH | CONTACT).body["entry"]
    assert list(entry["resource"]) == [
        *("resourceType", "id", "identifier", "meta", "name", "gender", "birthDate"),
        *("multipleBirthInteger", "deceasedDateTime", "address", "telecom", "contact"),
        "generalPractitioner",
    ]
    assert [address["use"] for address in entry["resource"]["address"]] == ["home"]


def test_the_bundle(openroots):
    """The answer is a searchset with the time of the search and an absolute URL for each."""
    headers = {"Host": "pds.example:8443", "X-Forwarded-Proto": "https"}
    path = f"{PATIENTS}?{urlencode(SMITH)}"
    told = openroots.ask("GET", path, headers=headers).body
    assert (told["type"], told["total"]) == ("searchset", 1)
    assert told["timestamp"] == "2026-11-21T12:00:00+00:00"
    assert told["entry"][0]["fullUrl"] == f"https://pds.example:8443{PATIENTS}/{JANE}"
    nobody = search(openroots, SMITH | {"given": "Nobody"}).body
    assert nobody.keys() == {"resourceType", "type", "timestamp", "total"}


def test_a_superseded_person_is_found_once(openroots):
    """A search finds the record that took the place of another, never the other."""
    assert list(found(openroots, {"family": "Pemberton", "birthdate": "1958-11-30"})) == [SUSAN]


def test_a_birth_date_known_to_the_month(openroots):
    """Who was born at some day of a month is found by a range that holds the month, by no day."""
    openroots.holds(person("9999900003", name("Foundling", "Ada"), born="1931-04"))
    asked = {"family": "Foundling", "birthdate": ["ge1931-03-31", "le1931-05-01"]}
    for how in ({}, PAST, {"family": "Fou*"}, FUZZY | {"given": "Ada"}):
        assert list(found(openroots, asked | how)) == ["9999900003"]
        for date in ("1931-04-01", ["ge1931-04-02", "le1931-05-01"]):
            assert found(openroots, asked | how | {"birthdate": date}) == {}


def test_whoever_is_found_is_in_the_audit(openroots):
    """The audit entry of a search names everyone whom it found."""
    search(openroots, ANYONE_SM)
    [entry] = [entry for entry in openroots.audit() if "search" in entry["endpoint"]]
    assert len(entry["subjects"]) == 2
    assert entry["status"] == 200


@pytest.mark.parametrize("how", [FUZZY | {"given": "Jane"}, PAST, {"family": "Bl*s"}])
def test_who_was_only_looked_at_is_not_in_the_audit(openroots, how):
    """The audit entry of a search names who was told of, not who was looked at beside them."""
    openroots.holds(
        person("9999900003", name("Bloggs", "Jane")),
        person("9999900011", name("Bloggs", "Peter", use="old"), gender="male"),
    )
    asked = {"family": "Bloggs", "gender": "unknown", "birthdate": "1931-04-05"} | how
    assert list(found(openroots, asked)) == ["9999900003"]
    assert openroots.audit()[-1]["subjects"] == ["subject-9999900003"]


@pytest.mark.parametrize("how", [{}, FUZZY | {"given": "Jane"}])
def test_of_too_many_matches_nobody_is_in_the_audit(openroots, how):
    """The audit entry of a search that finds too many names none of them, as none was told of."""
    openroots.holds(
        *(person(number, name("Bloggs", "Jane")) for number in ("9999900003", "9999900011"))
    )
    asked = {"family": "Bloggs", "birthdate": "1931-04-05", "_max-results": 1} | how
    assert search(openroots, asked).code == "TOO_MANY_MATCHES"
    assert openroots.audit()[-1]["subjects"] == []


def test_patients_may_not_search(openroots):
    """A patient who searches is refused, whatever they ask."""
    told = search(openroots, SMITH, Access.PATIENT)
    assert (told.status, told.code) == (403, "ACCESS_DENIED")
    coding = told.body["issue"][0]["details"]["coding"][0]
    assert coding["display"] == "Cannot GET resource with patient access token"


@pytest.mark.parametrize("held", [("Łukasz", "Sørensen"), ("Lukasz", "Sorensen")])
@pytest.mark.parametrize("asked", [("łukasz", "SØRENSEN"), ("Lukasz", "Sorensen"), ("Łu*", "So*")])
def test_letters_of_their_own_do_not_matter(openroots, held, asked):
    """A keyboard that has no Ł or Ø finds whoever bears one, without a fuzzy search; and the other
    way round."""
    openroots.holds(person("9999900003", name(held[1], held[0])))
    criteria = {"given": asked[0], "family": asked[1], "birthdate": "1931-04-05"}
    assert "9999900003" in found(openroots, criteria)
