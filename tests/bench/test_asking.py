"""Requests of the bench are what they say, each with an id of its own."""

import re
from urllib.parse import parse_qs, urlsplit

from bench.asking import Known, fuzzy_searches, patches, reads, searches

ANN = Known("9990000018", 3, "A1", 2000, "Fitz O'Neil & Son", "1970-01-02")
BEN = Known("9990000026", 1, "B1", 2000, "Bell", "1980-11-30", "Ben")


def test_searches_ask_for_family_name_and_birth_date() -> None:
    """One person after the other, whatever characters the name has."""
    asked = [parse_qs(urlsplit(_target(one)).query) for one in searches([ANN, BEN], 3)]
    assert asked[0] == {"family": ["Fitz O'Neil & Son"], "birthdate": ["eq1970-01-02"]}
    assert asked[1] == {"family": ["Bell"], "birthdate": ["eq1980-11-30"]}
    assert asked[2] == asked[0]


def test_fuzzy_searches_double_a_letter_of_the_family_name() -> None:
    """Both names are asked for, the family name so that only its sound is right."""
    [one] = fuzzy_searches([BEN], 1)
    asked = parse_qs(urlsplit(_target(one)).query)
    assert (asked["family"], asked["given"], asked["_fuzzy-match"]) == (
        ["Beell"],
        ["Ben"],
        ["true"],
    )


def test_an_update_names_the_version_that_the_one_before_it_makes() -> None:
    made = patches([ANN, BEN], 4)
    assert [_header(one, "If-Match") for one in made] == ['W/"3"', 'W/"1"', 'W/"4"', 'W/"2"']


def test_no_two_requests_have_one_id() -> None:
    requests = reads([ANN], 2) + searches([ANN], 2) + patches([ANN], 2)
    assert len({_header(one, "X-Request-ID") for one in requests}) == 6


def _target(request: bytes) -> str:
    return request.split(b" ", 2)[1].decode()


def _header(request: bytes, name: str) -> str:
    found = re.search(rf"\r\n{name}: (.*?)\r\n", request.decode())
    assert found
    return found[1]
