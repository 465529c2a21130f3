"""Consultation: what people said of a draft, where in it, and what was done about it.

A comment is anchored to a section by the words that it is about. When the draft is edited, the
comment is kept as it was (see `anchoring`), so that nobody's objection vanishes with the sentence
that it was about. An objection is open until it is answered by the team or taken back by whoever
raised it, and blocks agreement as long.

Source: Cabinet Office consultation principles.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from openroots.storage import Json

KINDS = ("support", "comment", "objection", "question")
WITHHELD = ("personal-data", "defamatory")


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody said of a draft, and what became of it.

    `section` and `quote` are its anchor in the edition that it was made on; without a section it is
    about the whole. `outcome` is "" while nobody answered. `withheld` says why its text is not
    published.
    """

    id: str
    standard: str
    edition: int
    kind: str
    text: str
    at: datetime
    application: str
    section: str = ""
    quote: str = ""
    theme: str = ""
    name: str = ""
    organisation: str = ""
    outcome: str = ""
    said: str = ""
    answered_at: datetime | None = None
    answered_by: str = ""
    withdrawn_at: datetime | None = None
    withheld: str = ""

    def is_open(self, on: date) -> bool:
        """Whether it had been neither answered nor withdrawn by the end of a day."""
        ends = (self.answered_at, self.withdrawn_at)
        return not any(end is not None and end.date() <= on for end in ends)

    def to_json(self) -> Json:
        """The comment as a plain dict, as it is stored."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in ((name, getattr(self, name)) for name in self.__slots__)
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Comment":
        """The comment that such a dict tells of."""
        times = {
            name: datetime.fromisoformat(written[name]) if written[name] else None
            for name in ("at", "answered_at", "withdrawn_at")
        }
        return cls(**{**written, **times})

    def shown(self, on: date) -> "Comment":
        """The comment as the public may read it, as it stood at the end of a day."""
        seen = self
        if self.answered_at and self.answered_at.date() > on:
            seen = replace(seen, outcome="", said="", answered_at=None, answered_by="")
        if self.withdrawn_at and self.withdrawn_at.date() > on:
            seen = replace(seen, withdrawn_at=None)
        if self.withheld:
            seen = replace(seen, text="", quote="", name="", organisation="")
        return seen


def open_objections(comments: Iterable[Comment], on: date) -> list[Comment]:
    """The objections that block agreement on a day."""
    return [one for one in comments if one.kind == "objection" and one.is_open(on)]


def unanswered_questions(comments: Iterable[Comment], on: date) -> list[Comment]:
    """The questions that nobody has answered, on a day."""
    return [one for one in comments if one.kind == "question" and one.is_open(on)]


def themes_of(comments: Iterable[Comment]) -> list[str]:
    """The themes on which something was said, each once, in order."""
    return sorted({one.theme for one in comments if one.theme and not one.withdrawn_at})
