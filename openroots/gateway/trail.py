"""The trail of a request: what each step of the gateway decided, and how to mend a refusal.

For developers, who read it with `openroots why`. A trail names endpoints, applications, standards
and rules. It holds no NHS number, name or body: paths are given as their patterns, and ids that a
client made up are searched for NHS numbers before they are kept.

    trails/2026-11-21.jsonl   one JSON document a line, kept for so many days as are set

Source: none.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path

import orjson

from openroots.identifiers import without_nhs_numbers
from openroots.problem import Failure
from openroots.storage.audit import entries_backwards
from openroots.storage.types import Json

KEPT_DAYS = 7
UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)
TRAIL = re.compile(r"[0-9a-f]{24}", re.ASCII)
ID = re.compile(
    r"(?:[A-Za-z0-9._:/+=-]|\[NHS number\]){1,128}", re.ASCII
)  # without spaces: no prose
LAST = "last"

# The fields of a Problem that say what kind of thing is wrong, and never whose or with what value.
SHOWN = frozenset(
    {
        *(
            "access",
            "algorithm",
            "allowed",
            "api",
            "cause",
            "claim",
            "clause",
            "coding",
            "date",
            "expected",
            "field",
            "given",
            "header",
            "index",
        ),
        *("jwt", "limit", "mend", "method", "op", "parameter", "product", "seconds", "standard"),
        *("reason", "rule", "trail", "verb", "wanted"),
    }
)


@dataclass(slots=True)
class Trail:
    """One request's steps, in order: (step, what was decided, why in words, how to mend it)."""

    id: str
    steps: list[tuple[str, str, str, str]] = field(default_factory=list)

    def add(self, step: str, outcome: str, words: str = "", mend: str = "") -> None:
        """Note what a step decided."""
        self.steps.append((step, outcome, words, mend))


def explained(failure: Failure, fields: Mapping[str, object]) -> tuple[str, str]:
    """A failure's words and how to mend it, without anything that came from a record or a body.

    The client has the full words in its answer; a trail is kept, and read by others.
    """
    shown = {
        name: without_nhs_numbers(str(value)) if name in SHOWN else "..." if value != "" else ""
        for name, value in fields.items()
    }
    told = failure.told(shown)
    return told.words or told.display or told.code, told.mend


def covered(text: str) -> str:
    """What a client made up, as a trail or a log may keep it, and as it is found again: UUIDs as
    they are, other ids without NHS numbers, and what is no id at all by its fingerprint."""
    if not text or UUID.fullmatch(text):
        return text
    if ID.fullmatch(bare := without_nhs_numbers(text)):
        return bare
    return f"[{sha256(text.encode()).hexdigest()[:16]}]"


def file_of(folder: Path, day: date) -> Path:
    """Where trails of this day, by wall time, are kept."""
    return folder / f"{day.isoformat()}.jsonl"


def trails(folder: Path) -> Iterator[Json]:
    """Every trail kept, the newest first."""
    for path in sorted(folder.glob("*.jsonl"), reverse=True):
        for line in entries_backwards(path):
            if found := _read(line):
                yield found


def find(folder: Path, wanted: str, application: str = "") -> Json | None:
    """The newest trail with this id, correlation id or request id; "last" is the very newest.
    Where an application is named, of its own requests alone: others may have sent the same id."""
    if wanted == LAST:
        return next(filter(is_whole, trails(folder)), None)
    # A trail's own id is kept as it is, whatever its digits look like.
    if TRAIL.fullmatch(wanted) and (found := _find(folder, wanted, ("trail",), application)):
        return found
    return _find(folder, covered(wanted), ("correlation_id", "request_id"), application)


def _find(folder: Path, wanted: str, keys: tuple[str, ...], application: str) -> Json | None:
    marked = orjson.dumps(wanted)[1:-1]
    for path in sorted(folder.glob("*.jsonl"), reverse=True):
        for line in entries_backwards(path):
            if marked not in line or not (found := _read(line)):
                continue
            if application and found.get("application") != application:
                continue
            if is_whole(found) and wanted_in(found, wanted, keys):
                return found
    return None


def _read(line: bytes) -> Json | None:
    """The trail that a line holds; None for what a crash left in its place."""
    try:
        found = orjson.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def is_whole(trail: Json) -> bool:
    """Whether the steps are kept too. Where only refusals are explained, what was answered is
    kept as a line without them, for those who count."""
    return bool(trail.get("whole", True))


def wanted_in(trail: Json, wanted: str, keys: tuple[str, ...]) -> bool:
    """Whether any of these fields of the trail is what is wanted."""
    return any(trail.get(key) == wanted for key in keys)


def newest(folder: Path, count: int) -> list[Json]:
    """The newest so many trails, the newest first."""
    return list(islice(trails(folder), count))


def forget_old(folder: Path, wall: datetime, days: int = KEPT_DAYS) -> int:
    """Remove the files of days that are no longer kept; returns how many."""
    oldest = file_of(folder, (wall - timedelta(days=days)).date())
    old = [path for path in folder.glob("*.jsonl") if path.name < oldest.name]
    for path in old:
        path.unlink()
    return len(old)
