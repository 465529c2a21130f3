"""A disk that is full, refuses writes or is locked: a clear answer meanwhile, and no harm after."""

import asyncio
import os
import resource
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import apsw
import pytest

from openroots.storage import Change, Unavailable
from openroots.storage.audit import broken_at
from openroots.storage.sqlite import SqliteStore, open_connection, open_sqlite
from openroots.storage.sqlite_writer import WriterThread
from openroots.testing import Nation, Told, open_nation
from tests.crash.disk import FULL, REFUSING, Disk, Trouble, needs_proc
from tests.crash.verdict import integrity
from tests.storage.desk import desk_for, forms, terms

pytestmark = [pytest.mark.crash, needs_proc]

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
STORE, AUDIT, ALL = ("openroots.db-wal", ".jsonl", "")
FILLING = 1 << 16


def read(nation: Nation) -> Told:
    """Jane as she is answered now."""
    return nation.ask("GET", JANE)


def update(nation: Nation, version: int, request: str = "") -> Told:
    """The answer to a change of Jane at this version."""
    gender = ("male", "female")[version % 2]
    patch = {"patches": [{"op": "replace", "path": "/gender", "value": gender}]}
    headers = {"If-Match": f'W/"{version}"', "X-Request-ID": request or str(uuid4())}
    return nation.ask("PATCH", JANE, patch, headers=headers)


def is_unavailable(answer: Told) -> bool:
    """Whether the answer says, as this API says it, that one is to come again."""
    return (
        answer.status == 503
        and int(answer.headers["retry-after"]) > 0
        and answer.headers["content-type"].startswith("application/fhir+json")
        and answer.body["resourceType"] == "OperationOutcome"
    )


def all_is_well(nation: Nation, version: int) -> bool:
    """Whether Jane is at this version, can be changed, and nothing is broken or unproved."""
    state = nation.house.settings.state
    assert read(nation).body["meta"]["versionId"] == str(version)
    assert update(nation, version).body["meta"]["versionId"] == str(version + 1)
    return integrity(state / "openroots.db") == "ok" and broken_at(state / "audit/0.jsonl") == 0


@pytest.fixture
def disk(openroots_seeded: Path, tmp_path: Path) -> Iterator[Disk]:
    """A simulated disk with a seeded world on it."""
    disk = Disk(shutil.copytree(openroots_seeded, tmp_path / "disk"))
    with disk.in_place():
        yield disk


@pytest.fixture
def nation(disk: Disk) -> Iterator[Nation]:
    """That world, open."""
    nation = open_nation(disk.path())
    yield nation
    disk.trouble = None
    nation.close()


@pytest.mark.parametrize("trouble", [FULL, REFUSING])
def test_a_store_that_cannot_be_written_is_read_on(
    nation: Nation, disk: Disk, trouble: int
) -> None:
    """While the store takes no write, writes are told to come again and reads are answered; then
    all goes on where it was."""
    disk.trouble = Trouble(trouble, STORE)
    assert is_unavailable(update(nation, 2))
    assert is_unavailable(update(nation, 2))
    assert read(nation).body["meta"]["versionId"] == "2"
    disk.trouble = None
    assert all_is_well(nation, 2)


@pytest.mark.parametrize("trouble", [FULL, REFUSING])
@pytest.mark.parametrize("where", [AUDIT, ALL])
def test_what_cannot_be_proved_is_not_answered(
    nation: Nation, disk: Disk, trouble: int, where: str
) -> None:
    """Where no audit entry can be written, reads are told to come again too."""
    disk.trouble = Trouble(trouble, where)
    assert is_unavailable(read(nation))
    disk.trouble = None
    assert all_is_well(nation, 2)


def test_none_who_come_together_is_answered_where_nothing_can_be_proved(
    nation: Nation, disk: Disk
) -> None:
    """They share a flush, and each is told of its own that it failed: who is found and who is not.
    Once there is room, the same are answered."""
    gateway = nation.house.gateway
    unknown = JANE.replace("9000000009", "9111231130")

    async def asked(path: str) -> int:
        service = gateway.service(path)
        assert service is not None
        headers = [(b"x-request-id", str(uuid4()).encode())]
        return (await gateway.answer(gateway.begin(service, "GET", path, b"", headers))).status

    async def all_at_once() -> list[int]:
        return await asyncio.gather(*map(asked, (JANE, unknown, JANE)))

    disk.trouble = Trouble(FULL, AUDIT)
    assert nation.run(all_at_once()) == [503, 503, 503]
    disk.trouble = None
    assert nation.run(all_at_once()) == [200, 404, 200]
    assert all_is_well(nation, 2)


