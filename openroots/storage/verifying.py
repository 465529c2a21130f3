"""Whether an audit log is as it was written: every byte, every seal, every checkpoint.

For `audit verify`, which works on the folder alone. What cannot be seen in a segment by itself,
that its end was cut off or that all of it was written anew, is found by what was signed of it:
checkpoints beside it, and checkpoints and receipts that somebody else has kept.

Source: RFC 6962 section 2.1; C2SP, tlog-checkpoint.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from openroots.storage import merkle
from openroots.storage.held import Held, hold_checkpoints, hold_note, hold_receipt
from openroots.storage.merkle import Frontier
from openroots.storage.receipt import NoReceipt, Signs, opened_seal
from openroots.storage.segment import BEGINNING, Head
from openroots.storage.stretch import Stretch, Wrong, check, stretches, wrong_seal
from openroots.storage.types import Json
from openroots.storage.verdict import Verdict

LARGE = 8 << 20  # bytes of a segment that are worth another process


def verify(
    audit: Path, signer: Signs, receipts: Sequence[str] = (), notes: Sequence[bytes] = ()
) -> Verdict:
    """Read the whole log of this folder and hold it against all that was signed of it."""
    verdict, held = Verdict(), Held()
    # Before the segments: a server that is running goes on writing, and signs only what it wrote.
    hold_checkpoints(audit, signer, verdict, held)
    for note in notes:
        hold_note(note, signer, verdict, held)
    for receipt in receipts:
        hold_receipt(receipt, signer, verdict, held)
    paths = {path.stem: path for path in sorted(audit.glob("*.jsonl"))}
    for name, path in paths.items():
        joined = _joined(_read(path, held.wanted(name)))
        _judge(joined, signer, verdict, held)
    gone = {name: head for name, head in held.pruned.items() if name not in paths}
    verdict.pruned = {name: head.seq for name, head in gone.items()}
    verdict.wrong += _missing(held, {*paths, *gone})
    verdict.wrong += _not_as_pruned(held, gone)
    verdict.wrong = list(dict.fromkeys(verdict.wrong))
    return verdict


def _missing(held: Held, known: set[str]) -> list[Wrong]:
    """The segments that should be there, and neither are nor were said to have gone."""
    named = [(head.segment, who) for who, head in held.heads if head.seq]
    missing = [
        Wrong(segment, 1, f"is not there, and {who} names it")
        for segment, who in named
        if segment not in known
    ]
    what = "is not there, and a receipt was given for it"
    lost = [claims for claims in held.claims if claims["segment"] not in known]
    return missing + [Wrong(claims["segment"], claims["seq"], what) for claims in lost]


def _not_as_pruned(held: Held, gone: Mapping[str, Head]) -> list[Wrong]:
    """What is held of segments that have gone, and cannot be of what went: of these there is
    nothing left to hold it against but the checkpoints, each of which is signed and in its place.
    """
    strange = [
        Wrong(name, 0, "has gone, and the checkpoint that was given of it is none of those here")
        for note in held.given
        for name in note.heads.keys() & gone.keys()
        if note.hash not in held.chain
    ]
    what = "was not there when its segment went, and a receipt was given for it"
    return strange + [
        Wrong(claims["segment"], claims["seq"], what)
        for claims in held.claims
        if claims["segment"] in gone and claims["seq"] > gone[claims["segment"]].seq
    ]


def _read(path: Path, wanted: frozenset[int]) -> list[Stretch]:
    """All stretches of a segment, read by as many processes as there are cores if it is large."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if path.stat().st_size < LARGE or cores == 1:
        return [check(path, 0, path.stat().st_size, wanted)]
    cuts = stretches(path, (cores or 1) * 4)
    starts, ends = zip(*cuts, strict=True)
    count = len(cuts)
    with ProcessPoolExecutor(cores, get_context("spawn")) as pool:
        return list(pool.map(check, [path] * count, starts, ends, [wanted] * count))


