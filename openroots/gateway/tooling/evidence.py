"""What happened, behind the tooling door: why a request was answered so, and who saw whose data.

Source: house rules of OpenRoots.
"""

import asyncio
import heapq
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from openroots.gateway.tooling.desk import Asked, Desk, Routes
from openroots.gateway.trail import LAST, find
from openroots.problem import Json, Problem
from openroots.services.demographics.reading import find_patient
from openroots.storage import Query, Scope
from openroots.storage.erasures import Erasures
from openroots.storage.erasures import erase as erase_in_store
from openroots.storage.lines import readable_backwards
from openroots.storage.looks import Looks

EXAMPLE = "9000000009"
FEW, MANY = 20, 10_000

route = Routes()


@route("GET", "/why/{id}")
async def why(desk: Desk, asked: Asked) -> Json:
    """The trail of a request: what each step decided, and how to mend a refusal."""
    id = asked.params["id"]
    await desk.journal.settled()
    trail = await asyncio.to_thread(find, desk.trails, id) if id else None
    if trail is None and id == LAST:
        raise Problem("nothing-asked")
    if trail is None:
        raise Problem("trail-unknown", id=id[:80], days=desk.settings.trails)
    return trail


@route("GET", "/audit", kept=True, takes=("limit", "subject"))
def audit(desk: Desk, asked: Asked) -> Json:
    """The newest audit entries, of everything or of one person, the newest first."""
    limit, looks = asked.number("limit", FEW, MANY), _looks(desk)
    entries: Iterable[Json]
    if subject := "".join(asked.one("subject").split()):
        key = _person_key(desk, subject)
        asked.subjects.append(key)
        entries = (look.entry for look in looks.of(key, limit).looks)
    else:
        entries = islice(_entries(desk.audit), limit)
    return {"entries": [_plain(entry, looks) for entry in entries]}


@route("POST", "/audit/erase", kept=True, takes=("subject",))
def erase(desk: Desk, asked: Asked) -> Json:
    """Destroy the keys with which the log names a person. That it was done is audited; of whom,
    nobody can tell any more."""
    return _unnamed(desk, *_somebody(desk, asked))


@route("POST", "/erase", kept=True, takes=("subject",))
async def erase_person(desk: Desk, asked: Asked) -> Json:
    """Take a person out of the store, in every version, and out of the audit log; and put them on
    the list of those whom a state that is restored forgets again."""
    (subject, key), world = await asyncio.to_thread(_somebody, desk, asked), desk.world
    erasures, by = Erasures(desk.settings.state), asked.by(world)
    versions = await erase_in_store(world.store, erasures, key, by)
    if desk.gateway.recorder is not None:
        desk.gateway.recorder.forget()
    return {"versions": versions, **_unnamed(desk, subject, key)}


def _somebody(desk: Desk, asked: Asked) -> tuple[str, str]:
    """Who is to be erased, as they were named, and their stable key. Raises Problem for a key of
    nobody, also one that is a number with a slip in it: nobody may be told that they are erased
    who is not."""
    if not (subject := asked.text("subject")):
        raise Problem("value-wrong", name="subject", given="", wanted="a person", example=EXAMPLE)
    key = _person_key(desk, subject)
    if key == subject and not _is_anybodys(key, desk):
        raise Problem("subject-unknown")
    return subject, key


def _is_anybodys(key: str, desk: Desk) -> bool:
    """Whether the log, the store, or the list of the erased knows a person of this key."""
    if _looks(desk).people.pseudonym(key) or key in Erasures(desk.settings.state).all():
        return True
    theirs = desk.world.store.snapshot(Scope(subjects=frozenset([key])))
    return bool(theirs.search(Query("Patient", (), 1)).rows)


def _unnamed(desk: Desk, subject: str, key: str) -> Json:
    """Their keys in the audit log are destroyed: how many, and how many entries they were for."""
    total = _looks(desk).of(key, 1).total
    return {"erased": _looks(desk).people.erase(key, subject), "entries": total}


def _looks(desk: Desk) -> Looks:
    assert desk.gateway.looks is not None
    return desk.gateway.looks


def _plain(entry: Json, looks: Looks) -> Json:
    """The entry as an operator reads it: with whom it was about, and without what proves it."""
    plain = looks.people.opened_entry(entry)
    return {name: value for name, value in plain.items() if name != "sealed"}


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
