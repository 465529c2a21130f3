"""Marks of any store: kept, replaced, made once, and swept when their time has come."""

from datetime import timedelta

import pytest

from openroots.storage import Conflict, Mark
from tests.storage.desk import HOUR, NOON, Desk, at


def test_mark_is_kept_and_replaced(desk: Desk) -> None:
    """A mark is read back by its key, and a later one of that key takes its place."""
    desk.commit(marks=[Mark("a", b"1"), Mark("b", b"\x00\xff", expires=NOON + HOUR)])
    desk.commit(marks=[Mark("a", b"2")])
    marks = desk.store.snapshot().marks(["a", "b", "c"])
    assert marks == {"a": Mark("a", b"2"), "b": Mark("b", b"\x00\xff", expires=NOON + HOUR)}


def test_once_is_once(desk: Desk) -> None:
    """A mark that may be made once is refused while another of its key lives."""
    desk.commit(marks=[Mark("jti", b"1", once=True)])
    with pytest.raises(Conflict, match="marked before"):
        desk.commit(marks=[Mark("jti", b"2", once=True)])
    assert desk.store.snapshot().marks(["jti"])["jti"].value == b"1"


def test_once_again_after_it_expired(desk: Desk) -> None:
    """A mark that has expired, by the wall time of the commit, is as good as none."""
    until = NOON + HOUR
    desk.commit(marks=[Mark("jti", b"1", until, once=True)])
    with pytest.raises(Conflict):
        desk.commit(marks=[Mark("jti", b"2", once=True)], by=at(until - timedelta(seconds=1)))
    desk.commit(marks=[Mark("jti", b"2", once=True)], by=at(until))
    assert desk.store.snapshot().marks(["jti"])["jti"].value == b"2"


def test_sweep_forgets_what_expired(desk: Desk) -> None:
    """Sweeping removes the marks whose time has come, says how many, and leaves the others."""
    desk.commit(marks=[Mark("a", b"", NOON), Mark("b", b"", NOON + HOUR), Mark("c", b"")])
    assert set(desk.store.snapshot().marks("abc")) == {"a", "b", "c"}
    assert desk.run(desk.store.sweep(NOON)) == 1
    assert set(desk.store.snapshot().marks("abc")) == {"b", "c"}
