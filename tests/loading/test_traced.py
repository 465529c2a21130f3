"""Tracing many people in a store at once: as each alone would be, and safe where many fit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from openroots import services
from openroots.loading.traced import DOUBT, MANY, MATCH, MOST, NONE, trace
from openroots.opening import deriving_of
from openroots.storage import Change, Json
from openroots.storage.sqlite import open_sqlite
from openroots.tracing import Wanted
from tests.storage.desk import Desk, desk_for

BORN = "1980-02-14"


def patient(number: str, family: str, given: str, postcode: str, born: str = BORN) -> Change:
    body: Json = {
        "id": number,
        "name": [{"use": "usual", "family": family, "given": [given]}],
        "birthDate": born,
        "gender": "female",
        "address": [{"use": "home", "postalCode": postcode, "line": []}],
    }
    return Change("Patient", number, body, 0, f"p{number}")


def former(number: str, family: str) -> Change:
    past = {"name": [{"use": "usual", "family": family, "given": ["Ann"]}], "birthDate": BORN}
    return Change("FormerPart", number, past, 0, f"p{number}")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A store in which people are found as in a world."""
    deriving = deriving_of(services.find())
    with desk_for(lambda: open_sqlite(tmp_path / "store.db", *deriving)) as opened:
        yield opened


def test_many_at_once_come_out_as_each_alone(desk: Desk) -> None:
    """Whom one of them may be is no candidate for another who shares no key with them."""
    people = [
        patient("1", "Vogel", "Lena", "LS1 6AE"),
        patient("2", "Roe", "Ann", "YO1 7AA"),
        patient("3", "Roe", "Anne", "YO1 7AA"),
        patient("4", "Vogel", "Lena", "LS1 6AE", "1980-02-15"),
    ]
    desk.commit(*people, former("1", "Sperling"), across=True)
    sought = [
        Wanted("Vogel", ("Lena",), BORN, postcode="LS1 6AE"),
        Wanted("Sperling", ("Lena",), BORN),
        Wanted("Roe", ("Ann",), BORN, postcode="YO1 7AA"),
        Wanted("Nobody", ("Atall",), "1931-01-01"),
        Wanted("Vogel", ("Lena",), BORN, postcode="LS1 6AE"),
    ]
    db = desk.store.snapshot()
    together = trace(sought, db)
    assert [one.result for one in together] == [MATCH, DOUBT, MANY, NONE, MATCH]
    assert together[0].subjects == ("p1",)
    assert together[1].found[0]["number"] == "1"
    assert together == [outcome for one in sought for outcome in trace([one], db)]


def test_where_more_fit_than_are_looked_at_nobody_is_matched(desk: Desk) -> None:
    """Of very many who share a name and a birth date, somebody not looked at may come nearer."""
    crowd = [patient(str(n), "Roe", f"Given{n}", "LS1 1AA") for n in range(1000, 1000 + MOST)]
    desk.commit(patient("1", "Roe", "Ann", "YO1 7AA"), *crowd, across=True)
    ann = Wanted("Roe", ("Ann",), BORN, postcode="YO1 7AA")
    [outcome] = trace([ann], desk.store.snapshot())
    assert (outcome.result, outcome.found[0]["number"]) == (DOUBT, "1")
    desk.commit(Change("Patient", "1000", None, 1, "p1000"))
    [outcome] = trace([ann], desk.store.snapshot())
    assert (outcome.result, outcome.number) == (MATCH, "1")
