"""Cuts the text of a FHIRPath expression into tokens.

For the parser. A token keeps where it stood, so that a mistake can be pointed at.

Source: FHIRPath N1 2.0.0, section 11 (the grammar's tokens).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from openroots.fhir.path.errors import PathSyntaxError

LONGEST = 20_000  # characters: the longest expression of R4 has about 400

DATE = r"\d{4}(?:-\d{2}(?:-\d{2})?)?"
CLOCK = r"\d{2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?"
ZONE = r"(?:Z|[+-]\d{2}:\d{2})"

TOKEN = re.compile(
    rf"""
    (?P<space>(?:[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)+)
  | (?P<datetime>@{DATE}T(?:{CLOCK}{ZONE}?)?)
  | (?P<time>@T{CLOCK})
  | (?P<date>@{DATE})
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<string>'(?:[^\\']|\\.)*')
  | (?P<delimited>`(?:[^\\`]|\\.)*`)
  | (?P<special>\$(?:this|index|total)\b)
  | (?P<symbol><=|>=|!=|!~|[-+*/&|<>=~.,()\[\]{{}}%])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
ESCAPED = {"'": "'", '"': '"', "`": "`", "\\": "\\", "/": "/"} | {
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
}


class Token(NamedTuple):
    """A word, symbol or literal; `kind` is "end" after the last. Text is without its quotes."""

    kind: str
    text: str
    position: int


def tokens(text: str) -> list[Token]:
    """The tokens of an expression and an end. Raises PathSyntaxError."""
    if len(text) > LONGEST:
        raise PathSyntaxError(f"more than {LONGEST} characters", text, LONGEST)
    return list(_cut(text))


def _cut(text: str) -> Iterator[Token]:
    position = 0
    while position < len(text):
        found = TOKEN.match(text, position)
        if found is None:
            raise PathSyntaxError(_what_is_wrong(text[position]), text, position)
        kind = str(found.lastgroup)
        if kind in ("string", "delimited"):
            yield Token(kind, _unescaped(text, position + 1, found.end() - 1), position)
        elif kind != "space":
            yield Token(kind, found.group(), position)
        position = found.end()
    yield Token("end", "", len(text))


def _what_is_wrong(char: str) -> str:
    if char in "'`":
        return "a quote that is not closed"
    if char == "@":
        return "a date or time that is not in form"
    return "a character that begins nothing"


def _unescaped(text: str, start: int, end: int) -> str:
    inner = text[start:end]
    if "\\" not in inner:
        return inner

    def plain(found: re.Match[str]) -> str:
        code, char = found.groups()
        if code is None and char not in ESCAPED:
            raise PathSyntaxError("an escape that is unknown", text, start + found.start())
        return chr(int(code, 16)) if code is not None else ESCAPED[char]

    return ESCAPE.sub(plain, inner)
