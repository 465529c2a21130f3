"""Every row of the failures table: what provokes it, and what is then said."""

from collections.abc import Callable
from typing import Any

import pytest

from openroots.problem import Json
from openroots.service import Access
from openroots.services.demographics import service
from openroots.services.demographics.failures import (
    COVERAGE,
    CREATES,
    GUIDANCE,
    LIMITS,
    SEARCHES,
    TROUBLES,
)
from tests.services.demographics.desk import (
    APPLICATION,
    JANE,
    JANET,
    JAYNE,
    MINIMAL,
    PRIVILEGED,
    Desk,
    Told,
    patient_access,
)

UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"
UPDATE = "Invalid update with error - "
FORBIDDEN = "Forbidden update with error - "
NAME = {"use": "old", "family": "Bloggs", "period": {"start": "2019-12-31"}}
DEATH = UK_CORE + "DeathNotificationStatus"


def op(op: str, path: str, *value: Any) -> Json:
    """One operation of a patch."""
    return {"op": op, "path": path, **({"value": value[0]} if value else {})}


def notified(code: str) -> Json:
    """A death notification of this status."""
    status = {"coding": [{"system": "x", "code": code}]}
    return {
        "url": DEATH,
        "extension": [{"url": "deathNotificationStatus", "valueCodeableConcept": status}],
    }


def patching(*patches: Json, number: str = JANE, **others: Any) -> Callable[[Desk], Told]:
    """What puts this patch."""
    return lambda desk: desk.patch(number, *patches, **others)


def reading(number: str = JANE, **others: Any) -> Callable[[Desk], Told]:
    """What reads this record."""
    return lambda desk: desk.get(number, **others)


ADD_DEATH = (
    op("add", "/deceasedDateTime", "2020-01-01"),
    op("add", "/extension/-", notified("1")),
)

