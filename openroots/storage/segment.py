"""One append-only file of audit entries, each with its own hash and that of the one before.

For the journal. The entries that wait are written and forced to disk together, as a batch. Where
there is a signer, each batch is sealed while the disk writes: its seal goes out with the receipts
of its entries, and into the log with the first entry of the next batch. What a power cut tore was
never told to anyone as kept: it is put aside when the segment is opened again.

    {"wall":"...",...,"seq":7,"batch":5,"sealed":"...","previous":"...","hash":"..."}

The roots of the batches are the leaves of one tree for the whole segment, which checkpoints sign.
What has to be remembered of it stands in `0.head` beside the segment, from time to time; it can
always be worked out from the segment again.

Source: none; the chain is that of certificate transparency logs before the tree (RFC 6962 s. 1).
"""

import logging
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import orjson

from openroots.storage import merkle
from openroots.storage.durable import names_to_disk, start_to_disk, to_disk
from openroots.storage.lines import entries_backwards
from openroots.storage.merkle import Frontier
from openroots.storage.receipt import Batch, Signs, batch_of, claims_of, receipts_of, sealed
from openroots.storage.torn import HASH, sound_size, whole_entry
from openroots.storage.types import Json

T = TypeVar("T")

BEGINNING = "0" * 64

log = logging.getLogger(__name__)


class Head(NamedTuple):
    """How far a segment has come: its newest entry, its batches, and the root over these; and
    whether it is no longer kept."""

    segment: str
    seq: int
    hash: str
    batches: int
    root: str
    pruned: bool = False


class Made(NamedTuple):
    """Entries as lines of a segment, before they are in it: the number of the first, that of the
    last and its hash, and the claims of each where somebody signs."""

    lines: list[bytes]
    first: int
    seq: int
    hash: str
    claims: list[bytes]


