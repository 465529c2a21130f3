"""Reads a regular expression into its parts, and refuses what cannot be bounded.

For `patterns` and `automaton`. Offered is what the expressions of FHIR use: characters, classes,
groups, alternatives, `^` and `$`, and repetition. Look-around and references back are refused: no
bound in time can be given for them.

Source: FHIRPath N1 2.0.0 section 5.6.9 (PCRE, `.` takes any character); the bounds are ours.
"""

import re
from dataclasses import dataclass

from openroots.fhir.path.errors import PathError

LONGEST = 2_000
DEEPEST = 30
MOST_REPEATS = 1_000
COUNT = re.compile(r"\{(\d{1,5})(?:(,)(\d{1,5})?)?\}", re.ASCII)
NAMED = re.compile(r"\(\?<([A-Za-z][A-Za-z0-9_]{0,40})>")
CLASS = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]", re.DOTALL)
ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[dDwWsStnrfv]|[^A-Za-z0-9])", re.DOTALL)
DOUBTFUL = re.compile(r"\\.|\[|--|&&|\|\||~~", re.DOTALL)
SIMPLE_QUANTIFIERS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


@dataclass(frozen=True, slots=True)
class Char:
    """One character, by the class that it must be of."""

    source: str


@dataclass(frozen=True, slots=True)
class Edge:
    """The beginning of the text, or its end."""

    at_start: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts one after the other. `group` says whether it can be referred to, `name` by which."""

    parts: "tuple[Part, ...]"
    group: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    options: "tuple[Part, ...]"
    group: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part so many times; `most` None is without end. `lazy` takes few rather than many."""

    part: "Part"
    least: int
    most: int | None
    lazy: bool = False

    @property
    def varies(self) -> bool:
        """Whether it leaves open how often."""
        return self.least != self.most


Part = Char | Edge | Sequence | Choice | Repeat


def read(pattern: str) -> Part:
    """The parts of a regular expression. Raises PathError for one that is not in form, or that
    uses what is not offered."""
    if len(pattern) > LONGEST:
        raise PathError("a regular expression is too long")
    reader = _Reader(pattern)
    whole = reader.choice(0)
    if reader.at < len(pattern):
        raise PathError("a regular expression has a bracket too many")
    return whole


def source(part: Part) -> str:
    """The same as a Python regular expression."""
    match part:
        case Char():
            return part.source
        case Edge():
            return r"\A" if part.at_start else r"\Z"
        case Sequence():
            inner = "".join(map(source, part.parts))
            return f"({_named(part)}{inner})" if part.group else inner
        case Choice():
            inner = "|".join(map(source, part.options))
            return f"({_named(part)}{inner})" if part.group else f"(?:{inner})"
        case Repeat():
            most = "" if part.most is None else part.most
            return f"(?:{source(part.part)}){{{part.least},{most}}}{'?' if part.lazy else ''}"


def _named(part: Sequence | Choice) -> str:
    return f"?P<{part.name}>" if part.name else ""


def nested(part: Part) -> bool:
    """Whether a repetition stands within another: the time taken may then double with each
    character."""
    match part:
        case Sequence():
            return any(map(nested, part.parts))
        case Choice():
            return any(map(nested, part.options))
        case Repeat():
            return nested(part.part) or (part.most != 1 and varying(part.part) > 0)
        case _:
            return False


def varying(part: Part) -> int:
    """How many repetitions there are that leave open how often."""
    match part:
        case Sequence():
            return sum(map(varying, part.parts))
        case Choice():
            return sum(map(varying, part.options)) + 1
        case Repeat():
            return varying(part.part) + part.varies
        case _:
            return 0


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.names: set[str] = set()

    def choice(self, depth: int) -> Part:
        if depth > DEEPEST:
            raise PathError("a regular expression has too many brackets in brackets")
        options = [self.sequence(depth)]
        while self.pattern.startswith("|", self.at):
            self.at += 1
            options.append(self.sequence(depth))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def sequence(self, depth: int) -> Part:
        parts: list[Part] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            parts.append(self.quantified(self.part(depth)))
        return Sequence(tuple(parts))

    def part(self, depth: int) -> Part:
        char = self.pattern[self.at]
        if char == "(":
            return self.group(depth)
        if char in "^$":
            self.at += 1
            return Edge(char == "^")
        if char == "[":
            return self.matched(CLASS)
        if char == "\\":
            return self.matched(ESCAPE)
        if char in "*+?":
            raise PathError("a regular expression repeats nothing")
        self.at += 1
        return Char(r"[\s\S]" if char == "." else re.escape(char))

    def group(self, depth: int) -> Part:
        grouped, name = self.opened()
        inner = self.choice(depth + 1)
        if not self.pattern.startswith(")", self.at):
            raise PathError("a regular expression has a bracket that is not closed")
        self.at += 1
        if isinstance(inner, Choice):
            return Choice(inner.options, grouped, name)
        return Sequence((inner,), grouped, name)

    def opened(self) -> tuple[bool, str]:
        """Whether the bracket that opens here makes a group, and its name, if it has one."""
        if found := NAMED.match(self.pattern, self.at):
            self.at = found.end()
            if found[1] in self.names:
                raise PathError("a regular expression names two groups alike")
            self.names.add(found[1])
            return True, found[1]
        if self.pattern.startswith("(?:", self.at):
            self.at += 3
            return False, ""
        if self.pattern.startswith("(?", self.at):
            raise PathError("a regular expression looks around, which is not offered")
        self.at += 1
        return True, ""

    def matched(self, form: re.Pattern[str]) -> Part:
        found = form.match(self.pattern, self.at)
        if found is None:
            raise PathError("a regular expression uses an escape or class that is not offered")
        self.at = found.end()
        return Char(_checked(found.group()))

    def quantified(self, part: Part) -> Part:
        found = self.count()
        if found is None:
            return part
        least, most = found
        if isinstance(part, Edge) or (most is not None and most < least):
            raise PathError("a regular expression repeats what cannot be repeated")
        if max(least, most or 0) > MOST_REPEATS:
            raise PathError(f"a regular expression repeats more than {MOST_REPEATS} times")
        lazy = self.pattern.startswith("?", self.at)
        self.at += lazy
        if self.count() is not None:
            raise PathError("a regular expression repeats a repetition")
        return Repeat(part, least, most, lazy)

    def count(self) -> tuple[int, int | None] | None:
        simple = SIMPLE_QUANTIFIERS.get(self.pattern[self.at : self.at + 1])
        if simple is not None:
            self.at += 1
            return simple
        found = COUNT.match(self.pattern, self.at)
        if found is None:
            return None
        self.at = found.end()
        least, comma, most = found.groups()
        if not comma:
            return int(least), int(least)
        return int(least), int(most) if most else None


def _checked(char_class: str) -> str:
    """A class that Python reads without complaint and as it is meant."""
    inner = char_class[1:] if char_class.startswith("[") else ""
    safe = char_class[:1] + DOUBTFUL.sub(_literal, inner) if inner else char_class
    try:
        re.compile(safe, re.ASCII)
    except re.error:
        raise PathError("a regular expression has a class that is not in form") from None
    return safe


def _literal(found: re.Match[str]) -> str:
    """An escape as it is; what Python might one day read as a set, as the characters it holds."""
    text = found.group()
    return text if text.startswith("\\") else "".join("\\" + char for char in text)
