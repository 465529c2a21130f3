"""Names in a patch: the scripts that PDS can show, those it refuses, titles and blanks."""

import unicodedata

import pytest

from tests.services.demographics.desk import JANE, Desk
from tests.services.demographics.patches import NAME, op


@pytest.mark.parametrize(
    "text",
    [
        *("Smith", "O'Neill", "Smith-Jones", "St. John", "de la Cruz", "Smith 3rd"),
        *("Núñez", "Müller", "Øster", "Æthelred", "Weiß", "Çelik", "Þórr", "ÿ"),
        *("Łukasz", "Dvořák", "Żółć", "Őry", "Šimić", "İpek", "Ŵyn", "Ķēniņš", "ſ"),
    ],
)
@pytest.mark.parametrize("member", ["family", "given"])
def test_names_in_letters_of_europe(desk: Desk, member: str, text: str) -> None:
    """Latin letters with any accent up to U+017F, digits, space, - ' and . make names."""
    value = text if member == "family" else [text]
    told = desk.patch(JANE, op("add", "/name/-", NAME | {member: value}))
    assert told.status == 200
    assert told.body["name"][1][member] == value


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("Han", "李"),
        ("Cyrillic", "Анна"),
        ("Greek", "Ελένη"),
        ("Arabic", "فاطمة"),
        ("Hebrew", "דוד"),
        ("Devanagari", "प्रिया"),
        ("Tamil", "தமிழ்"),
        ("Hangul", "김"),
        ("Thai", "ไทย"),
        ("Latin beyond Extended-A", "Nguyễn"),
        ("Romanian comma below", "Ștefan"),
        ("accents apart", unicodedata.normalize("NFD", "Zoë")),
        ("times", "A×B"),
        ("divided", "A÷B"),
        ("curly apostrophe", "O’Neill"),
        ("dash", "Smith–Jones"),
        ("hard space", "de\u00a0Cruz"),
        ("zero width", "Smi\u200bth"),
        ("right to left", "\u202eSmith"),
        ("full width", "Ｓmith"),
        ("emoji", "😀"),
        ("mark-up", "<b>Smith</b>"),
        ("underscore", "a_b"),
        ("comma", "Smith, J"),
        ("digits of another script", "Smith ٣"),
        ("new line", "Smith\nJones"),
        ("tab", "Smith\tJones"),
    ],
)
def test_other_scripts_are_refused(desk: Desk, script: str, text: str) -> None:
    """What not every system can show is refused, and quoted with its place."""
    told = desk.patch(JANE, op("add", "/name/-", NAME | {"family": text}))
    assert (told.status, told.code) == (400, "UNSUPPORTED_CHARACTERS_IN_FIELD")
    assert told.words == f"Unsupported characters - '{text}' in field 'name/1/family'"


@pytest.mark.parametrize("member", ["prefix", "given", "suffix"])
def test_all_of_a_name_is_looked_at(desk: Desk, member: str) -> None:
    """Titles, given names and suffixes are made of the same characters as family names."""
    told = desk.patch(JANE, op("add", "/name/-", NAME | {member: ["Al", "Bé", "C李"]}))
    assert told.row == "characters-unsupported"


@pytest.mark.parametrize("text", ["", " ", "\t"])
def test_a_family_name_is_not_blank(desk: Desk, text: str) -> None:
    """A family name of nothing is none."""
    assert desk.patch(JANE, op("add", "/name/-", NAME | {"family": text})).row == "value-invalid"


def test_blank_given_names_go(desk: Desk) -> None:
    """Given names and titles that hold nothing are left out."""
    blank = NAME | {"given": ["", "Ann", " "], "prefix": [".", "Dr"]}
    told = desk.patch(JANE, op("add", "/name/-", blank))
    assert told.body["name"][1]["given"] == ["Ann"]
    assert told.body["name"][1]["prefix"] == ["Dr"]


def test_further_given_names_stand_alone(desk: Desk) -> None:
    """The first given name may be of several words; further ones are told apart, whether the name
    is added as a whole or one of them is, and of all there are five at the most."""
    sent = NAME | {"given": ["Jane Marie  Anne", "Jo Adele"]}
    told = desk.patch(JANE, op("add", "/name/-", sent))
    assert told.body["name"][1]["given"] == ["Jane Marie Anne", "Jo", "Adele"]
    named = op("test", "/name/1/id", told.body["name"][1]["id"])
    told = desk.patch(JANE, named, op("add", "/name/1/given/1", "Bea Cass"), version=3)
    assert told.body["name"][1]["given"] == ["Jane Marie Anne", "Bea", "Cass", "Jo", "Adele"]
    told = desk.patch(JANE, named, op("replace", "/name/1/given/4", "Adele Dot"), version=4)
    assert (told.row, told.words) == (
        "too-many-values",
        "Too many values - at most 5 in field 'name/1/given'",
    )


def test_names_have_a_length(desk: Desk) -> None:
    """Each part of a name has 35 characters at the most."""
    version = 2
    for member in ("family", "given", "prefix", "suffix"):
        for size, row in ((36, "value-invalid"), (35, "")):
            value = "X" * size if member == "family" else ["X" * size]
            told = desk.patch(JANE, op("add", "/name/-", NAME | {member: value}), version=version)
            assert told.row == row
        version += 1


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        *[("mr", "Mr"), ("MRS.", "Mrs"), ("ms..", "Ms"), ("dR", "Dr"), ("rev.", "Rev")],
        *[("SIR", "Sir"), ("lady", "Lady"), ("lord.", "Lord"), ("Prof.", "Prof")],
        *[("Mx", "Mx"), ("Rt. Hon.", "Rt. Hon"), ("misses", "misses")],
    ],
)
def test_titles(desk: Desk, sent: str, kept: str) -> None:
    """The eight common titles get their usual capitals; of any title the last full stops go."""
    told = desk.patch(JANE, op("add", "/name/-", NAME | {"prefix": [sent]}))
    assert told.body["name"][1]["prefix"] == [kept]


@pytest.mark.parametrize(
    ("suffix", "row"),
    [
        ("PhD", ""),
        ("B", ""),
        ("phD", "value-invalid"),
        ("3rd", "value-invalid"),
        ("", "value-invalid"),
    ],
)
def test_suffixes(desk: Desk, suffix: str, row: str) -> None:
    """A suffix begins with a capital letter from A to Z."""
    assert desk.patch(JANE, op("add", "/name/-", NAME | {"suffix": [suffix]})).row == row
