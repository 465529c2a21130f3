"""A saved state: the store, the audit log and the trails of a world, in one file.

For `save` and `restore`. The file is a zip with a manifest that names each member, its size and
its SHA-256, so that a file which was cut short or changed is found before it replaces anything.
A state is put in place of another by one rename; what remains to be moved after that rename is
moved when the state is next opened, should the power fail in between.

    manifest.json   openroots.db   audit/0.jsonl   trails/2026-11-21.jsonl

Source: PKWARE's .ZIP File Format Specification.
"""

import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO

import apsw
import orjson

from openroots.storage.dropped import DATABASE, finish_drop
from openroots.storage.durable import names_to_disk
from openroots.storage.sqlite import open_connection
from openroots.storage.sqlite_schema import SCHEMA_VERSION
from openroots.storage.types import Json, TooNew

FORMAT = 1
COPY = "openroots.copy"  # with a dash and what tells it from others: the store while it is packed
MANIFEST = "manifest.json"
FOLDERS = ("audit", "trails")
CHECKPOINTS = "audit/checkpoints.txt"
PARTS = (DATABASE, *FOLDERS)
UNPACKED, WHOLE = "restoring", "restored"  # before and after the rename that decides
BEFORE = "before"
PASSING = (UNPACKED, WHOLE, BEFORE)  # what is in these does not outlive a restore
DROPPED = "dropped"  # beside what is whole: what it takes the place of, where that is not kept
MEMBER = re.compile(
    r"openroots\.db|audit/checkpoints\.txt|(?:audit|trails)/[0-9A-Za-z-]{1,64}\.jsonl", re.ASCII
)
CHUNK = 1 << 20
Member = tuple[str, Path]  # its name in the saved state, and where it is now
LARGEST_MANIFEST = 8 << 20


class NotSaved(Exception):
    """The file is no saved state, or not a whole one."""


