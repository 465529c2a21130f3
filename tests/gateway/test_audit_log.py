"""When the audit log of a world signs how far it has come."""

from contextlib import closing
from datetime import timedelta
from shutil import copytree
from threading import Event

import pytest

from openroots.gateway.audit_log import EVERY, LONGEST, MOST_BEHIND, Signed, is_due
from openroots.storage import checkpoint
from openroots.storage.checkpoint import FILE, Checkpoints, notes_in
from openroots.storage.verifying import verify
from openroots.testing import NOON, open_nation
from tests.storage.signing import keys_in, sealed_segment
from tests.waiting import until


@pytest.mark.parametrize(
    ("waited", "entries", "segments", "due"),
    [
        (EVERY, 1, 1, True),
        (EVERY - 1, 100, 1, False),
        (EVERY, 26, 27, False),
        (EVERY, 27, 27, True),
        (LONGEST, 1, 27, True),
        (1.0, MOST_BEHIND, 27, True),
    ],
)
def test_a_checkpoint_is_signed_where_as_much_is_new_as_it_has_to_say(
    waited, entries, segments, due
):
    """It has a line for each segment, and waits for as many entries, for some minutes at most."""
    assert is_due(waited, entries, segments) is due


def test_a_machine_that_slept_signs_as_if_it_had_waited():
    """Its stopwatch stood still meanwhile; a wall that was put back takes nothing off."""
    slept = Signed(5.0, NOON).waited(Signed(6.0, NOON + timedelta(hours=8)))
    assert is_due(slept, 1, 27)
    assert Signed(5.0, NOON).waited(Signed(20.0, NOON - timedelta(hours=1))) == 15.0


def test_what_a_crash_left_unsigned_is_signed_by_the_next_start(openroots_seeded, tmp_path):
    """At once, also where it is less than is usually waited for: the log goes on after it, and
    whoever verifies it would miss a checkpoint."""
    state = copytree(openroots_seeded, tmp_path / "state")
    keys, path = keys_in(state), state / "audit" / FILE
    log = Checkpoints(state / "audit", keys)
    log.note([sealed_segment(state, keys, 1, name=name)[1] for name in "12"])
    log.write(NOON)
    signed = len([*notes_in(path)])
    sealed_segment(state, keys, 1, name="2")  # and then the power fails
    with closing(open_nation(state)):
        until(lambda: len([*notes_in(path)]) > signed)


def test_a_stop_waits_for_a_checkpoint_on_its_way_to_disk(openroots_seeded, tmp_path, monkeypatch):
    """Another that was signed meanwhile would not follow it, and the log would be found wrong."""
    state = copytree(openroots_seeded, tmp_path / "state")
    keys, began, another = keys_in(state), Event(), Event()
    add = checkpoint._add

    def slowly(file, note):
        if began.is_set():
            another.set()
        began.set()
        another.wait(0.2)
        add(file, note)

    (state / "audit").mkdir(exist_ok=True)
    sealed_segment(state, keys, 1)  # which the start signs
    monkeypatch.setattr(checkpoint, "_add", slowly)
    with closing(open_nation(state)):
        until(began.is_set)
    assert verify(state / "audit", keys).wrong == []
