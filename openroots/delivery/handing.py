"""Hands over what somebody subscribed to: written as they asked for it, proved, by their channel.

For the dispatcher. Whatever prevents it is what became of the items, and is tried again.

Source: none.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from openroots.delivery.following import Following
from openroots.delivery.item import Item
from openroots.delivery.lane import Lane
from openroots.delivery.proving import Prove, Proving
from openroots.delivery.source import UNTOLD, Channel, Outcome, Parcel, Reading, Source, Subscriber
from openroots.storage import Json, Unavailable
from openroots.world import World

UNWRITTEN = Outcome(False, "the event cannot be written")

Hydrate = Callable[[Reading], Awaitable[Json | None]]

log = logging.getLogger(__name__)


class Sending(NamedTuple):
    """What is handed over in one go: to whom, by which way."""

    subscriber: Subscriber
    channel: Channel | None
    items: Sequence[Item]


async def nothing_found(reading: Reading) -> Json | None:
    """Send nothing along: for where there is nobody to ask."""
    return None


class Handing:
    """The ways by which items leave one world."""

    def __init__(
        self, world: World, channels: Sequence[Channel], prove: Prove, hydrate: Hydrate
    ) -> None:
        self._world = world
        self._channels = channels
        self._proving = Proving(world, prove)
        self._hydrate = hydrate

    def channel(self, endpoint: str) -> Channel | None:
        """The way to an endpoint; None where there is none."""
        for channel in self._channels:
            if channel.takes(endpoint):
                return channel
        return None

    async def outcomes(
        self, following: Following, lane: Lane, sending: Sending
    ) -> Sequence[Outcome]:
        """What became of each item, once they were handed over or could not be."""
        try:
            return await self._handed_over(following, lane, sending)
        except Exception as error:
            return [_broken(error)] * len(sending.items)

    async def close(self) -> None:
        """Close every channel."""
        for channel in self._channels:
            await channel.close()

    async def _handed_over(
        self, following: Following, lane: Lane, sending: Sending
    ) -> Sequence[Outcome]:
        subscriber, channel, items = sending
        if channel is None:
            return [Outcome(False, "no way to this endpoint")] * len(items)
        parcels, source = [], following.source
        told: dict[str, Outcome] = {}
        for item in items:
            if item.event is None:
                await following.complete(lane, item)
            if not await following.may_tell(lane, item):
                told[item.id] = UNTOLD
                continue
            reading = source.reading(item.event, subscriber) if item.event is not None else None
            found = await self._hydrate(reading) if reading is not None else None
            if (parcel := _parcel(source, subscriber, item, found)) is not None:
                parcels.append(parcel)
        if parcels:
            await self._proving.proved(parcels)
            outcomes = await channel.hand_over(parcels, self._world.wall.now())
            told |= {parcel.id: outcome for parcel, outcome in zip(parcels, outcomes, strict=True)}
        return [told.get(item.id, UNWRITTEN) for item in items]


def _broken(error: Exception) -> Outcome:
    """What became of items of which no channel could say."""
    if isinstance(error, Unavailable):
        return Outcome(False, "unavailable")
    log.error("defect in a delivery", exc_info=error)
    return Outcome(False, "defect")


def _parcel(
    source: Source, subscriber: Subscriber, item: Item, found: Json | None
) -> Parcel | None:
    """The item as it is handed over; None for one that cannot be written, which no other pays
    for."""
    if (event := item.event) is None:
        return None
    try:
        written = source.written(event, subscriber, found)
    except Exception:
        log.exception("an event of type %s cannot be written", item.type)
        return None
    item.type = str(event.get("type", item.type))
    event_id = str(event.get("id", ""))
    return Parcel(item.id, item.cursor, event_id, item.type, item.subject, subscriber, written)
