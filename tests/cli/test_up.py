"""`openroots up`: what a start tells, what stops it, and how a server ends."""

import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import apsw
import httpx
import pytest

from openroots import __version__
from openroots.cli.folder import find_server
from openroots.cli.terminal import USAGE
from openroots.cli.up import _tell_what_to_try, typed
from openroots.identity.authority import certified
from openroots.ready_made import APPLICATIONS
from openroots.settings.reading import load
from openroots.storage.sqlite_schema import SCHEMA_VERSION
from tests.cli.desk import COMMAND, JANE, PEOPLE, read_jane, server
from tests.waiting import until

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def test_each_command_to_try_is_for_the_state_that_is_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where that is another folder than the usual one, each of them names it, the one within the
    request too; where it is the usual one, none does."""
    monkeypatch.setattr(sys, "argv", ["openroots", "up"])
    known = list(APPLICATIONS)
    real = load({"state": str(tmp_path), "auth": "real"})
    _tell_what_to_try("http://localhost:1948", real, known)
    said = capsys.readouterr().out.splitlines()
    [asked] = [line for line in said if "curl" in line]
    told = [line for line in said if line.startswith("    openroots ")]
    assert f"openroots token --app ashby-practice-system --state {tmp_path})" in asked
    assert len(told) == 3
    assert all(f"--state {tmp_path}" in line for line in told)
    _tell_what_to_try("http://localhost:1948", load({"auth": "real"}), known)
    assert "--state" not in capsys.readouterr().out


@pytest.mark.server
def test_commands_on_pages_are_for_the_state_that_is_served(served: Path) -> None:
    """As they stand there, they find the server from any folder; the call with a signed JWT goes to
    its address, with the key that was made for it."""
    running = find_server(served)
    assert running is not None
    page = unescape(httpx.get(f"http://127.0.0.1:{running.port}/developers").text)
    assert f"openroots why last --state {served}" in page
    shown = next(line for line in page.splitlines() if "signed_jwt.py" in line)
    asked = re.sub("<.*?>", "", shown).split()
    assert asked[1:3] == ["docs/examples/signed_jwt.py", f"http://127.0.0.1:{running.port}"]
    assert Path(asked[4]).is_file()


def test_an_application_that_may_not_ask_is_not_offered(tmp_path, command):
    """Whose key opens nothing, as it was revoked, is not among those to try it with."""
    with server(tmp_path) as (process, _):
        assert command("app", "revoke", "ashby-practice-system", "--state", tmp_path) == 0
    with server(tmp_path, "--auth", "real") as (process, _):
        process.terminate()
        told = process.stdout.read()
    assert "ashby" not in told
    assert "ferndale-records-key" in told
    assert "openroots token --app ferndale-records-service" in told


def test_a_node_that_can_get_no_rulebook_does_not_start(command, tmp_path):
    """It says why in one line, with exit code 3; an address that is none is a usage error."""
    flags = ("--state", tmp_path / "s", "--port", "0", "--people", "0", "--no-progress")
    assert command("up", *flags, "--rulebook", "http://127.0.0.1:9") == 3
    assert "cannot be reached" in command.err
    assert "To mend: Start that node first" in command.err
    assert command("up", *flags, "--rulebook", "roots.example.org") == 2


@pytest.mark.server
def test_a_server_that_cannot_say_where_it_answers_does_not_start(tmp_path):
    """Where the state folder takes no more, as on a full disk, it says so in one line and ends, so
    that whoever starts it again has one that the other verbs find."""
    (tmp_path / "server.json.making").mkdir()
    flags = ("--port", "0", "--people", "0", "--no-progress")
    argv = [*COMMAND, "up", "--state", str(tmp_path), *flags]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "To mend: Make room or make it writable, then start again.\n" in ended.stderr


@POSIX
@pytest.mark.server
def test_who_has_read_enough_of_a_start_stops_no_server(tmp_path):
    """As `grep -m1` has once it is `Ready in`, and `head -1` with the heading: nobody reads how far
    it has come or where everything is, and the server answers and ends in peace."""
    flags = ("--state", tmp_path, "--port", "0", "--people", "0", "--log", "none")
    process = subprocess.Popen([*COMMAND, "up", *flags], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("OpenRoots ")
    process.stdout.close()
    until(lambda: find_server(tmp_path) or process.poll() is not None)
    assert read_jane(tmp_path) == 200
    process.terminate()
    assert process.wait(30) == 0


@pytest.mark.server
def test_up_tells_its_steps_and_where_everything_is(tmp_path):
    """In a pipe a start prints a plain line per step, then Ready, then addresses; no codes."""
    with server(tmp_path) as (process, out):
        assert out.startswith(f"OpenRoots {__version__}  ·  ")
        assert f"Making people: {PEOPLE}\n" in out
        where = find_server(tmp_path)
        assert where.pid == process.pid
        process.terminate()
        out += process.stdout.read()
        assert process.wait(30) == 0
    assert f"http://localhost:{where.port}{JANE}" in out
    for verb in ("why last", "clock +14d", "doctor", "reset", "app show ID"):
        assert f"openroots {verb} --state {tmp_path}" in " ".join(out.split())
    assert "Stop: Ctrl-C" in out
    assert "\x1b" not in out
    assert find_server(tmp_path) is None


@POSIX
@pytest.mark.parametrize(
    ("found", "called", "name"),
    [
        (True, ".venv/bin/openroots", "openroots"),
        (False, ".venv/bin/openroots", ".venv/bin/openroots"),
        (False, "openroots/__main__.py", f"{sys.executable} -m openroots"),
    ],
)
def test_what_is_suggested_can_be_typed(monkeypatch, tmp_path, found, called, name):
    """A shell finds the command by its name only where its folder is on the path."""
    if found:
        (tmp_path / "openroots").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [called, "up"])
    assert typed("why last", load()) == f"{name} why last"


@POSIX
@pytest.mark.server
def test_ctrl_c_ends_a_server_in_peace_and_what_was_done_is_kept(tmp_path, command):
    """SIGINT ends in exit code 0; the next start finds the same world, and is ready at once."""
    with server(tmp_path) as (process, _):
        assert command("clock", "2027-04-01", "--state", tmp_path) == 0
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    with server(tmp_path) as (_, out):
        assert "Making people" not in out
        assert command.json("clock", "--state", tmp_path)["time"].startswith("2027-04-01")


@POSIX
@pytest.mark.server
def test_stopping_while_the_world_is_made_leaves_nothing_half_made(tmp_path):
    """A start that is interrupted ends with 130, and the next one makes the world whole."""
    flags = ["--state", tmp_path, "--port", "0", "--people", "1000000", "--log", "none"]
    process = subprocess.Popen([*COMMAND, "up", *flags], stdout=subprocess.PIPE, text=True)
    while "practices" not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 130
    with server(tmp_path) as (_, out):
        assert f"Making people: {PEOPLE}\n" in out


@pytest.mark.server
def test_two_servers_never_share_a_folder(served, command):
    """A second start on the same state names the first one's port and process, and ends with 2."""
    where = find_server(served)
    assert command("up", "--state", served, "--port", "0") == 2
    assert f"another OpenRoots on port {where.port} (process {where.pid})" in command.err
    for verb in (["restore", __file__], ["seed", "--no-progress"]):
        assert command(*verb, "--state", served) == 2


