"""The command: what its verbs print, for people and for programs, and the exit codes they end with.

One real server answers most of these; a few start their own.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from contextlib import contextmanager
from urllib.request import Request, urlopen
from uuid import uuid4

import apsw
import pytest

from openroots import __version__
from openroots.cli import VERBS, main
from openroots.cli.folder import find_server
from openroots.storage.sqlite_schema import SCHEMA_VERSION

PEOPLE = "20"
JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
NUMBERED = "00000000-0000-0000-0000-000000000001"  # in form, but neither version 4 nor 7
KEY = "ashby-practice-key"
COMMAND = [sys.executable, "-m", "openroots"]
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


class Command:
    """The command as it is called in a pipe: its exit code, and what it wrote where."""

    def __init__(self, monkeypatch, capsys):
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def __call__(self, *args):
        self.monkeypatch.setattr(sys, "argv", ["openroots", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            main()
        self.out, self.err = self.capsys.readouterr()
        return ended.value.code

    def json(self, *args):
        """The one JSON document that a verb prints."""
        assert self(*args, "--json") == 0, self.err
        return json.loads(self.out)


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    """The command, in an empty folder and with none of our variables set."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("OPENROOTS_")]:
        monkeypatch.delenv(name)
    return Command(monkeypatch, capsys)


@contextmanager
def server(state, *flags):
    """A real server on a port of its own: the process, and its output up to `Ready in`."""
    flags = ("--state", state, "--port", "0", "--people", PEOPLE, "--log", "none", *flags)
    process = subprocess.Popen([*COMMAND, "up", *flags], stdout=subprocess.PIPE, text=True)
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ready in "):
                break
        yield process, "".join(lines)
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The state folder of a server that runs for all tests here."""
    state = tmp_path_factory.mktemp("served")
    with server(state):
        yield state


def call(state, path, **headers):
    """A request to the server of a state folder; its status."""
    where = find_server(state)
    request = Request(f"http://{where.host}:{where.port}{path}", headers=headers)
    try:
        with urlopen(request) as answer:
            return answer.status
    except OSError as error:
        return error.code


def read_jane(state, request_id=None):
    """Read Jane by the ready-made application."""
    return call(state, JANE, **{"X-Request-ID": request_id or str(uuid4()), "apikey": KEY})


def test_help_names_each_verb_and_exit_code(command):
    """openroots --help lists the verbs, one line each, and what each exit code means."""
    assert command("--help") == 0
    for verb in VERBS:
        assert f"\n  {verb.name} " in command.out
    for code in (0, 1, 2, 3, 4, 5, 6, 70, 130):
        assert f" {code}  " in command.out
    assert "...\n" not in command.out.partition("Commands:")[2]


def test_each_verb_has_help_of_its_own(command):
    """--help is understood everywhere, also by the verbs of verbs."""
    for verb in VERBS:
        assert command(verb.name, "--help") == 0
        for inner in getattr(verb, "commands", ()):
            assert command(verb.name, inner, "--help") == 0


def test_the_version_is_told(command):
    """--version gives the version of the program."""
    assert command("--version") == 0
    assert command.out.strip() == f"OpenRoots {__version__}"


def test_wrong_usage_ends_with_2(command):
    """A verb or flag that is none, and a value that cannot be, are usage errors."""
    for args in (["nothing"], ["up", "--nothing"], ["up", "--port", "x"], ["dry-run", "x"]):
        assert command(*args) == 2
        assert command.out == ""


def test_a_node_that_can_get_no_rulebook_does_not_start(command, tmp_path):
    """It says why in one line, with exit code 3; an address that is none is a usage error."""
    flags = ("--state", tmp_path / "s", "--port", "0", "--people", "0", "--no-progress")
    assert command("up", *flags, "--rulebook", "http://127.0.0.1:9") == 3
    assert "cannot be reached" in command.err
    assert "To mend: Start that node first" in command.err
    assert command("up", *flags, "--rulebook", "roots.example.org") == 2


def test_a_wrong_setting_is_told_with_its_place(command, tmp_path, monkeypatch):
    """A setting that cannot be stops the start, with one line that names file and key."""
    (tmp_path / "openroots.toml").write_text("prot = 1")
    assert command("up") == 2
    assert command.err == (
        "openroots: openroots.toml: prot: is no setting. To mend: Did you mean port?\n"
    )
    (tmp_path / "openroots.toml").unlink()
    monkeypatch.setenv("OPENROOTS_MODE", "life")
    assert command("status") == 2
    assert "OPENROOTS_MODE: 'life' is not one of its values" in command.err


def test_without_a_server_verbs_end_with_3(command, tmp_path):
    """A verb that needs a server says so, and how to start one."""
    verbs = (["status"], ["why"], ["clock"], ["people"], ["standards", "list"], ["audit", "show"])
    for verb in verbs:
        assert command(*verb, "--state", tmp_path / "none") == 3
        assert command.err.count("\n") == 1
        assert "openroots up starts one" in command.err


def test_a_server_that_was_killed_is_not_reached(command, tmp_path):
    """What a killed server left in its folder misleads nobody."""
    with socket.socket() as gone:
        gone.bind(("127.0.0.1", 0))
        port = gone.getsockname()[1]
    left = {"pid": 1, "host": "127.0.0.1", "port": port}
    (tmp_path / "server.json").write_text(json.dumps(left))
    (tmp_path / "token").write_text("0" * 48)
    assert command("status", "--state", tmp_path) == 3


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
    assert "openroots why last" in out
    assert "Stop: Ctrl-C" in out
    assert "\x1b" not in out
    assert find_server(tmp_path) is None


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


def test_a_state_that_cannot_be_written_is_told(command, tmp_path):
    """A file where the state folder should be stops the start with one line."""
    (tmp_path / "file").write_text("")
    assert command("up", "--port", "0", "--state", tmp_path / "file" / "state") == 2
    assert "cannot be written" in command.err
    assert command.err.count("\n") == 1


def test_a_database_of_a_later_version_is_left_as_it_is(command, tmp_path):
    """A store that a later version wrote stops the start; it is not touched."""
    db = apsw.Connection(str(tmp_path / "openroots.db"))
    db.pragma("journal_mode", "wal")
    db.pragma("user_version", SCHEMA_VERSION + 1)
    db.close()
    before = (tmp_path / "openroots.db").read_bytes()
    assert command("up", "--port", "0", "--state", tmp_path) == 2
    assert "To mend: Run the newer version" in command.err
    assert (tmp_path / "openroots.db").read_bytes() == before
    assert command("doctor", "--port", "0", "--state", tmp_path) == 1
    assert f"has schema {SCHEMA_VERSION + 1}" in command.out


def test_a_file_that_is_no_database_is_told(command, tmp_path):
    """Anything else under the store's name stops the start with one line."""
    (tmp_path / "openroots.db").write_text("not a database, but long enough to be looked at" * 99)
    assert command("up", "--port", "0", "--state", tmp_path) == 2
    assert "the store cannot be opened" in command.err


