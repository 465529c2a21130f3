"""Looks for a regular expression in a text in time that grows with the text only.

For `patterns`, where Python's own engine could take for ever. The states that the expression can
be in are followed all at once, and each set of states that has been met is remembered.

Source: the method of K. Thompson, Regular Expression Search Algorithm, 1968.
"""

import re

from openroots.fhir.path.errors import PathError, PathLimit
from openroots.fhir.path.regex import Char, Choice, Edge, Part, Repeat, Sequence

MOST_STATES = 4_000
MOST_WORK = 5_000_000
ANY, START, END, MATCH = "any", "start", "end", "match"
States = frozenset[int]


class Automaton:
    """A regular expression made ready. Each state is a test and the states after it."""

    def __init__(self, part: Part, whole: bool) -> None:
        self._tests: list[str | re.Pattern[str]] = []
        self._next: list[list[int]] = []
        self._whole = whole
        match = self._state(MATCH, [])
        self._first = self._built(part, match)

    @property
    def size(self) -> int:
        """How many states it has."""
        return len(self._tests)

    def finds(self, text: str, most: int = MOST_WORK) -> bool:
        """Whether the text holds it, or is it. Raises PathLimit where that takes more steps."""
        met: dict[tuple[States, str], States] = {}
        work = [most]
        states = self._reached([self._first], at_start=True, at_end=not text, work=work)
        for place, char in enumerate(text):
            if not self._whole and 0 in states:
                return True
            last = place == len(text) - 1
            known = None if last else met.get((states, char))
            if known is None:
                known = self._after(states, char, last, work)
                if not last:
                    met[states, char] = known
            states = known
            if not states:
                return False
        return 0 in states

    def _after(self, states: States, char: str, at_end: bool, work: list[int]) -> States:
        found: list[int] = []
        for state in states:
            test = self._tests[state]
            if isinstance(test, re.Pattern) and test.match(char):
                found += self._next[state]
        if not self._whole:
            found.append(self._first)
        work[0] -= len(states)
        return self._reached(found, at_start=False, at_end=at_end, work=work)

    def _reached(self, begin: list[int], at_start: bool, at_end: bool, work: list[int]) -> States:
        """The states that are reached from some without taking a character."""
        seen = set[int]()
        waiting = list(begin)
        while waiting:
            state = waiting.pop()
            test = self._tests[state]
            if state in seen or (test is START and not at_start) or (test is END and not at_end):
                continue
            seen.add(state)
            if isinstance(test, str):
                waiting += self._next[state]
        work[0] -= len(seen) + 1
        if work[0] < 0:
            raise PathLimit("a regular expression takes too long on this text")
        return frozenset(seen)

    def _state(self, test: str | re.Pattern[str], following: list[int]) -> int:
        if len(self._tests) >= MOST_STATES:
            raise PathError("a regular expression is too large")
        self._tests.append(test)
        self._next.append(following)
        return len(self._tests) - 1

    def _built(self, part: Part, after: int) -> int:
        """The state from which a part leads to `after`."""
        match part:
            case Char():
                return self._state(re.compile(part.source, re.ASCII), [after])
            case Edge():
                return self._state(START if part.at_start else END, [after])
            case Sequence():
                for piece in reversed(part.parts):
                    after = self._built(piece, after)
                return after
            case Choice():
                return self._state(ANY, [self._built(option, after) for option in part.options])
            case Repeat():
                return self._repeated(part, after)

    def _repeated(self, part: Repeat, after: int) -> int:
        if part.most is None:
            again = self._state(ANY, [after])
            self._next[again].append(self._built(part.part, again))
            begin = again
        else:
            begin = after
            for _ in range(part.most - part.least):
                begin = self._state(ANY, [after, self._built(part.part, begin)])
        for _ in range(part.least):
            begin = self._built(part.part, begin)
        return begin
