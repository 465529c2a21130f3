"""What is told is delivered: at least once, in order per person, under the same id."""

import asyncio
from datetime import timedelta

import pytest

from openroots.delivery import kept
from openroots.delivery.kept import PAUSE, REPLAY, RESEND, RESUME, TRIAL, Wish
from openroots.delivery.lane import LOG_LENGTH, MOST_ASIDE, WINDOW
from openroots.delivery.schedule import LONGEST, MOST_ATTEMPTS
from openroots.delivery.source import Outcome
from openroots.storage import Change, Unavailable
from openroots.storage.closed import ClosedStore
from openroots.storage.sqlite import open_sqlite
from tests.delivery.desk import all_turns, desk, terms


def alone(test):
    """Run an async test, which is given a desk of its own."""

    def run(tmp_path):
        async def at_a_desk():
            async with desk(tmp_path) as made:
                await asyncio.wait_for(test(made), 20)

        asyncio.run(at_a_desk())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


def state(made, id="one"):
    """What is kept of a subscription."""
    return kept.states(made.world.store.snapshot(), [id]).get(id)


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
    other = made.dispatcher()
    other._kept_at = float("inf")
    await made.tells(("move", "jane", "b"))
    await all_turns(other)
    crashed = made.dispatcher()
    await all_turns(crashed)
    ids = {parcel.event: set() for parcel in made.shelf.got}
    for parcel in made.shelf.got:
        ids[parcel.event].add(parcel.id)
    assert made.shelf.data()[-1] == "b"
    assert all(len(each) == 1 for each in ids.values())
    assert before in ids[made.shelf.got[0].event]


@alone
async def test_one_that_fails_holds_back_its_own_person_alone(made):
    """Others pass; those about the same person come after it, in their order."""
    await made.wants("one", "shelf:1", "move")
    made.shelf.refused = lambda parcel: parcel.subject == "jane"
    told = [("move", who, f"{who}{n}") for n in range(3) for who in ("jane", "john", "ann")]
    await made.tells(*told)
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    assert sorted(made.shelf.data()) == ["ann0", "ann1", "ann2", "john0", "john1", "john2"]
    made.shelf.refused = lambda parcel: False
    for _ in range(3):
        made.wall.advance(timedelta(hours=1))
        await all_turns(dispatcher)
    assert made.shelf.data()[6:] == ["jane0", "jane1", "jane2"]


@alone
async def test_what_waits_to_be_tried_again_outlives_a_restart(made):
    """And it still comes before what is about the same person."""
    await made.wants("one", "shelf:1", "move")
    made.shelf.refused = lambda parcel: parcel.subject == "jane"
    await made.tells(("move", "jane", "a"), ("move", "john", "b"))
    first = made.dispatcher()
    await all_turns(first)
    await first.close()
    await made.reopened()
    await made.tells(("move", "jane", "c"))
    made.shelf.refused = lambda parcel: False
    second = made.dispatcher()
    await all_turns(second)
    assert made.shelf.data() == ["b"]
    made.wall.advance(timedelta(hours=1))
    await all_turns(second)
    assert made.shelf.data() == ["b", "a", "c"]


@alone
async def test_waits_grow_and_are_by_wall_time(made):
    """To move the world's time makes no attempt come sooner."""
    await made.wants("one", "shelf:1", "move")
    made.shelf.refused = lambda parcel: True
    await made.tells(("move", "jane", "a"))
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    made.world.time.put_at(made.wall.now() + timedelta(days=365))
    await all_turns(dispatcher)
    await dispatcher.keep()
    assert state(made)["failed"] == 1
    gaps, last = [], made.wall.now()
    while len(gaps) < 5:
        made.wall.advance(timedelta(seconds=1))
        await all_turns(dispatcher)
        await dispatcher.keep()
        if state(made)["failed"] > len(gaps) + 1:
            gaps.append((made.wall.now() - last).total_seconds())
            last = made.wall.now()
    assert gaps == sorted(gaps)
    assert gaps[-1] >= 3 * gaps[0]


