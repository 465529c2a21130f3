"""Whether it may be said that somebody is who is sought."""

from typing import Any

import pytest

from openroots.tracing import Doubtful, Judgement, Known, Match, NoMatch, Wanted, judge, score
from tests.tracing.people import AWAY, BORN, LATER, held, sought

PHONE = {"system": "phone", "value": "07700 900000"}
JANE = held("Smith", "Jane", "Ruth", telecom=[PHONE])


def verdict(wanted: Wanted, *people: Known) -> Judgement:
    """What is said of these people, who are named by their place."""
    return judge({str(at): score(wanted, person) for at, person in enumerate(people)})


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (("Smith", "Jane"), {}),
        (("Smith", "Jane", "Ruth"), {}),
        (("SMYTH", "jane"), {}),
        (("Smih", "Jane"), {}),
        (("Jane", "Smith"), {}),
        (("Smith", "Jane"), {"gender": "", "lines": ()}),
        (("Smith", "Jane"), {"postcode": "", "lines": (), "phone": "07700900000"}),
        (("Smith", "Jane"), {"postcode": "YO9 2DJ", "lines": (), "phone": "07700900000"}),
        (("Smith", "Jane"), {"postcode": "LS1 6EA"}),
    ],
)
def test_a_match(names: tuple[str, ...], parts: dict[str, Any]) -> None:
    """Who fits in birth date, name and place, and is alone, is who is sought."""
    found = verdict(sought(*names, **parts), JANE)
    assert isinstance(found, Match)
    assert found.id == "0"


@pytest.mark.parametrize("kept", [("Ho Yin", "Chun"), ("Ho-Yin", "Chun"), ("Hoyin", "Chun")])
@pytest.mark.parametrize("asked", [("Ho", "Yin"), ("Ho", "Yin", "Chun"), ("Ho Yin", "Chun")])
def test_a_first_name_of_two_words_is_known_however_it_is_parted(
    asked: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    """A file of people parts given names at each space, and a record does not."""
    assert isinstance(verdict(sought("Lin", *asked), held("Lin", *kept)), Match)
    sister = held("Lin", kept[0].replace("in", "an"), "Chun")
    assert isinstance(verdict(sought("Lin", *asked), sister), Doubtful)
    assert isinstance(verdict(sought("Lin", "Ho"), held("Lin", *kept)), Doubtful)


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (("Smith", "Jane"), {"born": "1970-04-03"}),
        (("Smith", "Jane"), {"born": "1970-03-05"}),
        (("Smith", "Jane"), {"born": ""}),
        (("Smith", "Jane"), {"gender": "male"}),
        (("Smith", "Jane"), {"postcode": "", "lines": ()}),
        (("Smith", "Jane"), {"postcode": "YO9 2DJ", "lines": ()}),
        (("Smith", "Jane"), {"postcode": "LS1 6EA", "lines": ()}),
        (("Smith", "Jane"), {"lines": ("14 Mill Lane", "Leeds")}),
        (
            ("Smith", "Jane"),
            {"postcode": "YO9 2DJ", "lines": ("12 High Street", "Ainsby", "Leeds")},
        ),
        (("Smith", "Jane"), {"postcode": "", "lines": ("12 High Street", "Ainsby", "Leeds")}),
        (("Smith", "Jane"), {"postcode": "ZZ99 3VZ", "lines": ()}),
        (("Smith", "Jane", "Eve"), {}),
        (("Jane", "Smith", "Eve"), {}),
        (("Smith", "Jane", "Roth"), {}),
        (("Smith", "Jane", "R"), {}),
        (("Smith",), {}),
        (("Smith", "J"), {}),
        (("Smith", "Joan"), {}),
        (("Smith", "Janie"), {}),
        (("Smith", "Jnae"), {}),
        (("Smith", "Ruth"), {}),
        (("Baker", "Jane"), {}),
        (("Smith", "Anna"), {}),
    ],
)
def test_a_doubt(names: tuple[str, ...], parts: dict[str, Any]) -> None:
    """Where anything that tells people apart is missing or otherwise, a person decides."""
    found = verdict(sought(*names, **parts), JANE)
    assert isinstance(found, Doubtful)
    assert [one.id for one in found.found] == ["0"]


