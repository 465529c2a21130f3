"""Proofs of the audit log, for whoever holds a receipt or a checkpoint: hashes, and no person.

Source: RFC 6962 sections 2.1.1 and 2.1.2; C2SP tlog-checkpoint.
"""

from typing import Any

from openroots.problem import Json
from openroots.service import Access, Problem, Reply, Request
from openroots.services.access_log import service
from openroots.services.access_log.asking import looks_of, one_of
from openroots.storage import Snapshot
from openroots.storage.checkpoint import by_itself
from openroots.storage.proofs import NoProof, Proofs

FROM_ONE = {"type": "integer", "minimum": 1}
SEGMENT = {"segment": "The segment of the log, as a receipt or a checkpoint names it."}
BATCH = SEGMENT | {"first": "The first entry of the batch, as the seal of a receipt says."}
EARLIER = SEGMENT | {"batches": "How many batches an earlier checkpoint counts in the segment."}
OPEN: dict[str, Any] = {
    "access": frozenset({Access.OPEN}),
    "reads": 0,
    "scans": True,
    "reads_audit": True,
}
WRONG = ("parameter-wrong", "no-proof")


@service.endpoint("GET", "/checkpoint", **OPEN, fails=("no-proof",))
def checkpoint(request: Request, db: Snapshot) -> Reply:
    """The newest checkpoint of the audit log, as it is signed.

    Keep one: what it counts can never again be changed or left out unseen."""
    try:
        note, read = _proofs(request).newest()
    except NoProof as error:
        raise Problem("no-proof", reason=str(error)) from None
    told = by_itself(note)
    segments = [
        {"segment": head.segment, "entries": head.seq, "batches": head.batches, "root": head.root}
        for head in read.heads.values()
        if not head.pruned
    ]
    return Reply({"checkpoint": told.decode(), "wall": read.wall, "segments": segments}, about=())


@service.endpoint(
    "GET",
    "/proofs/inclusion",
    **OPEN,
    query=BATCH,
    query_schemas={"first": FROM_ONE},
    needs=("segment", "first"),
    fails=WRONG,
)
def inclusion(request: Request, db: Snapshot) -> Reply:
    """That the batch of a receipt is under the root that the newest checkpoint signs."""
    segment, first = _segment(request), _number(request, "first")
    try:
        head, index, leaf, path = _proofs(request).inclusion(segment, first)
    except NoProof as error:
        raise Problem("no-proof", reason=str(error)) from None
    told = {"segment": segment, "index": index, "batches": head.batches, "leaf": leaf.hex()}
    return _proof(told, head.root, path)


@service.endpoint(
    "GET",
    "/proofs/consistency",
    **OPEN,
    query=EARLIER,
    query_schemas={"batches": FROM_ONE},
    needs=("segment", "batches"),
    fails=WRONG,
)
def consistency(request: Request, db: Snapshot) -> Reply:
    """That the log of an earlier checkpoint is the beginning of that of the newest one."""
    segment, batches = _segment(request), _number(request, "batches")
    try:
        head, path = _proofs(request).consistency(segment, batches)
    except NoProof as error:
        raise Problem("no-proof", reason=str(error)) from None
    return _proof({"segment": segment, "from": batches, "batches": head.batches}, head.root, path)


def _proof(told: Json, root: str, path: list[bytes]) -> Reply:
    return Reply({**told, "root": root, "proof": [each.hex() for each in path]}, about=())


def _proofs(request: Request) -> Proofs:
    return looks_of(request).proofs


def _segment(request: Request) -> str:
    if segment := one_of(request, "segment", wanted := "the name of a segment"):
        return segment
    raise Problem("parameter-wrong", parameter="segment", wanted=wanted)


def _number(request: Request, name: str) -> int:
    wanted = "a whole number from 1"
    text = one_of(request, name, wanted)
    if text.isascii() and text.isdigit() and (number := int(text[:19])) >= 1:
        return number
    raise Problem("parameter-wrong", parameter=name, wanted=wanted)