@alone
async def test_a_poison_signal_is_given_up_and_kept_as_a_dead_letter(made):
    """One that cannot be written costs no other anything, and can be sent again later."""
    await made.wants("one", "shelf:1", "move")
    await made.tells(("move", "jane", "poison"), ("move", "john", "b"), ("move", "jane", "c"))
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    assert made.shelf.data() == ["b"]
    for _ in range(MOST_ATTEMPTS + 2):
        made.wall.advance(timedelta(hours=8))
        await all_turns(dispatcher)
    await dispatcher.keep()
    assert made.shelf.data() == ["b", "c"]
    (letter,) = kept.dead_letters(made.world.store.snapshot(), "one")
    assert (letter["type"], letter["told"]) == ("move", "the event cannot be written")


@alone
async def test_nothing_is_tried_for_longer_than_five_days(made):
    """Who was away longer finds the first of it among the dead letters, and the rest waiting."""
    await made.wants("one", "shelf:1", "move")
    made.shelf.refused = lambda parcel: True
    await made.tells(*[("move", f"p{n}", str(n)) for n in range(20)])
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    made.wall.advance(LONGEST + timedelta(minutes=1))
    await all_turns(dispatcher)
    await dispatcher.keep()
    letters = kept.dead_letters(made.world.store.snapshot(), "one")
    made.shelf.refused = lambda parcel: False
    made.wall.advance(timedelta(hours=1))
    await all_turns(dispatcher)
    assert 1 <= len(letters) <= 4
    assert len(made.shelf.data()) == 20 - len(letters)


@alone
async def test_a_dead_letter_can_be_sent_again(made):
    """Under the id that it always had."""
    await made.wants("one", "shelf:1", "move")
    made.shelf.refused = lambda parcel: True
    await made.tells(("move", "jane", "a"))
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    made.wall.advance(LONGEST + timedelta(minutes=1))
    await all_turns(dispatcher)
    await dispatcher.keep()
    (letter,) = kept.dead_letters(made.world.store.snapshot(), "one")
    made.shelf.refused = lambda parcel: False
    await made.asks(Wish(RESEND, "one", letter["after"], letter["cursor"]))
    await all_turns(dispatcher)
    assert [parcel.id for parcel in made.shelf.got] == [letter["delivery"]]


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
async def test_who_is_away_is_asked_now_and_then_and_gets_all_in_the_end(made):
    """Meanwhile their lane holds a place in the feed and next to nothing in memory; others are
    delivered to as if nothing were amiss."""
    await made.wants("one", "shelf:1", "move")
    await made.wants("two", "shelf:2", "move")
    made.shelf.refused = lambda parcel: parcel.subscriber.id == "one"
    dispatcher = made.dispatcher()
    for start in range(0, 1000, 100):
        await made.tells(*[("move", f"p{n % 7}", str(n)) for n in range(start, start + 100)])
        await all_turns(dispatcher)
    lane = dispatcher._following.lanes["one"]
    assert len(lane.waiting) + len(lane.flying) == 0
    assert len(lane.aside) <= MOST_ASIDE
    assert len(made.shelf.data("two")) == 1000
    await dispatcher.keep()
    assert state(made)["failed"] < 20
    made.shelf.refused = lambda parcel: False
    made.wall.advance(timedelta(hours=1))
    await all_turns(dispatcher)
    got = [parcel for parcel in made.shelf.got if parcel.subscriber.id == "one"]
    assert sorted(map(int, made.shelf.data("one"))) == list(range(1000))
    for person in {parcel.subject for parcel in got}:
        mine = [parcel.place for parcel in got if parcel.subject == person]
        assert mine == sorted(mine)
    assert lane.follows


@alone
async def test_a_pause_holds_everything_back_and_a_resume_loses_nothing(made):
    """Over a restart too."""
    await made.wants("one", "shelf:1", "move")
    await made.asks(Wish(PAUSE, "one"))
    await made.tells(*[("move", "jane", str(n)) for n in range(3 * WINDOW)])
    first = made.dispatcher()
    await all_turns(first)
    await first.close()
    await made.reopened()
    second = made.dispatcher()
    await all_turns(second)
    assert made.shelf.data() == []
    await made.asks(Wish(RESUME, "one"))
    await all_turns(second)
    assert made.shelf.data() == [str(n) for n in range(3 * WINDOW)]


