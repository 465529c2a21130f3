"""Where the command writes: data on stdout, all else on stderr, and what happens when it cannot."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.desk import COMMAND

FULL = Path("/dev/full")  # a disk without room, on Linux

pytestmark = pytest.mark.server


@pytest.mark.skipif(not FULL.exists(), reason="no disk here is always full")
@pytest.mark.parametrize("verb", ["status", "status --json", "programme entries"])
def test_output_that_cannot_be_written_is_told_in_one_line(served, verb):
    """A full disk is no defect of ours: the cause and the mend are told, with a code of its own."""
    with FULL.open("w") as full:
        command = [*COMMAND, *verb.split(), "--state", str(served)]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 6
    assert done.stderr.startswith("openroots: the output cannot be written: No space left")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("verb", ["programme entries", "app list --json", "standards list"])
def test_whoever_reads_may_stop_reading(served, verb):
    """`openroots programme entries | head -1` ends without a complaint."""
    listing = [*COMMAND, *verb.split(), "--state", str(served)]
    with subprocess.Popen(listing, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0


def test_a_question_leaves_the_output_to_the_document(served):
    """Whoever is asked whether they are sure is asked on stderr: stdout holds the JSON alone."""
    erase = [*COMMAND, "audit", "erase", "9000000076", "--json", "--state", str(served)]
    done = subprocess.run(erase, input="y\n", capture_output=True, text=True)
    assert done.returncode == 0
    assert json.loads(done.stdout)["entries"] == 0
    assert "Nobody can undo this." in done.stderr


def test_who_cannot_be_asked_is_told_how_to_say_it_beforehand(served):
    """Where nobody answers the question, as under cron, nothing is done and one line says why."""
    erase = [*COMMAND, "erase", "9000000076", "--state", str(served)]
    done = subprocess.run(erase, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.splitlines()[1:] == [
        "openroots: nobody has said that this is sure. "
        "To mend: Add --yes where nobody can be asked."
    ]


def test_a_terminal_of_few_characters_is_served_too(served):
    """Where ✓ cannot be written, something else is, and the verb succeeds."""
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    status = [*COMMAND, "status", "--state", str(served)]
    done = subprocess.run(status, capture_output=True, env=environment)
    assert done.returncode == 0
    assert done.stdout.startswith(b"? OpenRoots")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
@pytest.mark.parametrize(
    ("environment", "coloured"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
    ],
)
def test_colour_is_for_terminals_that_show_it(served, environment, coloured):
    """And for people who want it, which an empty NO_COLOR does not deny; what goes wrong too."""
    for asked, told in (("show", " UTC"), ("soon", "openroots:")):
        shown = on_a_terminal(["clock", asked, "--state", str(served)], environment)
        assert ("\x1b[" in shown, told in shown) == (coloured, True)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
def test_what_does_not_fit_in_a_line_goes_on_as_far_in(served):
    narrow = {"TERM": "dumb", "COLUMNS": "60"}
    shown = on_a_terminal(["rulebook", "verify", "--state", str(served)], narrow)
    first, *others = shown.splitlines()
    assert len(others) > 2
    assert {line[:2] for line in others} == {"  "}


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
def test_what_begins_further_on_than_it_goes_on_fits_too(served):
    """As the title of a standard does, behind its id and its version."""
    narrow = {"TERM": "dumb", "COLUMNS": "60"}
    lines = on_a_terminal(["standards", "list", "--state", str(served)], narrow).splitlines()
    assert "accessible-information 1.0  People are told things in a form" in lines
    assert max(map(len, lines)) <= 60


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
def test_what_the_command_can_do_fits_a_narrow_terminal():
    """Also the list of exit codes, whose lines are not broken."""
    lines = on_a_terminal(["--help"], {"TERM": "dumb", "COLUMNS": "60"}).splitlines()
    assert "Exit codes:" in lines[-10]
    assert max(map(len, lines)) <= 60


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
def test_the_audit_log_fits_the_usual_terminal(served):
    usual, state = {"TERM": "dumb", "COLUMNS": "80"}, ["--state", str(served)]
    on_a_terminal(["people", *state], usual)  # what the log then tells of
    lines = on_a_terminal(["audit", "show", *state], usual).splitlines()
    assert "tooling.people" in lines[0]
    assert max(map(len, lines)) <= 80


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
def test_who_could_read_a_record_fits_the_usual_terminal(served):
    """Each way in on a line, and below it what of, in words that go on as far in."""
    usual = {"TERM": "dumb", "COLUMNS": "80"}
    shown = on_a_terminal(["who-could-read", "9000000009", "--state", str(served)], usual)
    lines = shown.splitlines()
    at = lines.index("  every organisation, by agreement:national-demographics")
    assert lines[at + 1].startswith("    demographics: Demographics for direct care; for ")
    assert max(map(len, lines)) <= 80


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-"])
def test_a_stream_that_is_closed_stops_nothing(served, closed):
    """What would go there goes nowhere, as whoever closed it wants."""
    asked = shlex.join([*COMMAND, "status", "--state", str(served)])
    ran = subprocess.run(["sh", "-c", f"{asked} {closed}"], capture_output=True)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert bool(ran.stdout) is (closed == "2>&-")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such shell")
def test_a_resource_that_is_read_from_a_closed_input_is_none():
    """As one that is read from an empty one."""
    asked = shlex.join([*COMMAND, "validate", "-"])
    closed, empty = (
        subprocess.run(["sh", "-c", f"{asked} {given}"], capture_output=True)
        for given in ("<&-", "</dev/null")
    )
    assert closed.returncode == empty.returncode == 1
    assert closed.stdout == empty.stdout


def on_a_terminal(arguments: list[str], environment: dict[str, str]) -> str:
    """What a command shows on a terminal, data and errors alike."""
    import pty

    usual = {name: value for name, value in os.environ.items() if name not in ("TERM", "NO_COLOR")}
    there, terminal = pty.openpty()
    streams = {"stdout": terminal, "stderr": terminal}
    subprocess.run([*COMMAND, *arguments], **streams, env=usual | environment)
    os.close(terminal)
    return b"".join(written(there)).decode()


def written(terminal: int) -> Iterator[bytes]:
    """All that was written to a terminal that nobody holds open any more, bit by bit as it comes;
    Linux tells the end as an error, others as nothing."""
    with os.fdopen(terminal, "rb", buffering=0) as shown, suppress(OSError):
        while part := shown.read(4096):
            yield part