@pytest.mark.server
def test_status_is_told_for_people_and_for_programs(served, command):
    """Words for people; one JSON document for programs, with the same in it."""
    assert command("status", "--state", served) == 0
    assert f"OpenRoots {__version__} answers at http://127.0.0.1:" in command.out
    assert command.err == ""
    told = command.json("status", "--state", served)
    assert told["status"] == "pass"
    assert told["url"] == f"http://127.0.0.1:{find_server(served).port}"


@pytest.mark.server
def test_everything_that_prints_data_prints_it_as_json(served, command):
    """Each verb that reads gives exactly one JSON document on stdout."""
    read_jane(served)
    for verb in (
        ["status"],
        ["why"],
        ["people"],
        ["clock"],
        ["standards", "list"],
        ["standards", "show", "usual-name"],
        ["dry-run", "usual-name", "--on", "2027-07-02"],
        ["rulebook", "show"],
        ["audit", "show"],
        ["audit", "verify"],
        ["config", "show"],
    ):
        assert isinstance(command.json(*verb, "--state", served), dict)
        assert command(*verb, "--state", served) == 0
        assert "\x1b" not in command.out


@pytest.mark.server
def test_why_tells_each_step_and_how_to_mend_a_refusal(served, command):
    """A refused call is told step by step, with its last words being how to mend it."""
    command("clock", "2027-04-02", "--state", served)
    assert read_jane(served, NUMBERED) == 403
    assert command("why", "--state", served) == 0
    lines = command.out.splitlines()
    assert lines[0].startswith(f"✗ GET {JANE.replace('9000000009', '{id}')}  →  403 in ")
    assert any(line.split()[:2] == ["✓", "caller"] for line in lines)
    assert any(line.split()[:2] == ["✗", "refused"] for line in lines)
    assert "To mend: Make it with your platform's generator of random UUIDs" in command.out
    assert "9000000009" not in command.out
    command("clock", "real", "--state", served)


