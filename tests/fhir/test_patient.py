"""Questions about a Patient, of a full record and of an empty one."""

import re

import pytest

from openroots.fhir import patient as about
from openroots.problem import Json

JANE: Json = {
    "meta": {"security": [{"code": "U"}]},
    "name": [
        {"use": "old", "family": "Jones"},
        {"use": "usual", "family": "Smith", "given": ["Jane", "Anne"], "prefix": ["Mrs"]},
    ],
    "address": [{"use": "temp", "postalCode": "M1 1AA"}, {"use": "home", "postalCode": "LS1 6AE"}],
    "generalPractitioner": [{"identifier": {"value": "Y12345"}}],
    "deceasedDateTime": "2010-10-22T00:00:00+00:00",
    "extension": [
        {
            "url": about.DEATH_NOTIFICATION,
            "extension": [
                {
                    "url": "deathNotificationStatus",
                    "valueCodeableConcept": {"coding": [{"code": "2"}]},
                }
            ],
        }
    ],
}


def test_a_full_record_answers() -> None:
    """Each question finds what the record says."""
    assert about.usual_name(JANE)["family"] == "Smith"
    assert about.main_name(JANE) == about.usual_name(JANE)
    assert about.whole_name(JANE) == "Mrs Jane Anne Smith"
    assert about.home_address(JANE)["postalCode"] == "LS1 6AE"
    assert about.general_practice(JANE) == "Y12345"
    assert about.death_day(JANE) == "2010-10-22"
    assert about.death_status(JANE) == about.FORMAL_DEATH
    assert about.security_codes(JANE) == {"U"}


def test_an_empty_record_answers() -> None:
    """Of a record that does not say, each question has an empty answer."""
    assert about.usual_name({}) == about.home_address({}) == about.extension({}, "x") == {}
    assert about.main_name({}) == {}
    assert about.whole_name({}) == about.general_practice({}) == about.death_day({}) == ""
    assert about.death_status({}) == about.code({}) == ""
    assert about.security_codes({}) == frozenset()


def test_who_has_no_usual_name_is_told_by_the_first() -> None:
    """Somebody may be known by a temporary name only."""
    unknown: Json = {"name": [{"use": "temp", "family": "Unknown"}, {"use": "old", "family": "B"}]}
    assert about.usual_name(unknown) == {}
    assert about.whole_name(unknown) == about.main_name(unknown)["family"] == "Unknown"


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        *(("SMITH", "smith"), ("  John   Paul ", "john paul"), ("ATTISÖN", "attison")),
        *(("Àà", "aa"), ("Łukasz", "lukasz"), ("Øyvind", "oyvind"), ("Ǿ", "o"), ("ĐORĐE", "dorde")),
        *(("Weiß", "weiss"), ("Æthelþryð", "aethelthryd"), ("Yıldız", "yildiz"), ("İpek", "ipek")),
        *(("Œuvrard", "oeuvrard"), ("Ħal Għaxaq", "hal ghaxaq"), ("Ŋ Ŧ ĸ", "n t k"), ("李", "李")),
    ],
)
def test_folding(name: str, folded: str) -> None:
    """Names are compared without case, accents, letters of their own and spare spaces."""
    assert about.fold(name) == folded


def test_postcodes() -> None:
    """Postcodes are compared in capitals, without spaces."""
    assert about.postcode_key(" ls1 6ae ") == "LS16AE"


def test_every_letter_that_a_name_may_have_is_compared_by_one_of_the_alphabet() -> None:
    """PDS takes the letters of Latin-1 and of Latin Extended-A."""
    letters = [chr(code) for code in range(0xC0, 0x180) if chr(code).isalpha()]
    left = {letter for letter in letters if not re.fullmatch(r"ʼ?[a-z]{1,2}", about.fold(letter))}
    assert left == set()
