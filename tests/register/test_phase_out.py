"""Phase-out: the same dates each time, told once each, over leap days and clock changes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from openroots.register.bearer import Bearer
from openroots.register.exemption import NOT_EASED, Exemption, eased
from openroots.register.phase_out import due, notices
from openroots.register.programme import load_programmes
from tests.register.samples import mandated, moment

LADDER = load_programmes()["standards"].ladder
HERON = Bearer("hospital", application="heron")
MANDATE = mandated(1, "2027-03-01", warn="2027-06-01", enforce="2028-03-27")
PLAN = Exemption(
    "plan-00000001",
    "plain",
    "plan",
    moment("2027-12-20"),
    "x",
    "r",
    applications=("heron",),
    due=date(2028, 6, 1),
)
SIGNED = Exemption(
    "sign-off-00000001", "plain", "sign-off", moment("2028-06-02"), "x", "r", of=PLAN.id
)


def told(*exemptions, mandate=MANDATE, bearers=(HERON,), **more):
    mandates = mandate if isinstance(mandate, tuple) else (mandate,)
    found = notices(mandates, LADDER, bearers, exemptions, **more)
    return [(one.act, one.on.isoformat(), one.tell_on.isoformat(), one.held) for one in found]


def test_a_supplier_without_a_plan_is_told_three_times():
    """Half a year before, 90 days before, and on the day; in advance on a working day."""
    assert told() == [
        ("notify", "2027-09-29", "2027-09-29", False),
        ("require-plan", "2027-12-28", "2027-12-24", False),  # both holidays after Christmas
        ("enforce", "2028-03-27", "2028-03-27", False),
    ]


def test_a_supplier_is_told_of_the_mandate_that_binds_it():
    """Where another was decided since, of no day of the one before; of waves that were decided
    together, of the narrowest; and of none where it is only warned."""
    later = mandated(2, "2027-04-01", warn="2027-09-01", enforce="2028-09-01")
    assert told(mandate=(later, MANDATE))[-1][:2] == ("enforce", "2028-09-01")
    assert told(mandate=(replace(later, enforce_from=None), MANDATE)) == []
    narrow = replace(MANDATE, regions=("Y56",), enforce_from=date(2028, 1, 3))
    wave = replace(MANDATE, id="made-00000002")
    for waves in ((wave, narrow), (replace(narrow, id=wave.id), MANDATE)):
        heron = HERON._replace(region="Y56")
        enforced = [step for step in told(mandate=waves, bearers=[heron]) if step[0] == "enforce"]
        assert enforced == [("enforce", "2028-01-03", "2028-01-03", False)]


def test_a_plan_takes_the_place_of_enforcement():
    """New sites stop on its day, all of them 90 days later, once that was signed."""
    steps = told(PLAN)
    assert steps[:2] == told()[:2]
    assert [step[0] for step in steps] == [
        *("notify", "require-plan", "suspend-new-sites", "suspend-all"),
    ]
    assert steps[-1] == ("suspend-all", "2028-08-30", "2028-08-30", True)
    assert told(PLAN, SIGNED)[-1][3] is False


def test_a_site_that_was_added_to_a_plan_is_held_back_until_the_plan_is_signed():
    """Also where the plan is one that its supplier filed."""
    for root in (PLAN, replace(PLAN, of="proposal-00000001")):
        whole = replace(root, applications=("alder",))
        site = replace(PLAN, id="plan-00000002", of=root.of or root.id)
        assert told(whole, site)[-1][3] is True
        assert told(whole, site, SIGNED)[-1][3] is False


@pytest.mark.parametrize(
    "nobody",
    [
        {"bearers": [Bearer("dentistry", application="heron")]},
        {"meets": lambda standard, application: True},
        {"mandate": replace(MANDATE, enforce_from=None)},
    ],
)
def test_who_is_not_bound_or_meets_it_is_told_nothing(nobody):
    """Nor is anybody of a mandate that only warns."""
    assert told(**nobody) == []


def test_a_waiver_puts_off_what_is_told_until_it_is_over():
    """Who has one is told of the day on which it no longer helps, as early as of a mandate; one
    that was over before the mandate refuses anybody changes nothing."""
    waiver = replace(PLAN, id="waiver-00000001", kind="waiver")
    refused = waiver.due + timedelta(days=1)
    assert eased([waiver], "heron", refused) == NOT_EASED
    assert told(waiver)[-1] == ("enforce", refused.isoformat(), refused.isoformat(), False)
    assert [step[0] for step in told(waiver)] == ["notify", "require-plan", "enforce"]
    assert told(replace(waiver, due=MANDATE.enforce_from - timedelta(days=1))) == told()
    assert told(replace(waiver, due=MANDATE.enforce_from))[-1][1] == "2028-03-28"
    longer = replace(waiver, id="waiver-00000002", due=date(2028, 9, 1))
    assert told(longer, waiver) == told(waiver, longer) == told(longer)


@pytest.mark.parametrize("others", [{"applications": ("egret",)}, {"standard": "other"}])
def test_what_eases_another_changes_nothing(others):
    """Neither another application's plan or waiver, nor one of another standard."""
    for kind in ("plan", "waiver"):
        assert told(replace(PLAN, kind=kind, **others)) == told()


def test_a_year_of_days_gives_the_same_dates_twice_and_tells_each_once():
    """From day to day, over the leap day and the hour that is left out; and again, from hours."""
    runs = []
    for step in (timedelta(days=1), timedelta(hours=7)):
        found, now, days = (
            notices([MANDATE], LADDER, [HERON], [PLAN, SIGNED]),
            moment("2027-09-01"),
            [],
        )
        known = set()
        while now < datetime(2028, 10, 1, tzinfo=UTC):
            for notice in due(found, now, known):
                known.add(notice.id)
                days.append((notice.act, now.date()))
            now += step
        runs.append(days)
    assert runs[0] == runs[1] == [(one.act, one.tell_on) for one in found]
    assert [act for act, _ in runs[0]] == [
        *("notify", "require-plan", "suspend-new-sites", "suspend-all"),
    ]