@pytest.mark.parametrize(
    "given",
    [
        *[("Baby",), ("Baby", "Girl"), ("Infant",), ("Twin", "One")],
        *[("Baby Girl",), ("BabyGirl",), ("Twin-1",), ("Boy 2",), ("Unborn",)],
        *[("Not Known",), ("Not", "Known"), ("Unknown",), ("-",), ("?",)],
    ],
)
def test_who_is_not_named_yet_is_a_doubt(given: tuple[str, ...]) -> None:
    """Of twins of a day each is called so: the one who is held may be the other."""
    baby = held("Smith", *given)
    for asked in (("Smith", *given), (given[0], "Smith", *given[1:])):
        assert isinstance(verdict(sought(*asked), baby), Doubtful)
    child = held("Child", "Ann")
    assert isinstance(verdict(sought("Child", "Ann"), child), Match)


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("Annmarie", "Annemarie", ("Ann", "Marie")),
        ("Annmarie", "Annemarie", ("Anne", "Marie")),
        ("Xiaoming", "Xiaomin", ("Xiao", "Ming")),
        ("Xiaoming", "Xiaomin", ("Xiao", "Min")),
        ("Yuting", "Yutin", ("Yu", "Tin")),
        ("Jayden", "Jadyn", ("Ja", "Dyn")),
    ],
)
def test_twins_are_a_doubt_in_however_many_words_a_name_is(
    one: str, other: str, told: tuple[str, str]
) -> None:
    """A file of people parts given names at spaces, and a slip makes of one twin the other."""
    twins = {name: held("Smith", name) for name in (one, other)}
    apart = twins | {one: held("Smith", *told)}
    for asked, among in ((told, twins), (("".join(told),), twins), (("".join(told),), apart)):
        scores = {name: score(sought("Smith", *asked), known) for name, known in among.items()}
        assert isinstance(judge(scores), Doubtful), asked


@pytest.mark.parametrize(
    ("asked", "kept"), [("Baby1", "Baby2"), ("Boy 1", "Boy 2"), ("Twin-1", "Twin-2")]
)
def test_who_is_told_apart_by_a_number_alone_is_a_doubt(asked: str, kept: str) -> None:
    """The first of two twins whom nobody has named yet is not the second."""
    assert isinstance(verdict(sought("Smith", asked), held("Smith", kept)), Doubtful)


def test_an_initial_is_not_enough_though_the_record_says_no_more() -> None:
    """A twin may have the same: the record of James may hold a J, and John be asked for by one."""
    for asked in (("Smith", "J"), ("J.", "Smith"), ("Smith", "J", "Paul")):
        assert isinstance(verdict(sought(*asked), held("Smith", "J", "Paul")), Doubtful)
    assert isinstance(verdict(sought("Smith", "Jane", "R"), held("Smith", "Jane", "R")), Match)
    assert isinstance(verdict(sought("王", "明"), held("王", "明")), Match)


@pytest.mark.parametrize(("first", "second"), [("Muhammad", "Ali"), ("Mst", "Amena")])
def test_a_name_that_many_children_of_a_family_have_is_not_enough(first: str, second: str) -> None:
    """Brothers who are all called Muhammad are told apart by the next name, in full."""
    child, initial = held("Khan", first, second), held("Khan", first, second[0])
    assert isinstance(verdict(sought("Khan", first), child), Doubtful)
    assert isinstance(verdict(sought("Khan", first, second[0]), initial), Doubtful)
    assert isinstance(verdict(sought("Khan", first, second), child), Match)


def test_twins_are_not_taken_for_each_other() -> None:
    """Of twins, the one who is sought by name is found; where the other alone is there, nobody."""
    joan, peter = held("Smith", "Joan"), held("Smith", "Peter", gender="male")
    assert isinstance(verdict(sought("Smith", "Jane"), peter, JANE), Match)
    assert isinstance(verdict(sought("Smith", "Jane"), peter), Doubtful)
    assert isinstance(verdict(sought("Smith", "Jane"), joan), Doubtful)
    assert isinstance(verdict(sought("Smith", "Jane"), joan, JANE), Doubtful)


def test_a_name_that_may_be_either_twins_mistyped_is_a_doubt() -> None:
    """Where one twin's name is one slip from what was typed, the other is not said to be it."""
    ida, ada = held("Smith", "Ida"), held("Smith", "Ada")
    assert isinstance(verdict(sought("Smith", "Ida"), ida, ada), Doubtful)


def test_father_and_son_are_not_taken_for_each_other() -> None:
    """The same name at the same address, born on another day, is another person."""
    son = held("Smith", "John", gender="male", birthDate="1999-01-02")
    assert verdict(sought("Smith", "John", gender="male"), son) == NoMatch()


def test_two_of_one_name_and_birth_date() -> None:
    """Of two who share name and birth date neither is said to be it, at one address or at two."""
    wanted = sought("Smith", "Jane")
    for other in (held("Smith", "Jane"), held("Smith", "Jane", address=[AWAY])):
        found = verdict(wanted, JANE, other)
        assert isinstance(found, Doubtful)
        assert [one.id for one in found.found] == ["0", "1"]
    alone = verdict(wanted, held("Smith", "Jane", address=[AWAY]))
    assert isinstance(alone, Doubtful)


def test_the_best_doubt_comes_first_and_no_more_than_fifty() -> None:
    """A doubt tells of at most fifty people, the best first; those who hardly fit are left out."""
    wanted = sought("Smith", "Jane", postcode="", lines=())
    found = verdict(wanted, held("Smyth", "Jane"), *[JANE] * 60, held("Brown", "Eve"))
    assert isinstance(found, Doubtful)
    assert len(found.found) == 50
    assert [one.score.value for one in found.found] == [1.0] * 50
    assert verdict(wanted, held("Brown", "Eve")) == NoMatch()
    assert judge({}) == NoMatch()
    assert LATER != BORN
