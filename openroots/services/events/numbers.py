"""NHS numbers as somebody sends a list of them: in JSON, in CSV, or pasted from anywhere.

For lists of people and the question who of them has changed.

Source: NHS Data Model and Dictionary ("NHS NUMBER"); RFC 4180 for CSV.
"""

from typing import Any

from openroots.identifiers import NHSNumber
from openroots.service import Problem

MOST = 10_000
TEXTS = ("text/csv", "text/plain")


def numbers_in(body: Any) -> list[str]:
    """The numbers, each once, in order: of a JSON object with `numbers`, or the first column of a
    text, whose first line may be a heading. Raises Problem where one is no NHS number."""
    given = _first_column(body) if isinstance(body, bytes) else _member(body)
    if not 0 < len(given) <= MOST:
        raise Problem("numbers-invalid")
    try:
        return list(dict.fromkeys(str(NHSNumber(_bare(each))) for each in given))
    except ValueError:
        raise Problem("numbers-invalid") from None


def _member(body: Any) -> list[Any]:
    given = body.get("numbers") if isinstance(body, dict) else None
    return given if isinstance(given, list) else []


def _bare(given: Any) -> str:
    """Without the spaces and hyphens with which people write them."""
    return given.replace(" ", "").replace("-", "") if isinstance(given, str) else ""


def _first_column(text: bytes) -> list[str]:
    try:
        lines = text.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise Problem("body-not-utf8") from None
    cells = [line.replace("\t", ",").partition(",")[0].strip().strip('"') for line in lines]
    if cells and not any(char.isdigit() for char in cells[0]):
        cells = cells[1:]
    return [cell for cell in cells if cell]
