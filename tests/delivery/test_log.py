"""What was attempted is kept apart from how far each has come, and comes over a restart."""

from datetime import timedelta

import orjson

from openroots.delivery import kept
from openroots.delivery.following import LOGS
from openroots.delivery.lane import LOG_LENGTH
from openroots.storage import Mark
from tests.delivery.desk import all_turns, alone

MANY = [f"s{n}" for n in range(2 * LOGS)]


def log(made, id="one"):
    """What is kept of the attempts for a subscription."""
    return kept.logs(made.world.store.snapshot(), [id]).get(id, [])


async def told_to_many(made):
    """A dispatcher that has delivered to more than have their logs kept at once."""
    for id in MANY:
        await made.wants(id, f"shelf:{id}", "move")
    await made.tells(("move", "jane", "a"))
    dispatcher = made.dispatcher()
    dispatcher._kept_at = float("inf")  # nothing is kept but when a test says so
    await all_turns(dispatcher)
    return dispatcher


@alone
async def test_the_log_tells_of_the_latest_attempts(made):
    """What, when, the how-manyeth, and what came of it; no more than is worth keeping."""
    await made.wants("one", "shelf:1", "move")
    await made.tells(*[("move", f"p{n}", str(n)) for n in range(LOG_LENGTH + 10)])
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    await dispatcher.keep()
    assert kept.states(made.world.store.snapshot(), ["one"])["one"]["delivered"] == LOG_LENGTH + 10
    assert len(log(made)) == LOG_LENGTH
    assert {(each["outcome"], each["told"], each["attempt"]) for each in log(made)} == {
        ("delivered", "200", 1)
    }


@alone
async def test_the_log_counts_every_attempt(made):
    """Those too that do not count against an event, as its receiver is away; over a restart."""
    await made.wants("one", "shelf:1", "move")
    await made.tells(("move", "jane", "a"))
    made.shelf.refused = lambda parcel: True
    for _ in range(2):
        dispatcher = made.dispatcher()
        for _ in range(4):
            await all_turns(dispatcher)
            made.wall.advance(timedelta(hours=3))
        await dispatcher.keep()
    assert [each["attempt"] for each in log(made)] == [*range(1, 9)]


@alone
async def test_while_many_are_busy_their_logs_take_turns(made):
    """How far each has come is kept at once; of the logs so many at a time, the rest soon after."""
    dispatcher = await told_to_many(made)
    await dispatcher.keep()
    states = kept.states(made.world.store.snapshot(), MANY)
    assert [states[id]["delivered"] for id in MANY] == [1] * len(MANY)
    assert sum(bool(log(made, id)) for id in MANY) == LOGS
    await dispatcher.keep()
    assert all(len(log(made, id)) == 1 for id in MANY)


@alone
async def test_all_logs_are_kept_when_the_house_closes(made):
    """However many there are."""
    dispatcher = await told_to_many(made)
    await dispatcher.close()
    assert all(len(log(made, id)) == 1 for id in MANY)


@alone
async def test_after_a_crash_a_log_may_lack_its_latest_attempts_and_nothing_is_sent_for_that(made):
    """It goes on with what is attempted from then on; the figures beside it count all."""
    await (await told_to_many(made)).keep()  # and no more of this one
    await made.tells(("move", "jane", "b"))
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    await dispatcher.close()
    assert sorted(len(log(made, id)) for id in MANY) == [1] * LOGS + [2] * LOGS
    states = kept.states(made.world.store.snapshot(), MANY)
    assert {states[id]["delivered"] for id in MANY} == {2}
    assert len(made.shelf.got) == 2 * len(MANY)


@alone
async def test_a_log_that_an_earlier_version_kept_is_there_after_an_upgrade(made):
    """It stood beside how far the subscription had come, and is kept apart from then on."""
    await made.wants("two", "shelf:2", "move")
    await made.tells(("move", "jane", "a"))
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    await dispatcher.keep()
    before, db = log(made, "two"), made.world.store.snapshot()
    state = orjson.dumps(kept.states(db, ["two"])["two"] | {"log": before})
    await made.wants("one", "shelf:1", "move")
    await made.world.store.commit(marks=[Mark(f"{kept.LANE}one", state)], by=made.by())
    assert log(made) == before != []
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    await dispatcher.keep()
    db = made.world.store.snapshot()
    assert "log" not in kept.states(db, ["one"])["one"]
    assert log(made) == before
