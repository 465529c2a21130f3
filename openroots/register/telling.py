"""What is due to be told: the steps of every phase-out whose day has come, each told once.

For the service of the register and for the housekeeping of a world, which gives the signals when
their time has come. A notice is kept in the commit that gives its signal, under an id that says
what was told to whom, so that it is given once, whoever is first and whatever happens in between.

Source: none.
"""

from collections.abc import Iterable
from datetime import datetime

from openroots.register.bearer import Bearer
from openroots.register.clause import REGISTER
from openroots.register.conformance import SEEN, Tallied, state_of
from openroots.register.decision import standing
from openroots.register.exemption import in_force
from openroots.register.kept import (
    NOTICE,
    STANDARDS,
    bearers_in,
    counts_of,
    decisions_in,
    exemptions_in,
    notices_in,
)
from openroots.register.phase_out import Notice, due, notices
from openroots.register.programme import load_programmes
from openroots.storage import Change, Signal, Snapshot

TOLD = "standards-register-notice-1"


def due_in(db: Snapshot, now: datetime) -> list[Notice]:
    """The steps that have come by now and were not told yet. Eight searches at most, and two
    where nothing is mandated."""
    if not any(one.kind == "mandate" for one in standing(decisions_in(db), now)):
        return []
    bearers, told = bearers_in(db), notices_in(db)
    if not due(steps_of(db, bearers, now, ()), now, told):  # whoever meets what
        return []
    counts = counts_of(db, since=now.date() - SEEN)
    return due(steps_of(db, bearers, now, counts), now, told)


def steps_of(
    db: Snapshot, bearers: Iterable[Bearer], moment: datetime, counts: Iterable[Tallied]
) -> list[Notice]:
    """Every step for these bearers, past and to come, as far as was decided by a moment. `counts`
    say who meets what, and need not be told."""
    on = moment.date()
    seen: dict[tuple[str, str], list[Tallied]] = {}
    for count in counts:
        seen.setdefault((count.standard, count.application), []).append(count)

    def meets(standard: str, application: str) -> bool:
        return state_of(seen.get((standard, application), ()), on) == "meets"

    held = standing(decisions_in(db), moment)
    eased = in_force(exemptions_in(db), moment)
    return notices(held, load_programmes()[STANDARDS].ladder, list(bearers), eased, meets)


def as_told(notice: Notice, at: datetime) -> tuple[Change, Signal]:
    """What to commit so that a notice is given now, and never again."""
    change = Change(NOTICE, notice.id, {**notice.to_json(), "at": at.isoformat()}, expect=0)
    return change, Signal(TOLD, "", f"/{REGISTER}/applications/{notice.application}")
