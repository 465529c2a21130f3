"""Checkpoints: how far every segment of the audit log has come, signed, from time to time.

For the house, which writes them, and for whoever keeps one elsewhere: what a checkpoint names can
never again be cut off, changed or left out unseen. A checkpoint is a signed note with one line for
each segment. It holds the hash of the one before, so none can be taken out.

    openroots-audit
    1204                                     entries in all segments
    q0Hj...=                                 the root over the lines of segments
    segment 0 1204 <hash> 311 <root>         entry, its hash, batches, the root over them
    previous 6f1e...                         of the note before, to its last byte
    wall 2026-11-21T12:00:00+00:00

    — openroots-audit/<kid> <base64>

In the file an empty line ends each note, and counts among its bytes. One that is told by itself
ends with the line of its signature, as readers of signed notes want it.

A segment that is no longer kept is named once more, with `pruned` in the place of `segment` and
otherwise as in the note before: whoever reads all notes knows what went, and that nothing else did.

Source: C2SP, signed-note and tlog-checkpoint; the lines of segments are an extension of ours.
"""

import logging
import os
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

from openroots.jws import bytes_of
from openroots.storage import merkle
from openroots.storage.durable import names_to_disk, to_disk
from openroots.storage.receipt import Signs, Unproved, unknown_key
from openroots.storage.segment import Head

FILE = "checkpoints.txt"
ORIGIN = "openroots-audit"
NONE = "0" * 64
SEGMENT, PRUNED = "segment", "pruned"
ED25519 = b"\x01"
TAIL = 1 << 20  # bytes: longer than any one note
SIGN = "\u2014"  # an em dash begins the line of a signature
SIGNED = f"{SIGN} ".encode()

log = logging.getLogger(__name__)


class NoCheckpoint(Unproved):
    """What was given is no checkpoint, or none that these keys have signed."""


class Checkpoint(NamedTuple):
    """What one note says, and the hash of its bytes."""

    heads: dict[str, Head]
    previous: str
    wall: str
    hash: str


class Checkpoints:
    """The file of checkpoints, opened to be added to. `heads` is what the next one will say."""

    def __init__(self, audit: Path, signer: Signs) -> None:
        self.path = audit / FILE
        self._signer = signer
        self._put_torn_end_aside()
        last = newest_in(self.path)
        self.heads: dict[str, Head] = {}
        if last:
            with suppress(NoCheckpoint):  # somebody changed it: `audit verify` says so
                self.heads = dict(read_note(last).heads)
        self.pruned = [name for name, head in self.heads.items() if head.pruned]
        self._forget_pruned()
        self._written = dict(self.heads)
        self._previous = sha256(last).hexdigest() if last else NONE

    @property
    def behind(self) -> int:
        """How many entries no checkpoint names yet."""
        return _entries(self.heads) - _entries(self._written)

    def note(self, heads: Iterable[Head]) -> None:
        """Segments have come so far."""
        self.heads = {**self.heads, **{head.segment: head for head in heads if head.seq}}

    def prune(self, names: Iterable[str], wall: datetime) -> None:
        """Sign how far all segments have come, and then that these are no longer kept. Raises
        OSError, with nothing declared."""
        self.write(wall)
        before = self.heads
        self.heads = before | {name: before[name]._replace(pruned=True) for name in names}
        try:
            self.write(wall)
        except OSError:
            self.heads = before
            raise
        self._forget_pruned()
        self._written = dict(self.heads)

    def write(self, wall: datetime) -> bool:
        """Sign how far all segments have come and force it to disk, where that is further than the
        newest checkpoint says. Raises OSError."""
        heads = self.heads
        if heads == self._written:
            return False
        note = _note(heads, self._previous, wall, self._signer)
        is_new = not self.path.exists()
        with self.path.open("ab", buffering=0) as file:
            _add(file, note)
        if is_new:
            names_to_disk(self.path.parent)
        self._previous, self._written = sha256(note).hexdigest(), dict(heads)
        return True

    def _forget_pruned(self) -> None:
        self.heads = {name: head for name, head in self.heads.items() if not head.pruned}

    def _put_torn_end_aside(self) -> None:
        if not self.path.exists():
            return
        sound, size = _sound_size(self.path, self._signer), self.path.stat().st_size
        if sound == size:
            return
        torn = self.path.with_suffix(".torn")
        log.warning(
            "%s: %d bytes at its end were torn, and go to %s", self.path, size - sound, torn
        )
        with self.path.open("r+b", buffering=0) as file:
            file.seek(sound)
            with torn.open("ab") as aside:
                aside.write(file.read())
                aside.flush()
                to_disk(aside.fileno())
            file.truncate(sound)


def notes_in(path: Path, size: int | None = None) -> Iterator[bytes]:
    """The bytes of each note in a file, or in so much of it, as far as they are whole; nothing
    where there is none."""
    if not path.exists():
        return
    lines, blank, read = [], 0, 0
    with path.open("rb") as file:
        for line in file:
            lines.append(line)
            blank += line == b"\n"
            read += len(line)
            if size is not None and read > size:
                return
            if blank == 2:  # after its text, and after its signature
                yield b"".join(lines)
                lines, blank = [], 0


def newest_in(path: Path) -> bytes:
    """The last note in a file that is whole; empty where there is none."""
    if not path.exists():
        return b""
    *parts, _ = _tail(path)[1].split(b"\n\n")
    at = next((at for at in range(len(parts) - 1, 0, -1) if parts[at].startswith(SIGNED)), 0)
    return b"%s\n\n%s\n\n" % (parts[at - 1], parts[at]) if at else b""


