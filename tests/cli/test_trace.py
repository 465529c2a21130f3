"""The verb `trace`: a file of people in, what came of each out, and no line twice."""

import csv
import os
import re
import shutil

import apsw
import pytest

from openroots.cli.folder import held
from openroots.cli.traced_apart import LARGE
from openroots.cli.traced_files import Traced
from openroots.storage.sqlite_schema import SCHEMA_VERSION
from tests.cli.desk import Command, server

HEAD = "reference,Surname,Forename,Sex,DOB,Postcode,email"
LENA = "a,Vogel,Lena,F,1989-05-14,LS1 6AE,"
MISTYPED = "b,Vogel,Lnea,female,1989-05-14,LS1 6AE,"
JANE = "e,Smith,Jane,female,2010-10-22,LS1 6AE,"
NOBODY = "c,Nobody,Atall,male,1931-01-01,,"
UNREADABLE = "d,Smith,Jane,F,22.10.2010,LS1 6AE,"


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    """The command, in a folder with a file of people, and a world that nobody serves."""
    monkeypatch.chdir(tmp_path)
    return Command(monkeypatch, capsys)


@pytest.fixture
def state(openroots_seeded, tmp_path):
    """The folder of a world at rest."""
    return shutil.copytree(openroots_seeded, tmp_path / "state")


def write(path, *lines):
    path.write_text("\n".join((HEAD, *lines, "")), "utf-8")
    return path


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_line_has_its_result_and_doubts_stand_apart(command, tmp_path, state):
    """One match with its score, doubts with all who may be them, nobody, and what is wrong."""
    file = write(tmp_path / "who.csv", LENA, MISTYPED, NOBODY, UNREADABLE, JANE)
    assert command("trace", file, "--state", state, "--json") == 1
    assert '"match": 1' in command.out
    told = rows(tmp_path / "who.traced.csv")
    assert [one["result"] for one in told] == ["match", "doubt", "none", "wrong", "many"]
    assert [one["reference"] for one in told] == ["a", "b", "c", "d", "e"]
    assert (told[0]["nhs_number"], told[0]["score"]) == ("9733162868", "1.0000")
    assert told[1]["nhs_number"] == ""
    assert "birth_date: '22.10.2010' is not a date" in told[3]["why"]
    doubt, *many = rows(tmp_path / "who.traced.doubtful.csv")
    assert (doubt["reference"], doubt["rank"], doubt["nhs_number"]) == ("b", "1", "9733162868")
    assert [one["nhs_number"] for one in many][:2] == ["9000000009", "9000000017"]  # and Jayne
    assert "given: " in doubt["why"]
    assert "Vogel" not in doubt["why"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("state", "who.csv", "who.traced.csv", "who.traced.doubtful.csv")
    ]


def test_a_person_is_told_where_to_look_further(command, tmp_path, state):
    """In the column why, for lines that are wrong; in the file of doubts, where there are any."""
    mended = "could not be read; the column why says what to mend"
    for name, lines, wrong, doubts in (
        ("wrong", [LENA, UNREADABLE], True, False),
        ("doubt", [MISTYPED], False, True),
        ("match", [LENA], False, False),
    ):
        file = write(tmp_path / f"{name}.csv", *lines)
        assert command("trace", file, "--state", state) == int(wrong)
        assert (mended in command.out) is wrong
        assert (f"{name}.traced.doubtful.csv" in command.out) is doubts


def test_what_is_no_file_is_not_written_to(command, tmp_path, state):
    """A folder, or no name at all: one line, and nothing is there that was not."""
    file = write(tmp_path / "who.csv", LENA)
    for out, code in (("", 2), (tmp_path, 6)):
        assert command("trace", file, "--out", out, "--state", state) == code, command.err
        assert command.err.startswith("openroots: ")
    assert {path.name for path in tmp_path.iterdir()} == {"who.csv", "state"}


