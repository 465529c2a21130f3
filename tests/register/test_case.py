"""Cases: a history that only grows, and how it stood on any day."""

from collections import Counter
from datetime import date

import pytest

from openroots.register.bearer import Bearer
from openroots.register.case import (
    Case,
    Move,
    Subject,
    count_by_stage,
    course_of,
    courses_to,
    stage_of,
)
from tests.register.samples import moment

STAGES = {"approved": "approved", "coming": "coming", "connected": "connected"}


def move(stage, on, *settings):
    return Move(stage, date.fromisoformat(on), moment("2027-01-01"), "x", "r", settings)


def case(*moves, id="c"):
    subject = Subject("service", id, id)
    return Case(f"p.{id}", "p", "1.0", subject, moment("2027-01-01"), moves)


TWICE = case(move("approved", "2019-06-01"), move("coming", "2020-01-01"))
SET = case(
    move("draft", "2026-01-01"),
    move("published", "2026-03-01", "hospital"),
    move("consultation", "2026-02-01", "dentistry"),
)


@pytest.mark.parametrize(
    ("on", "stage"),
    [("2019-05-31", ""), ("2019-06-01", "approved"), ("2020-01-01", "coming")],
)
def test_a_case_stands_where_its_last_move_took_it(on, stage):
    """On that day, whichever way it is asked."""
    assert TWICE.stage(date.fromisoformat(on)) == stage
    assert stage_of(TWICE.to_json(), on) == stage


def test_of_two_moves_on_one_day_the_later_counts():
    again = TWICE.with_(moves=move("connected", "2020-01-01"))
    assert again.stage(date(2020, 1, 1)) == stage_of(again.to_json(), "2020-01-01") == "connected"


def test_a_case_stands_elsewhere_in_each_setting():
    """A move that names settings is about those alone."""
    on = date(2026, 6, 1)
    settings = ("hospital", "dentistry", "maternity")
    stages = [SET.stage(on, Bearer(setting)) for setting in settings]
    assert stages == ["published", "consultation", "draft"]


@pytest.mark.parametrize("one", [TWICE, SET])
def test_a_case_is_stored_and_read_as_the_same(one):
    assert Case.from_json(one.to_json()) == one


def test_cases_are_counted_in_words():
    """Those that came furthest first; stages at which none stands are left out."""
    cases = [case(move("approved", "2020-01-01"), id=f"a{n}") for n in range(3)]
    cases.append(case(move("connected", "2020-01-02")))
    courses = Counter(course_of(one.to_json()) for one in cases)
    counted = [count_by_stage(courses, date(2020, 1, day), STAGES).sentence() for day in (1, 2)]
    assert counted == ["3 approved", "1 connected, 3 approved"]
    assert count_by_stage(courses, date(2019, 1, 1), STAGES).sentence() == "none"
    assert len(courses_to(courses, date(2020, 1, 2), "")) == 2
    assert courses_to(courses, date(2020, 1, 2), "connected") == ["2020-01-02 connected"]
    assert courses_to(courses, date(2019, 1, 1), "") == []
