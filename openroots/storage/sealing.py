"""Whom an audit entry is about, sealed for each person with a key of their own.

For the journal and whoever reads the log. An entry names people as `pseudonym.sealed`: only who has
the person's key can open the second part, or tell whose the first is. The keys stand apart from the
log, in one file of the folder of keys, and are themselves sealed with a secret of the world. So
erasing a person's key erases the person from the log and from each copy of it, and no hash of the
log changes. Somebody who was erased and is seen again gets another key and another pseudonym.

    keys/people.db    person(id, pseudonym, wrapped), erased(id)

`id` is a keyed hash of the name; who has this file and not the secret learns nothing from it.

Source: RFC 2104 (HMAC); NIST SP 800-38D (AES-GCM).
"""

import hmac
import os
import threading
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import apsw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from openroots.clock import Chance
from openroots.jws import text
from openroots.storage.connections import Connections
from openroots.storage.durable import make_private, names_to_disk
from openroots.storage.types import Json, Unavailable

SCHEMA = """
CREATE TABLE IF NOT EXISTS person (id BLOB PRIMARY KEY, pseudonym BLOB UNIQUE, wrapped BLOB);
CREATE TABLE IF NOT EXISTS erased (id BLOB PRIMARY KEY);
"""
KEY, NONCE, PSEUDONYM = 32, 12, 16  # bytes
MOST_KNOWN = 10_000
AT_ONCE = 500
BUSY = 10_000  # ms: another worker is writing a key


class _Known(NamedTuple):
    """A person's key, ready for use, and how the log calls them."""

    pseudonym: str
    box: AESGCM


class _Database:
    """The file, as the thread that asks has it open, for `with`. What is wrong with it is told as
    Unavailable."""

    def __init__(self, file: Path, connections: Connections) -> None:
        self._file, self._connections = file, connections

    def __enter__(self) -> apsw.Connection:
        try:
            return self._connections.own()
        except (apsw.Error, OSError) as error:
            raise self._unavailable(error) from error

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, apsw.Error | OSError):
            raise self._unavailable(error) from error

    def _unavailable(self, error: Exception) -> Unavailable:
        return Unavailable(f"{self._file}: {error}")


