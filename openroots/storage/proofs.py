"""Proofs from the audit log, for whoever holds a receipt or a checkpoint and not the log.

A checkpoint signs, of each segment, the root over its batches. A proof of inclusion shows that the
batch of a receipt is under that root; a proof of consistency shows that the tree of an earlier
checkpoint is the beginning of that of a later one. Both are hashes alone and name nobody.

The leaves of a segment's tree are worked out from it when they are first asked for, and stand
beside it in `0.leaves` from then on: for each batch its first entry, where it ends, and its leaf.

Source: RFC 6962 sections 2.1.1 and 2.1.2; C2SP tlog-checkpoint.
"""

import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from struct import Struct
from typing import NamedTuple

from openroots.storage import merkle
from openroots.storage.checkpoint import FILE, Checkpoint, newest_in, read_note
from openroots.storage.segment import Head, batch_from, entry_in, number_of

RECORD = Struct(">QQ32s")


class NoProof(ValueError):
    """What is to be proved is not under any checkpoint, or is nothing that a tree holds."""


class Leaf(NamedTuple):
    """One batch in a segment's tree: its first entry, where it ends in the file, and its hash."""

    first: int
    end: int
    hash: bytes


class Proofs:
    """The audit log in this folder as it can be proved to others."""

    def __init__(self, audit: Path) -> None:
        self._audit = audit

    def newest(self) -> tuple[bytes, Checkpoint]:
        """The newest checkpoint, as it is signed and as it is read. Raises NoProof."""
        note = newest_in(self._audit / FILE)
        if not note:
            raise NoProof("nothing has been signed yet")
        return note, read_note(note)

    def inclusion(self, segment: str, first: int) -> tuple[Head, int, bytes, list[bytes]]:
        """That the batch beginning with this entry is under the newest root of its segment: the
        segment's head, the place and hash of the batch's leaf, and its path. Raises NoProof."""
        head = self._head(segment)
        leaves = self._leaves(head)
        at = next((at for at, leaf in enumerate(leaves) if leaf.first == first), -1)
        if at < 0:
            raise NoProof("no batch under the newest checkpoint begins with this entry")
        return head, at, leaves[at].hash, merkle.inclusion([leaf.hash for leaf in leaves], at)

    def consistency(self, segment: str, earlier: int) -> tuple[Head, list[bytes]]:
        """That the tree over the first so many batches of a segment goes on in its newest one: the
        segment's head, and the proof. Raises NoProof."""
        head = self._head(segment)
        if not 0 < earlier <= head.batches:
            raise NoProof(f"the newest checkpoint has {head.batches} batches of this segment")
        leaves = [leaf.hash for leaf in self._leaves(head)]
        return head, merkle.consistency(leaves, earlier)

    def _head(self, segment: str) -> Head:
        _, checkpoint = self.newest()
        if segment not in checkpoint.heads:
            raise NoProof("the newest checkpoint has no such segment")
        if checkpoint.heads[segment].pruned:
            raise NoProof("this segment is no longer kept")
        return checkpoint.heads[segment]

    def _leaves(self, head: Head) -> list[Leaf]:
        """Of the batches that a checkpoint counts; others may still be being written."""
        segment = self._audit / f"{head.segment}.jsonl"
        kept = segment.with_suffix(".leaves")
        data = kept.read_bytes() if kept.exists() else b""
        data = data[: len(data) // RECORD.size * RECORD.size]
        known = [Leaf(*each) for each in RECORD.iter_unpack(data)]
        if len(known) >= head.batches:
            return known[: head.batches]
        new = list(_batches(segment, known[-1].end if known else 0, head.batches - len(known)))
        making = kept.with_suffix(f".leaves-{os.getpid()}")
        making.write_bytes(data + b"".join(RECORD.pack(*leaf) for leaf in new))
        making.replace(kept)
        return [*known, *new]


def _batches(segment: Path, start: int, count: int) -> Iterator[Leaf]:
    """The next so many batches of a segment from a place in it on."""
    end = start
    with segment.open("rb") as file:
        file.seek(start)
        lines = ((line, entry) for line in file if (entry := entry_in(line)))
        groups = groupby(lines, key=lambda found: number_of(found[1]))
        for _, (_, group) in zip(range(count), groups, strict=False):
            found = list(group)
            batch = batch_from(segment.stem, [entry for _, entry in found])
            end += sum(len(line) for line, _ in found)
            yield Leaf(batch.first, end, merkle.leaf(batch.root))
