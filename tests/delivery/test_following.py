"""What owners ask of delivery, and what is decided of them, is followed from there on."""

from datetime import timedelta

from openroots.delivery.kept import PAUSE, REPLAY, RESUME, TRIAL, Wish
from openroots.delivery.lane import WINDOW
from openroots.delivery.source import Outcome
from openroots.storage import Change
from tests.delivery.desk import all_turns, alone


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
async def test_a_replay_drops_nothing_that_was_not_delivered_yet(made):
    """However late it is to begin, and though it is asked for again while it is under way."""
    await made.wants("one", "shelf:1", "move")
    await made.tells(("move", "jane", "a"))
    dispatcher = made.dispatcher()
    await all_turns(dispatcher)
    made.shelf.refused = lambda parcel: True
    await made.tells(*[("move", f"p{n}", f"b{n}") for n in range(9)])
    await all_turns(dispatcher)
    for hours in (1, 9_000):
        since = (made.wall.now() + timedelta(hours=hours)).isoformat()
        await made.asks(Wish(REPLAY, "one", since=since))
        await made.tells(("move", "jane", f"c{hours}"))
        await dispatcher.turn()
        await dispatcher.keep()
        await dispatcher.settled()
        dispatcher = made.dispatcher()
    made.shelf.refused = lambda parcel: False
    for _ in range(3):
        made.wall.advance(timedelta(hours=1))
        await all_turns(dispatcher)
    assert sorted(made.shelf.data()) == ["a", *(f"b{n}" for n in range(9)), "c1", "c9000"]


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
