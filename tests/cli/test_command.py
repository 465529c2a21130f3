"""The command: what every verb has in common, and the exit codes they end with."""

import json
import os
import socket
import subprocess
import sys

import pytest

from openroots import __version__
from openroots.cli import VERBS
from openroots.cli.folder import find_server
from openroots.register.definition import Table
from tests.cli.desk import COMMAND, read_jane

POSIX = pytest.mark.skipif(os.name != "posix", reason="arguments are Unicode there")


def test_help_names_each_verb_and_exit_code(command):
    """openroots --help lists the verbs, one line each, and what each exit code means."""
    assert command("--help") == 0
    for verb in VERBS:
        assert f"\n  {verb.name} " in command.out
    for code in (0, 1, 2, 3, 4, 5, 6, 70, 130):
        assert f" {code}  " in command.out
    assert "...\n" not in command.out.partition("Commands:")[2]


def test_each_verb_has_help_of_its_own(command):
    """--help is understood everywhere, also by the verbs of verbs, and cuts no line short."""
    for verb in VERBS:
        assert command(verb.name, "--help") == 0
        assert "...\n" not in command.out.partition("Commands:")[2]
        for inner in getattr(verb, "commands", ()):
            assert command(verb.name, inner, "--help") == 0


def test_the_version_is_told(command):
    """--version gives the version of the program."""
    assert command("--version") == 0
    assert command.out.strip() == f"OpenRoots {__version__}"


def test_wrong_usage_ends_with_2(command):
    """A verb or flag that is none, and a value that cannot be, are usage errors: one line, as for
    all that goes wrong. A group by itself shows its verbs."""
    for args in (["nothing"], ["up", "--nothing"], ["up", "--port", "x"], ["dry-run", "x"]):
        assert command(*args) == 2
        assert command.out == ""
        assert command.err.startswith("openroots: ")
        assert command.err.count("\n") == 1
    assert command("app", "sho") == 2
    assert command.err == (
        "openroots: no such command 'sho'. Did you mean 'show'? "
        "To mend: openroots app --help tells what it takes.\n"
    )
    assert command("up", "--nope") == 2
    assert "one of: '--mode', '--no-progress', '--store'?) To mend: " in command.err
    assert command("app") == 2
    assert "Commands:" in command.err


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


@POSIX
def test_a_name_that_no_file_can_have_is_wrong_usage(command, monkeypatch):
    """As where something else than a name was put in its place."""
    name = "x" * 5000
    monkeypatch.setattr(sys, "argv", ["openroots", "validate", name])
    assert command("validate", name) == 2
    assert command.err.endswith("xxx: File name too long. To mend: Name one that is there.\n")


@POSIX
@pytest.mark.server
def test_an_argument_of_another_encoding_is_told_as_one(served, tmp_path):
    """As from a terminal of Latin-1, or where the locale has ASCII alone: it is wrong usage, be it
    in a path, in a query or in what is sent, and no defect."""
    (tmp_path / "n\udcfc").mkdir()
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for verb, state in (
        (["standards", "show", "n\udcfc"], served),
        (["audit", "show", "--subject", "n\udcfc"], served),
        (["clock", "nü"], served),
        (["up", "--port", "0"], tmp_path / "n\udcfc"),
    ):
        argv = [*COMMAND, *verb, "--state", state]
        done = subprocess.run(argv, env=environment, capture_output=True, check=False, timeout=60)
        assert done.returncode == 2
        assert b"cannot be read as ascii. To mend: Type it in UTF-8, in a locale" in done.stderr
        assert done.stderr.count(b"\n") == 1


def test_a_state_folder_without_a_name_is_refused(command, tmp_path, monkeypatch):
    """As where a script names it by a variable that is not set: the folder would else be the one in
    which the script runs."""
    monkeypatch.chdir(tmp_path)
    for verb in (["status"], ["seed", "--people", "0"], ["doctor"], ["up"]):
        assert command(*verb, "--state", "") == 2
        words = "openroots: --state: is empty. To mend: Give a value, or leave it out.\n"
        assert command.err == words
    assert list(tmp_path.iterdir()) == []


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
def test_a_refusal_of_the_server_has_its_exit_code(served, command):
    """Not found is 5, wrong values are 2, nothing to take back is 6."""
    assert command("why", "unknown", "--state", served) == 5
    assert command("standards", "show", "nothing", "--state", served) == 5
    assert command("audit", "show", "--subject", "999 999 9999", "--state", served) == 5
    assert command("audit", "show", "--subject", "", "--state", served) == 2
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
def test_the_server_of_another_folder_is_not_taken_for_the_one_that_is_sought(
    served, command, tmp_path, monkeypatch
):
    """Where no server has noted itself in the folder, one that answers where its own would is
    another's: who asks is told that none answers, and not that a token is wrong."""
    monkeypatch.setenv("OPENROOTS_PORT", str(find_server(served).port))
    (tmp_path / "token").write_text("0" * 48)
    for verb in (["status"], ["clock", "+1d"], ["people"]):
        assert command(*verb, "--state", tmp_path) == 3
        assert f"no server answers for the state folder {tmp_path}. " in command.err


def test_quick_verbs_import_nothing_heavy():
    """status and --help load no server, no store and no web framework."""
    code = "import sys, openroots.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"apsw", "asyncio", "jinja2", "orjson", "rich", "starlette", "uvicorn"}
    assert heavy & set(done.stdout.split()) == set()


def test_a_definition_that_cannot_be_is_told_with_file_and_key(command, monkeypatch):
    """Whoever is at work on a standard, and starts a world before it is right, has made no defect
    of ours."""

    def broken(*args):
        raise Table({}, "mine.toml").wrong("stage", "must be there at least once")

    monkeypatch.setattr("openroots.settings.reading.read_value", broken)
    assert command("config", "show", "--state", "x") == 2
    words = "openroots: mine.toml: stage: must be there at least once."
    assert command.err == f"{words} To mend: openroots programme lint tells its line.\n"


def test_a_defect_is_told_as_one(command, monkeypatch):
    """What should never happen ends with 70, its trace, and a request to report it."""

    def broken(*args):
        raise RuntimeError("unheard of")

    monkeypatch.setattr("openroots.settings.reading.read_value", broken)
    assert command("config", "show", "--state", "x") == 70
    assert "RuntimeError: unheard of" in command.err
    assert command.err.endswith("please report the lines above.\n")


INTERRUPTED_AT_ONCE = """
import sys
from openroots.__main__ import main
class Interrupt:
    def find_spec(self, name, *_):
        if name == "openroots.cli.people":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
main()
"""


def test_to_interrupt_the_command_while_it_is_imported_ends_it_in_silence():
    """With 130, as at any other time."""
    run = [sys.executable, "-c", INTERRUPTED_AT_ONCE]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