def write_saved(target: Path, database: Path, state: Path, wall: datetime) -> Json:
    """Write a saved state and return its manifest. `database` is a steady copy of the store.

    Trails that cannot be read are left out, and named in the manifest. Raises FileExistsError where
    the file is there already, and OSError where it cannot be written or the audit log not be read.
    """
    if target.exists():
        raise FileExistsError(target)
    making = target.with_name(f"{target.name}.making")
    trails, left_out = _trails(state)
    members = [(DATABASE, database), *_audit(state), *trails]
    try:
        with making.open("wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as saved:
                kept = {name: _add(saved, name, path) for name, path in members}
                manifest = _manifest(kept, wall) | {"left_out": left_out}
                saved.writestr(MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
            file.flush()
            os.fsync(file.fileno())
        making.replace(target)
        names_to_disk(target.parent)
    finally:
        making.unlink(missing_ok=True)
    return manifest


def prepare_restore(file: Path, state: Path) -> Json:
    """Unpack a saved state beside the present one, and check it. Returns the manifest.

    Raises NotSaved, TooNew or OSError, having changed nothing.
    """
    if any((state / name).resolve() in file.resolve().parents for name in PASSING):
        raise NotSaved(f"{file} is where a restore clears away what is left: move it elsewhere")
    unpacked = state / UNPACKED
    shutil.rmtree(unpacked, ignore_errors=True)
    for folder in FOLDERS:
        (unpacked / folder).mkdir(parents=True)
    try:
        manifest = _unpack(file, unpacked)
        _must_be_sound(unpacked / DATABASE)
        for made in (*(unpacked / name for name in FOLDERS), unpacked):
            names_to_disk(made)
    except Exception:
        forget_prepared(state)
        raise
    return manifest


def prepared_store(state: Path) -> Path:
    """The store of the saved state that was prepared."""
    return state / UNPACKED / DATABASE


def forget_prepared(state: Path) -> None:
    """Leave the present state as it is: what was prepared goes."""
    shutil.rmtree(state / UNPACKED, ignore_errors=True)


def restore_prepared(state: Path) -> Path | None:
    """Put what was prepared in the place of the present state, which nobody may have open.

    Returns the folder to which what was there is moved; None if nothing was there. After a restore
    that was cut short, that is what was there before it.
    """
    finish_drop(state)
    if (state / WHOLE).is_dir():  # a restore was cut short: nobody has opened what it puts there
        finish_restore(state)
        (state / UNPACKED / DROPPED).mkdir()
        names_to_disk(state / UNPACKED)
    else:
        shutil.rmtree(state / BEFORE, ignore_errors=True)
    (state / UNPACKED).rename(state / WHOLE)
    names_to_disk(state)
    finish_restore(state)
    before = state / BEFORE
    with suppress(OSError):  # it holds what was there
        before.rmdir()
        return None
    return before


def finish_begun(state: Path) -> None:
    """End what a reset or a restore that was cut short had begun; what a restore had not yet
    unpacked as a whole goes. Nobody else may have the state open. Raises OSError."""
    finish_drop(state)
    finish_restore(state)
    forget_prepared(state)


def finish_restore(state: Path) -> None:
    """Move what a restore has put ready into its place; does nothing where there is none."""
    whole, aside = state / WHOLE, state / BEFORE
    if not whole.is_dir():
        return
    aside.mkdir(exist_ok=True)
    if (whole / DROPPED).is_dir():
        aside = whole / DROPPED
    coming = [name for name in PARTS if (whole / name).exists()]
    for name in coming:
        for beside in ("", "-wal", "-shm"):  # a database has files beside it
            with suppress(FileNotFoundError):
                (state / f"{name}{beside}").rename(aside / f"{name}{beside}")
    # On disk before anything takes their place: the log of one database would spoil another.
    names_to_disk(state)
    for name in coming:
        (whole / name).rename(state / name)
    names_to_disk(state)
    shutil.rmtree(whole)


def _audit(state: Path) -> Iterator[Member]:
    if (state / CHECKPOINTS).exists():  # before the segments, which may be written to meanwhile
        yield CHECKPOINTS, state / CHECKPOINTS
    yield from _logs(state, "audit")


def _trails(state: Path) -> tuple[list[Member], list[str]]:
    """The trails, and the names of what cannot be read of them."""
    try:
        found = _logs(state, "trails")
    except OSError:
        return [], ["trails"]
    unread = [name for name, path in found if not _is_readable(path)]
    return [member for member in found if member[0] not in unread], unread


def _logs(state: Path, folder: str) -> list[Member]:
    """The logs in a folder, by name. Raises OSError where they cannot be listed: to look for names
    that match would find none then."""
    try:
        names = sorted(os.listdir(state / folder))
    except FileNotFoundError:
        return []
    logs = [name for name in names if name.endswith(".jsonl")]
    return [(f"{folder}/{name}", state / folder / name) for name in logs]


def _is_readable(path: Path) -> bool:
    try:
        path.open("rb").close()
    except OSError:
        return False
    return True


def _manifest(files: Json, wall: datetime) -> Json:
    return {"format": FORMAT, "schema": SCHEMA_VERSION, "saved": wall.isoformat(), "files": files}


def _add(saved: zipfile.ZipFile, name: str, path: Path) -> Json:
    """Add a file as far as it is written in whole lines now, and say what was added."""
    digest, size = sha256(), 0
    with path.open("rb") as source, saved.open(name, "w", force_zip64=True) as into:
        for chunk in _steady(source, lines=name != DATABASE):
            into.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return {"bytes": size, "sha256": digest.hexdigest()}


def _steady(source: IO[bytes], *, lines: bool) -> Iterator[bytes]:
    """The bytes up to the end that the file has now; of a log in use, up to its last whole line."""
    left = source.seek(0, os.SEEK_END)
    source.seek(0)
    rest = b""
    while left and (chunk := source.read(min(CHUNK, left))):
        left -= len(chunk)
        if lines:
            whole, newline, rest = (rest + chunk).rpartition(b"\n")
            chunk = whole + newline
        yield chunk


def _unpack(file: Path, into: Path) -> Json:
    """Unpack what the manifest names, each member as the manifest says it is."""
    if file.exists() and not (file.is_file() or file.is_dir()):
        raise NotSaved(f"{file} is no file")  # one that never ends would be read for ever
    try:
        with zipfile.ZipFile(file) as saved:
            manifest = _read_manifest(saved)
            for name, kept in manifest["files"].items():
                _take(saved, name, kept, into / name)
            return manifest
    except (zipfile.BadZipFile, KeyError, TypeError, AttributeError, ValueError, EOFError) as error:
        raise NotSaved(f"{file} is no whole saved state: {error}") from error


def _read_manifest(saved: zipfile.ZipFile) -> Json:
    if saved.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
        raise ValueError("its manifest is too large")
    manifest: Json = orjson.loads(saved.read(MANIFEST))
    if manifest["format"] > FORMAT or manifest["schema"] > SCHEMA_VERSION:
        raise TooNew(f"{saved.filename} was saved by a later version of OpenRoots")
    datetime.fromisoformat(manifest["saved"])
    if DATABASE not in manifest["files"] or not all(map(MEMBER.fullmatch, manifest["files"])):
        raise ValueError("its manifest names what cannot be in one")
    return manifest


def _take(saved: zipfile.ZipFile, name: str, kept: Json, target: Path) -> None:
    digest, left = sha256(), int(kept["bytes"])
    with saved.open(name) as source, target.open("wb") as into, ThreadPoolExecutor(1) as beside:

        def keep(chunk: bytes) -> None:
            digest.update(chunk)
            into.write(chunk)

        # Keeping takes as long as unpacking, so another core does it meanwhile.
        keeping = beside.submit(keep, b"")
        while left >= 0 and (chunk := source.read(min(CHUNK, left + 1))):
            left -= len(chunk)
            keeping.result()
            keeping = beside.submit(keep, chunk)
        keeping.result()
        into.flush()
        os.fsync(into.fileno())
    if left or digest.hexdigest() != kept["sha256"]:
        raise ValueError(f"{name} is not as it was saved")


def _must_be_sound(database: Path) -> None:
    try:
        db = open_connection(database)
        try:
            found, version = db.execute("PRAGMA quick_check(1)").get, db.pragma("user_version")
        finally:
            db.close()
    except apsw.Error as error:
        raise NotSaved(f"its database is broken: {error}") from error
    if version > SCHEMA_VERSION:
        raise TooNew("its database was written by a later version of OpenRoots")
    if not version:
        raise NotSaved("its database is no store of OpenRoots")
    if found != "ok":
        raise NotSaved(f"its database is broken: {found}")