def test_who_was_found_is_audited(command, tmp_path, state):
    """Whoever is told of, as a match or in a doubt, is in the audit log."""
    file = write(tmp_path / "who.csv", LENA)
    assert command("trace", file, "--state", state, "--no-progress") == 0
    entries = (state / "audit" / "0.jsonl").read_text("utf-8").splitlines()
    assert "tooling.people-trace" in entries[-1]
    assert "9733162868" not in entries[-1]


def test_what_was_stopped_goes_on_and_no_line_is_there_twice(command, tmp_path, state):
    """A run that ended in the middle of a part leaves torn lines; the next one begins that part
    again, and the files are those of a run that nobody stopped."""
    file = write(tmp_path / "who.csv", *[LENA, MISTYPED, NOBODY] * 4)
    assert command("trace", file, "--state", state, "--out", "whole.csv") == 0
    (tmp_path / "whole.csv").rename(tmp_path / "whole")
    (tmp_path / "whole.doubtful.csv").rename(tmp_path / "whole.doubtful")
    stopped = Traced(file, tmp_path / "whole.csv")
    assert not stopped.begin()
    done, doubtful = (rows(tmp_path / name) for name in ("whole", "whole.doubtful"))
    stopped.counts.update(one["result"] for one in done[:5])
    stopped.keep([one.values() for one in done[:5]], [one.values() for one in doubtful[:2]], 5)
    with (tmp_path / "whole.csv").open("a") as torn:
        torn.write("7,c,none,,")
    assert command("trace", file, "--state", state, "--out", "whole.csv", "--json") == 0
    assert "Going on after 5 lines" in command.err
    assert '"read": 12' in command.out
    assert '"doubt": 4' in command.out
    for name in ("whole", "whole.doubtful"):
        assert (tmp_path / f"{name}.csv").read_bytes() == (tmp_path / name).read_bytes()


@pytest.mark.parametrize("lost", ["who.traced.csv", "who.traced.doubtful.csv"])
def test_what_was_stopped_does_not_go_on_where_its_lines_are_gone(command, tmp_path, state, lost):
    """Results that somebody moved away or cut short are missed, and nothing is written for them."""
    file = write(tmp_path / "who.csv", LENA, MISTYPED)
    Traced(file, tmp_path / "who.traced.csv").begin()
    (tmp_path / lost).write_bytes(b"line")
    assert command("trace", file, "--state", state) == 6
    assert f"{lost} has less than was written to it" in command.err
    (tmp_path / lost).unlink()
    assert command("trace", file, "--state", state) == 6
    assert not (tmp_path / lost).exists()


def test_a_large_file_comes_out_as_its_beginning_alone_would(command, tmp_path, state):
    """Several processes trace it part by part; the lines are in their order, and all audited."""
    lines = [f"{line},{','.join(['x' * 199] * 5)}" for line in (LENA, MISTYPED, NOBODY, JANE)]
    head = f"{HEAD},{','.join(f'address {n}' for n in range(1, 6))}"
    for name, count in (("few", 100), ("many", 550)):
        text = "\n".join((head, *lines * count, ""))
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
        assert command("trace", f"{name}.csv", "--state", state, "--json") == 0
    assert (tmp_path / "many.csv").stat().st_size > LARGE
    assert '"read": 2200' in command.out
    for kind in ("traced", "traced.doubtful"):
        few, many = (rows(tmp_path / f"{name}.{kind}.csv") for name in ("few", "many"))
        assert many[: len(few)] == few
        assert len(many) == 5.5 * len(few)
    log = (state / "audit" / "0.jsonl").read_text("utf-8")
    assert log.count('"tooling.people-trace"') == 1 + 5


def test_a_file_that_a_server_takes_in_no_one_request_is_asked_in_more(command, tmp_path, state):
    """Long values of five hundred people are more bytes than one request may have."""
    wide = ",".join(["\U0001d516" * 200] * 5)
    head = f"{HEAD},{','.join(f'address {n}' for n in range(1, 6))}"
    (tmp_path / "who.csv").write_text("\n".join((head, *[f"{LENA},{wide}"] * 400, "")), "utf-8")
    with server(state, "--port", "0"):
        assert command("trace", "who.csv", "--state", state, "--json") == 0
    assert '"read": 400' in command.out


