"""Where the end of an audit segment is torn, because the power failed while it was written.

For `audit.py`, when it opens a segment again. The entries of a batch are forced to disk together,
and nobody is told of one before. So a power cut harms only entries of the last batch; but it may
harm any of them and leave those that follow, as the parts of a file reach the disk in any order.
Each entry names the first of its batch: that is how far back there is anything to look for.

Source: none.
"""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

HASH = b',"hash":"'  # what stands between that which is hashed and its hash
CHUNK = 1 << 16

Json = dict[str, Any]


def sound_size(path: Path) -> int:
    """The size up to which every entry of the last batch is as it was written."""
    sound = path.stat().st_size
    first = -1
    following: Json | None = None
    for at, line in _lines_backwards(path):
        entry = whole_entry(line)
        if entry is None:
            sound = at
        elif following and following["previous"] != entry["hash"]:
            sound = at + len(line)
        if entry:
            if first < 0:
                first = entry["batch"] if "batch" in entry else entry["seq"]
            if entry["seq"] <= first:
                break
        following = entry
    return sound


def whole_entry(line: bytes) -> Json | None:
    """The entry in a line; None for a line that is not, to its last byte, as it was written."""
    chained = line[: line.rfind(HASH)]
    if line != b'%s%s%s"}\n' % (chained, HASH, sha256(chained).hexdigest().encode()):
        return None
    try:
        entry: Json = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    numbered = isinstance(entry.get("seq"), int) and isinstance(entry.get("batch", 0), int)
    return entry if numbered and "previous" in entry else None


def _lines_backwards(path: Path) -> Iterator[tuple[int, bytes]]:
    """Where each line begins and the line, the last first; the last may have no end."""
    with path.open("rb") as file:
        at, rest = file.seek(0, os.SEEK_END), b""
        while at:
            start = max(0, at - CHUNK)
            file.seek(start)
            lines = (file.read(at - start) + rest).splitlines(keepends=True)
            end = start + sum(map(len, lines))
            # The first may have begun before; it is looked at once its beginning is there.
            rest, at = lines[0] if start else b"", start
            for line in reversed(lines[1:] if start else lines):
                end -= len(line)
                yield end, line
