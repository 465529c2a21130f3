"""One subscription on its way: what fails is tried again, and given up at last."""

from datetime import timedelta

from openroots.delivery import kept
from openroots.delivery.kept import PAUSE, RESEND, RESUME, Wish
from openroots.delivery.lane import MOST_ASIDE
from openroots.delivery.schedule import LONGEST, MOST_ATTEMPTS
from openroots.delivery.source import Outcome
from tests.delivery.desk import all_turns, alone, state


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
async def test_who_asks_to_be_left_alone_is_sent_nothing_meanwhile(made):
    """From the first such answer on; then one, to see whether they are back, and then the rest."""
    await made.wants("one", "shelf:1", "move")
    made.shelf.refused = lambda parcel: True
    made.shelf.answer = Outcome(False, "503", wait=timedelta(minutes=20))
    dispatcher = made.dispatcher()
    await made.tells(("move", "jane", "a"))
    await all_turns(dispatcher)
    await made.tells(("move", "john", "b"), ("move", "ann", "c"))
    made.wall.advance(timedelta(minutes=19))
    await all_turns(dispatcher)
    await dispatcher.keep()
    assert (state(made)["failed"], state(made)["failures"]) == (1, 1)
    made.wall.advance(timedelta(minutes=1))
    made.shelf.answer = Outcome(False, "503")
    await all_turns(dispatcher)
    await dispatcher.keep()
    assert (state(made)["failed"], state(made)["failures"]) == (2, 2)
    made.shelf.refused = lambda parcel: False
    await all_turns(dispatcher)
    assert made.shelf.data() == []
    made.wall.advance(timedelta(minutes=1))
    await all_turns(dispatcher)
    assert sorted(made.shelf.data()) == ["a", "b", "c"]


@alone
async def test_a_rest_that_was_asked_for_outlives_a_restart(made):
    """And it is not made shorter by what was under way when it was asked for."""
    await made.wants("one", "shelf:1", "move")
    waits = iter([timedelta(minutes=40), timedelta(minutes=5)])

    def refused(parcel):
        made.shelf.answer = Outcome(False, "429", wait=next(waits))
        return True

    made.shelf.refused = refused
    await made.tells(("move", "jane", "a"), ("move", "john", "b"))
    first = made.dispatcher()
    await all_turns(first)
    await first.close()
    await made.reopened()
    made.shelf.refused = lambda parcel: False
    second = made.dispatcher()
    made.wall.advance(timedelta(minutes=39))
    await all_turns(second)
    assert made.shelf.data() == []
    made.wall.advance(timedelta(minutes=1))
    await all_turns(second)
    assert sorted(made.shelf.data()) == ["a", "b"]


@alone
async def test_who_is_left_alone_is_sent_at_once_what_the_owner_asks_for(made):
    """Both to be sent one again and to resume end the rest; how the lane stands is told in a word
    meanwhile."""
    await made.wants("one", "shelf:1", "move")
    dispatcher, stands = made.dispatcher(), []

    async def turns():
        await all_turns(dispatcher)
        await dispatcher.keep()
        [each] = dispatcher.figures().states
        stands.append(each)

    await made.tells(("move", "jane", "a"))
    await turns()
    [first] = made.shelf.got
    made.shelf.refused = lambda parcel: True
    made.shelf.answer = Outcome(False, "503", wait=timedelta(minutes=30))
    await made.tells(("move", "john", "b"))
    await turns()
    made.shelf.refused = lambda parcel: False
    await turns()
    [entry] = [each for each in log_of(made) if each["id"] == first.id]
    await made.asks(Wish(RESEND, "one", entry["after"], entry["cursor"]))
    await turns()
    assert sorted(made.shelf.data()) == ["a", "a", "b"]
    made.shelf.refused = lambda parcel: True
    await made.tells(("move", "ann", "c"))
    await turns()
    made.shelf.refused = lambda parcel: False
    await made.asks(Wish(RESUME, "one"))
    await turns()
    assert made.shelf.data()[-1] == "c"
    await made.asks(Wish(PAUSE, "one"))
    await turns()
    assert stands == [
        *("following", "resting", "resting", "following", "resting", "following", "paused")
    ]


def log_of(made):
    """The log of the one subscription."""
    return kept.logs(made.world.store.snapshot(), ["one"])["one"]
