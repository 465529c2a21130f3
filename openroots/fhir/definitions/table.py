"""The table of definitions that the program brings, read entry by entry when each is wanted.

For `Definitions`. A head of eight bytes, the packed index, a dictionary by which all entries are
packed, and the entries one after the other. Nothing but the index is unpacked at opening, so a
Patient can be judged long before the other hundred and forty types have been looked at.

Source: RFC 1950 (zlib), with a preset dictionary.
"""

import struct
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

Json = dict[str, Any]

HEAD = struct.Struct(">II")  # bytes of the index and of the dictionary, both packed


class Table:
    """Entries by kind and name, on disk."""

    def __init__(self, raw: bytes) -> None:
        index, dictionary = HEAD.unpack_from(raw)
        at = HEAD.size + index
        self._raw = raw
        self._index: dict[str, dict[str, list[int]]] = orjson.loads(
            zlib.decompress(raw[HEAD.size : at])
        )
        self._dictionary = zlib.decompress(raw[at : at + dictionary])
        self._start = at + dictionary

    @classmethod
    def at(cls, path: Path) -> "Table":
        """The table in this file."""
        return cls(path.read_bytes())

    def names(self, kind: str) -> Iterable[str]:
        """What entries of this kind are called."""
        return self._index.get(kind, {}).keys()

    def read(self, kind: str, name: str) -> Any:
        """An entry, parsed afresh; None where there is none of that name."""
        place = self._index.get(kind, {}).get(name)
        if place is None:
            return None
        begin = self._start + place[0]
        unpacking = zlib.decompressobj(zdict=self._dictionary)
        return orjson.loads(unpacking.decompress(self._raw[begin : begin + place[1]]))


def packed(entries: Mapping[str, Mapping[str, Any]], typical: Iterable[Any]) -> bytes:
    """The bytes of a table with these entries. `typical` is what most of them look like."""
    dictionary = b"".join(map(orjson.dumps, typical))[-32768:]
    index: dict[str, dict[str, list[int]]] = {}
    body = bytearray()
    for kind, named in entries.items():
        index[kind] = {}
        for name, entry in named.items():
            packing = zlib.compressobj(9, zdict=dictionary)
            block = packing.compress(orjson.dumps(entry)) + packing.flush()
            index[kind][name] = [len(body), len(block)]
            body += block
    head, words = zlib.compress(orjson.dumps(index), 9), zlib.compress(dictionary, 9)
    return HEAD.pack(len(head), len(words)) + head + words + bytes(body)
