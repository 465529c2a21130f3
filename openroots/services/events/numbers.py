"""NHS numbers as somebody sends a list of them: in JSON, in CSV, or pasted from anywhere.

For lists of people and the question who of them has changed. Whoever is on the list is either
found or complained of, by line: nobody is left out unseen.

Source: NHS Data Model and Dictionary ("NHS NUMBER"); RFC 4180 for CSV.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import Any

from openroots.identifiers import NHSNumber
from openroots.service import Problem

MOST = 10_000
TEXTS = ("text/csv", "text/plain")
SEPARATORS = ",;\t"
BETWEEN_DIGITS = re.compile("[\\s\u00ad\u200b\ufeff\u2010-\u2015-]")  # as people and papers have it
TEN_DIGITS = re.compile(r"\d{10}", re.ASCII)
MOST_PLACES = 5  # that a refusal names

Given = list[tuple[int, str]]  # what stands where a number should, and in which line or place


def numbers_in(body: Any) -> list[str]:
    """The numbers, each once, in order: of a JSON object with `numbers`, or of a text, a line for
    each. Raises Problem, which says where, for whatever is no NHS number."""
    is_text = isinstance(body, bytes)
    given = list(_of_text(body)) if is_text else _member(body)
    if not 0 < len(given) <= MOST:
        raise Problem("numbers-invalid")
    if wrong := [place for place, text in given if not _is_number(text)]:
        raise Problem("number-invalid", places=_told(wrong, "line" if is_text else "place"))
    return list(dict.fromkeys(text for _, text in given))


def _member(body: Any) -> Given:
    given = body.get("numbers") if isinstance(body, dict) else None
    if not isinstance(given, list):
        return []
    bare = [_bare(each) if isinstance(each, str) else "" for each in given]
    return list(enumerate(bare, 1))


def _of_text(text: bytes) -> Iterator[tuple[int, str]]:
    """Of a table the column that its heading names. Else of each line the first cell, or all of
    them where it is nothing but numbers."""
    lines = [(place, cells) for place, cells in _table(text) if any(cells)]
    heading = lines[0][1] if lines else []
    column = next((at for at, cell in enumerate(heading) if _is_name(cell)), None)
    for place, cells in lines if column is None and _says_numbers(heading) else lines[1:]:
        bare = [_bare(cell) for cell in cells]
        if column is None and all(TEN_DIGITS.fullmatch(each) for each in bare if each):
            yield from ((place, each) for each in bare if each)
        else:
            at = column or 0
            yield place, bare[at] if at < len(bare) else ""


def _table(text: bytes) -> Iterator[tuple[int, list[str]]]:
    """Each line by its number, in cells. A quote that is not closed costs its own line alone."""
    try:
        lines = text.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise Problem("body-not-utf8") from None
    for place, line in enumerate(lines, 1):
        separator = max(SEPARATORS, key=line.count)
        try:
            [cells] = csv.reader([line], delimiter=separator) if line.strip() else [[]]
        except csv.Error:  # longer than any table's cell
            cells = [line]
        yield place, [cell.strip() for cell in cells]


def _is_name(cell: str) -> bool:
    """Whether it is what people call the column of NHS numbers."""
    letters = "".join(filter(str.isalpha, cell)).lower()
    return letters.startswith(("nhsnumber", "nhsno"))


def _says_numbers(cells: Sequence[str]) -> bool:
    """Whether it is a line of the list and no heading."""
    return any(char.isdigit() for cell in cells for char in cell)


def _bare(text: str) -> str:
    """Without what people write between the digits."""
    return BETWEEN_DIGITS.sub("", text)


def _is_number(text: str) -> bool:
    try:
        return bool(NHSNumber(text))
    except ValueError:
        return False


def _told(places: Sequence[int], kind: str) -> str:
    """The places in words: never what stands there, as it may be somebody's number all the same."""
    named = [str(place) for place in dict.fromkeys(places)]
    if len(named) == 1:
        return f"{kind} {named[0]}"
    if len(named) > MOST_PLACES:
        return f"{kind}s {', '.join(named[:MOST_PLACES])} and {len(named) - MOST_PLACES} more"
    return f"{kind}s {', '.join(named[:-1])} and {named[-1]}"
