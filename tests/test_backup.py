"""Backups: dated, made beside a running server, the newest few kept, and each to be restored."""

import json
import shutil
from pathlib import Path

import pytest

from openroots.cli import main
from openroots.cli.folder import Running, held, note_server
from openroots.storage.saved import prepare_restore
from openroots.testing import Nation

OLD = ("2026-01-01T000000Z.openroots", "2026-01-02T000000Z.openroots", "notes.txt")


@pytest.fixture
def backup(monkeypatch, capsys):
    """Run the verb for a state folder; its exit code and what it printed as JSON."""

    def run(state: Path, *words: object) -> tuple[int, dict]:
        argv = ["openroots", "backup", "--json", "--state", str(state), *map(str, words)]
        monkeypatch.setattr("sys.argv", argv)
        with pytest.raises(SystemExit) as ended:
            main()
        out = capsys.readouterr().out
        return ended.value.code, json.loads(out) if out else {}

    return run


@pytest.fixture
def state(openroots_seeded, tmp_path_factory):
    """The folder of a world that nobody has open."""
    return shutil.copytree(openroots_seeded, tmp_path_factory.mktemp("backup") / "state")


def test_the_newest_backups_are_kept(state, tmp_path, backup):
    """A backup has its moment for a name; of the dated ones only so many stay, and nothing else in
    the folder is touched."""
    for name in OLD:
        (tmp_path / name).write_text("old")
    code, told = backup(state, "--into", tmp_path, "--keep", 2)
    assert code == 0
    assert told["removed"] == [OLD[0]]
    new = Path(told["file"]).name
    assert sorted(path.name for path in tmp_path.iterdir()) == [OLD[1], new, OLD[2]]


def test_half_of_a_backup_goes_with_those_of_its_age(state, tmp_path, backup):
    """What was being made when its maker was killed holds records too, and stays no longer than a
    whole one would."""
    old, new = f"{OLD[0]}.making", "2999-01-01T000000Z.openroots.making"
    for name in (OLD[0], old, new):
        (tmp_path / name).write_text("half")
    assert backup(state, "--into", tmp_path, "--keep", 1)[0] == 0
    assert not (tmp_path / old).exists()
    assert (tmp_path / new).exists()  # somebody may be making it now


def test_a_backup_is_a_saved_state(state, tmp_path, backup):
    """It stands in the folder of the state unless told, and can be restored."""
    code, told = backup(state)
    assert code == 0
    file = Path(told["file"])
    assert file.parent == state / "backups"
    assert "openroots.db" in prepare_restore(file, tmp_path)["files"]


def test_a_backup_is_made_by_the_server_that_runs(openroots: Nation, backup):
    """While a server has the folder open, it makes the backup, and goes on answering."""
    state = openroots.house.settings.state
    port = int(openroots.url.rpartition(":")[2])
    with held(state):
        note_server(state, Running(0, "127.0.0.1", port))
        code, told = backup(state)
    assert code == 0
    assert Path(told["file"]).exists()
    assert [entry["endpoint"] for entry in openroots.audit()] == ["tooling.save"]


def test_a_backup_that_cannot_be_made_removes_none(tmp_path, backup):
    """Where there is nothing to save, the older ones stay."""
    for name in OLD:
        (tmp_path / name).write_text("old")
    code, _ = backup(tmp_path / "nowhere", "--into", tmp_path, "--keep", 1)
    assert code == 5
    assert {path.name for path in tmp_path.iterdir()} >= set(OLD)
