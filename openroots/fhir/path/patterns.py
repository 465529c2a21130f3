"""Regular expressions in bounded time, whatever the expression and the text.

For `matches`, `matchesFull` and `replaceMatches`. Where the shape of an expression shows that
Python's engine will be quick on a text of that length, it is asked; otherwise an automaton. A
replacement needs Python's engine, and is refused where that could take long.

Source: FHIRPath N1 2.0.0, sections 5.6.9 and 5.6.10.
"""

import re

from openroots.fhir.path.automaton import MOST_WORK, Automaton
from openroots.fhir.path.errors import PathError, PathLimit
from openroots.fhir.path.regex import nested, read, source, varying

QUICK = 4_000_000  # steps that Python's engine may take
PATIENT = 100_000_000  # steps that it may take where there is no other way
MISSING = 1_000_000  # groups, which no expression has
GROUP = re.compile(r"\$(?:(\d)|\{(\w{1,41})\}|(\$))", re.ASCII)


class Regex:
    """A regular expression made ready. Raises PathError for one that is not offered.

    `quick` is it as Python has it, for who has asked how long a text may be."""

    def __init__(self, pattern: str) -> None:
        self._parts = read(pattern)
        self._is_nested = nested(self._parts)
        self._power = varying(self._parts) + 1
        self.quick = re.compile(source(self._parts), re.ASCII | re.DOTALL)
        self._automata: dict[bool, Automaton] = {}

    def finds(
        self, text: str, whole: bool = False, *, quick: int = QUICK, most: int = MOST_WORK
    ) -> bool:
        """Whether the text holds it; or, where `whole`, is it from beginning to end.

        Python's engine may take `quick` steps, the automaton `most`. Raises PathLimit."""
        if self._takes(text) <= quick:
            found = self.quick.fullmatch(text) if whole else self.quick.search(text)
            return found is not None
        automaton = self._automata.get(whole)
        if automaton is None:
            automaton = self._automata[whole] = Automaton(self._parts, whole)
        return automaton.finds(text, most)

    def replaced(self, text: str, instead: str) -> str:
        """The text with each place where it is found replaced; `$1` or `${name}` stands for a
        group."""
        if self._is_nested:
            raise PathError("a regular expression repeats a repetition, and cannot be replaced")
        if self._takes(text) > PATIENT:
            raise PathLimit("a regular expression takes too long on this text")
        return self.quick.sub(lambda found: _filled(found, instead), text)

    def longest(self, steps: int) -> int:
        """How many characters a text may have so that Python's engine, as `quick`, takes no more
        than so many steps on it; -1 where none is short enough."""
        if self._is_nested:
            return -1
        return int(steps ** (1 / min(self._power, 10))) - 2  # on the safe side of rounding

    def _takes(self, text: str) -> int:
        """At most how many steps Python's engine takes, roughly."""
        if self._is_nested:
            return PATIENT + 1
        return int((len(text) + 1) ** min(self._power, 10))


def _filled(found: re.Match[str], instead: str) -> str:
    """The replacement for one place, with the groups that were found there."""

    def group(place: re.Match[str]) -> str:
        if place.group(3):
            return "$"
        name = place.group(1) or place.group(2)
        number = int(name) if name.isdigit() else found.re.groupindex.get(name, MISSING)
        if number > found.re.groups:
            raise PathError("a replacement names a group that is not there")
        return found.group(number) or ""

    return GROUP.sub(group, instead)
