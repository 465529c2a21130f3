"""What becomes of a service's decision: it is kept, or shown to the client and forgotten.

For the pipeline; `app.py` chooses. Where nothing is kept, an endpoint may have declared a handler
of its own, no version is ever made, no signal leaves, and a request that comes twice is answered
afresh each time.

Source: NHS England API catalogue, sandbox testing, for what nothing kept means to a client.
"""

from typing import Protocol

from openroots.gateway import repeats
from openroots.gateway.exchange import Exchange
from openroots.gateway.written import Checked
from openroots.service import Endpoint, Reply
from openroots.service.endpoint import Handler
from openroots.storage import Author, Snapshot, Store


class Effect(Protocol):
    """One of the two."""

    def handler(self, endpoint: Endpoint) -> Handler:
        """What answers a request to this endpoint."""
        ...

    def first_reply(self, exchange: Exchange, db: Snapshot) -> Reply | None:
        """What the first request with this id was answered; None for the first, and where that
        is not remembered. Raises Problem where the first one asked for something else."""
        ...

    async def commit(
        self, exchange: Exchange, reply: Reply, store: Store, by: Author
    ) -> int | None:
        """Do what was decided, and return the number of the commit if there is one."""
        ...


class Kept:
    """Every decision is committed, with its signals, and its answer is remembered. What is no
    resource of R4 is not committed."""

    def __init__(self) -> None:
        self._checked = Checked()

    def handler(self, endpoint: Endpoint) -> Handler:
        return endpoint.handler

    def first_reply(self, exchange: Exchange, db: Snapshot) -> Reply | None:
        return repeats.first_reply(exchange, db)

    async def commit(
        self, exchange: Exchange, reply: Reply, store: Store, by: Author
    ) -> int | None:
        await self._checked.check(exchange, reply, store)
        marks = (*reply.marks, *repeats.remembered(exchange, reply))
        return await store.commit(reply.changes, reply.guards, reply.signals, marks, by=by)


class Forgotten:
    """Every decision is answered in full, and nothing comes of it; but that somebody was given or
    lost a token is kept, or none could be used."""

    def handler(self, endpoint: Endpoint) -> Handler:
        return endpoint.unkept or endpoint.handler

    def first_reply(self, exchange: Exchange, db: Snapshot) -> Reply | None:
        return None

    async def commit(
        self, exchange: Exchange, reply: Reply, store: Store, by: Author
    ) -> int | None:
        if reply.changes or not reply.marks:
            return None
        return await store.commit(marks=reply.marks, by=by)
