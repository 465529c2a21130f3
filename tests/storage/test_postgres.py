"""The PostgreSQL store alone: other nodes on its database, and a server that can be lost."""

import asyncio
import os
import signal
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from openroots.storage import Change, Query, Signal, Store, Unavailable
from openroots.storage.postgres import KEEP_ALL, open_postgres
from openroots.storage.postgres_packed import packed
from openroots.storage.submission import Submission
from tests.conftest import execute
from tests.storage.desk import (
    BY,
    Desk,
    desk_for,
    family,
    forms,
    found,
    patient,
    running_loop,
    terms,
)

STILL_NAMED = (
    "SELECT count(*) FROM openroots.version WHERE length(raw) + length(forms) > 0",
    "SELECT count(*) FROM openroots.term",
    "SELECT count(*) FROM openroots.signal WHERE subject <> '' OR dataref <> ''",
)

# The processes of the server that answer the other connections to this database.
OTHERS = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


@pytest.mark.postgres
def test_slow_commit_is_never_skipped(postgres: Desk, database: str) -> None:
    """While a commit of a lower number is not to be seen, none of a higher number is either."""
    slow, fast = Signal("slow", "p", "/1"), Signal("fast", "p", "/2")

    async def overtake() -> None:
        node = await asyncpg.connect(database)
        transaction = node.transaction()
        await transaction.start()
        work, blobs = packed(Submission((), (), [slow], (), BY))
        [first] = await node.fetch(
            KEEP_ALL.replace("keep_all", "openroots.keep_all"), [work], blobs, [0]
        )
        second = asyncio.ensure_future(postgres.store.commit(signals=[fast], by=BY))
        await until_somebody_waits(node)
        assert await postgres.store.feed() == []
        assert not second.done()
        await transaction.commit()
        assert (first["kept"], await second) == (1, 2)
        await node.close()

    postgres.run(overtake())
    assert postgres.feed() == [slow, fast]


async def until_somebody_waits(node: asyncpg.Connection) -> None:
    """Returns when some connection waits for the lock that this one holds."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    async with asyncio.timeout(30):
        while not await node.fetchval(waiting):  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.01)


@pytest.mark.postgres
def test_nodes_share_a_database(postgres: Desk, database: str) -> None:
    """Two stores on one database number their commits together and see each other's."""
    with desk_for(lambda: open_postgres(database, terms, forms)) as other:
        own = [postgres.start(postgres.store.commit([patient(f"a{n}")], by=BY)) for n in range(50)]
        numbers = other.all_at_once([patient(f"b{n}")] for n in range(50))
        numbers += [one.result(30) for one in own]
        assert sorted(numbers) == list(range(1, 101))
        assert len(other.store.snapshot().search(Query("Patient", limit=200)).rows) == 100


@pytest.mark.postgres
def test_lost_server_is_unavailable_until_it_is_back(postgres: Desk, database: str) -> None:
    """A connection lost under a commit is told as such, and the next commit finds a new one."""
    postgres.commit(patient("1"))

    async def lose() -> None:
        node = await asyncpg.connect(database)
        transaction = node.transaction()
        await transaction.start()
        await node.execute("SELECT pg_advisory_xact_lock(8030029660642307956)")
        lost = asyncio.ensure_future(postgres.store.commit([patient("2")], by=BY))
        await until_somebody_waits(node)
        await node.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with pytest.raises(Unavailable):
            await lost
        await transaction.commit()
        await node.close()

    postgres.run(lose())
    assert postgres.commit(patient("2")) == 2


