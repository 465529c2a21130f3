"""What is held of an audit log: how far it had come at some time, and what its receipts claim.

For `verifying`. It comes from the checkpoints beside the log, each of which names the one before,
and from checkpoints and receipts that somebody else has kept. There may be years of the former, so
they are read one by one and none is kept.

Source: C2SP, tlog-checkpoint.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from openroots.storage.checkpoint import (
    FILE,
    NONE,
    Checkpoint,
    NoCheckpoint,
    notes_in,
    opened,
    read_note,
)
from openroots.storage.receipt import NoReceipt, Signs, Unproved, checked
from openroots.storage.segment import Head
from openroots.storage.stretch import Wrong
from openroots.storage.types import Json
from openroots.storage.verdict import Verdict

CHECKPOINTS = "checkpoints"


@dataclass(slots=True)
class Held:
    """What somebody else holds of this log: checkpoints, and the claims of receipts. Of the
    checkpoints in its folder, one after the other: which of those were met, and what had gone."""

    given: list[Checkpoint] = field(default_factory=list)
    claims: list[Json] = field(default_factory=list)
    met: set[str] = field(default_factory=set)  # the hashes of those given that are in the folder
    pruned: dict[str, Head] = field(default_factory=dict)  # segments that are said to have gone

    def heads_of(self, segment: str) -> list[Head]:
        """How far a segment had come by the checkpoints that were given."""
        return [note.heads[segment] for note in self.given if segment in note.heads]

    def claims_of(self, segment: str) -> list[Json]:
        """What receipts claim of a segment."""
        return [claims for claims in self.claims if claims["segment"] == segment]


def checkpoints_in(
    audit: Path, signer: Signs, verdict: Verdict, held: Held
) -> Iterator[tuple[str, Head]]:
    """What the checkpoints of the folder say of each segment, and which of them says so. Each must
    name the one before, and what follows one that does not counts no more."""
    path, last, read = audit / FILE, Checkpoint({}, "", "", NONE), 0
    size = path.stat().st_size if path.exists() else 0
    for number, note in enumerate(notes_in(path, size), 1):
        read += len(note)
        checkpoint, signed = _opened(note, number, signer, verdict)
        if checkpoint is None:
            return
        if checkpoint.previous != last.hash:
            verdict.wrong.append(Wrong(CHECKPOINTS, number, "does not follow the one before it"))
            return
        verdict.wrong += [
            Wrong(CHECKPOINTS, number, what) for what in _misfits(last, checkpoint, held.pruned)
        ]
        held.pruned |= {name: head for name, head in checkpoint.heads.items() if head.pruned}
        held.met |= {given.hash for given in held.given if given.hash == checkpoint.hash}
        last, verdict.checkpoints = checkpoint, number
        if signed:
            yield from ((f"checkpoint {number}", head) for head in checkpoint.heads.values())
    if size > read:
        number = verdict.checkpoints + 1
        verdict.wrong.append(Wrong(CHECKPOINTS, number, "is not as it was written: it is cut off"))


def _opened(
    note: bytes, number: int, signer: Signs, verdict: Verdict
) -> tuple[Checkpoint | None, bool]:
    """What a note says, None where it is no checkpoint; and whether a known key has signed it."""
    try:
        return opened(note, signer), True
    except NoCheckpoint as error:
        if not error.kid:
            what = f"is not as it was written: {error}"
            verdict.wrong.append(Wrong(CHECKPOINTS, number, what))
            return None, False
        verdict.note_unknown(CHECKPOINTS, number, error)
        return read_note(note), False


def _misfits(last: Checkpoint, found: Checkpoint, pruned: Mapping[str, Head]) -> Iterator[str]:
    """What a checkpoint says that cannot be after the one before."""
    if shrunk := _shrunk(last, found):
        yield f"says that segment {shrunk} shrank"
    if false := _falsely_pruned(last, found, pruned):
        yield f"says that segment {false} has gone, which was not so"


def _shrunk(last: Checkpoint, following: Checkpoint) -> str:
    for name, head in last.heads.items():
        if head.pruned:
            continue
        if name not in following.heads or following.heads[name].seq < head.seq:
            return name
    return ""


def _falsely_pruned(last: Checkpoint, found: Checkpoint, pruned: Mapping[str, Head]) -> str:
    """A segment of which a checkpoint says that it has gone, where the one before it does not say
    just the same of it; or that is there again after it had gone."""
    for name, head in found.heads.items():
        if name in pruned or (head.pruned and head._replace(pruned=False) != last.heads.get(name)):
            return name
    return ""


def hold_note(note: bytes, signer: Signs, verdict: Verdict, held: Held) -> None:
    """Take up a checkpoint that somebody has kept."""
    try:
        checkpoint = opened(note.lstrip(b"\n"), signer)
    except NoCheckpoint as error:
        verdict.wrong.append(Wrong("checkpoint", 0, _given(error), error.kid))
        return
    held.given.append(checkpoint)


def hold_receipt(receipt: str, signer: Signs, verdict: Verdict, held: Held) -> None:
    """Take up a receipt that was given."""
    try:
        held.claims.append(checked(receipt, signer))
        verdict.receipts += 1
    except NoReceipt as error:
        verdict.wrong.append(Wrong("receipt", 0, _given(error), error.kid))


def _given(error: Unproved) -> str:
    return f"that was given {'cannot be proved' if error.kid else 'is none'}: {error}"
