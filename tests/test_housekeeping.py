"""What is done now and then while a world is open."""

from openroots.gateway.proof import proved
from openroots.housekeeping import moved_on
from openroots.testing import Nation
from tests.gateway.door import Door


def test_what_was_seen_a_round_before_is_known_to_be_proved(openroots: Nation) -> None:
    """The next start need not look at it again."""
    world = openroots.house.world
    first = openroots.run(moved_on(world, None))
    openroots.run(moved_on(world, first))
    assert proved(world.store.snapshot()) == first.proved
    assert first.proved.t == world.store.snapshot().t - 1  # which is the note of it


def test_how_far_one_store_had_come_is_not_said_of_the_next(openroots: Nation) -> None:
    """A world that was begun again has fewer commits, of which a crash may leave some unproved."""
    seen = openroots.run(moved_on(openroots.house.world, None))
    Door(openroots).post("/reset")
    world = openroots.house.world
    known = proved(world.store.snapshot())
    openroots.run(moved_on(world, seen))
    assert proved(world.store.snapshot()) == known
