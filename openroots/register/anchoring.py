"""Anchoring: where in the text of a standard a comment stands, also after the text was edited.

A comment quotes the words that it is about. They are looked for where they were, then anywhere, and
then as they may read now: the passage that has most of them, if it is like enough. The work grows
with the text, and not with text and quotation: anybody may comment.

Source: W3C Web Annotation Data Model, for anchoring by quoted text (TextQuoteSelector).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from heapq import nlargest
from typing import NamedTuple

from openroots.register.consultation import Comment
from openroots.register.standard import Section, Standard

ALIKE = 0.75  # of two passages: the same, edited
SHARED = 0.4  # of the words of a passage, so that it is looked at closely
LETTERS = 0.6  # likewise, where letters are counted
CLOSELY = 20  # passages
SHORT = 4  # words, below which letters are counted
BY_LETTER = 300  # characters of a passage that is compared letter by letter
WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comment stands in a text: `state` is "kept", "moved" or "orphaned"."""

    state: str
    section: str = ""
    start: int = 0


class _Passage(NamedTuple):
    """A part of a section that may be what was quoted, by how much of it is there."""

    shared: float
    at_home: bool
    section: str
    start: int
    text: str


def passages(standard: Standard) -> dict[str, str]:
    """What can be commented on: sections by number, clauses by "clause " and their id."""
    clauses = {f"clause {clause.id}": clause.words for clause in standard.clauses}
    return {section.number: _text(section) for section in standard.sections} | clauses


def placed(comment: Comment, texts: Mapping[str, str]) -> Place:
    """Where a comment stands in a later edition. `texts` are its `passages`."""
    section, quote = comment.section, comment.quote
    if not section:
        return Place("kept")
    if section in texts and (at := texts[section].find(quote)) >= 0:
        return Place("kept", section, at)
    for other, text in texts.items():
        if quote and (at := text.find(quote)) >= 0:
            return Place("moved", other, at)
    return _nearest(quote, section, texts) if quote else Place("orphaned")


def _nearest(quote: str, section: str, texts: Mapping[str, str]) -> Place:
    """The passage that is most like the quoted words, if any is like enough: an edited sentence."""
    found = [
        passage
        for other, text in texts.items()
        for passage in _shared(quote, text, other, at_home=other == section)
    ]
    close = [
        (_likeness(quote, one.text), one.at_home, one.section, one.start)
        for one in nlargest(CLOSELY, found)
    ]
    likeness, _, other, start = max(close, default=(0.0, False, "", 0))
    return Place("moved", other, start) if likeness >= ALIKE else Place("orphaned")


def _shared(quote: str, text: str, section: str, *, at_home: bool) -> Iterable[_Passage]:
    """The passages of a section, each from the beginning of a word, that share enough with the
    quoted words: of their words, or of their letters where they are few."""
    starts = [found.start() for found in WORD.finditer(text)]
    words = quote.split()
    if len(words) < SHORT:
        length, counted = len(quote), _counted(quote, text)
        every = [(counted[start], start) for start in starts if start < len(counted)]
        least = LETTERS
    else:
        length, counted = len(words), _counted(words, text.split())
        every = [(count, starts[number]) for number, count in enumerate(counted)]
        least = SHARED
    for count, start in every:
        if count >= least * length:
            passage = text[start : start + len(quote)]
            yield _Passage(count / length, at_home, section, start, passage)


def _counted(wanted: Sequence[str], given: Sequence[str]) -> list[int]:
    """How many of what is wanted stand in each run of that length, however they are ordered; in
    one step from each run to the next. The last runs are as short as what is left."""
    lacking, count, counts = Counter(wanted), 0, []
    length = len(wanted)
    for number in range(len(given) + length):
        if number < len(given):
            count += lacking[given[number]] > 0
            lacking[given[number]] -= 1
        if number >= length:
            lacking[given[number - length]] += 1
            count -= lacking[given[number - length]] > 0
        if number >= length - 1 and number - length + 1 < len(given):
            counts.append(count)
    return counts


def _likeness(quote: str, passage: str) -> float:
    if len(quote) > BY_LETTER:
        return SequenceMatcher(None, quote.split(), passage.split(), autojunk=False).ratio()
    return SequenceMatcher(None, quote, passage, autojunk=False).ratio()


def _text(section: Section) -> str:
    return f"{section.title}\n{section.text}"
