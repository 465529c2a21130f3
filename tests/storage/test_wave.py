"""What comes in turns of the event loop that follow each other is handed over together."""

import asyncio

from openroots.storage.wave import TURNS, Wave


def handed_over(comes: list[int]) -> list[int]:
    """How much each wave holds, where so much comes in each turn of the loop."""

    async def come() -> list[int]:
        waiting, waves = 0, []

        def hand_over() -> None:
            nonlocal waiting
            waves.append(waiting)
            waiting = 0

        wave = Wave(lambda: waiting, hand_over)
        for count in comes:
            if count and not waiting:
                wave.begin()
            waiting += count
            await asyncio.sleep(0)
        return waves

    return asyncio.run(come())


def test_what_comes_in_turns_that_follow_each_other_is_one_wave() -> None:
    assert handed_over([3, 1, 2, 0, 0, 0]) == [6]


def test_who_is_alone_waits_for_one_turn_in_which_nothing_comes() -> None:
    assert handed_over([1, 0, 0]) == [1]


def test_a_turn_without_anything_ends_a_wave() -> None:
    assert handed_over([1, 0, 0, 2, 0, 0]) == [1, 2]


def test_nobody_is_kept_waiting_because_more_comes_for_ever() -> None:
    waves = handed_over([1] * 50)
    assert len(waves) >= 50 // (TURNS + 2)
    assert max(waves) <= TURNS + 2
