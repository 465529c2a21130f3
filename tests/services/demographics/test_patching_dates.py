"""Dates and periods in a patch: at the edges of the calendar, of today, and of time zones."""

from datetime import UTC, datetime
from typing import Any

import pytest

from openroots.fhir import patch
from openroots.problem import Json
from openroots.service import Problem, Request
from openroots.services.demographics import service
from openroots.services.demographics.patching import updated
from openroots.storage import Change
from tests.services.demographics.desk import JANE, JAYNE, MINIMAL, WORKER, Desk, chance
from tests.services.demographics.patches import ADD_DEATH, NAME, add, op, telecom

TODAY = "2026-11-21"
MANAGED = {"type": "Organization", "identifier": {"value": "B81001"}}
SUMMER_NIGHT = datetime(2026, 6, 1, 23, 30, tzinfo=UTC)  # 00:30 on 2 June by British clocks


@pytest.mark.parametrize(
    ("day", "row"),
    [
        ("2008-02-29", ""),
        ("2009-02-29", "value-invalid"),
        ("2000-02-29", ""),
        ("1900-02-29", "value-invalid"),
        ("1850-01-01", ""),
        ("0000-01-01", "value-invalid"),
        (TODAY, ""),
        ("2026-11-22", "date-in-future"),
        ("2010-13-01", "value-invalid"),
        ("2010-10-22T00:00:00", "value-invalid"),
        ("2010-10", "value-invalid"),
        ("20101022", "value-invalid"),
        ("2010-W42-5", "value-invalid"),
        (" 2010-10-22", "value-invalid"),
        ("2010-10-22\n", "value-invalid"),
        ("٢٠١٠-١٠-٢٢", "value-invalid"),
        ("", "value-invalid"),
    ],
)
def test_birth_dates(desk: Desk, day: str, row: str) -> None:
    """A birth date is a real day of the calendar, written yyyy-mm-dd, and today at the latest."""
    assert desk.patch(MINIMAL, op("add", "/birthDate", day)).row == row


@pytest.mark.parametrize(
    ("moment", "row"),
    [
        ("2020-02-29", ""),
        ("2019-02-29", "value-invalid"),
        ("2020-01-01T23:59:59+00:00", ""),
        ("2020-01-01T23:59:59", ""),
        ("2020-01-01T23:59:60+00:00", "value-invalid"),
        ("2020-01-01T24:00:00+00:00", "value-invalid"),
        ("2020-01-01T00:00:00Z", "value-invalid"),
        ("2020-01-01T00:00:00+01:00", "value-invalid"),
        ("2020-01-01T00:00:00-00:00", "value-invalid"),
        ("2020-01-01T00:00:00.000+00:00", "value-invalid"),
        ("2020-01-01T00:00+00:00", "value-invalid"),
        ("2020-01-01 00:00:00+00:00", "value-invalid"),
        ("0999-01-01", "value-invalid"),
        ("2010-10-22", ""),
        ("2010-10-21", "death-before-birth"),
        (TODAY, ""),
        ("2026-11-22T00:00:00+00:00", "date-in-future"),
    ],
)
def test_dates_of_death(desk: Desk, moment: str, row: str) -> None:
    """A death is on a day, or at a second in UTC; not before the birth, nor after today."""
    died = op("add", "/deceasedDateTime", moment)
    assert desk.patch(JAYNE, died, ADD_DEATH[1]).row == row


@pytest.mark.parametrize(
    ("period", "row"),
    [
        ({"start": "2020-02-29"}, ""),
        ({"start": "2021-02-29"}, "value-invalid"),
        ({"start": TODAY}, ""),
        ({"start": "2026-11-22"}, "date-in-future"),
        ({"start": TODAY, "end": TODAY}, ""),
        ({"start": TODAY, "end": "2026-11-20"}, "period-reversed"),
        ({"start": "1850-01-01", "end": "9999-12-31"}, ""),
        ({"end": TODAY}, "value-missing"),
        ({}, "value-missing"),
        ({"start": TODAY, "until": TODAY}, "property-unexpected"),
        ({"start": "2020-01-01T00:00:00+00:00"}, "value-invalid"),
        (TODAY, "value-invalid"),
    ],
)
def test_periods(desk: Desk, period: Any, row: str) -> None:
    """A period has a start that is not in the future, and an end that is not before it."""
    assert desk.patch(JANE, op("add", "/name/-", NAME | {"period": period})).row == row


@pytest.mark.parametrize(
    ("period", "kept"),
    [
        ({"end": "2027-02-28"}, {"start": TODAY, "end": "2027-02-28"}),
        ({}, {"start": TODAY}),
        ({"start": "2020-02-29"}, {"start": "2020-02-29"}),
    ],
)
def test_a_telecom_that_says_only_until_when_holds_from_today(
    desk: Desk, period: Json, kept: Json
) -> None:
    """Its start is optional, unlike that of any other period, and so is an end."""
    mobile = telecom("phone", "mobile", "07700900001")
    told = desk.patch(MINIMAL, *add("telecom", mobile | {"period": period}))
    assert told.body["telecom"][0]["period"] == kept
    id = told.body["telecom"][0]["id"]
    again = {**mobile, "id": id, "period": {"end": "2026-11-20"}}
    ended = desk.patch(MINIMAL, op("replace", "/telecom/0", again), version=3)
    assert ended.row == "period-reversed"
    undated = op("test", "/telecom/0/id", id), op("remove", "/telecom/0/period/start")
    begun = desk.patch(MINIMAL, *undated, version=3)
    assert begun.body["telecom"][0]["period"] == kept | {"start": TODAY}


