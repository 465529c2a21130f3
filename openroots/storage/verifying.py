"""Whether an audit log is as it was written: every byte, every seal, every checkpoint.

For `audit verify`, which works on the folder alone. What cannot be seen in a segment by itself,
that its end was cut off or that all of it was written anew, is found by what was signed of it:
checkpoints beside it, and checkpoints and receipts that somebody else has kept.

Source: RFC 6962 section 2.1; C2SP, tlog-checkpoint.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from openroots.storage.held import CHECKPOINTS, Held, checkpoints_in, hold_note, hold_receipt
from openroots.storage.joined import GIVEN, Joined, Readers
from openroots.storage.receipt import Signs
from openroots.storage.segment import Head
from openroots.storage.stretch import ReadBatch, Wrong
from openroots.storage.verdict import Verdict

UNNAMED = 1200.0  # seconds for which no entry stays unnamed: twice as long as a server may wait
LACKING = "is not there: none names entry {} of segment {}, and the log goes on long after that"


def verify(
    audit: Path, signer: Signs, receipts: Sequence[str] = (), notes: Sequence[bytes] = ()
) -> Verdict:
    """Read the whole log of this folder and hold it against all that was signed of it."""
    verdict, outside, held = Verdict(), Verdict(), Held()
    for note in notes:
        hold_note(note, signer, outside, held)
    for receipt in receipts:
        hold_receipt(receipt, signer, outside, held)
    verdict.receipts = outside.receipts
    with ExitStack() as stack:
        log = _Log(audit, held, Readers(stack))
        for who, head in checkpoints_in(audit, signer, verdict, held):
            log.meet(head, who)
        verdict.wrong += outside.wrong
        log.end(signer, verdict)
    return verdict


class _Log:
    """The segments of a log, each read as far as the newest checkpoint so far names it."""

    def __init__(self, audit: Path, held: Held, readers: Readers) -> None:
        self._audit, self._held, self._readers = audit, held, readers
        self._segments: dict[str, Joined | None] = {}  # None: it is not there
        self._named: dict[str, str] = {}  # by whom, first, those that are not there

    def meet(self, head: Head, who: str) -> None:
        """Hold a segment against what is said of it."""
        if segment := self._segment(head.segment):
            segment.meet(head._replace(pruned=False), who)
        else:
            self._named.setdefault(head.segment, who)

    def end(self, signer: Signs, verdict: Verdict) -> None:
        """Read to the end of all segments, named or not, and tell what is wrong with them."""
        paths = {path.stem for path in self._audit.glob("*.jsonl")}
        for name in sorted(paths | self._segments.keys()):
            if segment := self._segment(name):
                segment.end(signer, verdict)
        there = {name for name, segment in self._segments.items() if segment}
        gone = {name: head for name, head in self._held.pruned.items() if name not in there}
        verdict.pruned = {name: head.seq for name, head in gone.items()}
        verdict.wrong += self._missing(there | gone.keys())
        verdict.wrong += _not_as_pruned(self._held, gone)
        verdict.wrong = list(dict.fromkeys(verdict.wrong or self._lacking(verdict)))

    def _segment(self, name: str) -> Joined | None:
        if name not in self._segments:
            path, held = self._audit / f"{name}.jsonl", self._held
            given, claims = held.heads_of(name), held.claims_of(name)
            there = path.is_file()
            self._segments[name] = Joined(path, self._readers, given, claims) if there else None
        return self._segments[name]

    def _lacking(self, verdict: Verdict) -> Iterator[Wrong]:
        """The checkpoint that should follow the newest, where the log goes on for longer than a
        server ever does without one."""
        there = [segment for segment in self._segments.values() if segment]
        newest = max((_moment(segment.last) for segment in there), default=0.0)
        for segment in there:
            first = segment.unnamed
            if first and 0 < _moment(first) < newest - UNNAMED:
                what = LACKING.format(first.first, segment.segment)
                yield Wrong(CHECKPOINTS, verdict.checkpoints + 1, what)
                return

    def _missing(self, known: Set[str]) -> Iterator[Wrong]:
        """The segments that should be there, and neither are nor were said to have gone."""
        given = {name: GIVEN for note in self._held.given for name in note.heads}
        for name, who in (given | self._named).items():
            if name not in known:
                yield Wrong(name, 1, f"is not there, and {who} names it")
        for claims in self._held.claims:
            if claims["segment"] not in known:
                what = "is not there, and a receipt was given for it"
                yield Wrong(claims["segment"], claims["seq"], what)


def _moment(batch: ReadBatch) -> float:
    """When a batch was written, 0 where it does not say."""
    try:
        return datetime.fromisoformat(batch.wall).timestamp()
    except (TypeError, ValueError):
        return 0.0


def _not_as_pruned(held: Held, gone: Mapping[str, Head]) -> Iterator[Wrong]:
    """What is held of segments that have gone, and cannot be of what went: of these there is
    nothing left to hold it against but the checkpoints, each of which is signed and in its place.
    """
    for note in held.given:
        for name in note.heads.keys() & gone.keys() if note.hash not in held.met else ():
            what = "has gone, and the checkpoint that was given of it is none of those here"
            yield Wrong(name, 0, what)
    for claims in held.claims:
        if claims["segment"] in gone and claims["seq"] > gone[claims["segment"]].seq:
            what = "was not there when its segment went, and a receipt was given for it"
            yield Wrong(claims["segment"], claims["seq"], what)
