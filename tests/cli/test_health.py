"""status, doctor and config: how a run is, and what is wrong with it."""

import os
import shutil
import subprocess
import sys
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
import pytest

from openroots import __version__
from openroots.cli.folder import find_server
from openroots.cli.terminal import OK
from openroots.cli.up import _tell
from openroots.identity.authority import certified
from openroots.storage.sqlite_schema import SCHEMA_VERSION
from openroots.testing import open_nation
from tests.cli.desk import COMMAND

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"


@pytest.mark.server
def test_status_is_told_for_people_and_for_programs(served, command):
    """Words for people; one JSON document for programs, with the same in it."""
    assert command("status", "--state", served) == 0
    assert f"OpenRoots {__version__} answers at http://127.0.0.1:" in command.out
    assert command.err == ""
    told = command.json("status", "--state", served)
    assert told["status"] == "pass"
    assert told["url"] == f"http://127.0.0.1:{find_server(served).port}"


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


@pytest.mark.skipif(os.name != "posix", reason="folders have no such modes there")
@pytest.mark.parametrize("name", ["keys", "tls"])
def test_doctor_tells_that_others_may_look_at_the_keys(command, tmp_path, name):
    """As where a folder was put back by a copy that did not keep its mode."""
    (tmp_path / name).mkdir(mode=0o700)
    assert command("doctor", "--port", "0", "--state", tmp_path) == 0
    assert f"✓ Keys: {tmp_path / name} is for its owner alone\n" in command.out
    (tmp_path / name).chmod(0o750)
    assert command("doctor", "--port", "0", "--state", tmp_path) == 1
    assert f"✗ Keys: {tmp_path / name} has mode 750\n" in command.out
    assert f"To mend: chmod -R go= {tmp_path / name}\n" in command.out


def test_doctor_tells_of_a_certificate_that_is_spoilt(command, tmp_path):
    """Before the day on which the server would make its own anew with it."""
    made = certified(tmp_path, "localhost", datetime.now(UTC))
    assert command("doctor", "--port", "0", "--state", tmp_path) == 0
    assert f"✓ Certificates: {tmp_path / 'tls'} can be served with\n" in command.out
    made.authority.write_bytes(b"")
    assert command("doctor", "--port", "0", "--state", tmp_path) == 1
    fault = "authority.pem is no certificate"
    assert f"✗ Certificates: {tmp_path / 'tls'}: {fault}\n" in command.out


@contextmanager
def not_ours(folder):
    """The folder as another user finds it, also where tests are run by root."""
    us = os.geteuid()
    folder.chmod(0)
    try:
        if us == 0:
            os.seteuid(65534)
        yield
    finally:
        os.seteuid(us)
        folder.chmod(0o700)


@pytest.mark.skipif(os.name != "posix", reason="folders have no such modes there")
def test_who_may_not_look_into_a_folder_is_told_so(command, tmp_path, monkeypatch):
    """Whoever calls the command as another user than the server's is told that, in one line, and
    what doctor finds besides."""
    folder = tmp_path / "state"
    folder.mkdir()
    monkeypatch.chdir("/")
    assert command("doctor", "--port", "0", "--state", folder) == 0  # loads all that is needed
    assert command("status", "--state", folder) == 3
    with not_ours(folder):
        assert command("doctor", "--port", "0", "--state", folder) == 1
        assert command.out.count("To mend: Be the user who runs the server.\n") > 1
        assert "✗ Leave to look: " in command.out
        assert "✓ Port: " in command.out
        assert command("status", "--state", folder) == 4
    words = f"openroots: {folder / 'token'} cannot be read: Permission denied. "
    assert command.err == f"{words}To mend: Be the user who runs the server.\n"


def test_a_file_where_the_state_folder_should_be_is_told_so(command, tmp_path):
    """By whoever looks for a world there, and by doctor with all else that it finds."""
    file = tmp_path / "state"
    file.touch()
    assert command("doctor", "--port", "0", "--state", file) == 1
    assert f"✗ State folder: {file} cannot be written\n" in command.out
    mend = "Name the state folder by --state."
    for verb in (("status",), ("reset",), ("save", tmp_path / "saved.zip")):
        assert command(*verb, "--state", file) == 5
        assert command.err == f"openroots: {file} is no folder. To mend: {mend}\n"
    for verb in (("reset",), ("restore", str(file)), ("save", str(tmp_path / "saved.zip"))):
        assert command(*verb, "--state", file) in (2, 4, 5)


