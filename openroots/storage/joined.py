"""A segment as far as it was read, and whether it is what was signed of it.

For `verifying`, which reads each segment on as far as the next checkpoint names it. So nothing of
what was read has to be kept but the frontier of the tree and the stretches that are read ahead.

Source: RFC 6962 section 2.1.
"""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

from openroots.storage import merkle
from openroots.storage.merkle import Frontier
from openroots.storage.receipt import NoReceipt, Signs, opened_seal
from openroots.storage.segment import BEGINNING, Head
from openroots.storage.stretch import ReadBatch, Stretch, Wrong, check, cuts, wrong_seal
from openroots.storage.types import Json
from openroots.storage.verdict import Verdict

LARGE = 8 << 20  # bytes of a segment that are worth another process
NOTHING = ReadBatch(1, 0, b"", BEGINNING, "", "")  # before the first batch
GIVEN = "the checkpoint that was given"


class Readers:
    """Who reads segments: other processes, one for each core, where one is large."""

    def __init__(self, stack: ExitStack) -> None:
        usable = getattr(os, "sched_getaffinity", None)
        self._cores = len(usable(0)) if usable else os.cpu_count() or 1
        self._stack = stack
        self._pool: ProcessPoolExecutor | None = None

    def stretches(self, path: Path, wanted: frozenset[int]) -> Iterator[Stretch]:
        """The stretches of a segment, one after the other, a few of them read ahead. Those of one
        that goes away meanwhile end there."""
        try:
            size = path.stat().st_size
            if size < LARGE or self._cores == 1:
                yield from (check(path, *cut, wanted) for cut in cuts(path, size))
            else:
                yield from self._ahead(path, size, wanted)
        except FileNotFoundError:
            return

    def _ahead(self, path: Path, size: int, wanted: frozenset[int]) -> Iterator[Stretch]:
        if not self._pool:
            pool = ProcessPoolExecutor(self._cores, get_context("spawn"))
            self._pool = self._stack.enter_context(pool)
        reading: deque[Future[Stretch]] = deque()
        for cut in cuts(path, size):
            reading.append(self._pool.submit(check, path, *cut, wanted))
            if len(reading) > 2 * self._cores:
                yield reading.popleft().result()
        while reading:
            yield reading.popleft().result()


class Joined:
    """The stretches of a segment as one, up to the first entry that does not follow the one
    before. `given` are heads and `claims` what receipts claim of it, both of somebody else."""

    def __init__(
        self, path: Path, readers: Readers, given: Iterable[Head], claims: Sequence[Json]
    ) -> None:
        self.segment = path.stem
        self.last = NOTHING
        self.broken: Wrong | None = None  # where it ends before its end
        self.differs: Wrong | None = None  # from the first head that is not of it
        self.unnamed: ReadBatch | None = None  # the first that no head names
        self._tree = Frontier()
        self._sealed = False
        self._head: Head | None = None
        self._known = 0  # the entry up to which some head or seal answers for it
        self._given = deque(sorted(given, key=lambda head: head.seq))
        self._claims = claims
        self._hashes: dict[int, str] = {}
        wanted = frozenset(each["seq"] for each in claims)
        self._batches = self._join(readers.stretches(path, wanted))

    def meet(self, head: Head, who: str) -> None:
        """Read on as far as this head, which `who` names, and hold it against what is there. None
        may be of an earlier entry than the one before."""
        if head == self._head:
            return
        self._head = head
        while self._given and self._given[0].seq <= head.seq:
            self._compare(self._given.popleft(), GIVEN)
        self._compare(head, who)

    def end(self, signer: Signs, verdict: Verdict) -> None:
        """Read what is left, and tell all that was found."""
        while self._given:
            self._compare(self._given.popleft(), GIVEN)
        false = self._false_seal(signer, verdict)
        verdict.entries[self.segment] = self.last.seq
        signed = min(self._known, self.last.seq)
        verdict.signed += signed
        verdict.unsigned[self.segment] = self.last.seq - signed
        claims = (self._against_claims(each) for each in self._claims)
        verdict.wrong += [each for each in (self.broken, self.differs, *claims, false) if each]

    def _join(self, parts: Iterable[Stretch]) -> Iterator[ReadBatch]:
        for part in parts:
            self.broken = self.broken or self._not_following(part)
            if self.broken:
                return
            self._sealed |= part.sealed
            self._hashes |= part.hashes
            for batch in part.batches:
                self.last = batch
                self._tree.add(merkle.leaf(batch.root))
                yield batch
            if part.wrong:
                self.broken = part.wrong._replace(entry=part.wrong.entry or self.last.seq + 1)

    def _not_following(self, part: Stretch) -> Wrong | None:
        if part.begins and (part.begins, part.previous) != (self.last.seq + 1, self.last.hash):
            return Wrong(self.segment, self.last.seq + 1, "is not as it was written")
        if not self.last.entries or not part.batches:
            return None
        return wrong_seal(self.segment, self.last, part.batches[0].seal, must=self._sealed)

    def _compare(self, head: Head, who: str) -> None:
        self._known = max(self._known, head.seq)
        while not self.differs and self.last.seq < head.seq and next(self._batches, None):
            pass
        self.differs = self.differs or self._against(head, who)

    def _against(self, head: Head, who: str) -> Wrong | None:
        if head.seq > self.last.seq:
            if self.broken:
                return None  # it ends where it is broken
            what = f"and what follows were cut off: {who} names entry {head.seq}"
            return Wrong(self.segment, self.last.seq + 1, what)
        if (self.last.seq, self.last.hash) != (head.seq, head.hash):
            return Wrong(self.segment, head.seq, f"is not the one that {who} names")
        if (self._tree.size, self._tree.root().hex()) != (head.batches, head.root):
            return Wrong(self.segment, head.seq, f"does not end the batches that {who} names")
        return None

    def _against_claims(self, claims: Json) -> Wrong | None:
        seq = claims["seq"]
        if seq > self.last.seq:
            what = "was cut off: a receipt was given for it"
            return None if self.broken else Wrong(self.segment, seq, what)
        what = "is not the one that a receipt was given for"
        return None if self._hashes.get(seq) == claims["entry"] else Wrong(self.segment, seq, what)

    def _false_seal(self, signer: Signs, verdict: Verdict) -> Wrong | None:
        """A seal that nobody signed, of the entries after those that a head answers for."""
        before, false = self.last, None
        for batch in self._batches:
            self.unnamed = self.unnamed or batch
            if batch.seal and before.seq > self._known and not false:
                false = self._unsigned(before, batch.seal, signer, verdict)
            before = batch
        return false

    def _unsigned(
        self, batch: ReadBatch, seal: str, signer: Signs, verdict: Verdict
    ) -> Wrong | None:
        try:
            opened_seal(seal, signer)
        except NoReceipt as error:
            if not error.kid:
                what = f"holds a false seal: {error}"
                return Wrong(self.segment, batch.seq + 1, what)
            verdict.note_unknown(self.segment, batch.first, error)
            return None
        self._known = batch.seq
        return None