@pytest.mark.server
def test_a_taken_port_is_told_with_another_to_take(served, command, tmp_path):
    """Where another program has the port, the line names it and the next one."""
    port = find_server(served).port
    assert command("up", "--port", port, "--state", tmp_path / "s") == 2
    assert command.err == (
        f"openroots: port {port} is taken by another program. To mend: Stop that one, or take "
        f"another port: --port {port + 1}, or 0.\n"
    )


@POSIX
def test_a_process_that_may_open_too_few_files_does_not_start(tmp_path):
    """It would refuse connections, or fall over what it needs itself."""
    words = 'ulimit -n 40 && exec "$@"'
    asked = [*COMMAND, "up", "--port", "0", "--state", str(tmp_path / "s")]
    ended = subprocess.run(["sh", "-c", words, "sh", *asked], capture_output=True, text=True)
    assert ended.returncode == 2
    assert "may open 40 files at once" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_state_that_cannot_be_written_is_told(command, tmp_path):
    """A file where the state folder should be stops the start with one line."""
    (tmp_path / "file").write_text("")
    assert command("up", "--port", "0", "--state", tmp_path / "file" / "state") == 2
    assert "a file is in its way" in command.err
    assert command.err.count("\n") == 1


def test_a_database_of_a_later_version_is_left_as_it_is(command, tmp_path):
    """A store that a later version wrote stops the start, and a reset; it is not touched."""
    db = apsw.Connection(str(tmp_path / "openroots.db"))
    db.pragma("journal_mode", "wal")
    db.pragma("user_version", SCHEMA_VERSION + 1)
    db.close()
    before = (tmp_path / "openroots.db").read_bytes()
    assert command("up", "--port", "0", "--state", tmp_path) == 2
    assert "To mend: Run the newer version" in command.err
    assert command("reset", "--state", tmp_path) == 2
    assert "To mend: Run the newer version" in command.err
    assert (tmp_path / "openroots.db").read_bytes() == before
    assert command("doctor", "--port", "0", "--state", tmp_path) == 1
    assert f"has schema {SCHEMA_VERSION + 1}" in command.out


def test_a_certificate_that_is_none_is_told(command, tmp_path):
    """In one line, as where a file was cut short."""
    certified(tmp_path, "localhost", datetime.now(UTC))
    (tmp_path / "tls" / "server.pem").write_text("spoilt")
    assert command("up", "--tls", "--port", "0", "--people", "0", "--state", tmp_path) == USAGE
    folder = tmp_path / "tls"
    words = f"openroots: {folder} cannot be served with: "
    assert f"{words}server.pem is no certificate. To mend: " in command.err
    (folder / "server.pem").unlink()
    (folder / "authority.key").unlink()
    assert command("up", "--tls", "--port", "0", "--people", "0", "--state", tmp_path) == USAGE
    assert f"{words}authority.key is not there. To mend: " in command.err
    assert "Traceback" not in command.err


def test_a_file_that_is_no_database_is_told(command, tmp_path):
    """Anything else under the store's name stops the start with one line."""
    (tmp_path / "openroots.db").write_text("not a database, but long enough to be looked at" * 99)
    assert command("up", "--port", "0", "--state", tmp_path) == 2
    assert "the store cannot be opened" in command.err
