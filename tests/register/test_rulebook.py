"""The rulebook: what applies to a request, judged at the request's time."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openroots.register.decision import take_back
from openroots.register.rulebook import Mode, compile_rulebook, judge_record, judge_request
from openroots.register.standard import founding_decisions, load_standards
from tests.register.samples import PLAIN, brought, mandated, moment, plain

OURS = compile_rulebook(load_standards(), founding_decisions(load_standards()))
PLAINLY = plain()
COUNTER = {"x-request-id": "00000000-0000-0000-0000-000000000042"}


def found(rulebook, time, setting="hospital", headers=None):
    rules = rulebook.rules("any", "thing", setting)
    return judge_request(rules, headers or {}, time)


@pytest.mark.parametrize(
    ("day", "setting", "mode", "since", "refused_from"),
    [
        ("2026-06-30", "general-practice", None, None, None),
        ("2026-07-01", "general-practice", "observe", "2026-07-01", None),
        ("2026-11-01", "general-practice", "observe", "2026-07-01", "2027-04-01"),
        ("2027-01-01", "general-practice", "warn", "2027-01-01", "2027-04-01"),
        ("2027-03-31", "community-pharmacy", "warn", "2027-01-01", "2027-04-01"),
        ("2027-04-01", "community-pharmacy", "refuse", "2027-04-01", "2027-04-01"),
        ("2027-04-01", "hospital", "observe", "2026-07-01", "2027-10-01"),
        ("2027-07-01", "hospital", "warn", "2027-07-01", "2027-10-01"),
        ("2027-10-01", "care-home", "refuse", "2027-10-01", "2027-10-01"),
        ("2030-01-01", "", "observe", "2026-07-01", None),
        ("2030-01-01", "the moon", "observe", "2026-07-01", None),
    ],
)
def test_each_setting_has_its_dates(day, setting, mode, since, refused_from):
    """A counter as request id is observed, warned of and refused by care setting and date."""
    findings = found(OURS, moment(day), setting, COUNTER)
    unmet = [finding for finding in findings if not finding.met]
    if mode is None:
        assert findings == ()
        return
    [finding] = unmet
    assert (finding.standard, finding.clause, finding.mode) == ("request-identity", "2", Mode(mode))
    dates = [day and date.fromisoformat(day) for day in (since, refused_from)]
    assert [finding.since, finding.refused_from] == dates


def test_a_date_begins_at_midnight_in_utc():
    """What was warned of in the last moment of a day is refused from the first of the next."""
    turn = moment("2027-04-01")
    modes = [
        found(OURS, at, "general-practice")[0].mode for at in (turn - timedelta.resolution, turn)
    ]
    assert modes == [Mode.WARN, Mode.REFUSE]


def test_records_are_judged_by_type():
    """A clause on records judges the resource types that it names, and requests are not records."""
    rules = OURS.rules("demographics", "patch-patient", "general-practice")
    named = {"name": [{"use": "usual", "family": "Smith2"}]}
    at = moment("2027-07-01")
    met = [(one.clause, one.met, one.mode) for one in judge_record(rules, "Patient", named, at)]
    assert met == [("1", True, Mode.REFUSE), ("2", False, Mode.REFUSE), ("3", True, Mode.REFUSE)]
    assert judge_record(rules, "Practitioner", named, at) == ()


@pytest.mark.parametrize(
    ("applies", "service", "endpoint", "covered"),
    [
        ('services = ["events"]', "events", "publish", True),
        ('services = ["events"]', "demographics", "read-patient", False),
        ('endpoints = ["events.publish"]', "events", "publish", True),
        ('endpoints = ["events.publish"]', "events", "list", False),
        ("services = []", "anything", "at-all", True),
    ],
)
def test_a_clause_can_be_for_some_services(applies, service, endpoint, covered):
    """A clause applies to the services and endpoints that it names, or to all if it names none."""
    text = PLAIN.replace(
        'condition = { fact = "header', f'applies = {{ {applies} }}\ncondition = {{ fact = "header'
    )
    rulebook = compile_rulebook([plain(text)], [])
    found = judge_request(rulebook.rules(service, endpoint, ""), {}, moment("2027-01-01"))
    assert bool(found) is covered


def test_the_method_is_a_fact():
    """A clause can ask for something of one method only."""
    either = (
        '{ any = [{ fact = "method", is = "GET" }, { fact = "header.x-who", present = true }] }'
    )
    text = PLAIN.replace('{ fact = "header.x-who", present = true }', either)
    rules = compile_rulebook([plain(text)], []).rules("any", "thing", "")
    at = moment("2027-01-01")
    assert judge_request(rules, {}, at, method="GET")[0].met
    assert not judge_request(rules, {}, at, method="POST")[0].met


def test_a_mandate_without_an_end_only_warns():
    """A mandate that sets no date for refusal warns for as long as it stands."""
    rulebook = compile_rulebook([plain()], [mandated(1, "2026-02-01", enforce=None)])
    [finding] = found(rulebook, moment("2099-01-01"))
    assert (finding.mode, finding.refused_from) == (Mode.WARN, None)


def test_a_back_dated_mandate_binds_from_its_decision():
    """A mandate decided after its own dates changes nothing of what was answered before."""
    rulebook = compile_rulebook([plain()], [mandated(1, "2027-06-15T12:00")])
    [before] = found(rulebook, moment("2027-06-15T11:59"))
    [after] = found(rulebook, moment("2027-06-15T12:00"))
    assert (before.mode, after.mode) == (Mode.OBSERVE, Mode.REFUSE)
    assert after.since == date(2027, 6, 15)


def test_a_retired_standard_asks_nothing():
    """From its retirement on a standard is not judged; deprecated, it holds as before."""
    ends = (("deprecated", "2028-01-01"), ("retired", "2029-01-01"))
    added = "".join(f'[[stage]]\nstage = "{stage}"\nfrom = {day}\n\n' for stage, day in ends)
    standard = plain(PLAIN.replace("[[clause]]", f"{added}[[clause]]", 1))
    rulebook = compile_rulebook([standard], [mandated(1, "2026-02-01")])
    assert found(rulebook, moment("2028-06-01"))[0].mode is Mode.REFUSE
    assert found(rulebook, moment("2029-01-01")) == ()


def test_the_hash_names_the_content():
    """The same standards and decisions have one hash in any order, and any other have another."""
    standards, decisions = load_standards(), list(founding_decisions(load_standards()))
    turned = compile_rulebook(reversed(standards), reversed(decisions))
    assert turned.hash == OURS.hash
    assert len(OURS.hash) == 64
    others = [
        compile_rulebook([brought("request-identity")], brought("request-identity").founding),
        compile_rulebook(standards, decisions[:-1]),
        compile_rulebook([plain()], []),
        compile_rulebook([plain(PLAIN.replace("X-Who", "X-Whom"))], []),
    ]
    assert len({OURS.hash, *(other.hash for other in others)}) == 5


def test_a_rulebook_is_looked_up_once_per_key():
    """What applies to an endpoint is put together once, and then only found."""
    assert OURS.rules("a", "b", "hospital") is OURS.rules("a", "b", "hospital")


@pytest.mark.parametrize(
    ("decisions", "words"),
    [
        ([mandated(1, "2026-02-01", standard="other")], "is about an unknown other"),
        ([mandated(2, "2026-02-01", supersedes="made-00000001")], "supersedes an unknown made-"),
        ([mandated(1, "2026-02-01"), mandated(1, "2026-03-01")], "made-00000001 is there twice"),
    ],
)
def test_decisions_about_nothing_are_refused(decisions, words):
    """A rulebook is not compiled from decisions that do not fit together."""
    with pytest.raises(ValueError, match=words):
        compile_rulebook([plain()], decisions)


DAYS = st.dates(date(2026, 1, 1), date(2028, 1, 1)).map(str)
TIMES = st.datetimes(
    *(moment(day).replace(tzinfo=None) for day in ("2026-01-01", "9998-11-01"))
).map(lambda at: moment(str(at)))
SOME = st.sets(st.sampled_from(["hospital", "care-home"]), min_size=1).map(tuple)


@st.composite
def registers(draw):
    """Decisions as a register might take them: mandates, replacements, and takings back."""
    decisions = []
    for _ in range(draw(st.integers(0, 5))):
        if draw(st.booleans()):
            decisions += taken_back(decisions, moment(draw(DAYS)))
        number = len(decisions) + 1
        warn, enforce = (max(day, "2026-03-01") for day in sorted((draw(DAYS), draw(DAYS))))
        earlier = draw(st.sampled_from(["", *(one.id for one in decisions)]))
        mandate = mandated(number, draw(DAYS), warn, enforce, draw(SOME), supersedes=earlier)
        decisions.append(mandate)
    return decisions


def taken_back(decisions, at):
    try:
        return [take_back(decisions, "plain", "a.person", "It was wrong.", at)]
    except LookupError:
        return []


SETTING = st.sampled_from(["hospital", "care-home", ""])


@settings(deadline=None)
@given(registers(), st.lists(TIMES, min_size=1, max_size=8), SETTING)
def test_the_time_alone_decides(decisions, times, setting):
    """Asked in any order, forwards or back, a rulebook says the same of the same time."""
    rulebook = compile_rulebook([PLAINLY], decisions)
    first = [found(rulebook, time, setting) for time in times]
    again = [found(rulebook, time, setting) for time in reversed(times)]
    fresh = [found(compile_rulebook([PLAINLY], decisions), time, setting) for time in times]
    assert first == again[::-1] == fresh


@settings(deadline=None)
@given(registers(), TIMES, SETTING)
def test_what_is_decided_later_changes_nothing_before(decisions, time, setting):
    """What a request was told at its time stays true, whatever the register decides afterwards."""
    by_then = {one.id: one for one in decisions if one.decided_at <= time}
    kept = [one for one in by_then.values() if not one.supersedes or one.supersedes in by_then]
    if len(kept) == len(by_then):
        now, later = (compile_rulebook([PLAINLY], some) for some in (kept, decisions))
        assert found(now, time, setting) == found(later, time, setting)


@settings(deadline=None)
@given(registers(), TIMES, SETTING)
def test_taking_back_restores_what_was(decisions, time, setting):
    """After a mandate is taken back, every judgement from then on is what it is without it."""
    mandates = [one for one in decisions if not one.supersedes]
    for back in taken_back(mandates, time):
        without = [one for one in mandates if one.id != back.supersedes]
        before = compile_rulebook([PLAINLY], without)
        after = compile_rulebook([PLAINLY], [*mandates, back])
        for at in (time, time + timedelta(days=1), time + timedelta(days=400)):
            assert found(after, at, setting) == found(before, at, setting)
