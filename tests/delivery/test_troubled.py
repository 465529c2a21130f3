"""Events that are handed over twice, or late, on purpose."""

import asyncio

import orjson
import pytest

from openroots.delivery.source import Parcel, Subscriber, Written
from openroots.delivery.troubled import DUPLICATE, REORDER, Troubled
from tests.delivery.desk import NOON, Outcome, Shelf, all_turns, desk

WHO = Subscriber("mine", "app", "Y90001", "shelf:a", True, {})


def parcel(data, type="moved"):
    written = Written(orjson.dumps({"data": data}), "application/json")
    return Parcel(data, data, f"event-{data}", type, "p1", WHO, written)


def handed_over(troubles, *data, longest=5.0):
    """What a subscriber is given, when troubles strike these events in turn."""

    async def giving():
        shelf, left = Shelf(), list(troubles)
        channel = Troubled(shelf, lambda type: left.pop(0) if left else "", longest)
        outcomes = [await channel.hand_over([parcel(each)], NOON) for each in data]
        await channel.close()
        assert all(outcome.taken for [outcome] in outcomes)
        return shelf.data()

    return asyncio.run(giving())


@pytest.mark.parametrize(
    ("troubles", "given"),
    [
        ([], ["a", "b", "c"]),
        ([DUPLICATE], ["a", "a", "b", "c"]),
        ([REORDER], ["b", "a", "c"]),
        (["", "", REORDER], ["a", "b", "c"]),
        ([REORDER, REORDER], ["b", "a", "c"]),
        ([DUPLICATE] * 3, ["a", "a", "b", "b", "c", "c"]),
    ],
)
def test_every_event_is_given_whatever_is_made_of_it(troubles, given):
    """An event comes twice, or after the one that follows it; the last, which none follows, comes
    all the same."""
    found = handed_over(troubles, "a", "b", "c")
    assert sorted(found) == sorted(given)
    if REORDER in troubles[:1]:
        assert found.index("b") < found.index("a")
    else:
        assert found == given


def test_what_no_other_follows_is_not_held_back_for_long(tmp_path):
    """An event that is held back goes by itself after a while."""

    async def waiting():
        shelf = Shelf()
        channel = Troubled(shelf, lambda type: REORDER, 0.01)
        await channel.hand_over([parcel("a")], NOON)
        assert shelf.data() == []
        await asyncio.wait_for(shelf.first.wait(), 60)
        await channel.close()
        return shelf.data()

    assert asyncio.run(waiting()) == ["a"]


def test_what_is_held_back_is_tried_again(monkeypatch):
    """A subscriber who refuses what comes late is asked again."""
    monkeypatch.setattr("openroots.delivery.troubled.PAUSE", 0)

    async def refusing():
        shelf, answers = Shelf(), [True, True, False]
        shelf.refused = lambda parcel: answers.pop(0)
        shelf.answer = Outcome(False, "503")
        channel = Troubled(shelf, lambda type: REORDER, 0.01)
        await channel.hand_over([parcel("a")], NOON)
        await asyncio.wait_for(shelf.first.wait(), 60)
        await channel.close()
        return shelf.data()

    assert asyncio.run(refusing()) == ["a"]


def test_the_delivery_of_a_world_can_be_troubled(tmp_path):
    """Through a dispatcher, each event of the type comes twice; of another, once."""

    async def telling():
        async with desk(tmp_path) as here:
            await here.wants("mine", "late:a", "moved", "died")
            shelf = Shelf()
            shelf.takes = lambda endpoint: endpoint.startswith("late:")
            channel = Troubled(shelf, lambda type: DUPLICATE if type == "moved" else "")
            dispatcher = here.dispatcher(channel)
            await dispatcher.turn()
            await here.tells(("moved", "p1", "1"), ("died", "p1", "2"))
            await all_turns(dispatcher)
            await dispatcher.close()
            return shelf.data()

    assert sorted(asyncio.run(telling())) == ["1", "1", "2"]