class People:
    """The keys of people, and what is sealed with them. Any thread may ask."""

    def __init__(self, file: Path, secret: bytes, chance: Chance) -> None:
        self._file = file
        self._index = hmac.digest(secret, b"index", "sha256")
        self._wrap = AESGCM(hmac.digest(secret, b"wrap", "sha256"))
        self._chance = chance
        self._own = threading.local()  # which version of the file a thread has seen
        self._connections = Connections(self._opened)
        self._database = _Database(file, self._connections)
        self._known: dict[str, _Known] = {}
        self._erased = -1

    def make(self) -> None:
        """Have the file there, before there are several processes: those that make it at the same
        time stand in each other's way. Raises Unavailable."""
        with self._database:
            pass

    def seal(self, names: Sequence[str], bound: str) -> list[str]:
        """How an entry names these people; see `seal_all`."""
        return self.seal_all([(names, bound)])[0]

    def has(self, names: Iterable[str]) -> bool:
        """Whether the keys of all these people are at hand, so that nothing is made or looked for
        in order to name them."""
        return self._known.keys() >= set(names)

    def seal_all(self, wanted: Sequence[tuple[Sequence[str], str]]) -> list[list[str]]:
        """How entries name these people. What each is bound to ties them to that entry. Whoever is
        new gets a key, which is on disk by then. Raises Unavailable where it cannot be."""
        every = {name for names, _ in wanted for name in names}
        if not every:
            return [[] for _ in wanted]
        with self._database as db:
            self._forget_erased(db)
            known = self._keys_of(db, every)
        return [
            [self._sealed(known[name], name, bound.encode()) for name in names]
            for names, bound in wanted
        ]

    def opened(self, sealed: Iterable[str], bound: str) -> list[str]:
        """Who these are, in the same order; "" for somebody who was erased."""
        parts = [each.partition(".") for each in sealed]
        with self._database as db:
            found = self._boxes(db, {pseudonym for pseudonym, _, _ in parts})
        return [_open(found.get(pseudonym), ciphered, bound) for pseudonym, _, ciphered in parts]

    def opened_entry(self, entry: Json) -> Json:
        """The entry with `subjects` as it would be if nothing were sealed, and `erased`: how many
        of them cannot be told any more."""
        if "people" not in entry:
            return entry
        named = self.opened((*entry["people"], *entry.get("acting", ())), entry["trail"])
        count = len(entry["people"])
        plain = {name: value for name, value in entry.items() if name not in ("people", "acting")}
        plain["subjects"] = [name for name in named[:count] if name]
        if acting := [name for name in named[count:] if name]:
            plain["acting"] = acting
        if lost := named[:count].count(""):
            plain["erased"] = lost
        return plain

    def pseudonyms_in(self, entry: Json) -> list[str]:
        """How the log calls those whom an entry is about, also where it is so old that it names
        them as they are."""
        named = entry["people"] if "people" in entry else self.seal(entry.get("subjects", ()), "")
        return [each.partition(".")[0] for each in named]

    def pseudonym(self, name: str) -> str:
        """How the log calls this person; "" for somebody whom no entry can name."""
        with self._database as db:
            found = db.execute("SELECT pseudonym FROM person WHERE id = ?", (self._id(name),)).get
        return text(found) if found else ""

    def erase(self, *names: str) -> int:
        """Destroy the keys of these people, in the file itself too; returns how many had one."""
        ids = [(self._id(name),) for name in names]
        with self._database as db, db:
            before = db.total_changes()
            db.executemany("DELETE FROM person WHERE id = ?", ids)
            count = db.total_changes() - before
            db.executemany("INSERT OR IGNORE INTO erased VALUES (?)", ids)
        with self._database as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._known = {}
        return count

    def close(self) -> None:
        """Close the file. Whoever asks again opens it again."""
        self._connections.close()
        self._own = threading.local()

    def _sealed(self, known: _Known, name: str, bound: bytes) -> str:
        nonce = self._chance.bytes(NONCE)
        return f"{known.pseudonym}.{text(nonce + known.box.encrypt(nonce, name.encode(), bound))}"

    def _id(self, name: str) -> bytes:
        return hmac.digest(self._index, name.encode(), "sha256")[:PSEUDONYM]

    def _keys_of(self, db: apsw.Connection, names: set[str]) -> dict[str, _Known]:
        """The keys of these people, made where they are not there yet."""
        held = self._known  # which another thread may put others in the place of
        if held.keys() >= names:
            return held
        known = {name: held[name] for name in names if name in held}
        ids = {self._id(name): name for name in names if name not in known}
        found = self._read(db, "id", ids)
        if new := [id for id in ids if id not in found]:
            with db:
                rows = [(id, *self._new_key(id)) for id in new]
                db.executemany("INSERT OR IGNORE INTO person VALUES (?, ?, ?)", rows)
            found |= self._read(db, "id", new)
        if len(found) < len(ids):
            raise Unavailable(f"{self._file}: sealed with a secret that is not there any more")
        learned = {ids[id]: key for id, key in found.items()}
        self._known = learned if len(self._known) > MOST_KNOWN else self._known | learned
        return known | learned

    def _new_key(self, id: bytes) -> tuple[bytes, bytes]:
        key, nonce = self._chance.bytes(KEY), self._chance.bytes(NONCE)
        pseudonym = hmac.digest(key, b"pseudonym", "sha256")[:PSEUDONYM]
        return pseudonym, nonce + self._wrap.encrypt(nonce, key, id)

    def _boxes(self, db: apsw.Connection, pseudonyms: Iterable[str]) -> dict[str, _Known]:
        wanted = []
        for pseudonym in pseudonyms:
            with suppress(ValueError):  # not one of ours: somebody wrote it into the log
                wanted.append(urlsafe_b64decode(pseudonym + "=="))
        return {known.pseudonym: known for known in self._read(db, "pseudonym", wanted).values()}

    def _read(
        self, db: apsw.Connection, column: str, values: Iterable[bytes]
    ) -> dict[bytes, _Known]:
        found, all = {}, list(values)
        for at in range(0, len(all), AT_ONCE):
            some = all[at : at + AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = db.execute(
                f"SELECT id, pseudonym, wrapped FROM person WHERE {column} IN ({marks})", some
            )
            for id, pseudonym, wrapped in rows:
                with suppress(InvalidTag):  # sealed with another secret: it opens nothing here
                    key = self._wrap.decrypt(wrapped[:NONCE], wrapped[NONCE:], id)
                    found[id] = _Known(text(pseudonym), AESGCM(key))
        return found

    def _forget_erased(self, db: apsw.Connection) -> None:
        """Let go of the keys in memory where somebody was erased, by whatever process."""
        version = db.execute("PRAGMA data_version").get
        if version == getattr(self._own, "version", None):
            return
        self._own.version = version
        erased = db.execute("SELECT count(*) FROM erased").get
        if erased != self._erased:
            self._erased, self._known = erased, {}

    def _opened(self) -> apsw.Connection:
        make_private(self._file.parent)
        if not self._file.exists():
            os.close(os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o600))
            names_to_disk(self._file.parent)
        db = apsw.Connection(str(self._file))
        db.set_busy_timeout(BUSY)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            db.execute(f"PRAGMA {pragma}").fetchall()
        if not db.table_exists("main", "erased"):
            db.execute(SCHEMA)
        return db


def _open(known: _Known | None, ciphered: str, bound: str) -> str:
    if known is None:
        return ""
    try:
        whole = urlsafe_b64decode(ciphered + "=" * (-len(ciphered) % 4))
        return known.box.decrypt(whole[:NONCE], whole[NONCE:], bound.encode()).decode()
    except (InvalidTag, ValueError):  # changed: `audit verify` says where
        return ""
