"""Decision: what the national team decided about a standard, when it begins, and why.

A decision is never edited or removed. One made in error is taken back by another, so that the
register can always say what was in force on any day, and by whose decision. Decisions are made
at a time of the world, and bind from that time on: what a request was told before, stays true.

Source: none; the dates are those of an information standards notice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

from openroots.register.bearer import Bearer
from openroots.register.extent import Extent
from openroots.storage import Json

Kind = Literal["mandate", "take-back"]

FOUNDING = "founding"  # ids sort in the order of the register: these, then those made since
MADE = "made"
LEFT_OUT = frozenset({"organisation_types", "regions", "override"})  # of the JSON, where empty


@dataclass(frozen=True, slots=True)
class Decision:
    """A mandate of a standard in some care settings, or the taking back of one.

    In those settings the standard is published, warned of and enforced from these dates on;
    a mandate without `enforce_from` only warns. Where it names types of organisation or regions,
    it binds those alone. `supersedes` is the id of the decision that no longer holds because of
    this one; `override` that of the sign-off without which it would not have been taken.
    """

    id: str
    standard: str
    kind: Kind
    decided_at: datetime
    by: str
    reason: str
    settings: tuple[str, ...] = ()
    published: date | None = None
    warn_from: date | None = None
    enforce_from: date | None = None
    supersedes: str = ""
    organisation_types: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    override: str = ""

    def __post_init__(self) -> None:
        if self.decided_at.tzinfo is None:
            raise ValueError(f"decision {self.id}: decided_at has no offset")
        if self.supersedes and self.supersedes >= self.id:
            raise ValueError(f"decision {self.id} supersedes {self.supersedes}, which is later")
        if self.kind not in get_args(Kind):
            raise ValueError(f"decision {self.id}: '{self.kind}' is no kind of decision")
        if self.kind == "mandate":
            self._must_be_in_order()
        elif not self.supersedes:
            raise ValueError(f"decision {self.id} takes back nothing")

    def _must_be_in_order(self) -> None:
        if not (self.settings and self.published and self.warn_from):
            raise ValueError(f"decision {self.id}: settings, published or warn_from is missing")
        dates = [self.published, self.warn_from, self.enforce_from or date.max]
        if dates != sorted(dates):
            raise ValueError(
                f"decision {self.id}: published, warn_from and enforce_from must follow in order"
            )

    def binds(self, bearer: Bearer) -> bool:
        """Whether it is about this bearer, on whatever date."""
        return Extent.of(self).holds(bearer)

    def began(self, today: date) -> date:
        """The last of its dates that has come: when what it asks last grew; the first day of all
        where none has."""
        dates = (self.warn_from, self.enforce_from)
        return max((day for day in dates if day and day <= today), default=date.min)

    def to_json(self) -> Json:
        """The decision as a plain dict, as it is stored."""
        written = {name: getattr(self, name) for name in self.__dataclass_fields__}
        told = {
            key: value.isoformat() if isinstance(value, date) else value
            for key, value in written.items()
            if value or key not in LEFT_OUT
        }
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in told.items()
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Decision":
        """The decision that such a dict tells of. Raises ValueError where it tells of none."""
        try:
            dates = {
                key: date.fromisoformat(written[key])
                for key in ("published", "warn_from", "enforce_from")
                if written.get(key)
            }
            return cls(
                id=written["id"],
                standard=written["standard"],
                kind=written["kind"],
                decided_at=datetime.fromisoformat(written["decided_at"]),
                by=written["by"],
                reason=written["reason"],
                settings=tuple(written["settings"]),
                supersedes=written["supersedes"],
                organisation_types=tuple(written.get("organisation_types", ())),
                regions=tuple(written.get("regions", ())),
                override=written.get("override", ""),
                **dates,
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a decision: {error!r}") from error


def standing(decisions: Iterable[Decision], time: datetime) -> list[Decision]:
    """The decisions that hold at a time, newest first: made by then, superseded by none of them.

    A decision that is itself superseded supersedes nothing: taking back a mandate lets the one
    before it hold again.
    """
    held: list[Decision] = []
    gone: set[str] = set()
    for decision in sorted(decisions, key=lambda one: one.id, reverse=True):
        if decision.decided_at <= time and decision.id not in gone:
            held.append(decision)
            gone.add(decision.supersedes)
    return sorted(held, key=lambda one: (one.decided_at, one.id), reverse=True)


def binding(held: Iterable[Decision], bearer: Bearer) -> Decision | None:
    """The mandate that binds a bearer, of those that hold, newest first: the last that was decided;
    of those that were decided together, the narrowest. None where none does."""
    found = [one for one in held if one.binds(bearer)]
    together = (one for one in found if one.decided_at == found[0].decided_at)
    return min(together, key=lambda one: Extent.of(one).breadth, default=None)


def next_id(decisions: Iterable[Decision]) -> str:
    """The id of the next decision to be made."""
    made = [one.id for one in decisions if one.id.startswith(f"{MADE}-")]
    return f"{MADE}-{int(max(made, default='0').rpartition('-')[2]) + 1:08d}"


def take_back(
    decisions: Iterable[Decision], standard: str | None, by: str, reason: str, time: datetime
) -> Decision:
    """The decision that undoes a mandate (of that standard, if one is named): the one whose dates
    came last by this time; where none has come, the newest.

    It is for the caller to store it. Raises LookupError where there is none to take back.
    """
    known = list(decisions)
    held = [
        decision
        for decision in standing(known, time)
        if decision.kind == "mandate" and standard in (None, decision.standard)
    ]
    if not held:
        raise LookupError(f"no mandate of {standard or 'any standard'} is in force to take back")
    last = max(held, key=lambda one: (one.began(time.date()), one.decided_at, one.id))
    return Decision(
        next_id(known), last.standard, "take-back", time, by, reason, supersedes=last.id
    )
