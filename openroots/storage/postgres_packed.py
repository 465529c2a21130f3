"""A commit as PostgreSQL is handed it: JSON for the function `keep_all`, and bytes beside it.

For the PostgreSQL store. Text may not hold the character NUL, which PostgreSQL does not store.

Source: PostgreSQL's documentation of its character types; what `keep_all` takes is in postgres.sql.
"""

import re

import orjson

from openroots.storage.postgres_search import compile_query
from openroots.storage.submission import Submission, Written, read_terms
from openroots.storage.types import EVERYTHING, Absent, Json, Unchanged

NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def packed(work: Submission) -> tuple[str, list[bytes]]:
    """A submission as `keep_all` takes it: JSON, and the bodies and values of marks beside it.

    Raises ValueError for text that holds NUL, here, where it costs no neighbour its commit.
    """
    marks = {mark.key: mark for mark in work.marks}
    by = work.by
    text = orjson.dumps(
        {
            "relied": [_standing(change) for change in work.writes]
            + [_standing(guard) for guard in work.guards if isinstance(guard, Unchanged)],
            "absent": [_absent(guard) for guard in work.guards if isinstance(guard, Absent)],
            "once": [mark.key for mark in work.marks if mark.once],
            "changes": [_changed(change) for change in work.writes],
            "signals": [
                {"type": told.type, "subject": told.subject, "dataref": told.dataref}
                for told in work.signals
            ],
            "marks": [{"key": mark.key, "expires": mark.expires} for mark in marks.values()],
            "application": by.application,
            "organisation": by.organisation,
            "endpoint": by.endpoint,
            "trail": by.trail,
            "wall": by.wall,
            "time": by.time,
        }
    )
    if NUL.search(text):
        raise ValueError("text may not hold NUL")
    bodies = [blob for change in work.writes for blob in (change.raw, change.forms)]
    return text.decode(), [*bodies, *(mark.value for mark in marks.values())]


def _standing(relied: Written | Unchanged) -> Json:
    version = relied.expect if isinstance(relied, Written) else relied.version
    return {"type": relied.type, "id": relied.id, "version": version}


def _absent(guard: Absent) -> Json:
    sql, texts = compile_query(guard.query, EVERYTHING)
    return {"type": guard.query.type, "sql": sql, "texts": texts}


def _changed(change: Written) -> Json:
    return {
        "type": change.type,
        "id": change.id,
        "subject": change.subject,
        "holder": change.holder,
        "labels": sorted(change.labels),
        "terms": sorted(read_terms(change.terms or "")),
    }
