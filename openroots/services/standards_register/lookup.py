"""What handlers look up: a standard and its case, who is bound, how it stands for them.

Source: none.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from openroots.problem import Problem
from openroots.register.bearer import Bearer
from openroots.register.case import Case, Move, Subject
from openroots.register.exemption import Exemption
from openroots.register.kept import (
    CASE,
    STANDARDS,
    case_id,
    case_row,
    exemptions_in,
    standard_in,
)
from openroots.register.programme import Programme, load_programmes
from openroots.register.standard import SETTINGS, Stage, Standard
from openroots.services.standards_register.asked import path_name, shown, standard_id
from openroots.storage import Change, Snapshot


class Held(NamedTuple):
    """A case as it was read, and the version that it had: 0 where there was none yet."""

    case: Case
    version: int

    def change(self, case: Case) -> Change:
        """What to commit so that the case is that from now on."""
        return Change(CASE, case.id, case.to_json(), expect=self.version)


def standard_named(db: Snapshot, id: str, on: date | None = None) -> Standard:
    """The standard of this id, as it was by the end of a day. Raises Problem."""
    standard = standard_in(db, standard_id(id), on)
    if standard is None:
        raise Problem("standard-unknown", id=id)
    return standard


def programme_named(id: str) -> Programme:
    """The programme of this id. Raises Problem where there is none."""
    programme = load_programmes().get(id)
    if programme is None:
        raise Problem("programme-unknown", id=shown(id))
    return programme


def case_named(db: Snapshot, programme: str, subject: str) -> Held:
    """The case of a subject. Raises Problem where there is none."""
    row = case_row(db, programme, path_name(subject, "case-unknown"))
    if row is None:
        raise Problem("case-unknown", id=subject)
    return Held(Case.from_json(row.body), row.version)


def case_of(db: Snapshot, standard: Standard) -> Held:
    """The case of a standard: one that the program brings has none until something is done."""
    row = case_row(db, STANDARDS, standard.id)
    return Held(Case.from_json(row.body), row.version) if row else Held(_new(standard), 0)


def must_be_before(case: Case, move: Move) -> None:
    """Raises Problem where a move that is told of elsewhere comes on a day, or after one, on which
    the case was moved here."""
    if own := [one.on for one in case.moves if not one.source and one.on <= move.on]:
        raise Problem("decided-here", id=case.subject.id, since=min(own), on=move.on)


def stage_for(standard: Standard, on: date, bearer: Bearer) -> str:
    """The stage that a standard has come to for a bearer, mandates left out; "" before."""
    begun = [one for one in standard.stages if one.start <= on and one.covers(bearer)]
    return begun[-1].stage.value if begun else ""


def is_published(standard: Standard, on: date, setting: str) -> bool:
    """Whether it is published in a care setting, and not yet at its end."""
    stage = stage_for(standard, on, Bearer(setting))
    return stage in (Stage.PUBLISHED.value, Stage.MANDATED.value, Stage.DEPRECATED.value)


def bearers_for(settings: Iterable[str], types: Iterable[str]) -> tuple[Bearer, ...]:
    """A bearer of each care setting and type of organisation that a move is about."""
    kinds = tuple(types) or ("",)
    return tuple(
        Bearer(setting, kind) for setting in (tuple(settings) or SETTINGS) for kind in kinds
    )


def exemption_named(db: Snapshot, id: str) -> tuple[Exemption, list[Exemption]]:
    """The exemption of this id, and all there are. Raises Problem where there is none."""
    path_name(id, "exemption-unknown")
    found = exemptions_in(db)
    for exemption in found:
        if exemption.id == id:
            return exemption, found
    raise Problem("exemption-unknown", id=id)


def next_of(kind: str, ids: Iterable[str]) -> str:
    """The id that follows: ids of one kind are in the order in which they were made."""
    numbers = [int(id.rpartition("-")[2]) for id in ids if id.startswith(f"{kind}-")]
    return f"{kind}-{max(numbers, default=0) + 1:08d}"


def _new(standard: Standard) -> Case:
    subject = Subject("standard", standard.id, standard.title)
    beginning = datetime.combine(
        min((one.start for one in standard.stages), default=date(1948, 7, 5)),
        time.min,
        UTC,
    )
    programme = load_programmes()[STANDARDS]
    return Case(case_id(STANDARDS, standard.id), STANDARDS, programme.version, subject, beginning)
