"""A saved state: one steady commit, made while others write, and put back whole or not at all."""

import asyncio
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import orjson
import pytest

from openroots.storage import Change, Commit, Store
from openroots.storage.audit import Segment, broken_at
from openroots.storage.saved import (
    finish_restore,
    prepare_restore,
    restore_prepared,
    write_saved,
)
from openroots.storage.sqlite import open_sqlite
from openroots.testing import Nation, open_nation
from tests.crash.campaign import Left, power_cuts
from tests.crash.disk import Disk, needs_proc
from tests.storage.desk import BY, forms, terms

pytestmark = needs_proc

PATIENT = "/personal-demographics/FHIR/R4/Patient"
PEOPLE = ("9000000009", "9000000017", "9732019395")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def keep_on_changing(nation: Nation, person: str, enough: threading.Event) -> None:
    """Change one person again and again, until told to stop."""
    read = nation.ask("GET", f"{PATIENT}/{person}")
    version = int(read.body["meta"]["versionId"])
    while not enough.is_set():
        gender = ("male", "female")[version % 2]
        patch = {"patches": [{"op": "replace", "path": "/gender", "value": gender}]}
        headers = {"If-Match": f'W/"{version}"', "X-Request-ID": request_id(person, version)}
        answer = nation.ask("PATCH", f"{PATIENT}/{person}", patch, headers=headers)
        assert answer.status == 200
        version += 1


def request_id(person: str, version: int) -> str:
    return f"{version:08d}-0000-4000-8000-00{person}"


def save(nation: Nation, file: Path) -> None:
    """As `openroots save` does while a server runs."""
    assert nation.tooling("POST", "/save", {"file": str(file)}).status == 200


@pytest.fixture
def saved_meanwhile(openroots: Nation, tmp_path: Path) -> Path:
    """A state that was saved while three callers went on writing."""
    enough = threading.Event()
    callers = [
        threading.Thread(target=keep_on_changing, args=(openroots, person, enough))
        for person in PEOPLE
    ]
    for caller in callers:
        caller.start()
    for number in range(3):
        wait_for_more(openroots.house.world.store)
        save(openroots, tmp_path / f"{number}.openroots")
    wait_for_more(openroots.house.world.store)
    enough.set()
    for caller in callers:
        caller.join()
    return tmp_path / "1.openroots"


def wait_for_more(store: Store) -> None:
    """Until a few commits were made since."""
    before, until = store.snapshot().t, time.monotonic() + 30
    while store.snapshot().t < before + 4 and time.monotonic() < until:
        time.sleep(0.01)


def test_what_is_saved_under_load_is_one_steady_commit(
    openroots: Nation, saved_meanwhile: Path, tmp_path: Path
) -> None:
    """Restored, it holds every version up to one commit and none after it, each with its proof."""
    state = tmp_path / "other"
    state.mkdir()
    prepare_restore(saved_meanwhile, state)
    restore_prepared(state)
    other = open_nation(state)
    live, restored = openroots.house.world.store, other.house.world.store
    commits = made_by_callers(restored)
    t = commits[-1].t
    assert 10 < t < live.snapshot().t
    assert commits == [one for one in made_by_callers(live) if one.t <= t]
    for person in PEOPLE:
        then = live.snapshot(at=t).history("Patient", person)
        assert restored.snapshot(at=t).history("Patient", person) == then
    proved = {entry["trail"] for entry in other.audit()}
    assert {one.by.trail for one in commits} <= proved
    assert broken_at(state / "audit" / "0.jsonl") == 0
    other.close()


def made_by_callers(store: Store) -> list[Commit]:
    """What was committed for somebody, and is to be proved."""
    return [commit for commit in store.commits(limit=1 << 30) if commit.by.trail]


def small_state(folder: Path, name: str) -> bytes:
    """A state with one resource of that name, and a steady copy; the bytes of its database."""

    async def make() -> None:
        store = await open_sqlite(folder / "openroots.db", terms, forms)
        await store.commit([Change("Thing", name, {"name": name}, 0)], by=BY)
        await store.save(folder / "copy")
        await store.close()

    folder.mkdir(parents=True)
    asyncio.run(make())
    segment = Segment(folder / "audit" / "0.jsonl")
    segment.append([b'{"name":"%s"' % name.encode()])
    segment.close()
    return (folder / "openroots.db").read_bytes()


