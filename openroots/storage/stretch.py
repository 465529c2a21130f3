"""One stretch of a segment, read to its last byte: what it says, and where it is not as written.

For `verifying`, which has several processes read one segment. A stretch begins where a batch does.

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


class Wrong(NamedTuple):
    """Something that is not as it was written: which entry of which segment, and what is wrong.
    `key` is the id of a key that is not known, without which that cannot be told."""

    segment: str
    entry: int
    what: str
    key: str = ""


@dataclass(slots=True)
class Stretch:
    """What a stretch says. Its first entry must follow `previous` and may seal the batch before it;
    `hashes` are those of the entries that were wished for; each batch has its first entry and root,
    and `seals` are those that are in the stretch by the batch that they are of."""

    segment: str
    entries: int = 0
    begins: int = 0
    previous: str = ""
    first_seal: str = ""
    seq: int = 0
    hash: str = ""
    batches: list[tuple[int, int, bytes]] = field(default_factory=list)  # first, count, root
    seals: dict[int, str] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)
    wrong: Wrong | None = None


def stretches(path: Path, parts: int) -> list[tuple[int, int]]:
    """Where to cut a segment into so many stretches, each from one byte to another."""
    size = path.stat().st_size
    with path.open("rb") as file:
        cuts = {0, size}
        for part in range(1, parts):
            file.seek(size * part // parts)
            file.readline()
            while line := file.readline():
                entry = whole_entry(line)
                if entry and number_of(entry) == entry["seq"]:
                    cuts.add(file.tell() - len(line))
                    break
    ordered = sorted(cuts)
    return list(zip(ordered, ordered[1:], strict=False)) or [(0, 0)]


def check(path: Path, start: int, end: int, wanted: frozenset[int]) -> Stretch:
    """Read a stretch up to the first entry that is not as it was written."""
    found = Stretch(path.stem)
    claims: list[bytes] = []
    batch = 0
    for entry in _entries(path, start, end, found):
        seq, hash = entry["seq"], entry["hash"]
        if number_of(entry) != batch:
            _end_batch(found, batch, claims)
            batch, claims = seq, []
            if wrong := _wrong_seal(found, entry):
                found.wrong = wrong
                return found
        claims.append(claims_of(path.stem, seq, hash, entry))
        if seq in wanted:
            found.hashes[seq] = hash
        found.seq, found.hash = seq, hash
    _end_batch(found, batch, claims)
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
                found.first_seal = entry.get("sealed", "")
            seq, previous = entry["seq"], entry["hash"]
            found.entries += 1
            if not 0 < number_of(entry) <= seq:
                found.wrong = Wrong(path.stem, seq, "says that it is of a batch that cannot be")
                return
            yield entry


def _end_batch(found: Stretch, first: int, claims: list[bytes]) -> None:
    if claims:
        found.batches.append((first, len(claims), batch_of(found.segment, first, claims).root))


def _wrong_seal(found: Stretch, entry: Json) -> Wrong | None:
    """What is wrong with the seal of the batch before this entry, which begins another."""
    if not found.batches:
        return None
    seal = entry.get("sealed", "")
    if not seal:
        missing = Wrong(found.segment, entry["seq"], "lacks the seal of the entries before it")
        return missing if found.seals or found.first_seal else None
    first = found.batches[-1][0]
    found.seals[first] = seal
    return wrong_seal(found.segment, entry["seq"], seal, found.batches[-1])


def wrong_seal(segment: str, seq: int, seal: str, batch: tuple[int, int, bytes]) -> Wrong | None:
    """What is wrong with the seal in an entry, held against the batch that it should be of."""
    first, count, root = batch
    said = {"segment": segment, "first": first, "count": count, "root": root.hex()}
    try:
        payload = seal.split(".")[1]
        right = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4))) == said
    except (ValueError, IndexError, AttributeError):
        right = False
    return None if right else Wrong(segment, seq, "holds a seal of other entries")
