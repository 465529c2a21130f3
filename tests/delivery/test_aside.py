"""Signals that are aside stand in their order, and of each person one is sent after the other."""

from datetime import UTC, datetime, timedelta

from openroots.delivery.aside import Aside
from openroots.delivery.item import Item

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def item(number, person="", **parts):
    return Item("", f"c{number}", f"i{number}", person, number=number, **parts)


def sent(aside, room=9, flying=()):
    """The numbers of those that would be sent at noon."""
    under_way = {one.cursor: one for one in flying}
    return [one.number for one in aside.due(NOON, room, under_way)]


def test_they_stand_in_the_order_in_which_they_came():
    """However they are put here; one that is here already stands once."""
    third, first = item(3), item(1)
    aside = Aside([item(2)])
    for one in (third, first, third):
        aside.put(one)
    assert [one.number for one in aside] == [1, 2, 3]
    assert aside.first() == [first]
    aside.leave(first)
    aside.forget("c2")
    assert [*aside] == [third]
    assert (aside.holds("c3"), aside.holds("c2")) == (True, False)


def test_of_each_person_the_first_alone_is_sent():
    """Nobody of whom something is under way; of those about nobody each, if there is room."""
    aside = Aside([item(1, "a"), item(2, "a"), item(3), item(4), item(5, "b")])
    assert sent(aside) == [1, 3, 4, 5]
    assert sent(aside, room=2) == [1, 3]
    assert sent(aside, flying=[item(9, "a"), item(3)]) == [4, 5]


def test_one_that_waits_holds_back_its_own_person_until_its_time_has_come():
    """Then it is sent, and not those behind it."""
    aside = Aside([item(1, "a", due=NOON + timedelta(hours=1)), item(2, "a"), item(3, "b")])
    assert sent(aside) == [3]
    aside.make_due(NOON)
    assert sent(aside) == [1, 3]


def test_those_that_were_not_tried_are_forgotten_from_a_number_on():
    """What was tried is kept: the feed does not tell how often."""
    aside = Aside([item(1, "a"), item(2, "a", attempts=1), item(3, "a")])
    aside.forget_untried(2)
    assert [one.number for one in aside] == [1, 2]


def test_nobody_is_no_person():
    """Signals whose order means nothing stand behind none."""
    assert not Aside([item(1)]).concerns("")
    assert Aside([item(1, "a")]).concerns("a")
    assert not Aside()
