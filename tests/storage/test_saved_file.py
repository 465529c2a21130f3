"""The file of a saved state: what is in it, and what is found wrong with one that was spoilt."""

import asyncio
import os
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import apsw
import orjson
import pytest

from openroots.storage import Change, Json, TooNew
from openroots.storage.saved import (
    NotSaved,
    _steady,
    prepare_restore,
    restore_prepared,
    write_saved,
)
from openroots.storage.sqlite import open_sqlite
from openroots.storage.sqlite_schema import SCHEMA_VERSION
from tests.storage.desk import BY, forms, terms

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A small state with a log of each kind, a database and a steady copy of it."""
    state = tmp_path / "state"
    for folder in ("audit", "trails"):
        (state / folder).mkdir(parents=True)

    async def make() -> None:
        store = await open_sqlite(state / "openroots.db", terms, forms)
        await store.commit([Change("Thing", "one", {"name": "one"}, 0)], by=BY)
        await store.save(state / "copy")
        await store.close()

    asyncio.run(make())
    (state / "audit" / "0.jsonl").write_bytes(b'{"seq":1}\n')
    (state / "trails" / "2026-11-21.jsonl").write_bytes(b"{}\n{}\n")
    return state


def saved(state: Path, name: str = "file") -> Path:
    """The file to which a state was saved."""
    file = state.with_name(name)
    write_saved(file, state / "copy", state, NOON)
    return file


def test_a_file_that_is_there_is_not_written_over(state: Path, tmp_path: Path) -> None:
    """It may be the only state that somebody has saved."""
    (tmp_path / "file").write_text("of somebody")
    with pytest.raises(FileExistsError):
        saved(state)
    assert (tmp_path / "file").read_text() == "of somebody"


@pytest.mark.parametrize("folder", ["before", "restoring", "restored"])
def test_a_saved_state_that_its_own_restore_would_remove_is_not_restored(
    state: Path, folder: str
) -> None:
    """It is found where it was, and nothing has changed."""
    (state / folder).mkdir()
    file = saved(state).rename(state / folder / "file")
    with pytest.raises(NotSaved, match="move it elsewhere"):
        prepare_restore(file, state)
    assert file.exists()


def test_what_cannot_be_saved_whole_leaves_nothing(state: Path, tmp_path: Path) -> None:
    """A log of the audit that cannot be read is no trail that may be left out."""
    (state / "audit" / "1.jsonl").mkdir()
    with pytest.raises(OSError, match=r"1\.jsonl"):
        saved(state)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state"]


def test_trails_that_cannot_be_read_are_named(state: Path) -> None:
    """One of them, or all where their folder cannot be; the rest is saved."""
    (state / "trails" / "2026-11-20.jsonl").mkdir()
    told = prepare_restore(saved(state), state)
    assert told["left_out"] == ["trails/2026-11-20.jsonl"]
    assert "trails/2026-11-21.jsonl" in told["files"]
    (state / "trails").rename(state / "others")
    (state / "trails").symlink_to("trails")
    told = prepare_restore(saved(state, "again"), state)
    assert told["left_out"] == ["trails"]
    assert list(told["files"]) == ["openroots.db", "audit/0.jsonl"]


def test_only_logs_are_saved_and_of_each_what_ends_with_a_line(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However little is read at once. What a server is just writing has no end yet, and what is
    beside the logs is no part of the state."""
    monkeypatch.setattr("openroots.storage.saved.CHUNK", 4)
    trail = state / "trails" / "2026-11-21.jsonl"
    trail.write_bytes(b'{"a":1}\n\n{"b":"longer"}\n{"c"')
    (state / "audit" / "checkpoints.txt").write_bytes(b"note\n\nhalf")
    (state / "audit" / "0.torn").write_bytes(b"torn")
    other = state.with_name("other")
    told = prepare_restore(saved(state), other)
    logs = ["audit/checkpoints.txt", "audit/0.jsonl", "trails/2026-11-21.jsonl"]
    assert list(told["files"]) == ["openroots.db", *logs]
    assert told["left_out"] == []
    unpacked = other / "restoring"
    assert (unpacked / logs[0]).read_bytes() == b"note\n\n"
    assert (unpacked / logs[1]).read_bytes() == (state / logs[1]).read_bytes()
    assert (unpacked / logs[2]).read_bytes() == b'{"a":1}\n\n{"b":"longer"}\n'
    assert (unpacked / "openroots.db").read_bytes() == (state / "copy").read_bytes()


