"""A file of people on its way to the server: what a check says of it is what the load says."""

import errno
import json
import resource
from contextlib import ExitStack, contextmanager
from io import BytesIO
from itertools import islice
from random import Random

import pytest

from openroots.cli.people_loading import Loading, Parts, Report, readable
from openroots.cli.terminal import CONFLICT, USAGE, Stop
from openroots.loading.reading import records
from openroots.population.numbers import HIGHEST, nhs_numbers
from openroots.testing import openroots_nation
from tests.gateway.door import Door

HEAD = "nhs_number,superseded_numbers,family_name,given_names,gender,birth_date,address_line_1"
HEAD += ",postcode,security"
NUMBERS = [*islice(nhs_numbers(HIGHEST), 40), "9000000106", "9000000114", "4010232137"]


class Asked:
    """A server as the command asks it: the tooling of a nation in this process."""

    def __init__(self, nation):
        self.door = Door(nation)

    def post(self, path, **body):
        """The answer to a POST."""
        return self.door.post(path, body)


@pytest.fixture(scope="module")
def server():
    with openroots_nation(people=0) as nation:
        yield Asked(nation)


def sent(server, text, *, check, at_once=2):
    """What comes of a file that is sent in parts."""
    with ExitStack() as files:
        loading = Loading(server, files, any_number=False, check=check)
        for part in Parts(records(BytesIO(text.encode())), at_once):
            loading.send(part)
        return loading.told()


def csv(*lines):
    return "\n".join((HEAD, *lines))


def drawn(chance, family):
    """A file of a few people, many of whom are one another or have one another's numbers."""
    lines = [
        ",".join(
            (
                chance.choice(["", "", *chance.sample(NUMBERS, 2)]),
                chance.choice(["", "", chance.choice(NUMBERS)]),
                family,
                chance.choice(["Ann", "Ann", "ann", "Tom", ""]),
                chance.choice(["male", "female", "unknown"]),
                chance.choice(["1984-03-02", "1984-03-02", "1991-11-30", "2184-01-01"]),
                "1 Lane",
                chance.choice(["LS1 4AP", "ls14ap", "M1 2AB", ""]),
                chance.choice(["", "", "R", "V"]),
            )
        )
        for _ in range(chance.randint(2, 14))
    ]
    return csv(*lines)


def test_what_a_check_says_of_a_file_the_load_says_too(server):
    """However the parts fall: who would be kept is kept, and all others are refused in the same
    words."""
    chance, refused = Random(1948), set()
    for number in range(60):
        letters = f"Roe{chr(97 + number // 26)}{chr(97 + number % 26)}"
        file, at_once = drawn(chance, letters), chance.randint(1, 5)
        check = sent(server, file, check=True, at_once=at_once)
        load = sent(server, file, check=False, at_once=at_once)
        assert (check["fit"], check["refused"]) == (load["kept"], load["refused"]), file
        refused |= {one["why"].partition(" is ")[2] for one in load["refused"]}
    assert "somebody's here already" in refused
    assert any(why.startswith("somebody of this name") for why in refused)


def test_how_a_file_falls_into_parts_changes_nothing_of_what_is_said(server):
    """Two records of one person are told alike, be they in one part or in two."""
    chance = Random(11)
    for _ in range(40):
        file = drawn(chance, "Doe")
        whole, apart = (sent(server, file, check=True, at_once=most) for most in (1000, 1))
        assert whole == apart, file


def test_a_check_sees_two_records_of_one_person_in_one_file(server):
    """By a number that comes twice, and by name, birth date and postcode where there is none."""
    told = sent(
        server,
        csv(
            "9000000254,,Twice,Ann,female,1984-03-02,1 Lane,LS1 4AP,",
            ",,Alike,Ann,female,1984-03-02,1 Lane,LS1 4AP,",
            "9000000270,9000000254,Third,Ann,female,1984-03-02,1 Lane,LS1 4AP,",
            ",,Alike,Ann,male,1984-03-02,1 Lane,ls1 4ap,",
        ),
        check=True,
    )
    assert (told["fit"], [one["line"] for one in told["refused"]]) == (2, [4, 5])


def test_nobody_is_given_a_number_that_the_file_brings(server):
    """Those without a number come last, wherever in the file they stand."""
    body = {"like": "twins", "seed": 1}
    following = nhs_numbers(int(server.post("/people/make", **body)["patients"][-1]["id"][:8]) - 1)
    brought = [
        f"{number},,Brought,Ann,female,{year}-01-01,1 Lane,,"
        for number, year in zip(islice(following, 80), range(1900, 1980), strict=True)
    ]
    told = sent(server, csv(",,Given,Ann,female,1984-03-02,1 Lane,,", *brought), check=False)
    assert (told["kept"], told["refused"]) == (81, [])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (
            ",9000000254,Roe,Ann,female,1984-03-02,1 Lane,,",
            "it says that 9000000254 was superseded",
        ),
        ("9000000254,9000000254,Roe,Ann,female,1984-03-02,1 Lane,,", "9000000254 is its number"),
    ],
)
def test_numbers_that_were_superseded_lead_to_another_that_is_there(server, line, why):
    """A superseded number without a present one leads nowhere, and none leads to itself."""
    [refused] = sent(server, csv(line), check=True)["refused"]
    assert refused["why"].startswith(why)
    assert refused["mend"]


def test_claims_of_another_form_are_refused(server):
    """Claims that were not given by a check are told by name."""
    body = {"text": csv(",,Roe,Ann,female,1984-03-02,1 Lane,,"), "check": True, "claimed": [7]}
    status, told = server.door.ask("POST", "/people/load", body)
    assert (status, told["error"][:9]) == (400, "claimed: ")
    assert "claimed" not in json.dumps(server.post("/people/load", text=csv(",,Roe")))


def test_a_report_that_cannot_be_written_is_told_as_that_at_once(tmp_path):
    """And not as the file of people, which could be read, or as a defect when all is done."""
    said = pytest.raises(Stop, match=r"report cannot be written: ")
    with limited(10), Report.begun(tmp_path / "report") as report, said as told:
        report.note([{"line": 2, "why": "no NHS number"}])
    assert told.value.code == CONFLICT


def test_a_file_that_cannot_be_read_to_its_end_is_told_as_that(tmp_path):
    """As where it stands on another machine that has gone."""

    def broken():
        yield "one"
        raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(Stop, match=r"people.csv cannot be read: Input/output error") as told:
        list(readable(tmp_path / "people.csv", broken()))
    assert told.value.code == USAGE


def test_no_room_for_those_who_wait_is_told_as_that(monkeypatch):
    """They wait in the folder for temporary files."""
    monkeypatch.setattr("openroots.cli.people_loading.IN_MEMORY", 100)
    file = csv(*(f",,Doe,Ann{number},female,1984-03-02,,," for number in range(99)))
    with limited(1000), pytest.raises(Stop, match="cannot wait on disk") as told:
        list(Parts(records(BytesIO(file.encode()))))
    assert "TMPDIR" in told.value.mend


@contextmanager
def limited(size):
    """No file can be larger than this."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