def test_doctor_tells_that_a_store_is_of_an_earlier_version(command, tmp_path, openroots_seeded):
    """It is sound, and the next start may take longer."""
    shutil.copytree(openroots_seeded, tmp_path / "state")
    db = apsw.Connection(str(tmp_path / "state" / "openroots.db"))
    assert command("doctor", "--port", "0", "--state", tmp_path / "state") == 0, command.out
    assert f"is sound, schema {SCHEMA_VERSION}\n" in command.out
    db.pragma("user_version", SCHEMA_VERSION - 1)
    assert command("doctor", "--port", "0", "--state", tmp_path / "state") == 0, command.out
    assert f"schema {SCHEMA_VERSION - 1}, which the next start brings up to date" in command.out
    db.pragma("user_version", 0)
    assert command("doctor", "--port", "0", "--state", tmp_path / "state") == 1
    assert "is no store of OpenRoots" in command.out


@pytest.mark.skipif(os.name != "posix", reason="files have no such modes there")
def test_a_store_that_may_only_be_read_is_told_so(command, openroots_seeded, monkeypatch, capsys):
    """By doctor, which does not say to restore or reset what is whole, and by a start: what is
    there is read, and each change refused."""
    monkeypatch.chdir("/")
    with TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        shutil.copytree(openroots_seeded, state)
        database = state / "openroots.db"
        assert command("doctor", "--port", "0", "--state", state) == 0, command.out
        with only_to_be_read(database):
            assert command("doctor", "--port", "0", "--state", state) == 1
            with closing(open_nation(state)) as nation:
                _tell(nation.house, 0, 0.1, "", [])
                assert nation.ask("GET", JANE).status == 200
                renamed = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
                told = nation.ask("PATCH", JANE, renamed, headers={"If-Match": 'W/"2"'})
                assert (told.status, told.headers["retry-after"]) == (503, "5")
    assert "! Nothing can be changed: " in capsys.readouterr().out
    assert f"✗ Store: {database} may not be read and written\n" in command.out
    assert f"To mend: chmod u+rw {database}, as the user whose it is.\n" in command.out


@pytest.mark.skipif(os.name != "posix", reason="files have no such modes there")
def test_the_log_of_a_store_that_may_only_be_read_is_told_too(
    command, openroots_seeded, monkeypatch
):
    """It is what is written to, whoever may write the file that it belongs to."""
    monkeypatch.chdir("/")
    with TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        shutil.copytree(openroots_seeded, state)
        log = state / "openroots.db-wal"
        with closing(apsw.Connection(str(state / "openroots.db"))) as db:
            db.execute("CREATE TABLE made (n)")  # and its log is there
            with only_to_be_read(log):
                assert command("doctor", "--port", "0", "--state", state) == 1
    assert f"✗ Store: {log} may not be read and written\n" in command.out


@contextmanager
def only_to_be_read(file):
    """The file as another user finds it, who may write all that is beside it, also where tests are
    run by root."""
    us = os.geteuid()
    for each in (file.parent.parent, file.parent, *file.parent.rglob("*")):
        each.chmod(0o777)
    file.chmod(0o444)
    try:
        if us == 0:
            os.seteuid(65534)
        yield
    finally:
        os.seteuid(us)


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
    assert command("config", "show") == OK
    lines = command.out.splitlines()
    assert "stateless  false" in lines  # as it is written in the file
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.server
def test_status_loads_little_to_answer_at_once(served):
    """Nothing that takes long to import is there before it is needed."""
    status = [sys.executable, "-X", "importtime", *COMMAND[1:], "status", "--state", str(served)]
    said = subprocess.run(status, capture_output=True, check=True, text=True).stderr
    loaded = {line.rpartition("|")[2].strip() for line in said.splitlines()}
    assert "openroots.cli" in loaded
    heavy = {"aiohttp", "apsw", "cryptography", "jinja2", "rich.progress", "starlette", "uvicorn"}
    assert not loaded & heavy
