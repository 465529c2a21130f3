"""What was kept of a subscription's delivery goes once the subscription has been removed."""

import asyncio
from datetime import timedelta

from openroots.delivery import kept
from openroots.delivery.kept import DEAD_LETTER, LANE, LOG
from openroots.delivery.leaving import LEAVING, MOST
from openroots.delivery.source import Outcome
from openroots.storage import Change
from tests.delivery.desk import Shelf, all_turns, alone


async def given_up(made, *ids):
    """These subscriptions have a log, and a dead letter each."""
    for id in ids:
        await made.wants(id, f"shelf:{id}", "move")
    await made.tells(("move", "jane", "a"))
    made.shelf.refused = lambda parcel: True
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    made.wall.advance(timedelta(days=6))
    await all_turns(dispatcher)
    await dispatcher.keep()
    assert all(len(letters(made, id)) == 1 for id in ids)
    return dispatcher


async def holds_letters(made, id, count):
    """So many dead letters of a subscription are kept."""
    body = {"subscription": id}
    changes = [Change(DEAD_LETTER, f"{id}-{n}", body, 0) for n in range(count)]
    await made.world.store.commit(changes, by=made.by())


def letters(made, id):
    return kept.dead_letters(made.world.store.snapshot(), id, 10 * MOST)


async def marks(made, id):
    """Which marks of a subscription there are, once those that are over have been swept."""
    await made.world.store.sweep(made.wall.now())
    return list(made.world.store.snapshot().marks([LANE + id, LOG + id]))


@alone
async def test_its_state_its_log_and_its_dead_letters_go(made):
    """Those of others stay."""
    dispatcher = await given_up(made, "one", "two")
    await made.wants_no_more("one")
    await all_turns(dispatcher)
    await dispatcher.keep()
    assert (letters(made, "one"), await marks(made, "one")) == ([], [])
    assert len(letters(made, "two")) == 1
    assert await marks(made, "two") == [f"{LANE}two", f"{LOG}two"]


@alone
async def test_they_go_though_it_was_removed_while_nobody_delivered(made):
    """The next run reads of it in the feed."""
    await (await given_up(made, "one")).close()
    await made.wants_no_more("one")
    await made.reopened()
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    await dispatcher.close()
    assert (letters(made, "one"), await marks(made, "one")) == ([], [])


@alone
async def test_many_dead_letters_go_some_at_a_time_whatever_crashes(made):
    """What is left after one commit is gone on with by the next run."""
    dispatcher = await given_up(made, "one", "two")
    await holds_letters(made, "one", 2 * MOST)
    await made.wants_no_more("one")
    await all_turns(dispatcher)
    await dispatcher.keep()  # and no more of this one
    assert len(letters(made, "one")) == MOST + 1
    for _ in range(2):
        await made.reopened()
        dispatcher = made.dispatcher()
        await all_turns(dispatcher)
        await dispatcher.keep()
    assert (letters(made, "one"), await marks(made, "one")) == ([], [])
    assert len(letters(made, "two")) == 1
    assert made.world.store.snapshot().marks([LEAVING])[LEAVING].value == b"[]"


@alone
async def test_what_is_under_way_as_it_is_removed_leaves_nothing(made):
    """However it ends."""
    on_its_way, ends = asyncio.Event(), asyncio.Event()

    class Slow(Shelf):
        async def hand_over(self, parcels, at):
            on_its_way.set()
            await ends.wait()
            made.wall.advance(timedelta(days=6))
            return [Outcome(False, "refused")] * len(parcels)

    made.shelf = Slow()
    await made.wants("one", "shelf:1", "move")
    await made.tells(("move", "jane", "a"))
    dispatcher = made.dispatcher()
    await dispatcher.turn()
    await on_its_way.wait()
    [item] = dispatcher._following.lanes["one"].flying.values()
    item.first = made.wall.now()  # so that this attempt is its last
    await made.wants_no_more("one")
    await dispatcher.turn()
    ends.set()
    await dispatcher.settled()
    await dispatcher.close()
    assert (letters(made, "one"), await marks(made, "one")) == ([], [])


@alone
async def test_what_could_not_be_committed_is_tried_again(made):
    """Until it is on disk."""
    dispatcher = await given_up(made, "one")
    await made.wants_no_more("one")
    await all_turns(dispatcher)
    following = dispatcher._following
    changes, _ = await following.to_keep()
    following.not_kept()  # the disk was full
    assert [change.id for change in changes] == [letters(made, "one")[0]["id"]]
    await dispatcher.keep()
    assert (letters(made, "one"), await marks(made, "one")) == ([], [])
    assert await following.to_keep() == ([], [])
