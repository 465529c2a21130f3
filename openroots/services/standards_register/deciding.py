"""Deciding: a standard is mandated, in waves and with notice, and a wrong mandate is taken back.

Before a mandate stands the dry run: whoever it would refuse, going by what was really sent, has to
be ready, or a clinical safety officer has signed that it is worth it.

Source: Health and Social Care Act 2012 section 250; GP IT Futures, for the effective date.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from math import floor
from typing import Any, NamedTuple

from openroots.problem import Problem
from openroots.register.bearer import Bearer
from openroots.register.conformance import READY, SEEN, WINDOW, not_ready
from openroots.register.decision import Decision, next_id, standing, take_back
from openroots.register.definition import Table
from openroots.register.exemption import in_force
from openroots.register.extent import Extent
from openroots.register.kept import (
    STANDARDS,
    as_change,
    bearers_in,
    counts_of,
    decisions_in,
    exemptions_in,
)
from openroots.register.programme import load_programmes
from openroots.register.standard import SETTINGS, Standard
from openroots.service import Reply, Request
from openroots.services.standards_register.asked import (
    TEAM,
    Body,
    must_be,
    regions_of,
    settings_of,
    types_of,
    well_formed,
)
from openroots.services.standards_register.declaration import (
    DECIDED,
    PUBLIC,
    address,
    decides,
)
from openroots.services.standards_register.lookup import is_published, standard_named
from openroots.storage import Signal, Snapshot

MOST_WAVES = 20
MANDATE: dict[str, Any] = {
    "type": "object",
    "required": ["reason", "waves"],
    "properties": {"reason": {"type": "string"}, "waves": {"type": "array", "minItems": 1}},
}
EXAMPLE: dict[str, Any] = {
    "reason": "Most meet it already.",
    "waves": [
        {"settings": ["hospital"], "warn_from": "2027-07-01", "enforce_from": "2028-07-01"},
    ],
}


class Wave(NamedTuple):
    """Whom one wave of a mandate binds, and from when."""

    settings: tuple[str, ...]
    organisation_types: tuple[str, ...]
    regions: tuple[str, ...]
    warn_from: date
    enforce_from: date | None


@decides(
    "/standards/{id}/mandates",
    MANDATE,
    reads=10,
    fails=(
        *(*PUBLIC, "standard-unknown", "wave-wrong", "force-none", "no-legal-basis"),
        *("not-published", "nothing-to-refuse", "big-bang", "notice-too-short", "not-ready"),
        *("override-wrong", "already-decided"),
    ),
    example=EXAMPLE,
)
def mandate_standard(request: Request, db: Snapshot) -> Reply:
    """Mandate a standard, in waves."""
    by = must_be(request, TEAM)
    standard = standard_named(db, request.params["id"])
    waves, override, reason = _read_mandate(request)
    known = decisions_in(db)
    _must_be_lawful(request, standard, waves, known)
    _must_be_new(standard, waves, known, request)
    if override:
        _must_be_signed(request, db, standard, override)
    else:
        _must_have_notice(request, waves)
        _must_be_ready(request, db, standard, waves)
    made: list[Decision] = []
    for wave in waves:
        id = next_id([*known, *made])
        made.append(_decision(id, standard, wave, by, reason, override, request))
    at = address(request.endpoint, "standards", standard.id)
    return Reply(
        {"standard": standard.id, "decisions": [one.to_json() for one in made]},
        status=201,
        headers=(("location", at),),
        changes=tuple(as_change(one) for one in made),
        signals=(Signal(DECIDED, "", at),),
    )


@decides(
    "/standards/{id}/take-backs",
    ("reason",),
    reads=5,
    fails=(*PUBLIC, "standard-unknown", "mandate-unknown"),
    example={"reason": "Some systems need longer."},
)
def take_mandate_back(request: Request, db: Snapshot) -> Reply:
    """Take back the newest mandate of a standard that is in force."""
    by = must_be(request, TEAM)
    with well_formed():
        body = Body.of(request)
        reason = body.published("reason")
        body.close()
    standard = standard_named(db, request.params["id"])
    try:
        decision = take_back(decisions_in(db), standard.id, by, reason, request.time)
    except LookupError:
        raise Problem("mandate-unknown", id=f"of {standard.id}") from None
    at = address(request.endpoint, "standards", standard.id)
    return Reply(
        {"standard": standard.id, "decision": decision.to_json()},
        status=201,
        changes=(as_change(decision),),
        signals=(Signal(DECIDED, "", at),),
    )


def _read_mandate(request: Request) -> tuple[list[Wave], str, str]:
    with well_formed():
        body = Body.of(request)
        reason = body.published("reason")
        override = body.name("override") if body.has("override") else ""
        waves = [_read_wave(table) for table in body.tables("waves")]
        if not 0 < len(waves) <= MOST_WAVES:
            raise body.wrong("waves", f"there must be 1 to {MOST_WAVES}")
        body.close()
    _must_be_in_order(request, waves)
    return waves, override, reason


def _read_wave(table: Table) -> Wave:
    days = Body.of(table)
    wave = Wave(
        settings_of(days),
        types_of(days),
        regions_of(days),
        days.day("warn_from"),
        days.day_or_none("enforce_from"),
    )
    days.close()
    return wave


def _must_be_in_order(request: Request, waves: list[Wave]) -> None:
    """Raises Problem for dates that are past, or in another order than warning and refusal."""
    today = request.time.date()
    for number, wave in enumerate(waves, 1):
        words = ""
        if not wave.settings:
            words = "it names no care setting"
        elif wave.warn_from < today:
            words = f"warn_from is past: a mandate begins on {today} at the earliest"
        elif wave.enforce_from and wave.enforce_from < wave.warn_from:
            words = "enforce_from is before warn_from"
        elif twice := _bound_by(waves[: number - 1], wave):
            words = f"{', '.join(twice)}: a wave before it binds the same, or some of the same"
        if words:
            raise Problem("wave-wrong", wave=number, words=words)


def _bound_by(before: list[Wave], wave: Wave) -> list[str]:
    """The care settings of a wave in which one before it binds the same, and neither is the
    narrower, so that of two days neither would be theirs."""
    extent = Extent.of(wave)
    return sorted({setting for one in before for setting in Extent.of(one).shared(extent)})


def _must_be_lawful(
    request: Request, standard: Standard, waves: list[Wave], known: Iterable[Decision]
) -> None:
    if standard.force == "none":
        raise Problem("force-none", id=standard.id)
    if standard.force == "binding" and not (standard.legal_basis or standard.founding):
        raise Problem("no-legal-basis", id=standard.id)
    wanted = {setting for wave in waves for setting in wave.settings}
    today = request.time.date()
    if missing := sorted(one for one in wanted if not is_published(standard, today, one)):
        raise Problem("not-published", id=standard.id, settings=", ".join(missing))
    enforced = any(wave.enforce_from for wave in waves)
    if enforced and all(clause.recognises for clause in standard.clauses):
        raise Problem("nothing-to-refuse", id=standard.id)
    stands = [one for one in standing(known, request.time) if one.standard == standard.id]
    for day in {wave.enforce_from for wave in waves if wave.enforce_from}:
        every: list[Wave | Decision] = [*waves, *stands]
        on_it = [one for one in every if one.enforce_from == day]
        bound = {setting for one in on_it if not _is_bounded(one) for setting in one.settings}
        if bound >= set(SETTINGS):
            raise Problem("big-bang")


def _is_bounded(one: Wave | Decision) -> bool:
    return bool(one.organisation_types or one.regions)


def _must_be_new(
    standard: Standard, waves: list[Wave], known: Iterable[Decision], request: Request
) -> None:
    """Raises Problem where a mandate that stands says the same as one of these."""
    asked = {(Extent.of(one), one.warn_from, one.enforce_from) for one in waves}
    for one in standing(known, request.time):
        if one.standard != standard.id or one.kind != "mandate":
            continue
        if (Extent.of(one), one.warn_from, one.enforce_from) in asked:
            raise Problem("already-decided", decision=one.id)


def _must_have_notice(request: Request, waves: list[Wave]) -> None:
    days = load_programmes()[STANDARDS].notice_days
    earliest = request.time.date() + timedelta(days=days)
    if any(wave.enforce_from and wave.enforce_from < earliest for wave in waves):
        raise Problem("notice-too-short", earliest=earliest, days=days)


def _must_be_ready(request: Request, db: Snapshot, standard: Standard, waves: list[Wave]) -> None:
    """Raises Problem where too little of what those whom it would refuse have sent meets it."""
    today = request.time.date()
    shares = not_ready(counts_of(db, standard=standard.id, since=today - SEEN), today)
    bound = {bearer.application for bearer in bearers_in(db) if _binds(waves, bearer)}
    unready = [f"{one} ({_rounded_down(share)})" for one, share in shares if one in bound]
    if unready:
        asked = {"enough": _rounded_down(READY), "days": WINDOW.days}
        raise Problem("not-ready", applications=", ".join(unready), **asked)


def _rounded_down(share: float) -> str:
    """A share in per cent, so that none that is too little is told as if it were enough."""
    return f"{floor(round(share * 1000, 6)) / 10:g}%"


def _binds(waves: list[Wave], bearer: Bearer) -> bool:
    return any(Extent.of(wave).holds(bearer) for wave in waves if wave.enforce_from)


def _must_be_signed(request: Request, db: Snapshot, standard: Standard, override: str) -> None:
    today = request.time.date()
    for one in in_force(exemptions_in(db), request.time):
        is_it = one.id == override and one.kind == "override" and one.standard == standard.id
        if is_it and (not one.due or today <= one.due):
            return
    raise Problem("override-wrong", override=override)


def _decision(
    id: str,
    standard: Standard,
    wave: Wave,
    by: str,
    reason: str,
    override: str,
    request: Request,
) -> Decision:
    return Decision(
        id,
        standard.id,
        "mandate",
        request.time,
        by,
        reason,
        settings=wave.settings,
        published=request.time.date(),
        warn_from=wave.warn_from,
        enforce_from=wave.enforce_from,
        organisation_types=wave.organisation_types,
        regions=wave.regions,
        override=override,
    )
