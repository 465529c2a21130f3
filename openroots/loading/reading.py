"""Reads people from a file, a record at a time: CSV, FHIR as NDJSON, or a FHIR Bundle.

For the command and the tooling. Whatever the size of a file, one record of it is in memory. What
the file is, is found from its first bytes.

    for found in records(file):
        found.line, found.patient      a FHIR Patient, or a Wrong that says why there is none

A wrong record is told, and the next one read; a file that is no such file raises Problem.

Source: RFC 4180 (CSV); FHIR R4, Bundle; ndjson.
"""

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import IO, NamedTuple

import orjson

from openroots.loading.bundles import entries
from openroots.loading.columns import Values, columns, described
from openroots.loading.failures import Wrong, wrong
from openroots.loading.tables import LONGEST, Lines, Named, table
from openroots.problem import Json, Problem

PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"\xd0\xcf\x11\xe0")
WIDE = (b"\xff\xfe", b"\xfe\xff")  # how text in UTF-16 begins
MARK = b"\xef\xbb\xbf"  # how some programs begin text in UTF-8
NOTHING: Values = MappingProxyType({})

Made = Callable[[Values], Json]  # what a line says


class Found(NamedTuple):
    """One record of a file: a FHIR Patient, or what is wrong. `line` counts from 1, and is the
    first of the record; in a Bundle, it is the entry. `said` is what stands in the columns of a
    table, where that could be read."""

    line: int
    patient: Json | None
    wrong: Wrong | None = None
    said: Values = NOTHING


def records(file: IO[bytes]) -> Iterator[Found]:
    """Each record of the file, in order. Raises Problem where it is no file of people."""
    number, head, lines = _begun(file)
    if not head.lstrip().startswith((b"{", b"[")):
        yield from _of_csv(head, lines, columns, described)
    elif _is_whole(head):
        yield from _of_ndjson([(number, head)], lines)
    else:
        yield from _of_bundle(head, file)


def rows(file: IO[bytes], named: Named, made: Made) -> Iterator[Found]:
    """Each line of a CSV file whose columns `named` finds in the first, as `made` reads it. Raises
    Problem where it is no such file."""
    number, head, lines = _begun(file)
    if head.lstrip().startswith((b"{", b"[")):
        raise Problem("file-not-csv")
    yield from _of_csv(head, lines, named, made)


def _begun(file: IO[bytes]) -> tuple[int, bytes, Lines]:
    """The first line with its number, and those that follow. Raises Problem where it is no text."""
    lines = _lines(file)
    first = next(lines, None)
    if first is None:
        raise Problem("file-empty")
    number, head = first
    head = head.removeprefix(MARK)
    if head.startswith(PACKED):
        raise Problem("file-packed")
    if head.startswith(WIDE) or b"\0" in head:
        raise Problem("file-not-utf8")
    return number, head, lines


def _lines(file: IO[bytes]) -> Lines:
    """Each line that is not blank, with its number; of one that is too long, the beginning."""
    number = 0
    while line := file.readline(LONGEST + 1):
        number += 1
        if line.strip():
            yield number, line
        if len(line) > LONGEST and not line.endswith(b"\n"):
            while (rest := file.readline(LONGEST)) and not rest.endswith(b"\n"):
                pass


def _is_whole(line: bytes) -> bool:
    """Whether a line is a JSON object by itself, and no Bundle."""
    try:
        parsed = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(parsed, dict) and parsed.get("resourceType") != "Bundle"


def _of_ndjson(
    first: list[tuple[int, bytes]], lines: Iterator[tuple[int, bytes]]
) -> Iterator[Found]:
    for some in (first, lines):
        for number, line in some:
            try:
                yield Found(number, _patient(_parsed(line)))
            except Problem as problem:
                yield Found(number, None, wrong(number, problem))


def _parsed(line: bytes) -> object:
    if len(line) > LONGEST:
        raise Problem("too-long", limit=LONGEST)
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Problem("not-json", why=str(error)[:100]) from None


def _patient(parsed: object) -> Json:
    if not isinstance(parsed, dict):
        raise Problem("not-an-object")
    if parsed.get("resourceType") != "Patient":
        raise Problem("not-a-patient", type=str(parsed.get("resourceType", ""))[:40])
    return parsed


def _of_bundle(head: bytes, file: IO[bytes]) -> Iterator[Found]:
    for number, resource in enumerate(entries(head, file), 1):
        try:
            yield Found(number, _patient(_sent(resource)))
        except Problem as problem:
            yield Found(number, None, wrong(number, problem))


def _sent(resource: object) -> object:
    """A resource that can be sent on. Raises Problem where its text is none, as half of a pair of
    surrogates, or a number is larger than any that is read."""
    try:
        orjson.dumps(resource)
    except orjson.JSONEncodeError as error:
        raise Problem("not-json", why=str(error)[:100]) from None
    return resource


def _of_csv(head: bytes, lines: Lines, named: Named, made: Made) -> Iterator[Found]:
    for number, values, said in table(head, lines, named):
        try:
            if isinstance(values, Problem):
                raise values
            yield Found(number, made(values), said=said)
        except Problem as problem:
            yield Found(number, None, wrong(number, problem), said)
