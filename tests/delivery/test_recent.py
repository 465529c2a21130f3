"""Subscribers that have fallen behind a little are caught up with from what was read for all."""

import asyncio

import pytest

from openroots.delivery.kept import REPLAY, Wish
from openroots.delivery.lane import WINDOW
from openroots.delivery.meaning import Meaning
from openroots.delivery.recent import Recent
from openroots.storage import Signal, Told
from tests.delivery.desk import NOON, Notices, all_turns, desk

SUBSCRIBERS = [f"s{number}" for number in range(6)]
SIGNALS = 4 * WINDOW


class Counting(Notices):
    """Notices that count how often a signal was read and understood."""

    read = 0

    def event(self, told, db):
        self.read += 1
        return super().event(told, db)


def run(test, tmp_path):
    """Run an async test at a desk with subscribers, all of one type each and one of every type."""

    async def at_a_desk():
        async with desk(tmp_path) as made:
            for number, id in enumerate(SUBSCRIBERS):
                types = SUBSCRIBERS if number == 0 else [id]
                await made.wants(id, f"shelf:{id}", *types)
            source = Counting()
            dispatcher = made.dispatcher(source=lambda: source)
            await dispatcher.turn()
            for number in range(SIGNALS):
                await made.tells((SUBSCRIBERS[number % 6], f"p{number % 9}", str(number)))
            await asyncio.wait_for(test(made, dispatcher, source), 30)

    asyncio.run(at_a_desk())


def test_each_signal_is_read_once_however_many_have_fallen_behind(tmp_path):
    """And each is given to all who want it, in the order of each person."""

    async def test(made, dispatcher, source):
        await all_turns(dispatcher)
        every = made.shelf.data("s0")
        assert sorted(every, key=int) == [str(number) for number in range(SIGNALS)]
        for person in range(9):
            own = [int(each) for each in every if int(each) % 9 == person]
            assert own == sorted(own)
        for number, id in list(enumerate(SUBSCRIBERS))[1:]:
            wanted = {str(each) for each in range(number, SIGNALS, 6)}
            assert (set(made.shelf.data(id)), len(made.shelf.data(id))) == (wanted, len(wanted))
        assert source.read == SIGNALS

    run(test, tmp_path)


def test_a_replay_is_by_what_is_wanted_now(tmp_path):
    """Who wants more by then is sent that too, although it was read for others before."""

    async def test(made, dispatcher, source):
        await all_turns(dispatcher)
        await made.wants("s5", "shelf:s5", "s4", "s5")
        await made.asks(Wish(REPLAY, "s5"))
        await all_turns(dispatcher)
        assert len(set(made.shelf.data("s5"))) == SIGNALS // 6 * 2

    run(test, tmp_path)


@pytest.mark.parametrize(
    ("place", "wanted"), [("3", None), ("4", "56789"), ("8", "9"), ("9", None), ("x", None)]
)
def test_what_is_not_kept_any_more_is_not_passed_over(place, wanted):
    """Some of it is gone: then nobody is told that the rest is all."""
    recent = Recent(most=5)
    for number in range(1, 10):
        told = Told(str(number), number, NOON, Signal("a", "", ""))
        recent.keep(Meaning(told, str(number - 1)))
    found = recent.since(place)
    assert (found and "".join(each.told.cursor for each in found)) == wanted
