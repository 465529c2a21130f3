"""What is held of an audit log: how far it had come at some time, and what its receipts claim.

For `verifying`. It comes from the checkpoints beside the log, each of which names the one before,
and from checkpoints and receipts that somebody else has kept.

Source: C2SP, tlog-checkpoint.
"""

from collections.abc import Mapping
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
    """What somebody holds of this log: its heads at some time, and the claims of receipts."""

    heads: list[tuple[str, Head]] = field(default_factory=list)  # who says so, and what
    claims: list[Json] = field(default_factory=list)
    given: list[Checkpoint] = field(default_factory=list)
    chain: set[str] = field(default_factory=set)  # the hashes of the checkpoints of the folder
    pruned: dict[str, Head] = field(default_factory=dict)  # segments that these say have gone

    def wanted(self, segment: str) -> frozenset[int]:
        """The entries of a segment whose hashes are to be compared."""
        named = [head.seq for _, head in self.heads if head.segment == segment]
        return frozenset(named + [c["seq"] for c in self.claims if c["segment"] == segment])


def hold_checkpoints(audit: Path, signer: Signs, verdict: Verdict, held: Held) -> None:
    """Take up the checkpoints of the folder, each of which must name the one before."""
    path, previous, size = audit / FILE, NONE, 0
    last: Checkpoint | None = None
    for number, note in enumerate(notes_in(path), 1):
        size += len(note)
        signed = True
        try:
            checkpoint = opened(note, signer)
        except NoCheckpoint as error:
            if not error.kid:
                what = f"is not as it was written: {error}"
                verdict.wrong.append(Wrong(CHECKPOINTS, number, what))
                return
            verdict.note_unknown(CHECKPOINTS, number, error)
            checkpoint, signed = read_note(note), False
        if checkpoint.previous != previous:
            verdict.wrong.append(Wrong(CHECKPOINTS, number, "does not follow the one before it"))
            return
        if last and (shrunk := _shrunk(last, checkpoint)):
            verdict.wrong.append(Wrong(CHECKPOINTS, number, f"says that segment {shrunk} shrank"))
        if false := _falsely_pruned(last, checkpoint, held.pruned):
            what = f"says that segment {false} has gone, which was not so"
            verdict.wrong.append(Wrong(CHECKPOINTS, number, what))
        held.pruned |= {name: head for name, head in checkpoint.heads.items() if head.pruned}
        held.chain.add(checkpoint.hash)
        previous, last = checkpoint.hash, checkpoint
        verdict.checkpoints = number
        if signed:
            held.heads += [(f"checkpoint {number}", head) for head in checkpoint.heads.values()]
    if path.exists() and path.stat().st_size > size:
        number = verdict.checkpoints + 1
        verdict.wrong.append(Wrong(CHECKPOINTS, number, "is not as it was written: it is cut off"))


def _shrunk(last: Checkpoint, following: Checkpoint) -> str:
    for name, head in last.heads.items():
        if head.pruned:
            continue
        if name not in following.heads or following.heads[name].seq < head.seq:
            return name
    return ""


def _falsely_pruned(last: Checkpoint | None, found: Checkpoint, pruned: Mapping[str, Head]) -> str:
    """A segment of which a checkpoint says that it has gone, where the one before it does not say
    just the same of it; or that is there again after it had gone."""
    before = last.heads if last else {}
    for name, head in found.heads.items():
        if name in pruned or (head.pruned and head._replace(pruned=False) != before.get(name)):
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
    held.heads += [("the checkpoint that was given", head) for head in checkpoint.heads.values()]


def hold_receipt(receipt: str, signer: Signs, verdict: Verdict, held: Held) -> None:
    """Take up a receipt that was given."""
    try:
        held.claims.append(checked(receipt, signer))
        verdict.receipts += 1
    except NoReceipt as error:
        verdict.wrong.append(Wrong("receipt", 0, _given(error), error.kid))


def _given(error: Unproved) -> str:
    return f"that was given {'cannot be proved' if error.kid else 'is none'}: {error}"
