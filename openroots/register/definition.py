"""Reads a definition in TOML key by key, so that each mistake is told with its file and key.

For whoever writes a standard: a key that is missing, misspelt or of the wrong kind is refused
with the place where it stands, as in `request-identity.toml: clause[2].mend: is missing`.

Source: TOML 1.0.0.
"""

import re
import tomllib
from collections.abc import Collection
from datetime import UTC, date, datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

LARGEST = 1 << 18  # characters of a file
SHOWN = 40  # of a value that is quoted back
ID = re.compile(r"(?=.{1,48}$)[a-z0-9]+(-[a-z0-9]+)*")
UNREADABLE = "\N{REPLACEMENT CHARACTER}"  # what bytes that are no UTF-8 are read as
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

KINDS = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    date: "a date",
    datetime: "a date and time with its offset",
    dict: "a table",
    list: "a list",
}


class WrongDefinition(ValueError):
    """A definition that cannot be: its file, the key and what is wrong with it."""


class Table:
    """One table of a definition. What nobody has read when it is `closed` is refused.

    `place` says where it stands: the file, then the keys that lead to it.
    """

    def __init__(self, data: dict[str, Any], place: str) -> None:
        self.data = data
        self.place = place
        self.unread = set(data)

    def wrong(self, key: str, words: str) -> WrongDefinition:
        """The error to raise about the value of a key."""
        return WrongDefinition(f"{self.at(key)}: {words}")

    def at(self, key: str) -> str:
        """The place of a key."""
        return f"{self.place}{'.' if ': ' in self.place else ': '}{key}"

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self.data

    def take(self, key: str, kind: type[T]) -> T:
        """The value of a key that must be there and be of that kind."""
        self.unread.discard(key)
        if key not in self.data:
            raise self.wrong(key, "is missing")
        value: T = self.data[key]
        if not _is(value, kind):
            raise self.wrong(key, f"must be {KINDS.get(kind, kind.__name__)}")
        return value

    def take_or(self, key: str, kind: type[T], otherwise: T) -> T:
        """The value of a key that may be left out."""
        return self.take(key, kind) if self.has(key) else otherwise

    def words(self, key: str) -> str:
        """Text that must say something, on one line however it was laid out in the file."""
        words = " ".join(self.take(key, str).split())
        if not words:
            raise self.wrong(key, "must not be empty")
        if UNSEEN.search(words):
            raise self.wrong(key, "holds a control character")
        return words

    def id(self, key: str) -> str:
        """Text by which something is called, in files and in paths."""
        id = self.words(key)
        if not ID.fullmatch(id):
            raise self.wrong(key, "must be words in lower case, joined by hyphens")
        return id

    def moment(self, key: str) -> datetime:
        """A date and time, which must say its offset, in UTC."""
        moment = self.take(key, datetime)
        if moment.tzinfo is None:
            raise self.wrong(key, f"must be {KINDS[datetime]}")
        return moment.astimezone(UTC)

    def one_of(self, key: str, choices: Collection[str]) -> str:
        """Text that must be one of these choices."""
        value = self.take(key, str)
        if value not in choices:
            raise self.wrong(key, f"'{value[:SHOWN]}' is none of {', '.join(choices)}")
        return value

    def texts(self, key: str, choices: Collection[str] = ()) -> tuple[str, ...]:
        """A list of texts, each once and each one of the choices, where there are any."""
        values = self.take_or(key, list, [])
        for number, value in enumerate(values, 1):
            if not isinstance(value, str):
                raise self.wrong(f"{key}[{number}]", f"must be {KINDS[str]}")
            if choices and value not in choices:
                words = f"'{value[:SHOWN]}' is none of {', '.join(choices)}"
                raise self.wrong(f"{key}[{number}]", words)
        if len(set(values)) < len(values):
            raise self.wrong(key, "names something twice")
        return tuple(values)

    def table(self, key: str) -> "Table":
        """The table under a key."""
        return Table(self.take(key, dict), self.at(key))

    def tables(self, key: str) -> list["Table"]:
        """The tables of a list, counted from 1; none where the key is left out."""
        found: list[Table] = []
        for number, data in enumerate(self.take_or(key, list, []), 1):
            if not isinstance(data, dict):
                raise self.wrong(f"{key}[{number}]", f"must be {KINDS[dict]}")
            found.append(Table(data, self.at(f"{key}[{number}]")))
        return found

    def close(self) -> None:
        """Raises ValueError for a key that nobody asked for."""
        for key in sorted(self.unread):
            raise self.wrong(key, "is not a key that is known here")


def definition_files(folder: str) -> dict[str, str]:
    """The definitions that the program brings in one of its folders, by file name, in order."""
    found = (files("openroots") / folder).iterdir()
    named = [file for file in found if file.name.endswith(".toml")]
    return {file.name: text_of(file) for file in sorted(named, key=lambda one: one.name)}


def text_of(file: Path | Traversable) -> str:
    """What a file says, without the mark that some programs begin UTF-8 with. Bytes that are none
    are for `read_definition` to tell of."""
    return file.read_bytes().decode("utf-8-sig", "replace")


def read_definition(text: str, name: str) -> Table:
    """The outermost table of a file. Raises WrongDefinition where it is not TOML, or too large."""
    if len(text) > LARGEST:
        raise WrongDefinition(f"{name}: is longer than {LARGEST} characters")
    readable, unreadable, _ = text.partition(UNREADABLE)
    if unreadable:
        line = readable.count("\n") + 1
        raise WrongDefinition(f"{name}: is not text in UTF-8 (at line {line}): save it as UTF-8")
    try:
        return Table(tomllib.loads(text), name)
    except tomllib.TOMLDecodeError as error:
        raise WrongDefinition(f"{name}: is not TOML: {error}") from error
    except ValueError:  # what is left is Python's own bound
        raise WrongDefinition(f"{name}: holds a number of thousands of digits") from None
    except RecursionError:
        raise WrongDefinition(f"{name}: is nested too deep") from None


def as_json(value: Any) -> Any:
    """What was read from TOML, with its dates as text, so that it can be written as JSON."""
    if isinstance(value, dict):
        return {key: as_json(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(member) for member in value]
    return value.isoformat() if isinstance(value, date) else value


def _is(value: Any, kind: type) -> bool:
    if kind is object:
        return True
    # In Python a truth value is also a whole number, and a date with a time is also a date.
    if isinstance(value, bool):
        return kind is bool
    if isinstance(value, datetime):
        return kind is datetime
    return isinstance(value, kind)
