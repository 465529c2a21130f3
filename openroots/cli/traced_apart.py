"""Has the people of a large file traced by as many processes as there are cores.

For `trace`, where no server has the folder: nobody else changes it meanwhile, so each process looks
at the store for itself. A few parts are under way at a time, and come back in their order.

Source: none.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import NamedTuple

from openroots.cli.terminal import Json
from openroots.settings import Settings

LARGE = 2 << 20  # bytes of a file: below it, processes take longer to begin than they save
AHEAD = 3  # parts under way for each process

Part = Sequence[Json]  # people, as `loading.sought` tells of them


class Done(NamedTuple):
    """What came of a part, in its order, and of whom that tells."""

    told: list[Json]
    subjects: list[str]


Tracing = Callable[[Iterable[Part]], Iterator[Done]]


@contextmanager
def tracing(settings: Settings, size: int) -> Iterator[Tracing]:
    """How to have parts of a file of so many bytes traced, in the store of these settings."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if size < LARGE or cores == 1:
        yield lambda parts: (_trace(settings, part) for part in parts)
        return
    pool = ProcessPoolExecutor(cores, get_context("spawn"), _begin)
    try:
        yield lambda parts: _in_order(pool, settings, parts, AHEAD * (cores or 1))
    finally:
        pool.shutdown(cancel_futures=True)


def _in_order(
    pool: ProcessPoolExecutor, settings: Settings, parts: Iterable[Part], most: int
) -> Iterator[Done]:
    under_way: deque[Future[Done]] = deque()
    for part in parts:
        under_way.append(pool.submit(_trace, settings, part))
        if len(under_way) == most:
            yield under_way.popleft().result()
    while under_way:
        yield under_way.popleft().result()


def _trace(settings: Settings, people: Part) -> Done:
    from openroots.loading.sought import wanted_of
    from openroots.loading.traced import all_subjects, trace
    from openroots.opening import reading

    sought = [wanted_of(one) for one in people]
    outcomes = reading(settings, lambda db: trace(sought, db)) if sought else []
    return Done([outcome.told() for outcome in outcomes], all_subjects(outcomes))


def _begin() -> None:
    """Leave it to the process that began this one when to end; never outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)