# What is asked; the row that it provokes, the status and code, and the diagnostics.
CASES: list[tuple[str, Callable[[Desk], Told], int, str, str | None]] = [
    ("resource-id-invalid", reading("9000000000"), 400, "INVALID_RESOURCE_ID", None),
    (
        "header-missing",
        reading(x_request_id=None),
        400,
        "MISSING_VALUE",
        "Invalid request with error - X-Request-ID header must be supplied to access this resource",
    ),
    (
        "header-invalid",
        reading(x_request_id="1234"),
        400,
        "INVALID_VALUE",
        "Invalid value - '1234' in header 'X-Request-ID'",
    ),
    (
        "role-invalid",
        reading(nhsd_session_urid=""),
        400,
        "INVALID_VALUE",
        "Invalid value - '' in header 'NHSD-Session-URID'. Refer to the guidance for this header "
        f"in our API Specification {GUIDANCE}",
    ),
    (
        "update-refused",
        patching(op("replace", "/gender", "male"), caller=APPLICATION),
        403,
        "INVALID_METHOD",
        "Your app has insufficient permissions to use this method. Please contact support.",
    ),
    ("not-found", reading("9111231130"), 404, "RESOURCE_NOT_FOUND", None),
    ("invalidated", reading("9990003343"), 404, "INVALIDATED_RESOURCE", None),
    (
        "if-match-missing",
        patching(if_match=None),
        412,
        "PRECONDITION_FAILED",
        "Invalid request with error - If-Match header must be supplied to update this resource",
    ),
    (
        "version-differs",
        patching(op("replace", "/gender", "male"), version=1),
        409,
        "RESOURCE_VERSION_MISMATCH",
        None,
    ),
    (
        "superseded",
        patching(op("replace", "/gender", "male"), number="5900053636"),
        400,
        "INVALID_UPDATE",
        UPDATE + "this NHS number has been superseded",
    ),
    ("no-patches", patching(), 400, "INVALID_UPDATE", UPDATE + "No patches found"),
    (
        "index-out-of-bounds",
        patching(op("replace", "/name/0", {"id": "1"}), number=MINIMAL),
        400,
        "INVALID_UPDATE",
        UPDATE + "Invalid patch - index '0' is out of bounds",
    ),
    (
        "replace-absent",
        patching(op("add", "/name/0/id", "123"), op("replace", "/name/0/line", ["x"])),
        400,
        "INVALID_UPDATE",
        UPDATE + "Invalid patch - can't replace non-existent object 'line'",
    ),
    (
        "remove-absent",
        patching(op("add", "/name/0/id", "123"), op("remove", "/name/0/given/1")),
        400,
        "INVALID_UPDATE",
        UPDATE + "Invalid patch - can't remove non-existent object '1'",
    ),
    (
        "member-absent",
        patching(op("test", "/gender/code", "x")),
        400,
        "INVALID_UPDATE",
        UPDATE + "Invalid patch - member 'code' not found",
    ),
    (
        "test-failed",
        patching(op("test", "/contact/0/period", {"start": "2021-01-01"})),
        400,
        "INVALID_UPDATE",
        UPDATE + "Invalid patch - {'start': '2020-01-01', 'end': '2021-12-31'} (<class 'dict'>) "
        "is not equal to tested value {'start': '2021-01-01'} (<class 'dict'>)",
    ),
    (
        "resource-unsupported",
        patching(op("add", "/pets", "cat")),
        400,
        "INVALID_UPDATE",
        UPDATE + "Update unsupported for resource - 'pets'",
    ),
    (
        "identity-missing",
        patching(op("replace", "/address/0/line/0", "x")),
        400,
        "INVALID_UPDATE",
        UPDATE + "no id or url found for path with root /address/0",
    ),
    (
        "identity-unknown",
        patching(op("replace", "/address/0/id", "123456"), op("replace", "/address/0/line/0", "x")),
        400,
        "INVALID_UPDATE",
        UPDATE + "no 'address' resources with object id '123456'",
    ),
    (
        "place-invalid",
        patching(op("add", "/name/1", NAME)),
        400,
        "INVALID_UPDATE",
        UPDATE + "'/name/1' does not name one item of 'name', nor '/name/-' to add one",
    ),
    (
        "removal-untested-first",
        patching(op("remove", "/name/1")),
        400,
        "INVALID_UPDATE",
        UPDATE + "removal '/name/1' is not immediately preceded by equivalent test - "
        "instead it is the first item",
    ),
    (
        "removal-untested",
        patching(op("replace", "/gender", "male"), op("remove", "/name/1")),
        400,
        "INVALID_UPDATE",
        UPDATE + "removal '/name/1' is not immediately preceded by equivalent test - "
        "instead it is preceded by replace '/gender'",
    ),
    (
        "field-refused",
        patching(op("replace", "/gender", "male"), caller=patient_access(JANE)),
        400,
        "INVALID_UPDATE",
        UPDATE + "This user does not have permission to update the fields in the patches provided.",
    ),
    (
        "value-missing",
        patching(op("add", "/name/-", {"use": "old"})),
        400,
        "MISSING_VALUE",
        "Missing value - 'name/1/family'",
    ),
    (
        "value-invalid",
        patching(op("bad_value", "/gender", "male")),
        400,
        "INVALID_VALUE",
        "Invalid value - 'bad_value' in field '0/op'",
    ),
    (
        "value-unsupported",
        patching(op("add", "/address/-", {"use": "work", "line": ["x"]})),
        400,
        "UNSUPPORTED_VALUE",
        None,
    ),
    (
        "characters-unsupported",
        patching(op("add", "/name/-", NAME | {"given": ["Zoë", "李"]})),
        400,
        "UNSUPPORTED_CHARACTERS_IN_FIELD",
        "Unsupported characters - '李' in field 'name/1/given'",
    ),
    (
        "too-few-values",
        patching(op("add", "/contact/-", {"relationship": [], "telecom": []})),
        400,
        "TOO_FEW_VALUES_SUBMITTED",
        "Too few values - at least 1 in field 'contact/1/relationship'",
    ),
    (
        "too-many-values",
        patching(op("add", "/name/-", NAME | {"given": list("ABCDEF")})),
        400,
        "TOO_MANY_VALUES_SUBMITTED",
        "Too many values - at most 5 in field 'name/1/given'",
    ),
    (
        "property-unexpected",
        patching(op("add", "/name/-", NAME | {"year": 1})),
        400,
        "ADDITIONAL_PROPERTIES",
        "Invalid request with error - Additional properties are not allowed "
        "('year' was unexpected)",
    ),
    (
        "properties-unexpected",
        patching(op("add", "/name/-", NAME | {"year": 1, "model": 2})),
        400,
        "ADDITIONAL_PROPERTIES",
        "Invalid request with error - Additional properties are not allowed "
        "('model', 'year' were unexpected)",
    ),
    (
        "usual-name-added",
        patching(op("add", "/name/-", NAME | {"use": "usual"})),
        403,
        "FORBIDDEN_UPDATE",
        FORBIDDEN + "multiple usual names cannot be added",
    ),
    (
        "usual-name-removed",
        patching(op("test", "/name/0/id", "123"), op("remove", "/name/0")),
        403,
        "FORBIDDEN_UPDATE",
        FORBIDDEN + "not permitted to remove usual name",
    ),
    (
        "removal-refused",
        patching(op("remove", "/birthDate")),
        403,
        "FORBIDDEN_UPDATE",
        FORBIDDEN + "source not permitted to remove 'birthDate'",
    ),
    (
        "record-sensitive",
        patching(op("replace", "/gender", "male"), number=JANET),
        403,
        "FORBIDDEN_UPDATE",
        FORBIDDEN + "the record is restricted",
    ),
    (
        "death-formal",
        patching(op("add", "/deceasedDateTime", "2010-10-23")),
        403,
        "FORBIDDEN_UPDATE",
        FORBIDDEN
        + "source not permitted to update 'deceasedDateTime' after a formal death notification",
    ),
    (
        "formal-death-refused",
        patching(ADD_DEATH[0], op("add", "/extension/-", notified("2")), number=MINIMAL),
        403,
        "FORBIDDEN_UPDATE",
        FORBIDDEN + "source not permitted to add a formal death notification",
    ),
    (
        "kind-repeated",
        patching(op("add", "/address/-", {"use": "home", "line": ["x"]})),
        400,
        "INVALID_UPDATE",
        UPDATE + "only one home address is allowed",
    ),
    (
        "kind-changed",
        patching(op("replace", "/name/0/id", "123"), op("replace", "/name/0/use", "old")),
        400,
        "INVALID_UPDATE",
        UPDATE + "'name/0/use' cannot be replaced",
    ),
    (
        "date-in-future",
        patching(op("replace", "/birthDate", "2026-11-22")),
        400,
        "INVALID_UPDATE",
        UPDATE + "'birthDate' is in the future",
    ),
    (
        "period-reversed",
        patching(
            op("add", "/name/-", NAME | {"period": {"start": "2020-02-02", "end": "2020-02-01"}})
        ),
        400,
        "INVALID_UPDATE",
        UPDATE + "'name/1/period' ends before it starts",
    ),
    (
        "death-before-birth",
        patching(op("replace", "/birthDate", "2010-10-23")),
        400,
        "INVALID_UPDATE",
        UPDATE + "'deceasedDateTime' is before 'birthDate'",
    ),
    (
        "death-incomplete",
        patching(ADD_DEATH[0], number=JAYNE),
        400,
        "INVALID_UPDATE",
        UPDATE + "'deceasedDateTime' and a death notification must be added together",
    ),
]


