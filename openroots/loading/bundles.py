"""Reads the resources of one large JSON document, an entry at a time: a Bundle, a list, a Patient.

For the reading of files. Only what has been read and not yet given is in memory.

Source: RFC 8259 (JSON); FHIR R4, Bundle.
"""

import codecs
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import IO, Any

from openroots.problem import Json, Problem

CHUNK = 1 << 16  # bytes that are read at a time
LARGEST = 1 << 22  # characters of one value
MOST_MEMBERS = 100  # of one object
BLANK = " \t\r\n"


class _Document:
    """The part of a document that is in memory, read on as it is used."""

    def __init__(self, head: bytes, file: IO[bytes]) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._json = JSONDecoder(parse_constant=_refuse_constant)
        self._ended = False
        self._text = ""
        self._take(head)

    def value(self) -> Any:
        """The value that comes next. Raises Problem where there is none."""
        self.peek()
        while True:
            try:
                value, end = self._json.raw_decode(self._text)
                if end < len(self._text) or not self._more():
                    self._text = self._text[end:]
                    return value
            except JSONDecodeError as error:
                if not self._more():
                    raise Problem("not-json", why=error.msg) from None
            except RecursionError:
                raise Problem("not-json", why="it is nested too deep") from None
            except ValueError:  # of thousands of digits
                raise Problem("not-json", why="a number in it is too large") from None

    def peek(self) -> str:
        """The next character that is not blank; "" at the end."""
        while not (stripped := self._text.lstrip(BLANK)):
            self._text = ""
            if not self._more():
                return ""
        self._text = stripped
        return stripped[0]

    def take(self, *wanted: str) -> str:
        """The next character, which must be one of these."""
        found = self.peek()
        if found not in wanted:
            why = f"{' or '.join(wanted)} was expected, and not {found or 'the end'}"
            raise Problem("not-json", why=why)
        self._text = self._text[1:]
        return found

    def _more(self) -> bool:
        """Read on; whether there was more."""
        if self._ended:
            return False
        if len(self._text) > LARGEST:
            raise Problem("too-long", limit=LARGEST)
        size = max(CHUNK, len(self._text))  # twice as much each time: nothing is read over and over
        self._take(self._file.read(size))
        return True

    def _take(self, raw: bytes) -> None:
        self._ended = not raw
        try:
            self._text += self._decoder.decode(raw, final=self._ended)
        except UnicodeDecodeError:
            raise Problem("file-not-utf8") from None


def _refuse_constant(name: str) -> None:
    raise Problem("not-json", why=f"{name} is no number")


def entries(head: bytes, file: IO[bytes]) -> Iterator[Any]:
    """Each resource of a document that begins with `head` and goes on in the file. Raises Problem
    as soon as it is no JSON, and at its end where it was neither a Bundle nor a Patient."""
    document = _Document(head, file)
    if document.peek() == "[":
        yield from _items(document)
    else:
        yield from _members(document)
    if document.peek():
        raise Problem("not-json", why="something follows the end")


def _items(document: _Document) -> Iterator[Any]:
    document.take("[")
    if document.peek() == "]":
        document.take("]")
        return
    while True:
        yield document.value()
        if document.take(",", "]") == "]":
            return


def _members(document: _Document) -> Iterator[Any]:
    """The resources of the entries, of which a Bundle may have none; of any other object, itself,
    if it is a Patient."""
    document.take("{")
    rest: Json = {}
    while document.peek() != "}":
        name = document.value()
        document.take(":")
        if name == "entry" and document.peek() == "[":
            for entry in _items(document):
                yield entry.get("resource") if isinstance(entry, dict) else entry
        else:
            rest[str(name)] = document.value()
            if len(rest) > MOST_MEMBERS:
                raise Problem("file-strange")
        if document.peek() != "}":
            document.take(",")
    document.take("}")
    if rest.get("resourceType") == "Patient":
        yield rest
    elif "entry" in rest or rest.get("resourceType") != "Bundle":
        raise Problem("file-strange")
