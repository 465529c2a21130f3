"""How well somebody fits, and by what."""

from typing import Any

import pytest

from openroots.tracing import Address, Name, Wanted, score
from tests.tracing.people import AWAY, BORN, HOME, STREET, held, sought

PHONE = {"system": "phone", "value": "0113 496 0000"}
EMAIL = {"system": "email", "value": "Jane@example.com"}


def test_whatever_is_so_scores_one() -> None:
    """Somebody of whom all that is sought is so scores 1."""
    jane = held("Smith", "Jane", telecom=[PHONE, EMAIL])
    fit = score(sought("Smith", "Jane", phone="01134960000", email="JANE@example.com"), jane)
    assert fit.value == 1.0
    assert set(fit.parts.values()) == {"same"}


@pytest.mark.parametrize(
    ("parts", "field", "word", "value"),
    [
        ({"born": "1970-04-03"}, "born", "day and month swapped", 0.7),
        ({"born": "1971-03-04"}, "born", "one slip", 0.6),
        ({"born": "1970-03-40"}, "born", "one slip", 0.6),
        ({"born": "1981-03-04"}, "born", "differs", 0.0),
        ({"gender": "male"}, "gender", "differs", 0.8),
        ({"phone": "0113 496 0001"}, "phone", "differs", 0.95),
        ({"email": "jane@example.net"}, "email", "differs", 0.95),
        ({"postcode": "LS1 6AF"}, "address", "one slip", 0.97),
        ({"postcode": "LS1 6AF", "lines": ()}, "address", "differs", 0.75),
        ({"postcode": ""}, "address", "same lines", 0.95),
        ({"lines": ()}, "address", "same", 1.0),
        ({"lines": ("12, MILL LANE", "Leeds")}, "address", "same", 1.0),
        ({"lines": ("12 Mill Ln", "Ainsby", "Leeds")}, "address", "same", 1.0),
        ({"lines": ("14 Mill Lane", "Leeds")}, "address", "another house", 0.85),
        ({"lines": ("Flat B", "12 Mill Lane", "Leeds")}, "address", "another house", 0.85),
        (
            {"postcode": "LS1 6AF", "lines": ("12 Mill Road", "Leeds")},
            "address",
            "lines alike",
            0.9,
        ),
        (
            {"postcode": "", "lines": ("12 Leeds Lane", "Ainsby", "Leeds")},
            "address",
            "lines alike",
            0.9,
        ),
        (
            {"postcode": "", "lines": ("12 Lane Mill", "Leeds")},
            "address",
            "lines alike",
            0.9,
        ),
        (
            {"postcode": "", "lines": ("12", "Ainsby", "Leeds")},
            "address",
            "lines alike",
            0.9,
        ),
        (
            {"postcode": "", "lines": ("12 High Street", "Ainsby", "Leeds")},
            "address",
            "lines alike",
            0.9,
        ),
        ({"postcode": "YO1 1AA", "lines": ("9 High Road",)}, "address", "differs", 0.75),
    ],
)
def test_what_is_not_so(parts: dict[str, Any], field: str, word: str, value: float) -> None:
    """What differs takes something away, and a birth date of another day takes all."""
    jane = held("Smith", "Jane", telecom=[PHONE, EMAIL])
    fit = score(sought("Smith", "Jane", **parts), jane)
    assert (fit.parts[field], fit.value) == (word, value)


@pytest.mark.parametrize("parts", [{"gender": ""}, {"gender": "unknown"}, {"born": ""}])
def test_what_nobody_knows_takes_nothing_away(parts: dict[str, Any]) -> None:
    """What is not sought, or not known, neither speaks for somebody nor against."""
    fit = score(sought("Smith", "Jane", **parts), held("Smith", "Jane"))
    assert fit.value == 1.0
    assert not set(parts) & set(fit.parts)


@pytest.mark.parametrize("postcode", ["LS1 6AE", "YO9 2DJ", ""])
def test_a_house_that_has_a_name_is_another_by_any_other_word(postcode: str) -> None:
    """As one street holds Rose Cottage and Ivy Cottage."""
    rose = HOME | {
        "line": ["Rose Cottage", "St Mary\N{RIGHT SINGLE QUOTATION MARK}s Lane", "Ainsby"]
    }
    jane = held("Smith", "Jane", address=[rose])
    for house, words in (("Rose", {"same", "same lines"}), ("Ivy", {"another house", "differs"})):
        lines = (f"{house} Cottage", "St Mary's Lane", "Ainsby")
        assert (
            score(sought("Smith", "Jane", postcode=postcode, lines=lines), jane).parts["address"]
            in words
        )


