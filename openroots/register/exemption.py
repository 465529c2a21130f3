"""Exemption: what eases a mandate for somebody, for a time: a waiver, a work-off plan, a brake.

    waiver     these applications need not meet the standard until a day
    plan       these applications are to meet it by a day, and are warned meanwhile
    proposal   a plan as its supplier filed it: it eases nothing until the team makes it a plan
    brake      nobody, or none of these applications, is refused: care would come to harm
    sign-off   a clinical safety officer agrees that the sites of a plan are refused at last
    override   a clinical safety officer agrees to a mandate though not everybody is ready for it
    end        takes back any of these

Like decisions, none is ever edited or removed: one is ended by another. A plan that is not kept
suspends new sites on its day: no application can be added to it. All of its sites are refused
`GRACE` after that, if that was signed off; until then they are warned.

Source: GP IT Futures and its Buying Catalogue, for the work-off plan; DCB0160, for who signs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args

from openroots.storage import Json

Kind = Literal["waiver", "plan", "proposal", "brake", "sign-off", "override", "end"]

GRACE = timedelta(days=90)
LONGEST_WAIVER = timedelta(days=365)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Exemption:
    """One act that eases a mandate, or ends what eased it.

    `applications` are those that it is about; a brake without any is for all. `due` is the last
    day of a waiver or an override, and the day by which a plan is to be kept. `of` names what a
    sign-off is about or an end takes back; `steps` are what a plan promises.
    """

    id: str
    standard: str
    kind: Kind
    decided_at: datetime
    by: str
    reason: str
    applications: tuple[str, ...] = ()
    due: date | None = None
    steps: tuple[str, ...] = ()
    of: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind) or self.decided_at.tzinfo is None:
            raise ValueError(f"exemption {self.id}: no such kind, or no offset in decided_at")
        if self.kind in ("waiver", "plan", "proposal") and not (self.applications and self.due):
            raise ValueError(f"exemption {self.id}: applications or due is missing")
        if self.kind in ("sign-off", "end") and not self.of:
            raise ValueError(f"exemption {self.id}: it is of nothing")

    def is_for(self, application: str) -> bool:
        """Whether it is about this application."""
        return application in self.applications or (self.kind == "brake" and not self.applications)

    def turns(self) -> Iterator[datetime | date]:
        """The moments and days at which something changes by it."""
        yield self.decided_at
        if self.due:
            yield self.due + ONE_DAY
            yield self.due + GRACE

    def to_json(self) -> Json:
        """It as a plain dict, as it is stored."""
        return {
            "id": self.id,
            "standard": self.standard,
            "kind": self.kind,
            "decided_at": self.decided_at.isoformat(),
            "by": self.by,
            "reason": self.reason,
            "applications": list(self.applications),
            "due": self.due.isoformat() if self.due else None,
            "steps": list(self.steps),
            "of": self.of,
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Exemption":
        """What such a dict tells of. Raises ValueError where it tells of none."""
        try:
            return cls(
                id=written["id"],
                standard=written["standard"],
                kind=written["kind"],
                decided_at=datetime.fromisoformat(written["decided_at"]),
                by=written["by"],
                reason=written["reason"],
                applications=tuple(written["applications"]),
                due=date.fromisoformat(written["due"]) if written["due"] else None,
                steps=tuple(written["steps"]),
                of=written["of"],
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not an exemption: {error!r}") from error


@dataclass(frozen=True, slots=True)
class Ease:
    """What the exemptions in force make of a refusal: `lifted` (observed), `put_off` (warned), or
    neither. `until` is the first day on which it may be refused after all, where one is known;
    `by` names the exemption."""

    lifted: bool = False
    put_off: bool = False
    until: date | None = None
    by: str = ""


NOT_EASED = Ease()


def in_force(exemptions: Iterable[Exemption], time: datetime) -> list[Exemption]:
    """Those that were made by then and ended by none, the oldest first."""
    made = sorted(
        (one for one in exemptions if one.decided_at <= time),
        key=lambda one: (one.decided_at, one.id),
    )
    ended = {one.of for one in made if one.kind == "end"}
    return [one for one in made if one.id not in ended and one.kind != "end"]


def signed_off(held: Iterable[Exemption]) -> set[str]:
    """The ids of the plans whose sites are refused in the end, as was signed: a plan, and whatever
    was added to it, also where both are of what its supplier filed."""
    standing = list(held)
    signed = {one.of for one in standing if one.kind == "sign-off"}
    signed |= {one.of for one in standing if one.id in signed and one.of}
    return {one.id for one in standing if not signed.isdisjoint((one.id, one.of))}


def eased(held: Iterable[Exemption], application: str, day: date) -> Ease:
    """How a mandate is eased for an application on a day, by the exemptions in force."""
    standing = list(held)
    signed = signed_off(standing)
    found = NOT_EASED
    for one in standing:
        if not one.is_for(application):
            continue
        if one.kind == "waiver" and one.due and day <= one.due:
            return Ease(lifted=True, until=one.due + ONE_DAY, by=one.id)
        if one.kind == "brake":
            found = Ease(put_off=True, by=one.id)
        if one.kind == "plan" and one.due and found.by == "":
            ends = one.due + GRACE
            if day < ends or one.id not in signed:
                found = Ease(put_off=True, until=ends if day < ends else None, by=one.id)
    return found