@pytest.mark.server
def test_a_refusal_of_the_server_has_its_exit_code(served, command):
    """Not found is 5, wrong values are 2, nothing to take back is 6."""
    assert command("why", "unknown", "--state", served) == 5
    assert command("standards", "show", "nothing", "--state", served) == 5
    assert command("audit", "show", "--subject", "999 999 9999", "--state", served) == 5
    assert command("clock", "later", "--state", served) == 2
    assert command("standards", "list", "--on", "soon", "--state", served) == 2


@pytest.mark.server
def test_a_wrong_token_is_refused_with_4(served, command, tmp_path):
    """Whoever names a folder with another token is refused by the server."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "server.json").write_bytes((served / "server.json").read_bytes())
    (other / "token").write_text("0" * 48)
    assert command("status", "--state", other) == 4
    assert "is not that of this server" in command.err


@pytest.mark.server
def test_a_mandate_is_tried_seen_and_taken_back(tmp_path, command):
    """dry-run, rulebook show and back tell one story until nothing is left to take back."""
    state = ("--state", tmp_path)
    with server(tmp_path):
        read_jane(tmp_path, NUMBERED)
        assert command("dry-run", "request-identity", "--on", "2027-04-02", *state) == 0
        assert command.out.startswith("! 1 of 1 call from 1 application would be refused.")
        assert "ashby-practice-system" in command.out
        mandates = command.json("rulebook", "show", *state)["decisions"]
        for _ in mandates:
            assert command("rulebook", "back", "--reason", "A rehearsal.", *state) == 0
            assert "is taken back" in command.out
        assert command("rulebook", "back", *state) == 6
        assert command("dry-run", "request-identity", "--on", "2027-04-02", *state) == 0
        would = "! 0 of 1 call would be refused; a mandate enforced by then would refuse 1 call."
        assert " ".join(command.out.split()).startswith(would)
        assert command("audit", "show", *state) == 0
        assert command.out.count("tooling.rulebook-back") == len(mandates)


@pytest.mark.server
def test_test_people_of_a_kind_are_found(served, command):
    """A kind that is there is listed with numbers; one that is not says how to get more."""
    assert command("people", "--child", "--limit", "1", "--state", served) == 0
    assert command.out.startswith("Child: under 16\n  999 ")
    assert command("people", "--very-restricted", "--state", served) == 0
    assert "openroots reset --people" in command.out


@pytest.mark.server
def test_the_audit_log_is_checked(served, command, tmp_path):
    """A log as it was written passes; one in which an entry was changed ends with 1."""
    read_jane(served)
    assert command("audit", "verify", "--state", served) == 0
    (tmp_path / "audit").mkdir()
    log = (served / "audit" / "0.jsonl").read_text()
    (tmp_path / "audit" / "0.jsonl").write_text(log.replace('"status":200', '"status":500', 1))
    assert command("audit", "verify", "--state", tmp_path) == 1
    assert "is not as it was written" in command.out
    assert command("audit", "verify", "--state", tmp_path, "--json") == 1
    assert json.loads(command.out)["whole"] is False
    assert command("audit", "verify", "--state", tmp_path / "none") == 5


@pytest.mark.server
def test_a_state_is_saved_and_restored(command, tmp_path):
    """What is saved from a running server can be put in the place of another state, whole."""
    state, other, file = tmp_path / "one", tmp_path / "two", tmp_path / "kept.openroots"
    with server(state):
        command("clock", "2027-04-01", "--state", state)
        read_jane(state)
        assert command("save", file, "--state", state) == 0
        assert command("save", file, "--state", state) == 6
        assert command("restore", file, "--state", state) == 2
    assert command("seed", "--people", "3", "--state", other) == 0
    told = command.json("restore", file, "--state", other)
    assert told["before"] == str(other / "before")
    assert (other / "before" / "openroots.db").exists()
    with server(other):
        assert command.json("clock", "--state", other)["time"].startswith("2027-04-01")
        assert len(command.json("why", "--state", other)["steps"]) > 3
        endpoints = [
            entry["endpoint"]
            for entry in command.json("audit", "show", "--state", other)["entries"]
        ]
        assert endpoints == ["tooling.restore", "demographics.read-patient", "tooling.clock"]


def test_data_verbs_work_without_a_server(command, tmp_path):
    """seed makes a world, save keeps it, reset makes it anew; each only where it can."""
    state, file = ("--state", tmp_path / "s"), tmp_path / "kept.openroots"
    assert command("save", file, *state) == 5
    assert command("seed", "--people", "5", *state) == 0
    assert command.out.endswith("holds a new world\n")
    assert command.err.endswith("Making people: 5\n")
    assert command("seed", *state) == 0
    assert command("seed", "--people", "6", *state) == 6
    assert command("save", file, *state) == 0
    assert command("save", file, *state) == 6
    assert command("save", tmp_path / "nowhere" / "x", *state) == 6
    assert command.json("reset", "--people", "4", *state)["commits"] > 0
    assert command("audit", "verify", *state) == 0


def test_live_worlds_are_not_reset(command, tmp_path, monkeypatch):
    """reset is refused in live mode, and for a world that is kept in a database elsewhere."""
    monkeypatch.setenv("OPENROOTS_MODE", "live")
    assert command("reset", "--state", tmp_path) == 4
    monkeypatch.delenv("OPENROOTS_MODE")
    assert command("reset", "--store", "postgresql://localhost/x", "--state", tmp_path) == 6


@pytest.mark.parametrize(("made", "then"), [("live", "sandbox"), ("sandbox", "live")])
def test_a_world_of_real_people_never_becomes_one_of_made_up_people(
    command, tmp_path, monkeypatch, made, then
):
    """Whoever forgets --mode live neither serves it to everybody nor drops it, and no server of
    real people has the keys that are published. What serves nobody works for both."""
    monkeypatch.setenv("OPENROOTS_STATE", str(tmp_path))
    monkeypatch.setenv("OPENROOTS_MODE", made)
    assert command("seed", "--people", "2") == 0
    before = (tmp_path / "openroots.db").read_bytes()
    monkeypatch.setenv("OPENROOTS_MODE", then)
    assert command("up", "--port", "0") == 2
    assert "people" in command.err
    assert command("reset") == 4
    assert (tmp_path / "openroots.db").read_bytes() == before
    assert command("save", tmp_path / "kept.openroots") == 0


@pytest.mark.parametrize("spoil", ["cut", "changed", "named", "later", "text", "empty"])
def test_a_saved_state_that_is_not_whole_replaces_nothing(command, tmp_path, spoil):
    """A file that was cut short, changed or made by others is found before anything is moved."""
    state, file = tmp_path / "s", tmp_path / "kept.openroots"
    command("seed", "--people", "2", "--state", state)
    command("save", file, "--state", state)
    before = (state / "openroots.db").read_bytes()
    SPOILT[spoil](file)
    assert command("restore", file, "--state", state) == 2
    assert "To mend: " in command.err
    assert (state / "openroots.db").read_bytes() == before
    assert not (state / "restoring").exists()


def _changed(file, change):
    """Write the zip again with its members as `change` gives them."""
    with zipfile.ZipFile(file) as saved:
        members = {name: saved.read(name) for name in saved.namelist()}
    change(members)
    with zipfile.ZipFile(file, "w") as saved:
        for name, content in members.items():
            saved.writestr(name, content)


def _manifest(change):
    def rewrite(members):
        manifest = json.loads(members["manifest.json"])
        change(manifest)
        members["manifest.json"] = json.dumps(manifest)

    return lambda file: _changed(file, rewrite)


SPOILT = {
    "cut": lambda file: file.write_bytes(file.read_bytes()[:-100]),
    "changed": lambda file: _changed(
        file, lambda members: members.update({"openroots.db": members["openroots.db"] + b"x"})
    ),
    "named": _manifest(lambda manifest: manifest["files"].update({"../../x": {"bytes": 0}})),
    "later": _manifest(lambda manifest: manifest.update(schema=SCHEMA_VERSION + 1)),
    "text": lambda file: file.write_text("a text"),
    "empty": lambda file: file.write_bytes(b""),
}


def test_a_restore_that_was_cut_short_is_finished_by_the_next_start(command, tmp_path):
    """Once a restore has put all ready, whoever opens the folder next sees the restored state."""
    one, two, file = tmp_path / "one", tmp_path / "two", tmp_path / "kept.openroots"
    command("seed", "--people", "2", "--state", one)
    command("save", file, "--state", one)
    command("seed", "--people", "3", "--state", two)
    restored = two / "restored"
    restored.mkdir()
    with zipfile.ZipFile(file) as saved:
        saved.extract("openroots.db", restored)
        wanted = saved.read("openroots.db")
    assert command("seed", "--state", two) == 0
    assert not restored.exists()
    assert (two / "before" / "openroots.db").exists()
    assert len((two / "openroots.db").read_bytes()) == len(wanted)


def test_doctor_tells_what_is_well_and_what_is_not(command, tmp_path, monkeypatch):
    """Each line has a ✓, or a ✗ and how to mend it; anything wrong ends with 1."""
    assert command("doctor", "--port", "0", "--state", tmp_path) == 0
    assert all(line.startswith("✓ ") for line in command.out.splitlines())
    (tmp_path / "token").write_text("0" * 48)
    (tmp_path / "token").chmod(0o644)
    monkeypatch.setenv("OPENROOTS_PEPOLE", "5")
    assert command("doctor", "--port", "0", "--state", tmp_path) == 1
    assert "✗ Settings: OPENROOTS_PEPOLE is no setting\n" in command.out
    assert "To mend: Call it OPENROOTS_PEOPLE, or unset it." in command.out
    if os.name == "posix":
        assert f"To mend: chmod 600 {tmp_path / 'token'}" in command.out


@pytest.mark.server
def test_doctor_knows_its_own_server_and_a_strangers(served, command, tmp_path):
    """The port of this folder's server is well; one that others have is not."""
    assert command("doctor", "--state", served) == 0
    assert "is where OpenRoots answers" in command.out
    port = find_server(served).port
    assert command("doctor", "--port", port, "--state", tmp_path) == 1
    assert "cannot be had" in command.out