@pytest.mark.postgres
def test_connection_that_is_lost_within_a_statement_is_unavailable(
    postgres: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client then finds itself out of step before it sees that the server has gone."""

    async def out_of_step(*asked: object, **how: object) -> None:
        raise asyncpg.InternalClientError("cannot switch to state 12")

    with monkeypatch.context() as lost:
        lost.setattr(asyncpg.Connection, "fetch", out_of_step)
        with pytest.raises(Unavailable):
            postgres.feed()
    assert postgres.feed() == []


@pytest.mark.postgres
def test_server_that_goes_and_comes_back_is_told_of_once_each(
    postgres: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """However often it is asked meanwhile; and nothing else is, not by its client either."""

    async def gone(*asked: object, **how: object) -> None:
        raise ConnectionRefusedError("nobody listens")

    for _ in range(2):
        with monkeypatch.context() as lost:
            lost.setattr(asyncpg.Connection, "fetch", gone)
            for _ in range(3):
                with pytest.raises(Unavailable):
                    postgres.feed()
        assert postgres.feed() == postgres.feed() == []
    told = ["the PostgreSQL server is away: nobody listens", "the PostgreSQL server is back"]
    assert [record.getMessage() for record in caplog.records] == told * 2


@pytest.mark.postgres
def test_server_that_does_not_answer_is_told_of_in_words(
    postgres: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the client says of it says nothing."""

    async def silent(*asked: object, **how: object) -> None:
        raise TimeoutError

    with monkeypatch.context() as away:
        away.setattr(asyncpg.Connection, "fetch", silent)
        with pytest.raises(Unavailable, match="it does not answer in time"):
            postgres.feed()


@pytest.mark.postgres
def test_nobody_waits_behind_who_finds_out_whether_the_server_is_back(
    postgres: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it stands still, a queue of those who each wait for it would grow for as long."""
    fetch = asyncpg.Connection.fetch

    async def find_out() -> None:
        is_back, finding = asyncio.Event(), asyncio.Event()

        async def gone(*asked: object, **how: object) -> None:
            raise ConnectionResetError("lost")

        async def stands_still(*asked: Any, **how: Any) -> Any:
            finding.set()
            await is_back.wait()
            return await fetch(*asked, **how)

        monkeypatch.setattr(asyncpg.Connection, "fetch", gone)
        with pytest.raises(Unavailable, match="lost"):
            await postgres.store.feed()
        monkeypatch.setattr(asyncpg.Connection, "fetch", stands_still)
        first = asyncio.ensure_future(postgres.store.feed())
        await finding.wait()
        for _ in range(3):
            with pytest.raises(Unavailable, match="away"):
                await postgres.store.feed()
        assert not first.done()
        is_back.set()
        assert await first == await postgres.store.feed() == []

    postgres.run(find_out())


@pytest.mark.postgres
def test_store_that_will_be_closed_waits_no_longer_for_a_server_that_stands_still(
    postgres: Desk, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor for the end of what it gave up, of which such a server does not tell."""
    monkeypatch.setattr("openroots.storage.postgres_reach.SECONDS_AT_THE_END", 0.1)

    async def stop() -> None:
        node = await asyncpg.connect(database)
        backends = [pid for (pid,) in await node.fetch(OTHERS)]
        await node.close()
        signalled(backends, signal.SIGSTOP)
        try:
            asked = asyncio.ensure_future(postgres.store.feed())
            await asyncio.sleep(0)
            postgres.store.hasten()
            with pytest.raises(Unavailable, match="does not answer"):
                await asked
            await postgres.store.close()
        finally:
            signalled(backends, signal.SIGCONT)

    postgres.run(stop())


def signalled(processes: list[int], what: signal.Signals) -> None:
    """Send this to each."""
    for process in processes:
        os.kill(process, what)


@pytest.mark.postgres
def test_tables_that_somebody_else_holds_are_unavailable(database: str) -> None:
    """Where the server is told not to wait for a lock for long."""
    with desk_for(lambda: open_postgres(database, terms, forms)) as desk:
        desk.commit(patient("1"))
    name = urlsplit(database).path.strip("/")
    asyncio.run(execute(database, f"ALTER DATABASE {name} SET lock_timeout = '50ms'"))

    async def hold(desk: Desk) -> None:
        node = await asyncpg.connect(database)
        async with node.transaction():
            await node.execute("LOCK TABLE openroots.version, openroots.signal")
            with pytest.raises(Unavailable):
                await desk.store.feed()
            with pytest.raises(Unavailable):
                await desk.store.commit([patient("1", 1)], by=BY)
        await node.close()

    with desk_for(lambda: open_postgres(database, terms, forms)) as desk:
        desk.run(hold(desk))
        assert desk.commit(patient("1", 1)) == 2


@pytest.mark.postgres
def test_tables_that_are_gone_are_unavailable(postgres: Desk, database: str) -> None:
    """They may be there again: somebody restores them under a server that runs."""
    asyncio.run(execute(database, "DROP SCHEMA openroots CASCADE"))
    with pytest.raises(Unavailable):
        postgres.feed()
    with pytest.raises(Unavailable):
        postgres.commit(patient("1"))


@pytest.mark.postgres
def test_server_that_is_not_there(database: str) -> None:
    """A database that cannot be reached is unavailable."""
    with running_loop() as loop, pytest.raises(Unavailable):
        Desk(lambda: open_postgres(database.replace("/store_", "/nowhere_"), terms), loop)


@pytest.mark.postgres
@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_database_that_does_not_keep_all_characters_is_refused(
    database: str, encoding: str
) -> None:
    """Before anything is made in it: a search for a name with other characters would fail."""
    locale = "LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    asyncio.run(execute(database, f"CREATE DATABASE in_{encoding} ENCODING '{encoding}' {locale}"))
    other = urlsplit(database)._replace(path=f"/in_{encoding.lower()}").geturl()
    with pytest.raises(Unavailable, match=f"keeps text in {encoding}; .* ENCODING 'UTF8'"):
        asyncio.run(open_postgres(other, terms))


@pytest.mark.postgres
def test_server_that_is_too_old_is_refused(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the version that it is, and the oldest that will do."""
    monkeypatch.setattr(asyncpg.Connection, "get_server_version", lambda self: (11, 22))
    with pytest.raises(Unavailable, match="PostgreSQL 11, and 12 is the oldest"):
        asyncio.run(open_postgres(database, terms))


@pytest.mark.postgres
def test_is_not_read_on_its_own_loop(postgres: Desk) -> None:
    """A snapshot read where it would stop the loop that must answer says so at once."""

    async def on_the_loop() -> None:
        postgres.store.snapshot().read([("Patient", "1")])

    with pytest.raises(RuntimeError, match="on a thread"):
        postgres.run(on_the_loop())


@pytest.mark.postgres
def test_closed_store_is_unavailable(database: str) -> None:
    """After closing, and after its loop has ended, a store says that it is not to be had."""
    with desk_for(lambda: open_postgres(database, terms, forms)) as desk:
        store: Store = desk.store
        desk.run(store.close())
        with pytest.raises(Unavailable):
            desk.commit(patient("1"))
        with pytest.raises(Unavailable):
            store.snapshot().read([("Patient", "1")])
    with pytest.raises(Unavailable):
        store.commits()


@pytest.mark.postgres
@pytest.mark.parametrize("text", ["\x00", "a\x00", "\\\x00"])
def test_nul_is_refused_by_itself(postgres: Desk, text: str) -> None:
    """PostgreSQL keeps no NUL in text: a commit with one is refused, and its neighbours are not."""
    told = postgres.all_at_once([[patient("1", 0, "\\u0000")], [patient("2", 0, text)]])
    assert told[0] == 1
    assert isinstance(told[1], ValueError)
    assert found(postgres.store.snapshot(), family("\\u0000")) == ["1"]
    with pytest.raises(ValueError, match="NUL"):
        found(postgres.store.snapshot(), family(text))


@pytest.mark.postgres
def test_text_compares_by_bytes_whatever_the_database_does(postgres: Desk, database: str) -> None:
    """The columns by which rows are found and ordered do not follow the collation around them."""

    async def other_collations() -> list[asyncpg.Record]:
        node = await asyncpg.connect(database)
        try:
            return await node.fetch(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = 'openroots' AND table_name IN ('version', 'term', 'mark')"
                " AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
            )
        finally:
            await node.close()

    assert asyncio.run(other_collations()) == []


@pytest.mark.postgres
def test_who_is_erased_is_in_no_row(postgres: Desk, database: str) -> None:
    """Nor in another form of what is about them, nor in what they were found by."""
    body = {"is": {"family": ["Smith"]}, "forms": {"short": {"family": "Smith"}}}
    told = [Signal("moved", "p", "/Patient/1")]
    postgres.commit(Change("Patient", "1", body, 0, "p"), signals=told)
    assert postgres.run(postgres.store.erase("p")) == 1

    async def left() -> list[int]:
        node = await asyncpg.connect(database)
        try:
            return [await node.fetchval(each) for each in STILL_NAMED]
        finally:
            await node.close()

    assert asyncio.run(left()) == [0, 0, 0]
