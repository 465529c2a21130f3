"""Regular expressions that a team wrote into a clause, held to a bound in time.

For conditions, codes and shapes. A pattern is judged on each record before the record is written,
so that none may hold the gateway, however it was written and whatever was sent. What cannot be
bounded is refused when the clause is read: look-around, references back, endless size. A text that
is too long, or on which the pattern would take too long, does not fit it.

Source: FHIRPath N1 2.0.0 section 5.6.9, for what is offered; the bounds are ours.
"""

from openroots.fhir.path.automaton import Automaton
from openroots.fhir.path.errors import PathError, PathLimit
from openroots.fhir.path.patterns import Regex
from openroots.fhir.path.regex import read

LONGEST_TEXT = 10_000  # characters
MOST_STATES = 500  # of a pattern
QUICK = 20_000  # steps that Python's engine may take on one text
MOST_WORK = 20_000  # steps of the automaton on one text: some milliseconds


class Pattern:
    """A regular expression of a clause. Raises ValueError for one that is not offered."""

    def __init__(self, pattern: str) -> None:
        try:
            self._regex = Regex(pattern)
            states = Automaton(read(pattern), whole=True).size
        except PathError as error:
            raise ValueError(str(error)) from None
        if states > MOST_STATES:
            raise ValueError("a regular expression is too large")
        self._quick = self._regex.quick
        self._short = min(self._regex.longest(QUICK), LONGEST_TEXT)

    def fits(self, value: object) -> bool:
        """Whether a value is text that is this, from beginning to end."""
        if isinstance(value, str) and len(value) <= self._short:
            return self._quick.fullmatch(value) is not None
        return self._found(value, whole=True)

    def is_in(self, value: object) -> bool:
        """Whether a value is text that holds this somewhere."""
        return self._found(value, whole=False)

    def _found(self, value: object, *, whole: bool) -> bool:
        if not isinstance(value, str) or len(value) > LONGEST_TEXT:
            return False
        try:
            return self._regex.finds(value, whole, quick=QUICK, most=MOST_WORK)
        except PathLimit:
            return False
