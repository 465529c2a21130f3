"""Merkle trees as certificate transparency logs have them: roots, and proofs about them.

For receipts and checkpoints. A leaf is the hash of some bytes; a root stands for all leaves up to
it. That one leaf is under a root, and that one root goes on from another, is shown by a few hashes,
to somebody who has nothing else of the log. A `Frontier` grows with a log and keeps no leaf.

Source: RFC 6962 section 2.1; RFC 9162 sections 2.1.3 and 2.1.4, for checking proofs.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()
SIZE = 32  # bytes of a hash


def leaf(data: bytes) -> bytes:
    """The hash of a leaf that holds these bytes."""
    return sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of what stands above these two."""
    return sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over the hashes of these leaves."""
    if not leaves:
        return EMPTY
    return levels(leaves)[-1][0]


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The hashes of a tree level by level, from its leaves to its root. The last of a level that
    has no neighbour stands as it is in the next: that is the tree of RFC 6962."""
    built = [list(leaves)]
    while len(below := built[-1]) > 1:
        above = [
            sha256(b"\x01" + below[at] + below[at + 1]).digest()
            for at in range(0, len(below) - 1, 2)
        ]
        built.append(above + below[-1:] if len(below) % 2 else above)
    return built


def path_in(built: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    """What shows that the leaf at this index is under the root of a tree, from below upwards."""
    path = []
    for level in built[:-1]:
        beside = index ^ 1
        if beside < len(level):
            path.append(level[beside])
        index //= 2
    return path


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The same, where nothing of the tree is there but its leaves."""
    return path_in(levels(leaves), index)


def root_from(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a leaf and its path lead to in a tree of this size; None where the path is not
    one of such a tree."""
    if not 0 <= index < size:
        return None
    at, last, found = index, size - 1, leaf_hash
    for beside in path:
        if last == 0:
            return None
        if at % 2 or at == last:
            found = node(beside, found)
            while at % 2 == 0 and at:
                at, last = at // 2, last // 2
        else:
            found = node(found, beside)
        at, last = at // 2, last // 2
    return found if last == 0 else None


def consistency(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """What shows that the tree over the first so many leaves goes on in the tree over all."""
    return _subproof(leaves, first, whole=True)


def _subproof(leaves: Sequence[bytes], first: int, *, whole: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if whole else [root(leaves)]
    if not 0 < first < len(leaves):
        return []
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    left, right = leaves[:split], leaves[split:]
    if first <= split:
        return [*_subproof(left, first, whole=whole), root(right)]
    return [*_subproof(right, first - split, whole=False), root(left)]


def goes_on(first: int, old: bytes, size: int, new: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that a tree of `first` leaves with the root `old` is the beginning
    of one of `size` leaves with the root `new`."""
    if first == size:
        return not proof and old == new
    if not 0 < first < size:
        return first == 0 and not proof
    at, last = first - 1, size - 1
    while at % 2:
        at, last = at // 2, last // 2
    hashes = list(proof) if at else [old, *proof]
    if not hashes:
        return False
    return _climbed(hashes, at, last) == (old, new)


def _climbed(hashes: Sequence[bytes], at: int, last: int) -> tuple[bytes, bytes] | None:
    """The two roots that a proof of consistency leads to; None where it has a wrong length."""
    before = after = hashes[0]
    for beside in hashes[1:]:
        if last == 0:
            return None
        if at % 2 or at == last:
            before, after = node(beside, before), node(beside, after)
            while at % 2 == 0 and at:
                at, last = at // 2, last // 2
        else:
            after = node(after, beside)
        at, last = at // 2, last // 2
    return (before, after) if last == 0 else None


class Frontier:
    """A tree that only grows: of what is complete it keeps one hash for each power of two."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)  # the largest first

    def add(self, leaf_hash: bytes) -> None:
        """One more leaf."""
        self.peaks.append(leaf_hash)
        full = self.size
        while full % 2:
            right = self.peaks.pop()
            self.peaks[-1] = node(self.peaks[-1], right)
            full //= 2
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self.peaks:
            return EMPTY
        found = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            found = node(peak, found)
        return found
