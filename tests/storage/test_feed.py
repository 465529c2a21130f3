"""The feed of any store: each signal once, in order, from wherever its reader has come to."""

from openroots.storage import Signal
from tests.storage.desk import BY, Desk


def test_feed_gives_signals_in_order(desk: Desk) -> None:
    """Signals come in the order of commits, and within one in the order given."""
    told = [Signal("born", "p", f"/Patient/{number}") for number in range(4)]
    desk.commit(signals=told[:2])
    desk.commit(signals=told[2:])
    feed = desk.run(desk.store.feed())
    assert [one.signal for one in feed] == told
    assert [one.t for one in feed] == [1, 1, 2, 2]
    assert {one.time for one in feed} == {BY.time}


def test_feed_goes_on_from_a_cursor(desk: Desk) -> None:
    """A cursor, handed back, gives what followed it: nothing twice and nothing left out."""
    told = [Signal("born", "p", f"/Patient/{number}") for number in range(5)]
    desk.commit(signals=told[:3])
    desk.commit(signals=told[3:])
    read: list[Signal] = []
    cursor = ""
    while part := desk.run(desk.store.feed(cursor, limit=2)):
        read += [one.signal for one in part]
        cursor = part[-1].cursor
    assert read == told
    desk.commit(signals=told[:1])
    assert desk.feed(cursor) == told[:1]
