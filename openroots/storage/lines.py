"""The lines of a file from the last to the first, and the entries of the audit log among them.

For whoever looks for what is new in a log.

Source: none.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import orjson

from openroots.storage.types import Json

CHUNK = 1 << 16
ENTRY = frozenset({"wall", "trail", "hash"})  # what no entry is without, besides whom it is about
NAMING = frozenset({"subjects", "people"})


def entries_backwards(path: Path) -> Iterator[bytes]:
    """The lines of a file from the last to the first, without reading more than is asked for.

    One that has no end yet is being written, or was torn: it is left out.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        rest, at, ended = b"", file.seek(0, os.SEEK_END), False
        while at:
            start = max(0, at - CHUNK)
            file.seek(start)
            rest, at = file.read(at - start) + rest, start
            if not ended and b"\n" in rest:
                rest, ended = rest[: rest.rindex(b"\n") + 1], True
            lines = rest.split(b"\n")
            rest = lines[0]
            yield from (line for line in reversed(lines[1:]) if line and ended)
        if rest and ended:
            yield rest


def readable_backwards(path: Path) -> Iterator[Json]:
    """The entries of a segment from the last to the first. A line that is none is left to
    `broken_at`: what cannot be read must not keep anyone from what can."""
    for line in entries_backwards(path):
        with suppress(orjson.JSONDecodeError):
            entry = orjson.loads(line)
            if isinstance(entry, dict) and entry.keys() >= ENTRY and entry.keys() & NAMING:
                yield entry