@alone
async def test_a_replay_sends_again_from_any_point(made):
    """From a place in the feed, or from a time; under the same ids."""
    await made.wants("one", "shelf:1", "move")
    await made.tells(("move", "jane", "a"))
    made.wall.advance(timedelta(hours=1))
    since = made.wall.now().isoformat()
    await made.tells(("move", "jane", "b"), ("move", "jane", "c"))
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    await made.asks(Wish(REPLAY, "one", since=since))
    await all_turns(dispatcher)
    await made.asks(Wish(REPLAY, "one"))
    await all_turns(dispatcher)
    assert made.shelf.data() == ["a", "b", "c", "b", "c", "a", "b", "c"]
    assert len({parcel.id for parcel in made.shelf.got}) == 3


@alone
async def test_an_owner_can_be_sent_a_trial(made):
    """It is delivered once, to them alone."""
    await made.wants("one", "shelf:1", "move")
    await made.wants("two", "shelf:2", "move")
    await made.asks(Wish(TRIAL, "one"))
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    await made.asks(Wish(REPLAY, "one"))
    await all_turns(dispatcher)
    assert (made.shelf.data("one"), made.shelf.data("two")) == (["trial"], [])


@alone
async def test_nothing_goes_to_who_may_not_have_it_any_more(made):
    """It stops at once; what comes meanwhile is theirs when they may again."""
    await made.wants("one", "shelf:1", "move")
    await made.tells(("move", "jane", "a"))
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    await made.wants("one", "shelf:1", "move", active=False)
    await made.tells(("move", "jane", "b"))
    await all_turns(dispatcher)
    assert made.shelf.data() == ["a"]
    await made.wants("one", "shelf:1", "move")
    await all_turns(dispatcher)
    assert made.shelf.data() == ["a", "b"]


@alone
async def test_an_owner_that_is_revoked_is_told_nothing_from_then_on(made):
    """Though no signal tells of it; and what came meanwhile once they are approved again."""
    await made.wants("one", "shelf:1", "move")
    await made.tells(("move", "jane", "a"))
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    store = made.world.store
    await store.commit([Change("Revoked", "app", {}, 0)], by=made.by())
    await made.tells(("move", "jane", "b"))
    await all_turns(dispatcher)
    assert made.shelf.data() == ["a"]
    await store.commit([Change("Revoked", "app", None, 1)], by=made.by())
    await all_turns(dispatcher)
    assert made.shelf.data() == ["a", "b"]


@alone
async def test_a_changed_endpoint_holds_for_what_was_told_before_too(made):
    """What is tried again goes to where the subscriber is now."""
    await made.wants("one", "nowhere:1", "move")
    await made.tells(("move", "jane", "a"))
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    await made.wants("one", "shelf:1", "move")
    made.wall.advance(timedelta(minutes=1))
    await all_turns(dispatcher)
    assert made.shelf.data() == ["a"]


@alone
async def test_a_receiver_that_is_gone_is_sent_no_more(made):
    """Until its owner says so; nothing is lost meanwhile."""
    await made.wants("one", "shelf:1", "move")
    made.shelf.refused, made.shelf.answer = lambda parcel: True, Outcome(False, "410", gone=True)
    await made.tells(("move", "jane", "a"), ("move", "john", "b"))
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    made.shelf.refused = lambda parcel: False
    made.wall.advance(timedelta(days=1))
    await all_turns(dispatcher)
    assert made.shelf.data() == []
    await made.asks(Wish(RESUME, "one"))
    await all_turns(dispatcher)
    assert sorted(made.shelf.data()) == ["a", "b"]


@alone
async def test_the_log_tells_of_the_latest_attempts(made):
    """What, when, the how-manyeth, and what came of it; no more than is worth keeping."""
    await made.wants("one", "shelf:1", "move")
    await made.tells(*[("move", f"p{n}", str(n)) for n in range(LOG_LENGTH + 10)])
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    await dispatcher.keep()
    found = state(made)
    assert found["delivered"] == LOG_LENGTH + 10
    assert len(found["log"]) == LOG_LENGTH
    assert {(each["outcome"], each["told"], each["attempt"]) for each in found["log"]} == {
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
    assert [each["attempt"] for each in state(made)["log"]] == [*range(1, 9)]


@alone
async def test_state_costs_few_commits_however_many_signals_there_are(made):
    """A thousand signals do not make a thousand flushes."""
    await made.wants("one", "shelf:1", "move")
    await made.tells(*[("move", f"p{n}", str(n)) for n in range(1000)])
    before = made.world.store.snapshot().t
    dispatcher = made.dispatcher()
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
    assert set(waited) <= {0, 0.02}
    assert state(made)["delivered"] == 1
