"""A Bundle of what a search found, put together from the bytes of each resource.

For services that search. Nothing is parsed: what is stored goes out as it is.

Source: FHIR R4 4.0.1, Bundle; the shape of empty ones is that of the PDS FHIR API.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import orjson

from openroots.fhir.dates import utc_text
from openroots.problem import Json


class Entry(NamedTuple):
    """One resource that was found: where it can be read, its bytes, and how well it fits (0..1)."""

    full_url: str
    raw: bytes
    score: float | None = None


def searchset(entries: Sequence[Entry], time: datetime, meta: Json | None = None) -> bytes:
    """The Bundle in bytes: `entry` is left out where nothing was found, as PDS does."""
    head: Json = {"resourceType": "Bundle", "type": "searchset", "timestamp": utc_text(time)}
    if meta:
        head["meta"] = meta
    opened = orjson.dumps(head | {"total": len(entries)})[:-1]
    if not entries:
        return opened + b"}"
    return b'%s,"entry":[%s]}' % (opened, b",".join(map(_encoded, entries)))


def _encoded(entry: Entry) -> bytes:
    head: Json = {"fullUrl": entry.full_url}
    if entry.score is not None:
        head["search"] = {"score": round(entry.score, 4)}
    return b'%s,"resource":%s}' % (orjson.dumps(head)[:-1], entry.raw)
