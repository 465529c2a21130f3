"""How a standard stands over time: what its clauses are about decides what becomes of calls."""

from datetime import date

import pytest

from openroots.register.bearer import Bearer
from openroots.register.exemption import Exemption
from openroots.register.timeline import Mode, stretch_at, timeline
from tests.register.samples import brought, ending, mandated, moment, plain

REFUSED = [mandated(1, "2026-12-01")]  # warned of from 1 January, refused from 1 April 2027


def at(standard, day, setting="hospital", decisions=REFUSED, clause=None):
    return stretch_at(timeline(standard, decisions, setting, (), clause), moment(day))


@pytest.mark.parametrize(
    ("day", "asked", "used", "whole"),
    [
        ("2026-06-01", Mode.OBSERVE, None, Mode.OBSERVE),
        ("2027-01-01", Mode.WARN, None, Mode.WARN),
        ("2027-04-01", Mode.REFUSE, None, Mode.REFUSE),
        ("2027-06-01", Mode.REFUSE, Mode.WARN, Mode.REFUSE),
        ("2027-12-01", None, Mode.REFUSE, Mode.REFUSE),
    ],
)
def test_what_is_asked_goes_by_mandates_and_use_by_the_end(day, asked, used, whole):
    """A clause that recognises the use of its standard is judged from deprecation on, and what its
    standard asks is judged until retirement; the standard is as strict as the strictest of them."""
    standard = ending(True, False)
    use, ask = standard.clauses
    assert at(standard, day, clause=ask).mode == asked
    assert at(standard, day, clause=use).mode == used
    assert at(standard, day).mode == whole


def test_what_only_recognises_use_is_not_mandated():
    """No call is judged by it before its end begins; then it is told when it will be refused."""
    before, warned, refused = (
        at(ending(True), day) for day in ("2027-05-01", "2027-06-01", "2027-12-01")
    )
    assert (before.mode, before.since, before.refused_from) == (None, None, None)
    assert (warned.mode, warned.since, warned.refused_from) == (
        *("warn", date(2027, 6, 1), date(2027, 12, 1)),
    )
    assert (refused.mode, refused.since) == ("refuse", date(2027, 12, 1))


@pytest.mark.parametrize("day", ["2027-06-01", "2027-12-01"])
def test_who_comes_from_no_care_setting_is_observed_to_the_end(day):
    """Whoever only tries things is told of no mandate, and of no end."""
    found = at(ending(True), day, setting="")
    assert (found.mode, found.refused_from) == (Mode.OBSERVE, None)


def test_no_call_is_judged_by_what_is_listed():
    """A standard without clauses stands at its stages, and is told since when; that is all."""
    standard = brought("accessible-information")
    found = at(standard, "2027-01-01", decisions=standard.founding)
    assert (found.stage.value, found.mode, found.since) == ("mandated", None, date(2016, 7, 31))


@pytest.mark.parametrize(
    ("id", "day", "stage", "since"),
    [
        ("accessibility-2-1", "2020-01-01", "published", date(2018, 6, 5)),
        ("accessibility-2-1", "2027-01-01", "deprecated", date(2023, 10, 5)),
        ("unified-test-list", "2027-01-01", "retired", date(2023, 1, 1)),
        ("unified-test-list", "1948-01-01", None, None),
        ("dose-syntax", "2027-01-01", "published", date(2021, 10, 1)),
    ],
)
def test_what_is_listed_is_told_since_when_it_stands_where_it_does(id, day, stage, since):
    """And not since when it stood at the stages before: deprecated since it was published."""
    found = at(brought(id), day)
    assert (found.stage and found.stage.value, found.since) == (stage, since)


@pytest.mark.parametrize(
    ("kind", "mode", "refused_from"),
    [("waiver", "observe", date(2027, 8, 2)), ("plan", "warn", date(2027, 10, 30))],
)
def test_who_is_waived_is_not_warned_and_who_has_a_plan_is(kind, mode, refused_from):
    """Until when is told to both: the day after a waiver, or the end of the grace of a plan."""
    eases = {"applications": ("heron",), "due": date(2027, 8, 1)}
    ease = Exemption(f"{kind}-1", "plain", kind, moment("2026-12-01"), "x", "r", **eases)
    heron = Bearer("hospital", application="heron")
    found = stretch_at(timeline(plain(), REFUSED, heron, [ease]), moment("2027-07-01"))
    assert (found.mode, found.refused_from, found.eased) == (mode, refused_from, ease.id)