def test_config_shows_where_each_setting_was_set(command, tmp_path, monkeypatch):
    """The next start's settings are told with their origins, and without a password."""
    (tmp_path / "openroots.toml").write_text("people = 7\n")
    monkeypatch.setenv("OPENROOTS_STORE", "postgresql://a:s3cret@b/c")
    told = command.json("config", "show", "--origin", "--state", "here")
    assert told["people"] == {"value": 7, "origin": "openroots.toml"}
    assert told["store"] == {"value": "postgresql://a:***@b/c", "origin": "OPENROOTS_STORE"}
    assert told["state"] == {"value": "here", "origin": "--state"}
    assert told["port"]["origin"] == "default"


@pytest.mark.server
def test_a_reader_that_has_had_enough_is_no_error(served):
    """`openroots standards list | head -1` ends without a complaint."""
    listing = [*COMMAND, "standards", "list", "--state", str(served)]
    with subprocess.Popen(listing, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0


@pytest.mark.server
def test_a_terminal_of_few_characters_is_served_too(served):
    """Where ✓ cannot be written, something else is, and the verb succeeds."""
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    status = [*COMMAND, "status", "--state", str(served)]
    done = subprocess.run(status, capture_output=True, env=environment)
    assert done.returncode == 0
    assert done.stdout.startswith(b"? OpenRoots")


def test_quick_verbs_import_nothing_heavy():
    """status and --help load no server, no store and no web framework."""
    code = "import sys, openroots.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"apsw", "asyncio", "jinja2", "orjson", "rich", "starlette", "uvicorn"}
    assert heavy & set(done.stdout.split()) == set()


@pytest.mark.server
def test_status_answers_at_once(served):
    """The quickest of five calls takes well under a second, interpreter included."""
    status = [*COMMAND, "status", "--state", str(served)]
    taken = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run(status, capture_output=True, check=True)
        taken.append(time.perf_counter() - started)
    assert min(taken) < 0.8


def test_a_defect_is_told_as_one(command, monkeypatch):
    """What should never happen ends with 70, its trace, and a request to report it."""

    def broken(*args):
        raise RuntimeError("unheard of")

    monkeypatch.setattr("openroots.settings._read", broken)
    assert command("config", "show", "--state", "x") == 70
    assert "RuntimeError: unheard of" in command.err
    assert command.err.endswith("please report the lines above.\n")


@pytest.mark.server
def test_a_sandbox_is_made_asked_and_dropped(command, served, tmp_path):
    """Each verb that asks a server asks a sandbox of it, where one is named."""
    where, mine = ("--state", served), ("--state", served, "--sandbox", "mine")
    assert command("clock", *mine) == 5
    assert "openroots sandbox list" in command.err
    made = command.json("sandbox", "create", "mine", *where)
    assert made["url"].endswith("/sandbox/mine")
    assert command.json("status", *mine)["url"] == made["url"]
    assert command.json("clock", "+14d", *mine)["moved"] is True
    assert command.json("clock", *where)["moved"] is False
    assert command("sandbox", "save", "mine", tmp_path / "mine.zip", *where) == 0
    assert command("sandbox", "reset", "mine", *where) == 0
    assert command.json("clock", *mine)["moved"] is False
    assert command("sandbox", "restore", "mine", tmp_path / "mine.zip", *where) == 0
    assert command.json("clock", *mine)["moved"] is True
    assert [each["name"] for each in command.json("sandbox", "list", *where)["sandboxes"]] == [
        "mine"
    ]
    assert command("sandbox", "drop", "mine", *where) == 0
    assert command("sandbox", "drop", "mine", *where) == 5
    assert command("sandbox", "create", "../mine", *where) == 2
