"""Worlds that are made, made anew, saved and restored, and never mixed up."""

import json
import os
import zipfile
from contextlib import ExitStack, closing
from hashlib import sha256
from socket import create_server
from threading import Thread

import pytest

from openroots.cli.folder import Running, held, note_server
from openroots.storage.saved import COPY
from openroots.storage.sqlite_schema import SCHEMA_VERSION
from tests.cli.desk import read_jane, server


@pytest.mark.server
def test_test_people_of_a_kind_are_found(served, command):
    """A kind that is there is listed with numbers; one that is not says how to make somebody, and
    no world need be dropped for that."""
    assert command("people", "--child", "--limit", "1", "--state", served) == 0
    assert command.out.startswith("Child: under 16\n  999 ")
    assert command("people", "--very-restricted", "--state", served) == 0
    assert "openroots people make --like very-restricted makes one." in command.out
    assert command("people", "make", "--like", "very-restricted", "--state", served) == 0
    assert "1 person: a very sensitive record (V)\n  999 " in command.out


@pytest.mark.server
def test_a_state_is_saved_and_restored(command, tmp_path):
    """What is saved from a running server can be put in the place of another state, whole."""
    state, other, file = tmp_path / "one", tmp_path / "two", tmp_path / "kept.openroots"
    with server(state):
        command("clock", "2027-04-01", "--state", state)
        read_jane(state)
        assert command("save", file, "--state", state) == 0
        assert command("save", file, "--state", state) == 6
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


@pytest.mark.server
def test_a_state_is_restored_while_its_server_runs(command, tmp_path):
    """The server goes on with what was saved; what is no saved state is refused by it."""
    state, file = tmp_path / "state", tmp_path / "kept.openroots"
    with server(state) as (process, _):
        assert command("save", file, "--state", state) == 0
        command("clock", "2027-04-01", "--state", state)
        assert command("restore", file, "--state", state) == 0
        assert f"✓ {state} is as it was saved on " in command.out
        assert f"What was there is kept in {state / 'before'}" in command.out
        assert command.json("clock", "--state", state)["moved"] is False
        assert read_jane(state) == 200
        assert command("restore", __file__, "--state", state) == 2
        assert "To mend: Name a file that save has made." in command.err
        told = command.json("audit", "show", "--state", state)["entries"]
        shown = [entry["endpoint"] for entry in told]
        assert shown == ["demographics.read-patient", "tooling.restore"]
        assert process.poll() is None
    assert command("audit", "verify", "--state", state) == 0


def test_a_restore_whose_server_ends_is_not_done_again(command, tmp_path):
    """It may be done, and what was there moved aside: to do it again would take the place of that.
    Whoever asked is told to look."""
    state, file = tmp_path / "state", tmp_path / "kept.openroots"
    command("seed", "--people", "2", "--state", state)
    command("save", file, "--state", state)
    (state / "before").mkdir()
    (state / "before" / "openroots.db").write_text("what was there")
    with closing(create_server(("127.0.0.1", 0))) as listening, ExitStack() as holding:
        holding.enter_context(held(state))
        note_server(state, Running(os.getpid(), *listening.getsockname()))

        def ends():
            with listening.accept()[0] as connection:
                connection.recv(1 << 16)
                holding.close()

        ending = Thread(target=ends)
        ending.start()
        assert command("restore", file, "--state", state) == 3
        ending.join()
    assert "ended before it said whether this is restored" in command.err
    assert (state / "before" / "openroots.db").read_text() == "what was there"


@pytest.mark.parametrize("verb", [("save", "kept"), ("backup", "--into", ".")])
def test_trails_that_cannot_be_read_are_left_out_and_named(command, tmp_path, monkeypatch, verb):
    """One of them, or their folder: nobody need look into the file to see what is not there."""
    monkeypatch.chdir(tmp_path)
    assert command("seed", "--people", "0", "--state", "s") == 0
    (tmp_path / "s" / "trails" / "2026-11-20.jsonl").mkdir(parents=True)
    assert command(*verb, "--state", "s") == 0
    assert "! trails/2026-11-20.jsonl cannot be read, and is not in it." in command.out
    (tmp_path / "s" / "trails").rename("others")
    (tmp_path / "s" / "trails").symlink_to("trails")
    assert command.json("save", "again", "--state", "s")["left_out"] == ["trails"]


def test_a_copy_that_a_killed_server_was_saving_is_gone_with_the_next_start(command, tmp_path):
    """It is a whole store beside the store: nobody who is erased later may be found in it."""
    assert command("seed", "--people", "0", "--state", tmp_path) == 0
    left = tmp_path / f"{COPY}-6b024134af57fa0000000001"
    left.write_bytes(b"records")
    assert command("seed", "--state", tmp_path) == 0
    assert not left.exists()


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


def test_a_store_that_somebody_deleted_leaves_nothing_to_the_next(command, tmp_path):
    """The log of one database would spoil another."""
    (tmp_path / "openroots.db-wal").write_bytes(b"of another")
    assert command("seed", "--people", "2", "--state", tmp_path) == 0
    assert not (tmp_path / "openroots.db-wal").exists()  # nor is there one of its own once it ends


def test_a_reset_that_was_killed_is_ended_by_the_next_start(command, tmp_path):
    """The world that was to go is gone, and there is a new one."""
    assert command("seed", "--people", "2", "--state", tmp_path) == 0
    (tmp_path / "openroots.db").write_text("half of what was there")
    for name in ("dropping", "erased"):
        (tmp_path / name).write_text("somebody")
    assert command("seed", "--state", tmp_path) == 0
    assert not (tmp_path / "dropping").exists()
    assert not (tmp_path / "erased").exists()


@pytest.mark.parametrize("verb", [("save", "saved"), ("backup",), ("backup", "--into", "b/c")])
def test_where_there_is_nothing_to_save_nothing_is_left_behind(command, tmp_path, verb):
    """Neither the state folder that was asked for nor the one that it was to be saved to."""
    assert command(*verb, "--state", "not/there") == 5
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "there").mkdir()
    assert command(*verb, "--state", "there") == 5
    assert [*tmp_path.rglob("*")] == [tmp_path / "there"]


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


@pytest.mark.parametrize(
    "spoil", ["cut", "changed", "named", "later", "undated", "foreign", "text", "empty"]
)
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


def _with_database(database):
    """Another database, of which the manifest tells the truth."""

    def put(members):
        manifest = json.loads(members["manifest.json"])
        kept = {"bytes": len(database), "sha256": sha256(database).hexdigest()}
        manifest["files"]["openroots.db"] = kept
        members |= {"openroots.db": database, "manifest.json": json.dumps(manifest)}

    return put


SPOILT = {
    "cut": lambda file: file.write_bytes(file.read_bytes()[:-100]),
    "changed": lambda file: _changed(
        file, lambda members: members.update({"openroots.db": members["openroots.db"] + b"x"})
    ),
    "named": _manifest(lambda manifest: manifest["files"].update({"../../x": {"bytes": 0}})),
    "later": _manifest(lambda manifest: manifest.update(schema=SCHEMA_VERSION + 1)),
    "undated": _manifest(lambda manifest: manifest.pop("saved")),
    "foreign": lambda file: _changed(file, _with_database(b"")),
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
