"""Reads a CSV file a record at a time: what stands under each column, or what is wrong with it.

For `reading`. A record may have several lines, where line ends are quoted. A quotation mark that is
not closed would take all lines after it for one record: so the first line alone is told to be
wrong, and the others are read again.

Source: RFC 4180 (CSV).
"""

import csv
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from openroots.loading.columns import Values
from openroots.problem import Problem

LONGEST = 1 << 20  # bytes of a line
SEPARATORS = ",;\t"
NOT_UTF8 = "\ufffd"

UNREADABLE = "\N{REPLACEMENT CHARACTER}"  # what bytes that are no UTF-8 are read as

Line = tuple[int, bytes]
Lines = Iterator[Line]
Named = Callable[[Sequence[str]], tuple[str, ...]]  # what the columns are, by the first line


def table(
    head: bytes, lines: Lines, named: Named
) -> Iterator[tuple[int, Values | Problem, Values]]:
    """The first line of each record, by number, with its values or what is wrong, and what stands
    in it all the same: in the first column, as what is wrong comes after that. Raises Problem where
    the first line of the file is none of column names."""
    text = head.decode("utf-8", "replace")
    if UNREADABLE in text[:-1]:  # the last letter of a line that is too long may be cut in two
        raise Problem("file-not-utf8")
    if "\r" in text.rstrip("\r\n"):
        raise Problem("file-line-ends")
    separator = max(SEPARATORS, key=text.count)
    try:
        names = named(next(csv.reader([text], delimiter=separator)))
    except csv.Error:
        raise Problem("file-strange") from None
    source = _Source(lines)
    rows = csv.reader(source, delimiter=separator, strict=True)
    while True:
        source.record, row = [], None
        try:
            if (row := next(rows, None)) is None:
                return
            values = _values(names, row)
            yield source.record[0][0], values, values
        except csv.Error as error:
            yield source.record[0][0], _unreadable(str(error), source), {}
            source.take_back()
        except Problem as problem:
            yield source.record[0][0], problem, _first(names, row)


class _Source:
    """The lines as text. `record` are those of the record that is being read."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._again: deque[Line] = deque()
        self.record: list[Line] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.record.append(line)
        return line[1].decode("utf-8", "replace")

    def take_back(self) -> None:
        """Give all but the first line of this record once more."""
        self._again.extendleft(reversed(self.record[1:]))


def _unreadable(error: str, source: _Source) -> Problem:
    if len(source.record) == 1 and "limit" in error:
        return Problem("too-long", limit=csv.field_size_limit())
    return Problem("row-broken" if "new-line" in error else "row-quoted")


def _first(names: tuple[str, ...], row: list[str] | None) -> Values:
    return {names[0]: row[0]} if row and NOT_UTF8 not in row[0] else {}


def _values(names: tuple[str, ...], row: list[str]) -> Values:
    if any(NOT_UTF8 in value for value in row):
        raise Problem("file-not-utf8")
    if sum(map(len, row)) > LONGEST:
        raise Problem("too-long", limit=LONGEST)
    if len(row) != len(names):
        raise Problem("row-uneven", count=len(row), wanted=len(names))
    return dict(zip(names, row, strict=True))
