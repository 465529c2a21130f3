"""What happened, behind the tooling door: why a request was answered so, and who saw whose data.

Source: house rules of OpenRoots.
"""

import asyncio
import heapq
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from openroots.gateway.tooling.desk import Asked, Desk, Routes
from openroots.gateway.trail import KEPT_FOR, LAST, find
from openroots.problem import Json, Problem
from openroots.services.demographics.reading import find_patient
from openroots.storage.audit import readable_backwards

FEW, MANY = 20, 10_000

route = Routes()


@route("GET", "/why/{id}")
async def why(desk: Desk, asked: Asked) -> Json:
    """The trail of a request: what each step decided, and how to mend a refusal."""
    id = asked.params["id"]
    await desk.journal.settled()
    trail = await asyncio.to_thread(find, desk.trails, id)
    if trail is None and id == LAST:
        raise Problem("nothing-asked")
    if trail is None:
        raise Problem("trail-unknown", id=id, days=KEPT_FOR.days)
    return trail


@route("GET", "/audit", kept=True)
def audit(desk: Desk, asked: Asked) -> Json:
    """The newest audit entries, of everything or of one person, the newest first."""
    limit = asked.number("limit", FEW, MANY)
    entries = _entries(desk.audit)
    if subject := asked.one("subject"):
        key = _person_key(desk, subject)
        asked.subjects.append(key)
        entries = (entry for entry in entries if key in entry["subjects"])
    return {"entries": list(islice(entries, limit))}


def _entries(folder: Path) -> Iterator[Json]:
    """The entries of all segments, the newest first."""
    segments = [readable_backwards(path) for path in folder.glob("*.jsonl")]
    return heapq.merge(*segments, key=lambda entry: str(entry["wall"]), reverse=True)


def _person_key(desk: Desk, subject: str) -> str:
    """The stable key of the person with this NHS number, whatever became of the number since.

    A key is taken as it is, so that the entries of somebody whose number is gone can be read.
    """
    if not subject.isdigit():
        return subject
    try:
        return find_patient(subject, desk.world.store.snapshot()).subject
    except Problem:
        raise Problem("subject-unknown") from None
