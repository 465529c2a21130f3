"""Whether the event loop may wait for the disk."""

import pytest

from openroots.storage import patience
from openroots.storage.patience import LATELY, LONG, LONGEST, SHORTEST, Patience


class Watch:
    """A stopwatch that is moved by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch()
    monkeypatch.setattr(patience, "stopwatch", made)
    return made


def test_the_loop_waits_for_a_disk_as_long_as_it_is_quick(watch: Watch) -> None:
    loop = Patience()
    for _ in range(3):
        assert loop.is_given
        loop.spent(LONG)
    assert loop.is_given


def test_one_long_wait_among_short_ones_changes_nothing(watch: Watch) -> None:
    loop = Patience()
    for seconds in (LONG / 4, LONG / 4, 5 * LONG, LONG / 4, LONG / 4):
        loop.spent(seconds)
        assert loop.is_given


def test_a_disk_that_has_become_slow_is_left_to_a_thread_after_a_few_waits(watch: Watch) -> None:
    loop, waits = Patience(), 0
    while loop.is_given:
        loop.spent(2 * LONG)
        waits += 1
    assert 2 <= waits <= LATELY


def test_after_one_that_stood_still_it_tries_again_a_moment_later(watch: Watch) -> None:
    loop = Patience()
    loop.spent(10.0)
    assert not loop.is_given
    watch.at += SHORTEST
    assert loop.is_given
    loop.spent(LONG / 4)
    assert loop.is_given


def test_each_long_wait_after_another_doubles_the_while_without_one(watch: Watch) -> None:
    """So a disk that is always slow keeps everybody waiting once a minute and no more."""
    loop, pauses = Patience(), []
    for _ in range(9):
        loop.spent(1.0)
        began = watch.at
        while not loop.is_given:
            watch.at += SHORTEST
        pauses.append(watch.at - began)
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-1] == LONGEST


def test_a_quick_answer_makes_up_for_slow_ones(watch: Watch) -> None:
    loop = Patience()
    for seconds in (1.0, 1.0, LONG, 1.0):
        loop.spent(seconds)
    watch.at += 2 * SHORTEST
    assert loop.is_given
