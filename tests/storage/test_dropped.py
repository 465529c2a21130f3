"""A world is dropped whole or not at all, wherever whoever drops it is stopped."""

from pathlib import Path

import pytest

from openroots.storage.dropped import drop, finish_drop
from openroots.storage.saved import finish_begun, restore_prepared

WORLD = ("erased", "openroots.db", "openroots.db-shm", "openroots.db-wal", "trails/1.jsonl")


class Killed(BaseException):
    """What a test stops a process with."""


@pytest.fixture
def state(tmp_path):
    """A state folder with all that a world has."""
    for name in (*WORLD, "audit/0.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x\n")
    return tmp_path


def left_in(state):
    """What of the world is there."""
    return [name for name in WORLD if (state / name).exists() and (state / name).stat().st_size]


@pytest.mark.parametrize("steps", range(6))
def test_whoever_is_stopped_meanwhile_leaves_all_or_nothing(state, monkeypatch, steps):
    """What remains to be removed is removed by whoever opens the state next."""
    left, unlink = [steps], Path.unlink

    def until_killed(path, **how):
        if not left[0]:
            raise Killed
        left[0] -= 1
        unlink(path, **how)

    with monkeypatch.context() as dying:
        dying.setattr(Path, "unlink", until_killed)
        try:
            drop(state)
        except Killed:
            assert (state / "dropping").exists()
    finish_drop(state)
    assert left_in(state) == []
    assert (state / "audit" / "0.jsonl").read_text() == "x\n"
    assert not (state / "dropping").exists()


def test_a_world_is_gone_once_the_drop_returns(state):
    """Trails that a server has open are emptied, so that it goes on writing where they are read."""
    with (state / "trails" / "1.jsonl").open("ab", buffering=0) as trails:
        drop(state)
        assert left_in(state) == []
        assert not (state / "dropping").exists()
        trails.write(b"next\n")
    assert (state / "trails" / "1.jsonl").read_bytes() == b"next\n"


def test_half_a_drop_is_ended_by_the_next_start(state):
    """Nobody who opens the state finds a world of which a part has gone."""
    (state / "dropping").touch()
    (state / "openroots.db").unlink()
    finish_begun(state)
    assert left_in(state) == []
    assert not (state / "dropping").exists()


def test_where_nothing_is_dropped_nothing_goes(state):
    """An ordinary start touches nothing."""
    finish_begun(state)
    assert left_in(state) == list(WORLD)


def test_a_restore_after_half_a_drop_is_not_dropped(state):
    """What was to go goes first."""
    (state / "dropping").touch()
    (state / "restoring").mkdir()
    (state / "restoring" / "openroots.db").write_text("restored")
    restore_prepared(state)
    finish_begun(state)
    assert (state / "openroots.db").read_text() == "restored"
    assert left_in(state) == ["openroots.db"]


def test_half_a_restore_that_was_killed_goes_with_the_next_start(state):
    """It is a world beside the world: nobody who is erased later may be found in it."""
    (state / "restoring" / "audit").mkdir(parents=True)
    (state / "restoring" / "openroots.db").write_text("records")
    finish_begun(state)
    assert not (state / "restoring").exists()
    assert left_in(state) == list(WORLD)