def _tail(path: Path) -> tuple[int, bytes]:
    """What a file ends with, and the byte at which that begins: of years, nobody reads more."""
    with path.open("rb") as file:
        start = max(0, path.stat().st_size - TAIL)
        file.seek(start)
        return start, file.read()


def _sound_size(path: Path, signer: Signs) -> int:
    """The size up to which the newest note is as it was signed; that of the file itself, where
    somebody made so much of it what is none: `audit verify` says so.

    A power cut harms the newest alone, before it is on disk; but it may harm any part of it and
    leave its end. Who spoils the newest so that it goes could as well have cut it off.
    """
    start, tail = _tail(path)
    newest, before = [*islice(_ends_backwards(tail), 2), 0, 0][:2]
    if not newest:
        return start + len(tail) if start else 0
    is_known = before or not start  # where the newest begins
    return start + (before if is_known and _is_torn(tail[before:newest], signer) else newest)


def _ends_backwards(tail: bytes) -> Iterator[int]:
    """Where each note ends, the last first."""
    signature = len(tail)
    while (signature := tail.rfind(b"\n\n" + SIGNED, 0, signature)) >= 0:
        if (end := tail.find(b"\n\n", signature + 2)) >= 0:
            yield end + 2


def _is_torn(note: bytes, signer: Signs) -> bool:
    """Whether nobody has signed this, as far as that can be told."""
    try:
        opened(note, signer)
    except NoCheckpoint as error:
        return not error.kid
    return False


def by_itself(note: bytes) -> bytes:
    """A note of the file as it is told to others."""
    return note.rstrip(b"\n") + b"\n"


def opened(note: bytes, signer: Signs) -> Checkpoint:
    """What a note says, of the file or by itself. Raises NoCheckpoint where none of the keys has
    signed it."""
    note = note.rstrip(b"\n") + b"\n\n"
    checkpoint = read_note(note)
    try:
        text, _, signatures = note.decode().rpartition(f"\n\n{SIGN} ")
        name, signature = signatures.removesuffix("\n\n").split(" ")
        kid, raw = name.partition("/")[2], b64decode(signature, validate=True)
        elsewhere = unknown_key(kid, signer)
        signed = not elsewhere and signer.verify(f"{text}\n".encode(), raw[4:], kid)
        known = elsewhere or raw[:4] == _key_hash(name, signer, kid)
    except (ValueError, Error, StopIteration) as error:
        raise NoCheckpoint("its signature cannot be read") from error
    if not signed or not known:
        raise NoCheckpoint("none of the keys of this world has signed it", elsewhere)
    return checkpoint


def _add(file: IO[bytes], note: bytes) -> None:
    size = file.seek(0, os.SEEK_END)
    try:
        if (file.write(note) or 0) < len(note):
            raise OSError("the disk is full")
        to_disk(file.fileno())
    except OSError:  # the next note follows the one before this
        file.truncate(size)
        raise


def _note(heads: dict[str, Head], previous: str, wall: datetime, signer: Signs) -> bytes:
    lines = [_line(heads[name]) for name in sorted(heads)]
    said = [ORIGIN, str(_entries(heads)), _root(lines), *lines]
    text = "\n".join([*said, f"previous {previous}", f"wall {wall.isoformat()}"]) + "\n"
    kid = signer.kid
    name = f"{ORIGIN}/{kid}"
    signature = _key_hash(name, signer, kid) + signer.sign(text.encode(), kid)
    return f"{text}\n{SIGN} {name} {b64encode(signature).decode()}\n\n".encode()


def read_note(note: bytes) -> Checkpoint:
    """What a note says, whoever signed it. Raises NoCheckpoint."""
    try:
        origin, count, root, *lines, previous, wall = note.decode().split("\n\n")[0].split("\n")
        heads = {head.segment: head for head in map(_head, lines)}
        sound = origin == ORIGIN and count == str(_entries(heads)) and root == _root(lines)
    except (ValueError, TypeError) as error:
        raise NoCheckpoint("it cannot be read") from error
    if not sound or not previous.startswith("previous ") or not wall.startswith("wall "):
        raise NoCheckpoint("it is no checkpoint of an audit log")
    before, moment = previous.removeprefix("previous "), wall.removeprefix("wall ")
    return Checkpoint(heads, before, moment, sha256(note).hexdigest())


def _line(head: Head) -> str:
    word = PRUNED if head.pruned else SEGMENT
    return f"{word} {head.segment} {head.seq} {head.hash} {head.batches} {head.root}"


def _head(line: str) -> Head:
    word, segment, seq, hash, batches, root = line.split(" ")
    if word not in (SEGMENT, PRUNED):
        raise ValueError(word)
    return Head(segment, int(seq), hash, int(batches), root, word == PRUNED)


def _root(lines: Iterable[str]) -> str:
    return b64encode(merkle.root([merkle.leaf(line.encode()) for line in lines])).decode()


def _entries(heads: dict[str, Head]) -> int:
    return sum(head.seq for head in heads.values())


def _key_hash(name: str, signer: Signs, kid: str) -> bytes:
    key = next(key for key in signer.public()["keys"] if key["kid"] == kid)
    return sha256(b"%s\n%s%s" % (name.encode(), ED25519, bytes_of(key["x"]))).digest()[:4]
