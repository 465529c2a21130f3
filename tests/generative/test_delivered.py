"""Whatever fails and whenever it crashes, each subscriber gets every signal: in order per person,
and under one id.

Source: none; hypothesis makes the days up.
"""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openroots.delivery.kept import PAUSE, REPLAY, RESUME, Wish
from tests.delivery.desk import all_turns, desk

SUBSCRIBERS = ("one", "two", "three")
PEOPLE = st.integers(0, 4)
WHO = st.sampled_from(SUBSCRIBERS)

ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("tell"), st.lists(PEOPLE, min_size=1, max_size=30)),
        st.tuples(st.just("down"), WHO),
        st.tuples(st.just("up"), WHO),
        st.tuples(st.just("flaky"), WHO),
        st.tuples(st.just("wait"), st.sampled_from((1, 10, 3600, 86_400))),
        st.tuples(st.just("pause"), WHO),
        st.tuples(st.just("replay"), WHO),
        st.tuples(st.just("since"), st.tuples(WHO, st.sampled_from((-1, 1, 9_000)))),
        st.tuples(st.just("turn"), st.integers(1, 3)),
        st.tuples(st.just("keep"), st.none()),
        st.tuples(st.just("crash"), st.none()),
        st.tuples(st.just("restart"), st.none()),
    ),
    max_size=25,
)


class Day:
    """A day at a desk: what was told, and who refuses what."""

    def __init__(self, made):
        self.made = made
        self.told = 0
        self.away = {}
        self.attempts = 0
        made.shelf.refused = self.refused
        made.shelf.hand_over = self.take_long
        self.dispatcher = made.dispatcher()

    def refused(self, parcel):
        """Whether the receiver refuses: always while it is away, every other time while flaky."""
        self.attempts += 1
        state = self.away.get(parcel.subscriber.id)
        return state == "down" or (state == "flaky" and self.attempts % 2 == 0)

    async def take_long(self, parcels, at):
        """What receivers do in their own time: turns are taken and states kept meanwhile."""
        for _ in range(self.attempts % 7):
            await asyncio.sleep(0)
        return [self.made.shelf.put(parcel) for parcel in parcels]

    async def do(self, act, what):
        match act:
            case "tell":
                numbers = range(self.told, self.told + len(what))
                self.told += len(what)
                signals = zip(what, numbers, strict=True)
                await self.made.tells(*[("move", f"p{who}", str(n)) for who, n in signals])
            case "down" | "up" | "flaky":
                self.away[what] = act
            case "wait":
                self.made.wall.advance(timedelta(seconds=what))
            case "pause":
                await self.made.asks(Wish(PAUSE, what))
            case "replay":
                await self.made.asks(Wish(REPLAY, what))
            case "since":
                who, hours = what
                since = self.made.wall.now() + timedelta(hours=hours)
                await self.made.asks(Wish(REPLAY, who, since=since.isoformat()))
            case "turn":
                for _ in range(what):
                    await self.dispatcher.turn()
            case "keep":
                await self.dispatcher.keep()
            case "crash":  # whatever was under way never came
                for flight in list(self.dispatcher._flights):
                    flight.cancel()
                await asyncio.sleep(0)
                self.dispatcher = self.made.dispatcher()
            case "restart":
                await self.dispatcher.close()
                await self.made.reopened()
                self.dispatcher = self.made.dispatcher()

    async def end(self):
        """All are there again, and have time to take what is theirs."""
        self.away.clear()
        for each in SUBSCRIBERS:
            await self.made.asks(Wish(RESUME, each))
        for _ in range(3):
            await all_turns(self.dispatcher)
            self.made.wall.advance(timedelta(days=1))
        await all_turns(self.dispatcher)


def lived(live):
    """What three subscribers got of a day that is lived so, and how much was told."""

    async def day():
        with tempfile.TemporaryDirectory() as folder:
            async with desk(Path(folder)) as made:
                for each in SUBSCRIBERS:
                    await made.wants(each, f"shelf:{each}", "move")
                today = Day(made)
                await live(today)
                await today.end()
                return made.shelf.got, made.shelf.data, today.told

    return asyncio.run(day())


def every_signal_came(got, data, told):
    """Each subscriber has all of them, each under one id, in order per person."""
    for each in SUBSCRIBERS:
        assert set(data(each)) == {str(number) for number in range(told)}
        mine = [parcel for parcel in got if parcel.subscriber.id == each]
        assert len({parcel.id for parcel in mine}) == len({parcel.event for parcel in mine}) == told
        firsts = {}
        for parcel in mine:
            firsts.setdefault(parcel.subject, {}).setdefault(parcel.place)
        for places in firsts.values():
            assert list(places) == sorted(places)


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(ACTS)
def test_each_subscriber_gets_every_signal_of_a_day(acts):
    """Also those who were down, paused or flaky meanwhile, and over every crash."""

    async def live(today):
        for act, what in acts:
            await today.do(act, what)

    every_signal_came(*lived(live))


def test_three_subscribers_get_a_day_of_ten_thousand_changes():
    """One of them was down for most of it, and the server crashed and was started again."""

    async def live(today):
        await today.do("down", "two")
        for hour in range(20):
            await today.do("tell", [(hour + number * 7) % 997 for number in range(500)])
            await today.do("turn", 2)
            await today.do(("keep", "crash", "crash", "restart")[hour % 4], None)
            await today.do("wait", 3600)
            if hour == 14:
                await today.do("up", "two")

    got, data, told = lived(live)
    assert told == 10_000
    every_signal_came(got, data, told)
