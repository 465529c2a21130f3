"""One stretch of a segment, read to its last byte: what it says, and where it is not as written.

For `joined`, which has several processes read one segment. A stretch begins where a batch does.

Source: none.
"""

import os
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import orjson

from openroots.storage.receipt import batch_of, claims_of
from openroots.storage.segment import number_of
from openroots.storage.torn import whole_entry
from openroots.storage.types import Json

PIECE = 1 << 20  # bytes of a stretch, more or less


class Wrong(NamedTuple):
    """Something that is not as it was written: which entry of which segment, and what is wrong.
    `key` is the id of a key that is not known, without which that cannot be told."""

    segment: str
    entry: int
    what: str
    key: str = ""


class ReadBatch(NamedTuple):
    """A batch as it was read: its first entry, how many there are, their root, the hash of the
    last, the seal, of the batch before this, that the first one holds, and when the last was
    written."""

    first: int
    entries: int
    root: bytes
    hash: str
    seal: str
    wall: str

    @property
    def seq(self) -> int:
        """Its last entry."""
        return self.first + self.entries - 1


@dataclass(slots=True)
class Stretch:
    """What a stretch says. Its first entry, `begins`, must follow `previous`; `hashes` are those
    of the entries that were wished for."""

    segment: str
    begins: int = 0
    previous: str = ""
    sealed: bool = False  # whether any entry in it holds a seal
    batches: list[ReadBatch] = field(default_factory=list)
    hashes: dict[int, str] = field(default_factory=dict)
    wrong: Wrong | None = None


def cuts(path: Path, size: int) -> Iterator[tuple[int, int]]:
    """Where to cut so much of a segment into stretches, each from one byte to another."""
    at = 0
    while at < size:
        end = _batch_after(path, at + PIECE, size)
        yield at, end
        at = end


def _batch_after(path: Path, at: int, size: int) -> int:
    """The first byte of the next batch after a place in a segment, or where it ends."""
    with path.open("rb") as file:
        file.seek(at)
        file.readline()
        while (begins := file.tell()) < size:
            entry = whole_entry(file.readline())
            if entry and number_of(entry) == entry["seq"]:
                return begins
    return size


def check(path: Path, start: int, end: int, wanted: frozenset[int]) -> Stretch:
    """Read a stretch up to the first entry that is not as it was written."""
    found = Stretch(path.stem)
    claims: list[bytes] = []
    batch, hash, seal, wall = 0, "", "", ""
    for entry in _entries(path, start, end, found):
        seq = entry["seq"]
        if number_of(entry) != batch:
            _end_batch(found, claims, batch, hash, seal, wall)
            claims, batch, seal = [], seq, entry.get("sealed", "")
            last = found.batches[-1] if found.batches else None
            if last and (wrong := wrong_seal(path.stem, last, seal, must=found.sealed)):
                found.wrong = wrong
                return found
            found.sealed |= bool(seal)
        hash, wall = entry["hash"], entry.get("wall", "")
        claims.append(claims_of(path.stem, seq, hash, entry))
        if seq in wanted:
            found.hashes[seq] = hash
    _end_batch(found, claims, batch, hash, seal, wall)
    return found


def _entries(path: Path, start: int, end: int, found: Stretch) -> Iterator[Json]:
    """The entries of a stretch as long as each follows the one before."""
    with path.open("rb") as file:
        file.seek(start, os.SEEK_SET)
        at, seq, previous = start, 0, ""
        while at < end:
            line = file.readline()
            at += len(line)
            entry = whole_entry(line)
            if entry is None or (seq and (entry["seq"], entry["previous"]) != (seq + 1, previous)):
                # Where the stretch begins with it, whoever joins the stretches knows its number.
                found.wrong = Wrong(path.stem, seq + 1 if seq else 0, "is not as it was written")
                return
            if not seq:
                found.begins, found.previous = entry["seq"], entry["previous"]
            seq, previous = entry["seq"], entry["hash"]
            if not 0 < number_of(entry) <= seq:
                found.wrong = Wrong(path.stem, seq, "says that it is of a batch that cannot be")
                return
            yield entry


def _end_batch(
    found: Stretch, claims: list[bytes], first: int, hash: str, seal: str, wall: str
) -> None:
    if claims:
        root = batch_of(found.segment, first, claims).root
        found.batches.append(ReadBatch(first, len(claims), root, hash, seal, wall))


def wrong_seal(segment: str, batch: ReadBatch, seal: str, *, must: bool) -> Wrong | None:
    """What is wrong with the seal of a batch, in the first entry of the next. There `must` be one
    where there was one before."""
    following = batch.seq + 1
    if not seal:
        missing = Wrong(segment, following, "lacks the seal of the entries before it")
        return missing if must else None
    said = {
        "segment": segment,
        "first": batch.first,
        "count": batch.entries,
        "root": batch.root.hex(),
    }
    try:
        payload = seal.split(".")[1]
        right = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4))) == said
    except (ValueError, IndexError, AttributeError):
        right = False
    return None if right else Wrong(segment, following, "holds a seal of other entries")