def test_a_write_that_could_not_be_proved_is_made_once(nation: Nation, disk: Disk) -> None:
    """A write that was kept and not proved is told 503; the same request gets its answer later."""
    disk.trouble = Trouble(FULL, AUDIT)
    request = "0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
    assert is_unavailable(update(nation, 2, request))
    disk.trouble = None
    assert update(nation, 2, request).body["meta"]["versionId"] == "3"
    assert all_is_well(nation, 3)


def test_a_copy_that_has_no_room_leaves_nothing_behind(nation: Nation, disk: Disk) -> None:
    """Nor what SQLite notes beside it meanwhile: where there is no room, that would take some."""
    store, target = nation.house.world.store, disk.path("copy")
    assert isinstance(store, SqliteStore)
    disk.trouble = Trouble(FULL, "copy")
    with pytest.raises(Unavailable, match="No space left"):
        nation.run(store.save(target))
    disk.trouble = None
    assert not list(target.parent.glob("copy*"))
    nation.run(store.save(target))
    assert integrity(target) == "ok"


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file of this process may grow beyond this size meanwhile."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_store_that_may_not_grow_is_read_on(openroots: Nation) -> None:
    """The system itself refuses to let the store's files grow: as on a full disk of their own."""
    with largest_file(FILLING):
        version = 2
        while (answer := update(openroots, version)).status == 200:
            version += 1
        assert is_unavailable(answer)
        assert read(openroots).body["meta"]["versionId"] == str(version)
    assert all_is_well(openroots, version)


def test_a_server_on_a_full_disk_ends_in_peace(openroots_seeded: Path, tmp_path: Path) -> None:
    """It can be stopped where its log cannot be moved to the database, for want of room there, and
    the next start has all that was told."""
    state = shutil.copytree(openroots_seeded, tmp_path / "state")
    nation = open_nation(state)
    answers = [update(nation, version) for version in range(2, 12)]
    assert {answer.status for answer in answers} == {200}
    with largest_file((state / "openroots.db").stat().st_size):
        nation.close()
    assert (state / "openroots.db-wal").stat().st_size > 0
    again = open_nation(state)
    assert all_is_well(again, 12)
    again.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes, in memory."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small file system")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(path: Path) -> None:
    """Write to a file until nothing more fits."""
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(512))


def test_a_full_file_system_loses_nothing(small_disk: Path, openroots_seeded: Path) -> None:
    """On a file system without room, requests are told to come again, as none can be proved; once
    there is room, everything that was told of is there and goes on."""
    nation = open_nation(shutil.copytree(openroots_seeded, small_disk / "state"))
    assert update(nation, 2).status == 200
    fill(small_disk / "filler")
    answers = [update(nation, 3)]
    while len(answers) < 100 and answers[-1].status == 200:  # a little may be left
        answers.append(read(nation))
    assert is_unavailable(answers[-1])
    assert is_unavailable(update(nation, 3))
    (small_disk / "filler").unlink()
    version = int(read(nation).body["meta"]["versionId"])
    assert version >= (4 if answers[0].status == 200 else 3)
    assert all_is_well(nation, version)
    nation.close()


def test_a_server_stops_while_there_is_no_room(
    small_disk: Path, openroots_seeded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the disk would not take to the last stands in the way of no stop, and of no start."""
    failed: list[object] = []
    monkeypatch.setattr(threading, "excepthook", failed.append)
    state = shutil.copytree(openroots_seeded, small_disk / "state")
    nation = open_nation(state)
    assert update(nation, 2).status == 200
    fill(small_disk / "filler")
    answers = [read(nation)]
    while len(answers) < 100 and answers[-1].status == 200:
        answers.append(read(nation))
    assert is_unavailable(answers[-1])
    nation.close()
    assert failed == []
    (small_disk / "filler").unlink()
    again = open_nation(state)
    assert all_is_well(again, 3)
    again.close()


def test_a_locked_store_is_read_on(tmp_path: Path) -> None:
    """While another program holds the store's lock for longer than a writer waits, writes are
    unavailable and reads go on; then both do."""
    path = tmp_path / "store.db"

    async def opened() -> SqliteStore:
        await (await open_sqlite(path, terms, forms)).close()
        db = open_connection(path, writes=True)
        db.set_busy_timeout(200)
        return SqliteStore(path, terms, forms, WriterThread(db))

    with desk_for(opened) as desk:
        assert desk.commit(Change("Patient", "1", {}, 0)) == 1
        other = apsw.Connection(str(path))
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            desk.commit(Change("Patient", "1", {}, 1))
        assert desk.store.snapshot().read([("Patient", "1")])
        letting_go = threading.Timer(0.05, other.close)
        letting_go.start()
        assert desk.commit(Change("Patient", "1", {}, 1)) == 2
        letting_go.join()
    assert integrity(path) == "ok"
