"""A query is no trial only where one other record, and it alone, says all that is told."""

from dataclasses import replace

import pytest

from bench.holders import Holders, holds
from openroots.tracing import Address, Known, Name, Wanted

KATE = Wanted("Moss", ("Kate", "Ann"), "1984-03-02", "female", "LS1 4AP")
HELD = Known(
    names=(Name("moss", ("kate", "ann")), Name("hale", ("kate", "ann"), now=False)),
    born="1984-03-02",
    gender="female",
    addresses=(Address("LS14AP"), Address("YO711UR", now=False)),
)
KATIE = HELD._replace(names=(Name("moss", ("katie", "ann")),))
NATION = {"kate": HELD, "elsewhere": HELD._replace(addresses=(Address("M11AA"),))}


def test_what_a_record_says_is_held() -> None:
    """Each field as it is told, but for capitals, accents, spaces and hyphens; of further given
    names nothing needs to be told."""
    assert holds(HELD, KATE)
    assert holds(HELD, Wanted("MOSS", ("Ká-te", " ann"), "1984-03-02", "female", "ls14ap"))
    assert holds(HELD, replace(KATE, given=("Kate",)))


def test_the_lines_of_an_address_are_held_where_they_are_told() -> None:
    """Whoever tells of another street tells of another house."""
    held = HELD._replace(addresses=(Address("LS14AP", ("12 oak street", "leeds")),))
    assert holds(held, KATE)
    assert holds(held, replace(KATE, lines=("12 Oak Street", "Leeds")))
    assert not holds(held, replace(KATE, lines=("12 Elm Street", "Leeds")))


def test_what_a_record_once_said_is_held() -> None:
    """A family name and a postcode of before."""
    assert holds(HELD, replace(KATE, family="Hale", postcode="YO71 1UR"))


@pytest.mark.parametrize(
    "told",
    [
        replace(KATE, family="Mos"),
        replace(KATE, given=("Katie", "Ann")),
        replace(KATE, given=("Kate", "A")),
        replace(KATE, given=("Kate", "Anna")),
        replace(KATE, given=("Kate", "Ann", "Jane")),
        replace(KATE, given=("Ann", "Kate")),
        replace(KATE, family="Kate", given=("Moss", "Ann")),
        replace(KATE, born="1984-02-03"),
        replace(KATE, gender="male"),
        replace(KATE, postcode="LS1 4AQ"),
        replace(KATE, family=""),
        replace(KATE, given=()),
        replace(KATE, born=""),
        replace(KATE, gender=""),
        replace(KATE, postcode=""),
    ],
)
def test_what_differs_in_one_field_is_a_trial(told: Wanted) -> None:
    """One field another, or not told: the query is of whoever was meant."""
    assert not holds(HELD, told)
    assert Holders(NATION).asked_for(told, "katie", {"katie": KATIE}) == "katie"


def test_who_is_told_as_another_is_asked_for_as_that_other() -> None:
    """Whether whoever was meant is in a record or in none."""
    assert Holders(NATION).asked_for(KATE, "katie", {"katie": KATIE}) == "kate"
    assert Holders(NATION).asked_for(KATE, "", {}) == "kate"


def test_a_name_is_held_as_a_whole() -> None:
    """The family name of one time with the given name of another is nobody's."""
    bare = HELD._replace(names=(Name("moss", ("kate",)), Name("hale", ("katie",))))
    assert holds(bare, replace(KATE, given=("Kate",)))
    assert not holds(bare, replace(KATE, family="Hale", given=("Kate",)))


def test_what_is_told_of_two_is_a_trial() -> None:
    """Where whoever was meant is told as they are, or two others are alike, none may be matched."""
    assert Holders(NATION).asked_for(KATE, "planted", {"planted": HELD}) == "planted"
    assert Holders(NATION | {"third": HELD}).asked_for(KATE, "", {}) == ""