def _now(record: Json, moment: datetime, *patches: Json) -> str:
    """The row that these patches of a record meet at a moment, or ""."""
    [endpoint] = [each for each in service.endpoints if each.name == "patch-patient"]
    request = Request(endpoint, {}, {}, WORKER, moment, chance)
    try:
        updated(record, patch.parse(list(patches)), request)
    except Problem as problem:
        return problem.row
    return ""


def test_today_is_the_day_in_the_united_kingdom() -> None:
    """In the first hour of a summer's day it is that day already, though not yet in UTC."""
    born = op("add", "/birthDate", "2026-06-02")
    assert _now({}, SUMMER_NIGHT, born) == ""
    assert _now({}, SUMMER_NIGHT, op("add", "/birthDate", "2026-06-03")) == "date-in-future"
    assert _now({}, SUMMER_NIGHT.replace(month=12, day=1), born) == ""


def test_who_has_died_was_born_before(desk: Desk) -> None:
    """A birth date that is corrected is not after a death that is known."""
    desk.patch(JAYNE, *ADD_DEATH)
    assert desk.patch(JAYNE, op("replace", "/birthDate", "2020-01-01"), version=3).row == ""
    told = desk.patch(JAYNE, op("replace", "/birthDate", "2020-01-02"), version=4)
    assert told.row == "death-before-birth"


@pytest.mark.parametrize(
    ("died", "row"),
    [
        ("2026-06-01T23:10:00+00:00", ""),
        ("2026-06-01T22:59:59+00:00", "death-before-birth"),
        ("2026-06-01", "death-before-birth"),
    ],
)
def test_who_died_in_the_hour_of_birth_was_born_before(died: str, row: str) -> None:
    """Born and dead at ten past midnight of a summer's day, which in UTC is the day before."""
    record = {"birthDate": "2026-06-02"}
    death = op("add", "/deceasedDateTime", died)
    assert _now(record, SUMMER_NIGHT, death, ADD_DEATH[1]) == row


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ({"start": "2026-11-22"}, "'{place}/start' is in the future"),
        ({"start": TODAY, "end": "2026-11-20"}, "'{place}' ends before it starts"),
    ],
)
def test_a_period_that_is_wrong_is_told_by_its_place(desk: Desk, period: Json, words: str) -> None:
    """That of an organisation is in its identifier, that of anything else in the thing itself."""
    organisation = {"identifier": {"value": "B81001", "period": period}}
    for path, place, value in (
        ("/name/-", "name/1/period", NAME | {"period": period}),
        ("/generalPractitioner/-", "generalPractitioner/0/identifier/period", organisation),
        ("/managingOrganization", "managingOrganization/identifier/period", organisation),
    ):
        number = JANE if path.startswith("/name") else MINIMAL
        told = desk.patch(number, op("add", path, value))
        assert told.words == f"Invalid update with error - {words.format(place=place)}"


def test_a_managing_organisation_holds_from_today(desk: Desk) -> None:
    """A managing organisation that is added without a period holds from today."""
    told = desk.patch(MINIMAL, op("add", "/managingOrganization", MANAGED))
    assert told.body["managingOrganization"]["identifier"]["period"] == {"start": TODAY}


def test_a_managing_organisation_that_is_mended_keeps_its_start(desk: Desk) -> None:
    """To replace the code of a managing organisation leaves the day from which it holds."""
    dated = {"identifier": {"value": "B81001", "period": {"start": "2020-01-01"}}}
    desk.patch(MINIMAL, op("add", "/managingOrganization", dated))
    mended = op("replace", "/managingOrganization/identifier/value", "C82002")
    told = desk.patch(MINIMAL, mended, version=3)
    kept = told.body["managingOrganization"]["identifier"]
    assert (kept["value"], kept["period"]) == ("C82002", {"start": "2020-01-01"})


def test_a_period_that_is_taken_out_begins_again_today(desk: Desk) -> None:
    """An item whose period is removed holds from today, as a new one does."""
    told = desk.patch(JANE, op("test", "/name/0/id", "123"), op("remove", "/name/0/period"))
    assert told.body["name"][0]["period"] == {"start": TODAY}


def test_a_start_that_was_in_the_future_may_stay(desk: Desk) -> None:
    """Records are older than some rules: a start that a change leaves alone is not looked at."""
    row = desk.store.snapshot().read([("Patient", JANE)])["Patient", JANE]
    record = row.body
    record["address"][0]["period"] = {"start": "2030-01-01"}
    desk.keep([Change("Patient", JANE, record, row.version, row.subject)])
    named = op("add", "/address/0/id", "456")
    mended = desk.patch(JANE, named, op("replace", "/address/0/line/0", "x"), version=3)
    assert mended.row == ""
    moved = op("replace", "/address/0/period/start", "2031-01-01")
    assert desk.patch(JANE, named, moved, version=4).row == "date-in-future"
