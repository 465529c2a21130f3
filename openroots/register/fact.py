"""Fact: what is known of a subject, from whom, since when, and by what evidence.

Questions of programmes do not own answers: facts do. So what was told once need not be told to the
next programme. A fact is never changed: a later one takes its place from the day on which it was
observed, and an answer pins the fact that it was given with. What a machine has worked out counts
for more than what somebody has attested.

    Fact("product:ferndale.3", "product:ferndale", "product.users", 120, "attested", ...)

Source: none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from openroots.storage import Json

# Who says so, those that count for most first.
RANKS = ("computed", "checked", "registry", "certified", "attested")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was said of a subject, and by whom.

    It holds from `valid_from` to `valid_to`, the last day; None has no end. `evidence` are
    addresses or hashes of what it rests on. `by` is the application that said it.
    """

    id: str
    subject: str
    key: str
    value: Any
    source: str
    observed_at: datetime
    by: str
    evidence: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None

    def holds(self, on: date) -> bool:
        """Whether it is said to hold on that day; where no first day is said, from the one on
        which it was observed."""
        begun = self.valid_from or self.observed_at.date()
        return begun <= on and (self.valid_to is None or on <= self.valid_to)

    def to_json(self) -> Json:
        """The fact as a plain dict, as it is stored."""
        return {
            "id": self.id,
            "subject": self.subject,
            "key": self.key,
            "value": self.value,
            "source": self.source,
            "observed_at": self.observed_at.isoformat(),
            "by": self.by,
            "evidence": list(self.evidence),
            "valid_from": self.valid_from.isoformat() if self.valid_from else None,
            "valid_to": self.valid_to.isoformat() if self.valid_to else None,
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Fact":
        """The fact that such a dict tells of."""
        return cls(
            **{
                **written,
                "observed_at": datetime.fromisoformat(written["observed_at"]),
                "evidence": tuple(written["evidence"]),
                "valid_from": _day(written["valid_from"]),
                "valid_to": _day(written["valid_to"]),
            }
        )


def standing_fact(
    facts: Iterable[Fact], key: str, on: date, *, needs: str = "", max_age: timedelta | None = None
) -> Fact | None:
    """What is known of a key on a day: of those that hold and are young enough, the one said by
    who counts for most, and of these the newest. None where nothing known is good enough."""
    enough = RANKS.index(needs) if needs else len(RANKS)
    known = [
        fact
        for fact in facts
        if fact.key == key
        and fact.holds(on)
        and RANKS.index(fact.source) <= enough
        and (max_age is None or on - fact.observed_at.date() <= max_age)
    ]
    return min(known, key=_standing, default=None)


def _standing(fact: Fact) -> tuple[int, float]:
    return RANKS.index(fact.source), -fact.observed_at.timestamp()


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
