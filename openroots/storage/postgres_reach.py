"""The way to a PostgreSQL server, and whether it can be reached, as its keeper is told.

For the store in PostgreSQL. A server that goes is told of in one line of the log, however many are
refused meanwhile, and in another when it is back. Where it does not answer at all, whoever asked
waits for as long as it may take. Those who come later would wait behind them, ever longer: they are
told at once that it is away, but for one at a time, who finds out whether it is back. Where the
store is soon to be closed, nobody has long to wait.

Source: PostgreSQL's documentation of its error codes.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg

from openroots.storage.types import Unavailable

SECONDS_TO_ANSWER = 30.0
SECONDS_TO_FIND = 5.0  # whether a server is back that was away
SECONDS_AT_THE_END = 8.0  # to answer, once the store is soon to be closed
SECONDS_TO_FIND_THEN = 1.0
SECONDS_TO_LET_GO = 1.0  # of a statement that was given up
SECONDS_TO_CLOSE = 5.0
SECONDS_AT_MOST = SECONDS_TO_ANSWER + SECONDS_TO_FIND + 5.0  # for both, and for a busy event loop
CONNECTIONS = 10
OLDEST = 12  # that has `starts_with`, and `plan_cache_mode` of a function
ENCODING = "UTF8"  # of others some compare by bytes that are no characters, and some know too few

# What tells of the server or the way to it, rather than of what was asked.
LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a connection says that is lost in the middle of a statement
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InternalServerError,  # a disk that refuses, or gives back what was never written
    asyncpg.TransactionRollbackError,  # a deadlock
    asyncpg.ObjectNotInPrerequisiteStateError,  # a lock that somebody else has for too long
    asyncpg.InvalidSchemaNameError,  # and the next two: the tables are being restored, or are gone
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedFunctionError,
)

log = logging.getLogger(__name__)


@asynccontextmanager
async def reached(url: str, name: str = "openroots") -> AsyncIterator[Any]:
    """A pool of connections of this name, closed again where what is begun with it fails.

    Raises Unavailable where the server cannot be reached or refuses.
    """
    with reaching():
        pool = await asyncpg.create_pool(
            url,
            min_size=0,  # else the pool itself tries for one while the server is away, and logs it
            max_size=CONNECTIONS,
            timeout=SECONDS_TO_ANSWER,
            command_timeout=SECONDS_TO_ANSWER,
            reset=_leave_as_it_is,
            server_settings={
                "application_name": name,
                "search_path": "openroots",
                "default_transaction_isolation": "read committed",  # see what the lock waited for
                "jit": "off",
            },
        )
    try:
        await _try(pool)
        with reaching():
            yield pool
    except BaseException:
        await pool.close()
        raise


async def _try(pool: Any) -> None:
    """Connect once: what an address says that can be no address is told as such, and so is what is
    wrong with the database. It would be noticed by the first who have an accent in their name."""
    try:
        async with pool.acquire() as connection:
            version, told = connection.get_server_version(), connection.get_settings()
    except (ValueError, asyncpg.PostgresError, *LOST) as error:
        raise Unavailable(_words_of(error)) from error
    if version[0] < OLDEST:
        raise Unavailable(f"the server is PostgreSQL {version[0]}, and {OLDEST} is the oldest")
    encoding = getattr(told, "server_encoding", ENCODING)  # what stands between may not tell
    if encoding != ENCODING:
        made = f"ENCODING '{ENCODING}' TEMPLATE template0"
        raise Unavailable(f"the database keeps text in {encoding}; it must be made with {made}")


def _words_of(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    return str(error) or type(error).__name__


async def _leave_as_it_is(connection: Any) -> None:
    """No statement here leaves anything behind, so a connection needs no round trip to clean it."""


@contextmanager
def reaching() -> Iterator[None]:
    """Raises Unavailable for a server that is lost, and ValueError for text it cannot hold."""
    try:
        yield
    except asyncpg.CharacterNotInRepertoireError as error:
        raise ValueError("text may not hold NUL") from error
    except ValueError:
        raise
    except LOST as error:
        raise Unavailable(_words_of(error)) from error


class Reach:
    """The way to one server, and whether it was there when it was last asked."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self.away = False
        self._finding = False
        self._ending = False
        self._waits: set[asyncio.Timeout] = set()

    def hasten(self) -> None:
        """Have nobody wait for long from now on, who is waiting already included."""
        self._ending = True
        last = asyncio.get_running_loop().time() + SECONDS_AT_THE_END
        for wait in self._waits:
            wait.reschedule(min(wait.when() or last, last))

    async def ask(self, sql: str, *values: Any, seconds: float) -> list[Any]:
        """The records that a statement gives. Raises Unavailable, and ValueError for text that the
        server cannot hold."""
        if self.away:
            await self._find()
        return await self._asked(sql, *values, seconds=seconds)

    async def _find(self) -> None:
        """Find out whether it is back, by what waits for nobody's lock."""
        if self._finding:
            raise Unavailable("the PostgreSQL server is away")
        self._finding = True
        try:
            seconds = SECONDS_TO_FIND_THEN if self._ending else SECONDS_TO_FIND
            await self._asked("SELECT 1", seconds=seconds)
        finally:
            self._finding = False

    async def _asked(self, sql: str, *values: Any, seconds: float) -> list[Any]:
        if self._ending:
            seconds = min(seconds, SECONDS_AT_THE_END)
        with self._told(), reaching():
            async with asyncio.timeout(seconds) as wait:  # for a connection, too
                self._waits.add(wait)
                try:
                    return await self._fetched(sql, *values, seconds=seconds)
                finally:
                    self._waits.discard(wait)

    async def _fetched(self, sql: str, *values: Any, seconds: float) -> list[Any]:
        connection = await self._pool.acquire()
        try:
            records: list[Any] = await connection.fetch(sql, *values, timeout=seconds)
        finally:  # not by itself: that would wait for a statement to end that was given up
            await self._pool.release(connection, timeout=SECONDS_TO_LET_GO)
        return records

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tells how it went to ask the server, where it went otherwise than the last time."""
        try:
            yield
        except Unavailable as error:
            if not self.away:
                log.warning("the PostgreSQL server is away: %s", error)
            self.away = True
            raise
        if self.away:
            log.warning("the PostgreSQL server is back")
        self.away = False
