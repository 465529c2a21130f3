"""Of several nodes one delivers; when it is gone, another goes on from what it kept."""

from datetime import timedelta

from openroots.delivery.dispatcher import Dispatcher
from openroots.delivery.lease import LASTS, Shared
from tests.delivery.desk import Notices, all_turns, alone


def node(made, name):
    """A node of this name."""
    lease = Shared(made.world, name)
    return Dispatcher(made.world, Notices, [made.shelf], prove=made.prove, lease=lease, fresh=0)


@alone
async def test_only_one_of_two_nodes_delivers(made):
    """However many turns the other takes."""
    await made.wants("one", "shelf:1", "move")
    one, other = node(made, "one"), node(made, "other")
    for number in range(5):
        await made.tells(("move", "jane", str(number)))
        await all_turns(one)
        await all_turns(other)
        made.wall.advance(timedelta(seconds=6))
    assert made.shelf.data() == ["0", "1", "2", "3", "4"]


@alone
async def test_another_takes_over_from_one_that_is_gone(made):
    """And loses nothing; the first, if it comes back, keeps nothing and delivers no more."""
    await made.wants("one", "shelf:1", "move")
    one, other = node(made, "one"), node(made, "other")
    await made.tells(("move", "jane", "a"))
    await all_turns(one)
    await one.keep()
    made.wall.advance(LASTS + timedelta(seconds=1))
    await made.tells(("move", "jane", "b"))
    await all_turns(other)
    await other.keep()
    await one.keep()
    await made.tells(("move", "jane", "c"))
    await all_turns(one)
    await all_turns(other)
    assert made.shelf.data() == ["a", "b", "c"]
