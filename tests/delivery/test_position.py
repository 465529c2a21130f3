"""From where the feed is read again after a crash: never from beyond what was not delivered."""

import orjson

from openroots.delivery.item import Item
from openroots.delivery.lane import FAILURES_TO_REST, Lane, lane_of
from openroots.delivery.source import Outcome
from tests.delivery.desk import NOON

TAKEN, REFUSED = Outcome(True, "200"), Outcome(False, "503")
PEOPLE = ("jane", "jane", "john", "ann", "sue", "tom")


def lane_with(people=PEOPLE):
    """A lane that has been offered an item about each of these, one after the other."""
    lane = Lane("one")
    for number, person in enumerate(people, 8):
        lane.offer(Item(str(number), str(number + 1), f"msg_{number}", person))
    return lane


def settle(lane, item, outcome):
    """What became of an attempt, as the dispatcher notes it."""
    lane.settle(item, outcome, NOON, lambda count: bytes(count))


def place_after_a_crash(lane):
    """Where the lane goes on, of what is kept of it now."""
    return lane_of("one", orjson.loads(orjson.dumps(lane.kept()))).place


def test_what_was_left_for_later_is_read_again_though_something_later_is_under_way():
    """Jane's second is ready when the receiver fails; Tom's, which came after it, is out still."""
    lane = lane_with()
    jane, *others, tom = lane.next_ones(NOON, 10)
    settle(lane, jane, TAKEN)
    assert len(others) == FAILURES_TO_REST
    for item in others:
        settle(lane, item, REFUSED)
    assert list(lane.flying.values()) == [tom]
    assert place_after_a_crash(lane) == "9"


def test_what_waits_at_a_pause_is_read_again():
    """Whatever is under way meanwhile."""
    lane = lane_with()
    jane, *_ = lane.next_ones(NOON, 10)
    settle(lane, jane, TAKEN)
    lane.pause("its owner asked for it")
    assert place_after_a_crash(lane) == "9"


def test_a_replay_goes_on_from_where_it_was_asked_for():
    """Though something is under way that comes after that, and something was read again since."""
    lane = lane_with()
    lane.next_ones(NOON, 10)
    lane.go_back("3", "", "13")
    assert place_after_a_crash(lane) == "3"
    lane.take(Item("3", "4", "msg_3", "jim"))
    lane.place = "4"
    assert place_after_a_crash(lane) == "3"


def test_places_are_compared_as_numbers():
    """The feed of a store on another machine counts commits and signals: 9.2 comes before 10.1."""
    lane = Lane("one")
    for after in ("10.1", "9.2"):
        lane.take(Item(after, f"{after}1", after, after))
    assert place_after_a_crash(lane) == "9.2"
    assert place_after_a_crash(Lane("two")) is None
    lane.go_back("", "", "9.2")
    assert place_after_a_crash(lane) == ""