class Segment:
    """The file, opened to be written. With a signer it gives receipts and has a head."""

    def __init__(self, path: Path, signer: Signs | None = None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.name = path.stem
        self._signer = signer
        self._file = path.open("a+b", buffering=0)
        for folder in (path.parent, path.parent.parent):
            names_to_disk(folder)
        self._put_torn_end_aside()
        self._seal, self._size = b"", self._file.seek(0, os.SEEK_END)
        self._tree = Frontier()
        self._seq, self._previous = 0, BEGINNING
        self._take_up()
        self._published = self._state()

    @property
    def size(self) -> int:
        """The bytes that it holds."""
        return self._size

    def append(self, bodies: list[bytes], told: Sequence[Mapping[str, Any]] = ()) -> list[str]:
        """Write these entries and force them to disk: `keep` of what is `made` of them."""
        return self.keep(self.made(bodies, told))

    def made(self, bodies: list[bytes], told: Sequence[Mapping[str, Any]] = ()) -> Made:
        """The lines that these entries make here, their closing brace left off. `told` are the
        members of which claims are made."""
        seq, previous, lines, claims = self._seq, self._previous, [], []
        first, seal = seq + 1, self._seal
        for body in bodies:
            seq += 1
            place = b'"seq":%d,"batch":%d,%s"previous":"%s"' % (seq, first, seal, previous.encode())
            chained, seal = b"%s,%s" % (body, place), b""
            previous = sha256(chained).hexdigest()
            lines.append(b'%s%s%s"}\n' % (chained, HASH, previous.encode()))
            if self._signer:
                entry = told[seq - first] if told else orjson.loads(body + b"}")
                claims.append(claims_of(self.name, seq, previous, entry))
        return Made(lines, first, seq, previous, claims)

    def keep(self, made: Made) -> list[str]:
        """Write what was made last, force it to disk, and return the receipt of each entry, or ""
        where nobody signs. They are signed while the disk writes. Raises OSError, with nothing
        kept."""
        data = b"".join(made.lines)
        batch, seal, receipts = self._write(data, partial(self._signed, made))
        self._seq, self._previous, self._size = made.seq, made.hash, self._size + len(data)
        if batch:
            self._seal = b'"sealed":"%s",' % seal.encode()
            self._tree.add(merkle.leaf(batch.root))
            self._published = self._state()
        return receipts

    def head(self) -> Head:
        """How far it has come, as of the newest batch that is on disk. Asked from any thread."""
        seq, hash, _, tree = self._published
        return Head(self.name, seq, hash, tree.size, tree.root().hex())

    def remember(self) -> None:
        """Keep what the next opening would otherwise have to read the whole segment for."""
        seq, hash, size, tree = self._published
        kept = {"size": size, "seq": seq, "hash": hash, "batches": tree.size}
        peaks = [peak.hex() for peak in tree.peaks]
        making = self.path.with_suffix(".head.new")
        making.write_bytes(orjson.dumps({**kept, "peaks": peaks}))
        making.replace(self.path.with_suffix(".head"))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _state(self) -> tuple[int, str, int, Frontier]:
        return self._seq, self._previous, self._size, Frontier(self._tree.size, self._tree.peaks)

    def _write(self, data: bytes, meanwhile: Callable[[], T]) -> T:
        """Have the data on disk; what was done meanwhile comes back."""
        size = self._file.seek(0, os.SEEK_END)
        try:
            if (self._file.write(data) or 0) < len(data):
                raise OSError("the disk is full")
            start_to_disk(self._file.fileno(), size, len(data))
            done = meanwhile()
            to_disk(self._file.fileno())
        except BaseException:
            # A half-written batch would break the chain for the entries that come after it.
            self._file.truncate(size)
            raise
        return done

    def _signed(self, made: Made) -> tuple[Batch | None, str, list[str]]:
        """The batch with its seal, where somebody signs, and the receipt of each entry."""
        if not self._signer or not made.claims:
            return None, "", [""] * len(made.lines)
        batch = batch_of(self.name, made.first, made.claims)
        seal = sealed(batch, self._signer)
        return batch, seal, receipts_of(batch, seal)

    def _put_torn_end_aside(self) -> None:
        sound, size = sound_size(self.path), self._file.seek(0, os.SEEK_END)
        if sound == size:
            return
        torn = self.path.with_suffix(".torn")
        log.warning(
            "%s: %d bytes at its end were torn, and go to %s", self.path, size - sound, torn
        )
        self._file.seek(sound)
        with torn.open("ab") as aside:
            shutil.copyfileobj(self._file, aside)
            aside.flush()
            to_disk(aside.fileno())
        self._file.truncate(sound)

    def _take_up(self) -> None:
        """Go on where the segment ends."""
        last = next(entries_backwards(self.path), None)
        if last is None:
            return
        entry = orjson.loads(last)
        self._seq, self._previous = entry["seq"], entry["hash"]
        if not self._signer:
            return
        start, self._tree = self._remembered()
        newest: Batch | None = None
        with self.path.open("rb") as file:
            file.seek(start)
            for newest in batches_in(self.name, file):
                self._tree.add(merkle.leaf(newest.root))
        newest = newest or self._last_batch()
        self._seal = b'"sealed":"%s",' % sealed(newest, self._signer).encode()

    def _last_batch(self) -> Batch:
        entries: list[Json] = []
        for line in entries_backwards(self.path):
            entry = entry_in(line)
            if entry is None or (entries and number_of(entry) != number_of(entries[-1])):
                break
            entries.append(entry)
        return batch_from(self.name, entries[::-1])

    def _remembered(self) -> tuple[int, Frontier]:
        """Up to which byte the tree is known, and the tree; from the beginning where what was kept
        does not fit the segment."""
        try:
            kept = orjson.loads(self.path.with_suffix(".head").read_bytes())
            tree = Frontier(kept["batches"], [bytes.fromhex(peak) for peak in kept["peaks"]])
            mark = b'%s%s"}\n' % (HASH, kept["hash"].encode())
            with self.path.open("rb") as file:
                file.seek(kept["size"] - len(mark))
                fits = file.read(len(mark)) == mark
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return 0, Frontier()
        return (kept["size"], tree) if fits else (0, Frontier())


def batches_in(segment: str, lines: Iterable[bytes]) -> Iterator[Batch]:
    """The batches in the lines of a segment; what is no entry is left to `audit verify`."""
    entries: list[Json] = []
    for line in lines:
        if (entry := entry_in(line)) is None:
            continue
        if entries and number_of(entry) != number_of(entries[-1]):
            yield batch_from(segment, entries)
            entries = []
        entries.append(entry)
    if entries:
        yield batch_from(segment, entries)


def entry_in(line: bytes) -> Json | None:
    """The entry that a line holds, or None: who reads on must not fall over what is none."""
    try:
        entry = orjson.loads(line)
        sound = isinstance(entry["seq"], int) and isinstance(entry["hash"], str)
    except (ValueError, KeyError, TypeError):
        return None
    return entry if sound and isinstance(entry.get("batch", 0), int) else None


def number_of(entry: Json) -> int:
    """The batch of an entry: the first entry of it. Early entries were written one by one."""
    number: int = entry["batch"] if "batch" in entry else entry["seq"]
    return number


def batch_from(segment: str, entries: list[Json]) -> Batch:
    """The batch that these entries make, the first first."""
    claims = [claims_of(segment, entry["seq"], entry["hash"], entry) for entry in entries]
    return batch_of(segment, entries[0]["seq"], claims)


def broken_at(path: Path) -> int:
    """The number of the first entry that is not as it was written; 0 where all are."""
    previous = BEGINNING
    with path.open("rb") as file:
        for seq, line in enumerate(file, 1):
            entry = whole_entry(line)
            if entry is None or (entry["seq"], entry["previous"]) != (seq, previous):
                return seq
            previous = entry["hash"]
    return 0