def test_what_is_written_meanwhile_is_not_saved(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that grows as fast as it is read would else never be saved."""
    monkeypatch.setattr("openroots.storage.saved.CHUNK", 3)
    trail = state / "trails" / "2026-11-21.jsonl"
    trail.write_bytes(b"{}\n{ }\n")
    with trail.open("rb") as source, trail.open("ab", buffering=0) as growing:
        told = b""
        for number, chunk in enumerate(_steady(source, lines=True)):
            growing.write(b"{}\n" if number < 9 else b"")
            told += chunk
    assert told == b"{}\n{ }\n"


def changed(file: Path, change: Callable[[dict[str, bytes], Json], object]) -> None:
    """Write a saved state again, with its members and manifest as `change` makes them."""
    with zipfile.ZipFile(file) as old:
        members = {name: old.read(name) for name in old.namelist()}
    manifest = orjson.loads(members.pop("manifest.json"))
    change(members, manifest)
    with zipfile.ZipFile(file, "w") as new:
        for name, content in members.items():
            new.writestr(name, content)
        new.writestr("manifest.json", orjson.dumps(manifest))


def database(sql: str) -> Callable[[dict[str, bytes], Json], None]:
    """Another database, of which the manifest tells the truth."""

    def put(members: dict[str, bytes], manifest: Json) -> None:
        db = apsw.Connection(":memory:")
        db.execute(sql)
        content = db.serialize("main")
        members["openroots.db"] = content
        kept = {"bytes": len(content), "sha256": sha256(content).hexdigest()}
        manifest["files"]["openroots.db"] = kept

    return put


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda members, told: members.pop("openroots.db"), NotSaved, "no item named"),
        (lambda members, told: told.pop("saved"), NotSaved, "saved"),
        (lambda members, told: told.update(saved="soon"), NotSaved, "soon"),
        (lambda members, told: told["files"].pop("openroots.db"), NotSaved, "cannot be in one"),
        (lambda members, told: told["files"].update({"../x": {}}), NotSaved, "cannot be in one"),
        (
            lambda members, told: told["files"].update({"audit/0.jsonl/x": {}}),
            NotSaved,
            "cannot be in one",
        ),
        (
            lambda members, told: told["files"]["audit/0.jsonl"].update(sha256="0" * 64),
            NotSaved,
            r"audit/0\.jsonl is not as it was saved",
        ),
        (
            lambda members, told: told["files"]["audit/0.jsonl"].update(bytes=1),
            NotSaved,
            r"audit/0\.jsonl is not as it was saved",
        ),
        (
            lambda members, told: told["files"]["audit/0.jsonl"].update(bytes=1 << 40),
            NotSaved,
            r"audit/0\.jsonl is not as it was saved",
        ),
        (
            lambda members, told: members.update({"audit/0.jsonl": b"x\n"}),
            NotSaved,
            r"audit/0\.jsonl is not as it was saved",
        ),
        (lambda members, told: told.update(format=2), TooNew, "later version"),
        (lambda members, told: told.update(schema=SCHEMA_VERSION + 1), TooNew, "later version"),
        (database("CREATE TABLE a (b)"), NotSaved, "is no store of OpenRoots"),
        (database(f"PRAGMA user_version = {SCHEMA_VERSION + 1}"), TooNew, "later version"),
        (
            database(
                "CREATE TABLE a (b INTEGER NOT NULL); INSERT INTO a VALUES (1); "
                "PRAGMA user_version = 1; PRAGMA writable_schema = ON; "
                "UPDATE sqlite_schema SET rootpage = 99 WHERE name = 'a'"
            ),
            NotSaved,
            "its database is broken",
        ),
    ],
)
def test_what_is_not_as_it_was_saved_replaces_nothing(
    state: Path,
    change: Callable[[dict[str, bytes], Json], object],
    error: type[Exception],
    words: str,
) -> None:
    """Each is told by what is wrong, before anything is moved, and nothing of it is left."""
    file = saved(state)
    changed(file, change)
    before = sorted(state.rglob("*"))
    with pytest.raises(error, match=words):
        prepare_restore(file, state)
    assert sorted(state.rglob("*")) == before


def test_a_manifest_that_fills_the_memory_is_not_read(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its size is known before."""
    monkeypatch.setattr("openroots.storage.saved.LARGEST_MANIFEST", 10)
    with pytest.raises(NotSaved, match="its manifest is too large"):
        prepare_restore(saved(state), state)


def test_a_restore_keeps_the_state_before_it_and_no_older_one(state: Path) -> None:
    """What was there is moved aside with all that is beside it, once; in an empty folder there is
    nothing to be told of."""
    file, empty = saved(state), state.with_name("empty")
    empty.mkdir()
    prepare_restore(file, empty)
    assert restore_prepared(empty) is None
    for text in ("first", "second"):
        (empty / "openroots.db-wal").write_text(text)
        (empty / "trails" / f"{text}.jsonl").write_text(text)
        prepare_restore(file, empty)
        assert restore_prepared(empty) == empty / "before"
        assert (empty / "before" / "openroots.db-wal").read_text() == text
        assert not (empty / "openroots.db-wal").exists()
    trails = sorted(path.name for path in (empty / "before" / "trails").iterdir())
    assert trails == ["2026-11-21.jsonl", "second.jsonl"]
    assert [path.name for path in (empty / "trails").iterdir()] == ["2026-11-21.jsonl"]
    assert {path.name for path in empty.iterdir()} == {
        "before",
        *("audit", "trails", "openroots.db"),
    }


def test_what_only_begins_with_the_same_name_stays_where_it_is(state: Path) -> None:
    """The next restore would have removed it: such as a saved state that is kept in the folder."""
    kept = [state / name for name in ("audit-monday.openroots", "openroots.db.old", "trails.zip")]
    for path in kept:
        path.write_text("kept")
    file = saved(state)
    for _ in range(2):
        prepare_restore(file, state)
        assert restore_prepared(state) == state / "before"
    assert [path.read_text() for path in kept] == ["kept"] * 3


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such files")
def test_what_is_no_file_is_not_waited_for(state: Path) -> None:
    """A pipe has no end to look at, and a device may give bytes for ever."""
    os.mkfifo(state / "pipe")
    for path in (state / "pipe", Path("/dev/zero")):
        with pytest.raises(NotSaved, match="is no file"):
            prepare_restore(path, state)


def test_what_an_unpacking_that_was_killed_left_is_no_part_of_the_next(state: Path) -> None:
    """It may be of another saved state."""
    left = state / "restoring" / "audit" / "7.jsonl"
    left.parent.mkdir(parents=True)
    left.write_text("of another")
    prepare_restore(saved(state), state)
    assert not left.exists()


def test_half_a_restore_is_finished_before_another_begins(state: Path) -> None:
    """What is kept of before is what was there first: what the first restore put in its place
    nobody has opened."""
    file, first = saved(state), (state / "openroots.db").read_bytes()
    (state / "restored").mkdir()
    (state / "restored" / "openroots.db").write_text("restored first")
    prepare_restore(file, state)
    before = restore_prepared(state)
    assert before is not None
    assert (before / "openroots.db").read_bytes() == first
    assert (state / "openroots.db").read_bytes() == (state / "copy").read_bytes()
