"""An audit entry on disk before the answer leaves: the last steps of the pipeline.

Whoever's data an answer holds, and whoever was refused it, is proved by an entry; its receipt goes
with the answer.

For the pipeline.

Source: none.
"""

import asyncio
from collections.abc import Awaitable

from openroots.clock import Unpredictable
from openroots.gateway.answering import answer_of
from openroots.gateway.exchange import Exchange
from openroots.gateway.noting import entry_of
from openroots.gateway.wire import Answer
from openroots.storage.audit import Journal
from openroots.storage.receipt import HEADER, SALT, salted

RECEIPT = HEADER.encode()


def tell(exchange: Exchange) -> None:
    """Make the answer as it goes out, to whom it turned out to be."""
    exchange.caller = exchange.turned_out
    exchange.answer = answer_of(exchange)


class Proving:
    """The step, with the journal that entries go to."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._chance = Unpredictable()

    def __call__(self, exchange: Exchange) -> Awaitable[None]:
        """Hand the entry over; what is returned is done when it is on disk. Either raises
        Unavailable where it cannot be."""
        answer, salt = exchange.answer, self._chance.bytes(SALT)
        assert answer is not None
        kept = self._journal.entered(entry_of(exchange, exchange.who, answer, salt))
        return _proved(exchange, answer, kept, salt)


async def _proved(
    exchange: Exchange, answer: Answer, kept: "asyncio.Future[str]", salt: bytes
) -> None:
    if receipt := await kept:
        answer.headers.append((RECEIPT, salted(receipt, salt).encode()))
    exchange.trail.add("audit", "on disk")
