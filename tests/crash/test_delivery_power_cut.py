"""What was acknowledged is delivered though the power fails, whatever the disk made of the rest.

A small world tells and delivers on a simulated disk. After each power cut the real store and the
real dispatcher go on with what it left, and three receivers say what they have got by then.
`make crash` goes through many such days, `make test` through one.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import orjson
import pytest

from openroots.delivery.source import Outcome
from tests.crash.campaign import Left, power_cuts
from tests.crash.disk import Disk, needs_proc
from tests.delivery.desk import Shelf, all_turns, desk

pytestmark = [pytest.mark.crash, needs_proc]

SUBSCRIBERS = ("one", "two", "three")
PEOPLE = 4
SIGNALS = 30  # of a day
REFUSED = 0.3  # of all attempts
TOLD, TAKEN = "told", "taken"


class Taken(NamedTuple):
    """One signal as a receiver took it."""

    subscriber: str
    person: str
    number: int
    id: str


def taken_of(parcel: Any) -> Taken:
    """What a parcel says."""
    number = int(orjson.loads(parcel.written.body)["data"])
    return Taken(parcel.subscriber.id, parcel.subject, number, parcel.id)


class Witnessed(Shelf):
    """A shelf: what it takes is written down between what is done to the disk."""

    def __init__(self, disk: Disk, chance: Random) -> None:
        super().__init__()
        self.disk, self.chance = disk, chance
        self.refused = lambda parcel: chance.random() < REFUSED

    async def hand_over(self, parcels: Any, at: datetime) -> list[Outcome]:
        """Some take long: much is kept and committed while they are under way."""
        await asyncio.sleep(self.chance.choice((0, 0, 0.002, 0.01)))
        return [self.put(parcel) for parcel in parcels]

    def put(self, parcel: Any) -> Outcome:
        outcome: Outcome = super().put(parcel)
        if outcome.taken:
            words = [TAKEN, f"{len(self.got):05d}", *map(str, taken_of(parcel))]
            self.disk.told(" ".join(words))
        return outcome


async def lived(folder: Path, chance: Random, deaf_to: tuple[str, ...]) -> Disk:
    """A day on a disk: signals are told, delivered, refused and tried again, and how far it has
    come is kept now and then."""
    async with desk(folder) as made:
        for each in SUBSCRIBERS:
            await made.wants(each, f"shelf:{each}", "move")
    disk = Disk(folder, deaf_to)
    with disk.in_place():
        async with desk(folder) as made:
            made.shelf = Witnessed(disk, chance)
            dispatcher = made.dispatcher()
            for number in range(SIGNALS):
                await made.tells(("move", f"p{chance.randrange(PEOPLE)}", str(number)))
                disk.told(f"{TOLD} {number}")
                if chance.random() < 0.5:
                    await dispatcher.turn()
                if chance.random() < 0.2:
                    await dispatcher.keep()
            await dispatcher.close()
    return disk


def known(left: Left) -> tuple[set[int], list[Taken]]:
    """What somebody knew when the power failed: the signals that were acknowledged, and what
    receivers had taken, in order."""
    words = [what.split() for what in sorted(left.told)]
    told = {int(each[1]) for each in words if each[0] == TOLD}
    taken = [Taken(each[2], each[3], int(each[4]), each[5]) for each in words if each[0] == TAKEN]
    return told, taken


async def gone_on(folder: Path) -> list[Taken]:
    """What is delivered once the power is back, and another signal has been told: until nothing
    waits to be tried again."""
    async with desk(folder) as made:
        await made.tells(("move", "p0", str(SIGNALS)))
        dispatcher = made.dispatcher()
        for _ in range(3):
            await all_turns(dispatcher)
            made.wall.advance(timedelta(days=1))
        await dispatcher.close()
        return [taken_of(parcel) for parcel in made.shelf.got]


def wrong(told: set[int], taken: list[Taken]) -> Iterator[str]:
    """Every way in which what receivers have got is not as it was promised."""
    for each in SUBSCRIBERS:
        mine = [one for one in taken if one.subscriber == each]
        if lost := told - {one.number for one in mine}:
            yield f"{each} never got {sorted(lost)}"
        names = {(one.number, one.id) for one in mine}
        if not len(names) == len({id for _, id in names}) == len({number for number, _ in names}):
            yield f"to {each} one signal has two ids, or two have one"
        firsts: dict[str, dict[int, None]] = {}
        for one in mine:
            firsts.setdefault(one.person, {}).setdefault(one.number)
        if any(list(numbers) != sorted(numbers) for numbers in firsts.values()):
            yield f"{each} got what is about one person out of order"


def findings(
    folder: Path, chance: Random, share: float, deaf_to: tuple[str, ...] = ()
) -> Iterator[list[str]]:
    """What is wrong after each power cut of a day; nothing may be."""
    folder.mkdir()
    disk = asyncio.run(lived(folder, chance, deaf_to))
    for left in power_cuts(disk, set(), chance, share):
        told, before = known(left)
        try:
            after = asyncio.run(gone_on(left.write(folder / "left")))
        except Exception as error:
            yield [f"it does not go on at act {left.point}: {error!r}"]
        else:
            yield [
                f"{words}, at act {left.point}" for words in wrong({*told, SIGNALS}, before + after)
            ]


def test_what_was_acknowledged_is_delivered_after_a_power_cut(
    tmp_path: Path, crash_commits: int
) -> None:
    """Nothing is lost; each signal has one id, before and after, and no other has it; what is
    about one person comes in order."""
    chance, found = Random(7), list[list[str]]()
    for day in range(max(1, crash_commits // 300)):
        found += findings(tmp_path / str(day), chance, 0.3)
    assert len(found) >= SIGNALS / 2
    assert [each for each in found if each] == []


def test_receivers_find_out_a_disk_that_lies(tmp_path: Path) -> None:
    """The test has teeth: where a sync of the store's log does nothing, signals are lost."""
    chance = Random(7)
    days = (findings(tmp_path / str(day), chance, 1.0, ("-wal",)) for day in range(10))
    assert any(any(found) for found in days)
