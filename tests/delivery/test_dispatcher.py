"""What is told is delivered: at least once, under the same id, and goes on after a restart."""

import asyncio
from datetime import timedelta

import pytest

from openroots.delivery import kept
from openroots.delivery.dispatcher import AT_ONCE, KEEPING, PERIOD
from openroots.delivery.figures import Deliveries
from openroots.delivery.kept import REPLAY, Wish
from openroots.delivery.lane import FAILURES_TO_REST
from openroots.delivery.source import Outcome
from openroots.storage import Unavailable
from openroots.storage.closed import ClosedStore
from openroots.storage.sqlite import open_sqlite
from tests.delivery.desk import Notices, all_turns, alone, state, terms


@alone
async def test_each_subscriber_gets_what_it_asked_for_from_then_on(made):
    """What was told before somebody subscribed is not theirs; what they do not want neither."""
    await made.tells(("move", "jane", "before"))
    await made.wants("one", "shelf:1", "move")
    await made.wants("two", "shelf:2", "move", "death")
    await made.tells(("move", "jane", "a"), ("death", "john", "b"), ("birth", "ann", "c"))
    await all_turns(made.dispatcher())
    assert made.shelf.data("one") == ["a"]
    assert made.shelf.data("two") == ["a", "b"]


@alone
async def test_what_its_owner_may_not_be_told_of_is_passed_over(made):
    """It leaves no trace, holds up nobody, and comes to nobody who may not be told when it is sent
    again; what comes after it about the same person does."""

    class Discreet(Notices):
        def active(self, applications, db):
            return dict.fromkeys(applications, lambda event, db: event["data"] != "secret")

    await made.wants("one", "shelf:1", "move")
    dispatcher = made.dispatcher(source=Discreet)
    await made.tells(("move", "jane", "secret"), ("move", "jane", "a"), ("move", "john", "secret"))
    await all_turns(dispatcher)
    await made.asks(Wish(REPLAY, "one"))
    await all_turns(dispatcher)
    await dispatcher.keep()
    assert made.shelf.data() == ["a", "a"]
    assert [entry["subjects"] for entry in made.proved] == [["jane"], ["jane"]]
    assert dispatcher.figures().outcomes == {"delivered": 2}
    assert (state(made)["place"], state(made)["aside"]) == (None, [])


@alone
async def test_each_delivery_is_proved_before_it_is_made(made):
    """An audit entry says to whom whose data was sent."""
    await made.wants("one", "shelf:1", "move")
    await made.tells(("move", "jane", "a"))
    await all_turns(made.dispatcher())
    (entry,) = made.proved
    assert (entry["application"], entry["subjects"]) == ("app", ["jane"])
    assert entry["deliveries"] == [made.shelf.got[0].id]


@alone
async def test_nothing_is_sent_that_cannot_be_proved(made):
    """It is tried again later."""
    await made.wants("one", "shelf:1", "move")
    await made.tells(("move", "jane", "a"))
    made.unproved = Unavailable("a full disk")
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    assert made.shelf.got == []
    made.unproved = None
    made.wall.advance(timedelta(minutes=1))
    await all_turns(dispatcher)
    assert made.shelf.data() == ["a"]


@alone
async def test_it_goes_on_where_the_last_run_left_off(made):
    """What was delivered and kept is not sent again; what came meanwhile is."""
    await made.wants("one", "shelf:1", "move")
    await made.tells(("move", "jane", "a"))
    first = made.dispatcher()
    await all_turns(first)
    await first.close()
    await made.reopened()
    await made.tells(("move", "jane", "b"))
    await all_turns(made.dispatcher())
    assert made.shelf.data() == ["a", "b"]


@alone
async def test_what_was_not_kept_is_repeated_under_the_same_id(made):
    """A crash leads to repeats, which a receiver can tell by their id."""
    await made.wants("one", "shelf:1", "move")
    await made.tells(("move", "jane", "a"))
    await all_turns(made.dispatcher())
    before = made.shelf.got[0].id
    await made.tells(("move", "jane", "b"))
    await all_turns(made.dispatcher())
    await all_turns(made.dispatcher())
    ids = {parcel.event: set() for parcel in made.shelf.got}
    for parcel in made.shelf.got:
        ids[parcel.event].add(parcel.id)
    assert made.shelf.data() == ["a", "a", "b", "a", "b"]
    assert all(len(each) == 1 for each in ids.values())
    assert before in ids[made.shelf.got[0].event]


@alone
async def test_a_signal_that_nobody_understands_stops_no_other(made):
    """It is kept as a dead letter of nobody's."""
    await made.wants("one", "shelf:1", "move")
    await made.tells(("unreadable", "", ""), ("move", "jane", "a"))
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    await dispatcher.keep()
    assert made.shelf.data() == ["a"]
    (letter,) = kept.dead_letters(made.world.store.snapshot(), "")
    assert letter["type"] == "unreadable"


