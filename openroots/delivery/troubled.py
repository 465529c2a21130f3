"""A channel that makes trouble on purpose: hands an event over twice, or after the next one.

For made-up worlds, so that a subscriber can be tried against what the delivery of events permits:
duplicates, and events that overtake each other. An event that is held back is held in memory, for
some seconds at most: it is lost where the process is killed meanwhile.

Source: CloudEvents and Standard Webhooks, which both deliver at least once.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from openroots.delivery.source import Channel, Outcome, Parcel

DUPLICATE, REORDER = "duplicate", "reorder"
LONGEST = 2.0  # seconds that an event is held back, where none follows it
ATTEMPTS = 5  # at handing over what was held back
PAUSE = 1.0  # seconds between them

Troubles = Callable[[str], str]  # the type of an event -> DUPLICATE, REORDER or ""


class Troubled:
    """Another channel, with the troubles that `troubles` says are to be made."""

    def __init__(self, channel: Channel, troubles: Troubles, longest: float = LONGEST) -> None:
        self.batch = channel.batch
        self.flights = channel.flights
        self._channel = channel
        self._troubles = troubles
        self._longest = longest
        self._held: dict[str, asyncio.Event] = {}  # by subscription: set when another has gone
        self._late: set[asyncio.Task[None]] = set()

    def takes(self, endpoint: str) -> bool:
        """Whether the other channel is the way there."""
        return self._channel.takes(endpoint)

    def hand_over(
        self, parcels: Sequence[Parcel], at: datetime
    ) -> Coroutine[Any, Any, list[Outcome]]:
        """What became of each; one that is held back is said to be taken."""
        troubles = [self._troubles(parcel.type) for parcel in parcels]
        if not (self._held or any(troubles)):
            return self._channel.hand_over(parcels, at)
        return self._with(troubles, parcels, at)

    async def _with(
        self, troubles: Sequence[str], parcels: Sequence[Parcel], at: datetime
    ) -> list[Outcome]:
        gone = [
            parcel
            for parcel, trouble in zip(parcels, troubles, strict=True)
            if trouble != REORDER or parcel.subscriber.id in self._held
        ]
        held = [parcel for parcel in parcels if parcel not in gone]
        for parcel in held:
            self._hold(parcel, at)
        told = await self._channel.hand_over(gone, at) if gone else []
        twice = [
            one for one, trouble in zip(parcels, troubles, strict=True) if trouble == DUPLICATE
        ]
        if twice:
            await self._channel.hand_over(twice, at)
        for parcel in gone:
            if waiting := self._held.get(parcel.subscriber.id):
                waiting.set()
        outcomes = iter(told)
        late = Outcome(True, "held back on purpose")
        return [late if parcel in held else next(outcomes) for parcel in parcels]

    async def close(self) -> None:
        """Hand over what is held back, then close."""
        for waiting in self._held.values():
            waiting.set()
        if self._late:
            await asyncio.wait(self._late, timeout=self._longest)
        await self._channel.close()

    def _hold(self, parcel: Parcel, at: datetime) -> None:
        waiting = self._held[parcel.subscriber.id] = asyncio.Event()
        task = asyncio.create_task(self._later(parcel, at, waiting))
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _later(self, parcel: Parcel, at: datetime, waiting: asyncio.Event) -> None:
        """Hand it over once another has gone, or none has for a while."""
        with suppress(TimeoutError):
            await asyncio.wait_for(waiting.wait(), self._longest)
        self._held.pop(parcel.subscriber.id, None)
        for _ in range(ATTEMPTS):
            [outcome] = await self._channel.hand_over([parcel], at)
            if outcome.taken or outcome.gone:
                return
            await asyncio.sleep(PAUSE)