def _joined(parts: Iterable[Stretch]) -> Stretch:
    """The stretches as one, up to the first entry that does not follow the one before."""
    whole = Stretch("", hash=BEGINNING)
    for part in parts:
        whole.segment = part.segment
        follows = (part.begins, part.previous) == (whole.seq + 1, whole.hash)
        if part.entries and not follows:
            whole.wrong = Wrong(part.segment, whole.seq + 1, "is not as it was written")
            return whole
        if whole.batches and part.entries and (wrong := _unsealed(whole, part)):
            whole.wrong = wrong
            return whole
        if not whole.entries:
            whole.first_seal = part.first_seal
        whole.entries += part.entries
        whole.batches += part.batches
        whole.seals |= part.seals
        whole.hashes |= part.hashes
        if part.entries:
            whole.seq, whole.hash = part.seq or whole.seq, part.hash or whole.hash
        if part.wrong:
            whole.wrong = part.wrong._replace(entry=part.wrong.entry or whole.seq + 1)
            return whole
    return whole


def _unsealed(whole: Stretch, part: Stretch) -> Wrong | None:
    """What is wrong with the seal between two stretches."""
    if not part.first_seal:
        missing = Wrong(part.segment, part.begins, "lacks the seal of the entries before it")
        return missing if whole.seals else None
    whole.seals[whole.batches[-1][0]] = part.first_seal
    return wrong_seal(part.segment, part.begins, part.first_seal, whole.batches[-1])


def _judge(found: Stretch, signer: Signs, verdict: Verdict, held: Held) -> None:
    """Hold a segment against what was signed of it."""
    verdict.entries[found.segment] = found.entries
    if found.wrong:
        verdict.wrong.append(found.wrong)
    heads = [(who, head) for who, head in held.heads if head.segment == found.segment]
    roots = _roots(found, {head.batches for _, head in heads})
    for who, head in heads:
        if wrong := _against(head, who, found, roots):
            verdict.wrong.append(wrong)
            break
    for claims in held.claims:
        if claims["segment"] == found.segment and (wrong := _against_claims(claims, found)):
            verdict.wrong.append(wrong)
    known = max((head.seq for _, head in heads), default=0)
    verdict.signed += min(known, found.seq)
    verdict.wrong += _false_seals(found, known, signer, verdict)


def _roots(found: Stretch, sizes: set[int]) -> dict[int, str]:
    """The root over the first so many batches, for each of these sizes."""
    tree, roots = Frontier(), {0: merkle.EMPTY.hex()}
    most = max(sizes, default=0)
    for number, (_, _, root) in enumerate(found.batches[:most], 1):
        tree.add(merkle.leaf(root))
        if number in sizes:
            roots[number] = tree.root().hex()
    return roots


def _against(head: Head, who: str, found: Stretch, roots: dict[int, str]) -> Wrong | None:
    if head.seq > found.seq:
        if found.wrong:
            return None  # it ends where it is broken
        what = f"and what follows were cut off: {who} names entry {head.seq}"
        return Wrong(found.segment, found.seq + 1, what)
    if found.hashes.get(head.seq) != head.hash:
        return Wrong(found.segment, head.seq, f"is not the one that {who} names")
    if roots.get(head.batches) != head.root:
        return Wrong(found.segment, head.seq, f"does not end the batches that {who} names")
    return None


def _against_claims(claims: Json, found: Stretch) -> Wrong | None:
    if claims["seq"] > found.seq:
        if found.wrong:
            return None
        return Wrong(found.segment, claims["seq"], "was cut off: a receipt was given for it")
    if found.hashes.get(claims["seq"]) != claims["entry"]:
        return Wrong(found.segment, claims["seq"], "is not the one that a receipt was given for")
    return None


def _false_seals(found: Stretch, known: int, signer: Signs, verdict: Verdict) -> list[Wrong]:
    """Seals that nobody signed, of the entries after those that a checkpoint answers for."""
    for first, count, _ in found.batches:
        seal = found.seals.get(first)
        if first + count - 1 <= known or not seal:
            continue
        try:
            opened_seal(seal, signer)
            verdict.signed += count
        except NoReceipt as error:
            if not error.kid:
                return [Wrong(found.segment, first + count, f"holds a false seal: {error}")]
            verdict.note_unknown(found.segment, first, error)
    return []
