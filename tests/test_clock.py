"""Two times: the wall's, and that of a world, which is moved and may run faster or stand."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from openroots.clock import LAST, REAL, Course, Movable, Repeatable, Stopped, new_uuid
from openroots.world import clock_mark, kept_course

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def wall():
    """A wall clock that stands until it is told to move."""
    return Stopped(NOON)


@pytest.fixture
def time(wall):
    """The movable time beside it."""
    return Movable(wall)


def test_a_world_is_at_the_wall_until_it_is_moved(wall, time):
    """And there again once it follows."""
    assert time.now() == NOON
    time.put_at(NOON + 14 * HOUR)
    wall.advance(HOUR)
    assert time.now() == NOON + 15 * HOUR
    assert time.shift == 14 * HOUR
    time.follow()
    assert time.now() == wall.now()


@pytest.mark.parametrize(("rate", "hours"), [(60, 60), (1, 1), (0.5, 0.5), (0, 0)])
def test_time_runs_as_fast_as_it_is_told_from_where_it_is(wall, time, rate, hours):
    """Sixty times as fast, as the wall does, half as fast, or not at all."""
    time.put_at(NOON - 24 * HOUR)
    time.course = time.course.running(rate, wall.now())
    assert time.now() == NOON - 24 * HOUR
    wall.advance(HOUR)
    assert time.now() == NOON - 24 * HOUR + hours * HOUR


def test_a_time_that_runs_fast_runs_on_as_fast_from_wherever_it_is_put(wall, time):
    """To move it is not to slow it down; another rate begins at the time there is."""
    time.course = REAL.running(60, wall.now())
    wall.advance(HOUR)
    time.put_at(NOON)
    assert time.now() == NOON
    wall.advance(HOUR)
    assert time.now() == NOON + 60 * HOUR
    time.course = time.course.running(1, wall.now())
    wall.advance(HOUR)
    assert time.now() == NOON + 61 * HOUR


def test_time_that_runs_very_fast_stops_on_the_last_day(wall, time):
    """A rule asked about a time after that would be asked about nothing."""
    time.course = REAL.running(86_400, wall.now())
    wall.advance(timedelta(days=10_000))
    assert time.now() == LAST
    wall.advance(timedelta(days=10))
    assert time.now() == LAST


def test_time_never_runs_back_while_the_wall_does_not(wall, time):
    """Whatever the rate, later at the wall is no earlier in the world."""
    time.course = REAL.running(1000, wall.now())
    times = []
    for _ in range(50):
        times.append(time.now())
        wall.advance(timedelta(days=30))
    assert times == sorted(times)


def test_a_course_is_kept_and_read_again(openroots):
    """Also one that was kept before time could run fast."""
    course = Course(14 * HOUR, 60.0, NOON)
    openroots.holds(marks=[clock_mark(course)])
    assert kept_course(openroots.house.world.store.snapshot()) == course
    mark = clock_mark(course)._replace(value=b"1209600.0")
    openroots.holds(marks=[mark])
    store = openroots.house.world.store
    assert kept_course(store.snapshot()) == Course(timedelta(days=14))


def test_a_new_uuid_says_that_it_is_random_and_follows_from_chance():
    """By its version, which clients look at; the same chance makes the same one."""
    made = new_uuid(Repeatable(1).bytes)
    assert UUID(made).version == 4
    assert made == str(UUID(made)) == new_uuid(Repeatable(1).bytes) != new_uuid(Repeatable(2).bytes)