@pytest.fixture
def restoring(tmp_path: Path) -> tuple[Disk, bytes, bytes]:
    """A disk on which a state was put in the place of another; the two databases."""
    small_state(tmp_path / "new", "new")
    write_saved(tmp_path / "file", tmp_path / "new" / "copy", tmp_path / "new", NOON)
    new = (tmp_path / "new" / "copy").read_bytes()
    old = small_state(tmp_path / "disk", "old")
    (tmp_path / "disk" / "openroots.db-wal").write_bytes(b"what a crash left of the old one")
    disk = Disk(tmp_path / "disk")
    with disk.in_place():
        prepare_restore(tmp_path / "file", disk.path())
        restore_prepared(disk.path())
        disk.told("restored")
    return disk, old, new


def test_a_power_cut_leaves_the_state_before_a_restore_or_the_one_restored(
    restoring: tuple[Disk, bytes, bytes], tmp_path: Path
) -> None:
    """Whenever the power fails, the next start has one of them whole; once it was told that it is
    restored, that one."""
    disk, old, new = restoring
    seen = set()
    for left in every_cut(disk):
        state = left.write(tmp_path / "left")
        finish_restore(state)
        found = (state / "openroots.db").read_bytes()
        assert found in (old, new)
        name = "new" if found == new else "old"
        assert orjson.loads((state / "audit/0.jsonl").read_bytes())["name"] == name
        assert (state / "openroots.db-wal").exists() == (name == "old")
        seen.add((name, bool(left.told)))
    assert seen == {("old", False), ("new", False), ("new", True)}


@pytest.mark.parametrize("moved", [0, 1, 2])
def test_a_restore_after_one_that_was_cut_short_keeps_what_was_there_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    """Nobody has seen what the first put there, and whoever is not told that it is done does it
    again: that must not cost the state that both of them take the place of."""
    small_state(tmp_path / "new", "new")
    write_saved(tmp_path / "file", tmp_path / "new" / "copy", tmp_path / "new", NOON)
    old, state = small_state(tmp_path / "state", "old"), tmp_path / "state"
    names = iter([*("go on" for _ in range(moved)), "the machine stops"])

    def to_disk(folder: Path) -> None:
        if next(names) != "go on":
            raise KeyboardInterrupt

    prepare_restore(tmp_path / "file", state)
    with monkeypatch.context() as patch:
        patch.setattr("openroots.storage.saved.names_to_disk", to_disk)
        with pytest.raises(KeyboardInterrupt):
            restore_prepared(state)
    prepare_restore(tmp_path / "file", state)
    before = restore_prepared(state)
    assert before == state / "before"
    assert (before / "openroots.db").read_bytes() == old
    assert orjson.loads((before / "audit/0.jsonl").read_bytes())["name"] == "old"
    assert orjson.loads((state / "audit/0.jsonl").read_bytes())["name"] == "new"
    assert (state / "openroots.db").read_bytes() == (tmp_path / "new" / "copy").read_bytes()
    assert not (state / "restored").exists()


def every_cut(disk: Disk) -> Iterator[Left]:
    for seed in range(15):
        yield from power_cuts(disk, set(), Random(seed), 1.0)


def test_a_saved_state_that_was_told_of_survives_a_power_cut(tmp_path: Path) -> None:
    """What `save` made is there once it says so, and until then there is no half of it."""
    small_state(tmp_path / "state", "one")
    (tmp_path / "disk").mkdir()
    disk = Disk(tmp_path / "disk")
    with disk.in_place():
        state = tmp_path / "state"
        write_saved(disk.path("file"), state / "copy", state, NOON)
        disk.told("saved")
    whole = (tmp_path / "disk" / "file").read_bytes()
    for left in every_cut(disk):
        assert left.files.get("file", whole if not left.told else b"") == whole