@pytest.mark.parametrize("postcode", ["ZZ99 3VZ", "LS1 6AE"])
def test_a_postcode_of_no_place_says_nothing(postcode: str) -> None:
    """Many share that of no fixed abode, and who lives nowhere may live somewhere by now."""
    nowhere = held("Smith", "Jane", address=[{"use": "home", "postalCode": "ZZ99 3VZ"}])
    assert (
        "address" not in score(sought("Smith", "Jane", postcode=postcode, lines=()), nowhere).parts
    )


def test_a_birth_date_that_is_not_held() -> None:
    """Somebody whose birth date is not known fits less well."""
    fit = score(sought("Smith", "Jane"), held("Smith", "Jane", birthDate=""))
    assert (fit.parts["born"], fit.value) == ("not held", 0.6)


def test_what_was_once_so() -> None:
    """Names, addresses, genders and numbers of the past count, a little less."""
    past = {
        "name": [{"use": "usual", "family": "Able", "given": ["Jane"]}],
        "address": [AWAY],
        "gender": ["male"],
        "telecom": [PHONE],
    }
    jane = held("Smith", "Jane", former=past, telecom=[EMAIL])
    for parts, field, word in (
        ({"postcode": "YO92DJ", "lines": ()}, "address", "former, same"),
        ({"gender": "male"}, "gender", "former"),
        ({"phone": "01134960000"}, "phone", "former"),
    ):
        fit = score(sought("Smith", "Jane", **parts), jane)
        assert (fit.parts[field], fit.value) == (word, 0.95)
    fit = score(sought("Able", "Jane"), jane)
    assert (fit.parts["order"], fit.value) == ("former", 0.95)


def test_what_is_known_of_the_past_of_who_is_sought() -> None:
    """A further name or address that is sought does as well as the first."""
    jane = held("Smith", "Jane", address=[AWAY])
    names, addresses = (Name("Smith", ("Jane",)),), (Address("YO9 2DJ"),)
    wanted = sought("Able", "Jane", names=names, addresses=addresses)
    assert score(wanted, jane).value == 1.0


def test_a_name_that_is_kept_as_a_nickname_is_told_as_one() -> None:
    """That somebody likes to be called so is not the same as to be named so."""
    fit = score(sought("Smith", "Nan"), held("Smith", "Nan", use="nickname"))
    assert fit.parts["given"] == "same, as a short name"


def test_nothing_is_told_of_where_the_restricted_are() -> None:
    """The address of a restricted person is not compared, nor how to reach the very restricted."""
    for code, fields in (("R", {"phone"}), ("V", set())):
        meta = {"security": [{"code": code}]}
        jane = held("Smith", "Jane", meta=meta, telecom=[PHONE], former={"address": [AWAY]})
        fit = score(sought("Smith", "Jane", phone="01134960000"), jane)
        assert {"phone", "address"} & set(fit.parts) == fields


def test_words_tell_nothing_of_a_person() -> None:
    """The parts of a score can be logged: no word of the record or of the question is in them."""
    fit = score(sought("Smyth", "Joan", "Ruth", phone="1"), held("Smith", "Jane", telecom=[PHONE]))
    told = " ".join(fit.parts.values()).lower()
    private = ("smith", "smyth", "jane", "joan", "ruth", "mill", "ls1", "1970", "0113")
    assert not any(word in told for word in private)


def test_a_record_may_hold_next_to_nothing() -> None:
    """Whatever is missing on either side, there is a score."""
    assert score(Wanted(), held("")).value == 1.0
    assert score(Wanted("Smith", ("Jane",), BORN), held("", birthDate=BORN)).value < 0.5
    empty = held("Smith", name=[{}], telecom=[{"system": "phone"}], address=[{}])
    assert score(sought("Smith", "Jane"), empty).value < 0.5
    assert HOME["line"] == list(STREET)