def test_what_is_there_is_not_written_over(command, tmp_path, state):
    """A result that is there, or one of another input, is a conflict."""
    file, other = write(tmp_path / "who.csv", LENA), write(tmp_path / "other.csv", NOBODY)
    Traced(other, tmp_path / "out.csv").begin()
    assert command("trace", file, "--state", state, "--out", "out.csv") == 6
    told = " ".join(command.err.split())
    assert "is of another input, not yet finished" in told
    assert "or remove out.csv.unfinished, out.csv and out.doubtful.csv." in told
    (tmp_path / "out.csv.unfinished").unlink()
    assert command("trace", file, "--state", state, "--out", "out.csv") == 6
    assert "is there already" in command.err


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "holds nothing"),
        (b"PK\x03\x04rest", "packed"),
        (b'{"resourceType":"Patient"}\n', "is JSON"),
        ("Surname,DOB\n".encode("utf-16"), "To mend: Save it as text in UTF-8.\n"),
        (b"one,two\n1,2\n", "its first line names none of the columns by which people are traced"),
        (b"Surname|DOB\nRoe|1984-03-02\n", "commas, semicolons or tabs part them"),
        (b"Surname,DOB\rRoe,1984-03-02\r", "lines end in a carriage return alone"),
        (b"Surname,Forename\nRoe,Ann\n", "no column called birth_date"),
        (b"DOB,Postcode\n1984-03-02,LS1\n", "no column called family_name"),
        (b"Surname,DOB,shoe size\nRoe,1984-03-02,40\n", "shoe size, which mean nothing here"),
    ],
)
def test_a_file_of_the_wrong_kind_is_refused(command, tmp_path, state, raw, words):
    """It is told what is wrong, and nothing is left of it."""
    file = tmp_path / "who.csv"
    file.write_bytes(raw)
    assert command("trace", file, "--state", state) == 2
    assert words in command.err
    assert not list(tmp_path.glob("who.traced*"))


def test_a_stream_is_refused(command, tmp_path, state):
    """It cannot be read twice, nor gone on with after a stop."""
    os.mkfifo(tmp_path / "stream")
    assert command("trace", tmp_path / "stream", "--state", state, "--out", "out.csv") == 2
    assert "is a stream" in command.err
    assert not list(tmp_path.glob("out*"))


def test_a_store_of_an_earlier_version_tells_that_it_is_brought_up_to_date(
    command, tmp_path, state
):
    """It takes minutes where there are many people, and nobody should think that it hangs."""
    db = apsw.Connection(str(state / "openroots.db"))
    db.pragma("user_version", SCHEMA_VERSION - 1)
    db.close()
    file = write(tmp_path / "who.csv", LENA)
    assert command("trace", file, "--state", state) == 0
    told = re.findall(r"Bringing an earlier store up to date: (\d+)( to do)?", command.err)
    assert [words for _, words in told] == [" to do", ""]
    assert len({versions for versions, _ in told}) == 1
    assert command("trace", file, "--state", state, "--out", "again.csv") == 0
    assert "earlier" not in command.err


def test_a_folder_that_another_command_has_open_is_told_as_that(command, tmp_path, state):
    """No server would come to answer, however long somebody waits."""
    file = write(tmp_path / "who.csv", LENA)
    with held(state):
        assert command("trace", file, "--state", state) == 2
    assert f"another OpenRoots has the state folder {state} open" in command.err
    assert command("trace", file, "--state", state) == 0


def test_without_a_world_it_ends_with_3(command, tmp_path):
    """There is nobody to trace among."""
    file = write(tmp_path / "who.csv", LENA)
    assert command("trace", file, "--state", tmp_path / "nothing") == 3
