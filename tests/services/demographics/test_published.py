"""The published people: all there, as published, and found by what they are searched for."""

import pytest

from openroots.identifiers import NHSNumber
from openroots.services.demographics import service
from openroots.services.demographics.published import PUBLISHED, founding_people, person_key
from openroots.storage import Change, Query, Term
from tests.services.demographics.desk import JANE, JANET, JAYNE, SUSAN, Desk

NOBODYS = {"9111231130", "9727194737", "5182663366"}


def _founding() -> dict[tuple[str, str], Change]:
    first, _ = founding_people()
    return {(change.type, change.id): change for change in first}


def test_everyone_listed_is_there() -> None:
    """Whoever is listed has a record or a number status, and whoever has one is listed."""
    assert {number for number, _, _ in PUBLISHED} == {id for _, id in _founding()}
    assert NOBODYS.isdisjoint(id for _, id in _founding())


@pytest.mark.parametrize("person", PUBLISHED, ids=lambda person: person.number)
def test_numbers_are_valid(person: tuple[str, str, str]) -> None:
    """Every published number is an NHS number, but for the one that was published with a fault."""
    if person[0] == "9000000015":
        with pytest.raises(ValueError, match="checks"):
            NHSNumber(person[0])
    else:
        assert NHSNumber(person[0])


def test_each_has_a_key_of_their_own() -> None:
    """A person's key is theirs alone, the same in every world, and tells no NHS number."""
    patients = [change for (type, _), change in _founding().items() if type == "Patient"]
    keys = {change.subject for change in patients}
    assert len(keys) == len(patients)
    assert all(len(key) == 12 and key[0] == "p" for key in keys)
    assert person_key(JANE) == person_key(JANE) not in (JANE, "")


def test_a_superseded_number_is_of_the_same_person() -> None:
    """The status of a superseded number has the key of the person whose record took its place."""
    assert _founding()["NHSNumber", "5900053636"].subject == person_key(SUSAN)


def test_confidential_records_are_labelled() -> None:
    """A record that is not open to all is labelled so that policy can tell without reading it."""
    labelled = {change.id: set(change.labels) for change in _founding().values() if change.labels}
    assert labelled == {JANET: {"R"}, "9727022820": {"R"}, "9727024610": {"V"}}


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        ([("family", "smith\t2010-10-22"), ("gender", "female")], {JANE}),
        ([("email", "jane.smith@example.com"), ("phone", "01632960587")], {JANE}),
        ([("email", "jayne.smyth@example.com")], {JAYNE}),
        ([("name", "smith\tjohn paul\tjames\t")], {"9000000015"}),
        ([("start", "mc\t1982-07-10"), ("trace", "@BAP4WG\t1982-07-10")], {"9000000041"}),
        (
            [("trace", "L200\t1982-07-10"), ("trace", "@DN197UD\t1982-07-10")],
            {"9000000068", "9000000076"},
        ),
        (
            [("practice", "Y12345"), ("death-date", "2010-10-22"), ("gender", "male")],
            {"9000000015"},
        ),
        ([("trace", "S530\t2005-06-16"), ("gender", "female")], {JANET}),
        ([("trace", "S530\t2005-06-16"), ("trace", "@LS16AE\t2005-06-16")], set()),
        ([("name", "marsh\tvera\t"), ("phone", "01632960587")], set()),
    ],
)
def test_search_terms(desk: Desk, terms: list[tuple[str, str]], found: set[str]) -> None:
    """People are indexed by what the published searches find them by."""
    query = Query("Patient", tuple(Term(name, (value,)) for name, value in terms))
    assert {row.id for row in desk.store.snapshot().search(query).rows} == found


def test_a_record_of_nothing_has_no_terms() -> None:
    """A fact that a record does not hold is no term: nobody is found by what is missing."""
    assert list(service.indexers["Patient"]({})) == []
