"""What the tooling door is asked by: a slip in a parameter is told, and never passed over."""

import re

import pytest

from tests.gateway.door import Door


@pytest.fixture
def door(openroots):
    return Door(openroots)


def test_no_route_passes_over_a_parameter(door):
    """A mistyped one was meant to choose what is told: without it, something else would be."""
    before = door.nation.house.world.store.snapshot().t
    for _, route in door.nation.house.tooling._routes:
        path = re.sub(r"{\w+}", "x", route.path)
        status, told = door.refused(route.method, f"{path}?limitt=1")
        assert (status, told) == (400, f"{route.path} has no parameter limitt")
    assert door.nation.house.world.store.snapshot().t == before


@pytest.mark.parametrize(
    ("method", "path", "mend"),
    [
        ("GET", "/dry-run?onn=2027-01-01", "It takes standard, on."),
        ("GET", "/standards/usual-name?onn=2027-01-01", "It takes on."),
        ("GET", "/status?x", "It takes none."),
        ("POST", "/reset?people=5", "It takes people, seed in its body."),
        ("POST", "/prune?days=3", "It takes none."),
    ],
)
def test_a_strange_parameter_is_refused_with_those_that_there_are(door, method, path, mend):
    """Of a POST, what it is told stands in its body: there it is looked for."""
    status, told = door.ask(method, path)
    assert (status, told["mend"]) == (400, mend)


def test_a_parameter_that_is_given_twice_is_refused(door):
    """Which of the two was meant nobody knows; where several are taken, several may be given."""
    status, told = door.refused("GET", "/people?limit=1&limit=5")
    assert (status, told) == (400, "limit is given 2 times")
    assert len(door.get("/people/export?number=9000000009&number=9000000017")["patients"]) == 2


@pytest.mark.parametrize(
    "path", ["/audit?subject=", "/requests?endpoint=", "/standards?on=", "/client-report?since="]
)
def test_a_parameter_that_is_left_empty_is_refused(door, path):
    """A script's variable that was never set would have meant all, anybody or today."""
    status, told = door.refused("GET", path)
    assert (status, told) == (400, f"{path.partition('?')[2][:-1]} has no value")
    assert door.get("/people/export?after=&limit=1")["patients"]  # the first page


def test_whose_entries_are_asked_for_may_be_written_in_groups(door):
    """As NHS numbers are printed: nobody is told that nobody looked."""
    door.get("/who-could-read?subject=900%20000%200009")
    assert door.get("/audit?subject=900%20000%200009")["entries"]


def test_what_is_told_keeps_to_what_is_asked(door):
    """Of published people too there are no more than were asked for; no status is 000."""
    every = len(door.get("/people")["people"])
    assert len(door.get("/people?limit=3")["people"]) == 3 < every
    assert door.refused("GET", "/requests?status=000")[0] == 400
    assert door.refused("GET", "/people/export?number=9000000009&limit=1")[0] == 400
    many = "&".join(["number=9000000009"] * 501)
    assert door.refused("GET", f"/people/export?{many}")[0] == 413


def test_a_name_that_is_left_empty_names_nothing(door):
    """A script's variable that was never set is told as such, and not as a path that is none; the
    trail of a request that had no id is not found by having none."""
    door.nation.ask("GET", "/personal-demographics/FHIR/R4/Patient/9000000009")
    for _, route in door.nation.house.tooling._routes:
        if "{" in route.path and "{do}" not in route.path:
            status, told = door.refused(route.method, re.sub(r"{\w+}", "", route.path))
            assert (status, "''" in told) == (404, True)
    assert door.get("/why/last")["trail"]
