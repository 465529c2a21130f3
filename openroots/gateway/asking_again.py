"""Asks a handler again that had nothing to tell yet: what clients know as long polling.

For the pipeline. The client waits for its answer meanwhile, and nothing else does.

Source: Amazon SQS developer guide, "Long polling".
"""

import asyncio
from collections.abc import Callable

from openroots.clock import stopwatch
from openroots.service import Later, Request
from openroots.world import World

LOOK = 0.1  # seconds between one look and the next


async def asked_again(
    handle: Callable[[Request], object],
    request: Request,
    seconds: float,
    world: World,
    is_heard: Callable[[], bool] | None = None,
) -> None:
    """Return once it has told something, or the seconds are over, or the world ends, or nobody
    hears it any more, and it was asked for the last time. It is told the wall time at which it
    looks. What is given to who has gone is given to nobody: a message stays hidden meanwhile."""
    until = stopwatch() + seconds
    while True:
        await world.pause(min(LOOK, seconds))
        heard = is_heard is None or is_heard()
        patient = stopwatch() < until and heard and not world.ending
        request = request._replace(wall=world.wall.now(), patient=patient)
        try:
            if world.store.inline and not request.endpoint.scans:
                handle(request)
            else:
                await asyncio.to_thread(handle, request)
            return
        except Later:
            continue