@alone
async def test_a_signal_that_cannot_be_looked_up_now_is_delivered_once_it_can_be(made):
    """That a database is away says nothing of the signal: it is read again, and whoever is sent
    all again is sent it too."""
    away = {"b"}

    class Away(Notices):
        def event(self, told, db):
            if told.signal.dataref in away:
                raise Unavailable("the server is away")
            return super().event(told, db)

    await made.wants("one", "shelf:1", "move")
    await made.tells(*[("move", "jane", data) for data in "abc"])
    dispatcher = made.dispatcher(source=Away)
    for expected in ("abc", "abcabc"):
        with pytest.raises(Unavailable):
            await all_turns(dispatcher)
        away.clear()
        await all_turns(dispatcher)
        assert "".join(made.shelf.data()) == expected
        away.add("b")
        await made.asks(Wish(REPLAY, "one"))
    await dispatcher.keep()
    assert kept.dead_letters(made.world.store.snapshot(), "") == []


@alone
async def test_a_dead_letter_that_could_not_be_kept_is_kept_later(made):
    """Once."""
    await made.wants("one", "shelf:1", "move")
    await made.tells(("unreadable", "", ""))
    dispatcher = made.dispatcher()
    dispatcher._kept_at = float("inf")
    await all_turns(dispatcher)
    for _ in range(2):
        changes, _ = await dispatcher._following.to_keep()
        assert len(changes) == 1
        dispatcher._following.not_kept()  # the disk was full
    await dispatcher.keep()
    assert len(kept.dead_letters(made.world.store.snapshot(), "")) == 1
    assert await dispatcher._following.to_keep() == ([], [])


@alone
async def test_a_turn_keeps_how_far_it_has_come_once_it_is_time(made):
    """So that little is repeated after a crash, and nothing of what was kept."""
    await made.wants("one", "shelf:1", "move")
    await made.tells(("move", "jane", "a"))
    await all_turns(made.dispatcher(keeping=0))
    await made.reopened()
    await made.tells(("move", "jane", "b"))
    await all_turns(made.dispatcher())
    assert made.shelf.data() == ["a", "b"]


@alone
async def test_state_costs_few_commits_however_many_signals_there_are(made):
    """A thousand signals do not make a thousand flushes."""
    await made.wants("one", "shelf:1", "move")
    await made.tells(*[("move", f"p{n}", str(n)) for n in range(1000)])
    before = made.world.store.snapshot().t
    dispatcher = made.dispatcher(keeping=KEEPING)
    await all_turns(dispatcher)
    await dispatcher.close()
    assert len(made.shelf.got) == 1000
    assert made.world.store.snapshot().t - before < 10


@alone
async def test_another_store_in_its_place_is_followed_from_its_own_beginning(made):
    """Nothing of the old one is delivered from there on, and nothing of the new one is missed."""
    await made.wants("one", "shelf:1", "move")
    await made.tells(("move", "jane", "old"))
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    old, made.world.store = made.world.store, ClosedStore()
    await old.close()
    with pytest.raises(Exception, match="another store"):
        await dispatcher.turn()
    made.world.store = await open_sqlite(made.path.with_name("other.db"), terms)
    await made.tells(("move", "jane", "nobody's"))
    await made.wants("two", "shelf:2", "move")
    await made.tells(("move", "jane", "new"))
    await all_turns(dispatcher)
    assert made.shelf.data() == ["old", "new"]


@alone
async def test_it_runs_until_it_is_told_to_stop(made):
    """And is asked to pass the time between turns, which it does nowhere else."""
    await made.wants("one", "shelf:1", "move")
    waited = []

    async def wait(seconds):
        waited.append(seconds)
        await asyncio.sleep(0)

    dispatcher = made.dispatcher(wait=wait)
    running = asyncio.create_task(dispatcher.run())
    await made.tells(("move", "jane", "a"))
    await made.shelf.first.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await dispatcher.close()
    assert all(0 <= each <= PERIOD for each in waited)
    assert state(made)["delivered"] == 1


@alone
async def test_what_is_under_way_has_its_time_before_more_is_read(made):
    """While nothing is, what nobody asked for is read as fast as it can be."""
    waits, held = [], asyncio.Event()

    async def once(seconds):
        waits.append(seconds)
        raise asyncio.CancelledError

    async def answer(parcels, at):
        await held.wait()
        return [Outcome(True, "200")] * len(parcels)

    await made.wants("one", "shelf:1", "move")
    await made.tells(("move", "jane", "a"), *[("birth", "ann", "b")] * 3 * AT_ONCE)
    made.shelf.hand_over = answer
    dispatcher = made.dispatcher(wait=once)
    for _ in range(2):
        with pytest.raises(asyncio.CancelledError):
            await dispatcher.run()
        held.set()
        await dispatcher.settled()
    assert 0 < waits[0] <= PERIOD
    assert waits[1] == 0


@alone
async def test_what_became_of_deliveries_is_told_in_figures(made):
    """Each attempt by its outcome, and each subscription by how it stands."""
    await made.wants("one", "shelf:1", "move")
    await made.wants("two", "shelf:2", "death")
    await made.tells(("move", "jane", "a"), ("move", "ann", "b"), ("death", "john", "c"))
    made.shelf.refused = lambda parcel: parcel.subscriber.id == "two"
    dispatcher = made.dispatcher()
    assert dispatcher.figures() == Deliveries()
    for _ in range(FAILURES_TO_REST):
        await all_turns(dispatcher)
        made.wall.advance(timedelta(hours=1))
    outcomes, states = dispatcher.figures()
    assert outcomes == {"delivered": 2, "failed": FAILURES_TO_REST}
    assert states == {"following": 1, "resting": 1}