@pytest.mark.parametrize(
    ("row", "asked", "status", "code", "words"), CASES, ids=[case[0] for case in CASES]
)
def test_refusals(
    desk: Desk, row: str, asked: Callable[[Desk], Told], status: int, code: str, words: str | None
) -> None:
    """Each way to fail is told with its own status, code and words, and changes nothing."""
    before = desk.store.snapshot().t
    told = asked(desk)
    assert (told.row, told.status, told.code, told.words) == (row, status, code, words)
    assert desk.store.snapshot().t == before


def test_every_row_is_provoked() -> None:
    """No row of the failures table is there for nothing, and none is untested: those of limits
    are the gateway's to raise, and are tested there; those of coverage, of searches and of creating
    have tests of their own, and those of troubles are in tests of conformance."""
    elsewhere = LIMITS.keys() | COVERAGE.keys() | SEARCHES.keys() | CREATES.keys()
    elsewhere |= TROUBLES.keys()
    assert {case[0] for case in CASES} == service.own_failures.keys() - elsewhere


def test_every_endpoint_names_its_rows(desk: Desk) -> None:
    """A row that a request provokes is one that its endpoint says it can answer with."""
    for row, asked, *_ in CASES:
        asked(desk)
        named = {
            *(
                name
                for endpoint in service.endpoints
                for name in (*endpoint.fails, endpoint.refused)
            ),
            *(name for rule in service.headers for name in (rule.missing, rule.invalid)),
        }
        assert row in named


def test_unsupported_values_are_in_the_display(desk: Desk) -> None:
    """A legacy value that may be read but not written is told in the display."""
    told = desk.patch(JANE, op("add", "/address/-", {"use": "work", "line": ["x"]}))
    display = told.issue["details"]["coding"][0]["display"]
    assert display == "Unsupported value - 'work' in field 'address/2/use'"


@pytest.mark.parametrize("caller", [APPLICATION, PRIVILEGED], ids=["any", "privileged"])
def test_applications_cannot_update(desk: Desk, caller: Any) -> None:
    """An application on its own may not update, and is told with which access it asked."""
    told = desk.patch(JANE, op("replace", "/gender", "male"), caller=caller)
    display = told.issue["details"]["coding"][0]["display"]
    assert display == f"Cannot update resource with {caller.access.value} access token"
    assert caller.access is not Access.PATIENT
