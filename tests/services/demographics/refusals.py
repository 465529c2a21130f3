"""What provokes each row of the failures table, and what is then said."""

from collections.abc import Callable
from typing import Any

from openroots.problem import Json
from openroots.services.demographics.failures.wording import GUIDANCE
from tests.services.demographics.desk import (
    APPLICATION,
    JANE,
    JANET,
    JAYNE,
    MINIMAL,
    Desk,
    Told,
    patient_access,
)
from tests.services.demographics.patches import ADD_DEATH, NAME, notified, op

Asked = Callable[[Desk], Told]
Case = tuple[str, Asked, int, str, str | None]


def patching(*patches: Json, number: str = JANE, **others: Any) -> Asked:
    """What puts this patch."""
    return lambda desk: desk.patch(number, *patches, **others)


def reading(number: str = JANE, **others: Any) -> Asked:
    """What reads this record."""
    return lambda desk: desk.get(number, **others)


def invalid(row: str, asked: Asked, words: str) -> Case:
    """A patch that cannot be applied."""
    return row, asked, 400, "INVALID_UPDATE", f"Invalid update with error - {words}"


def forbidden(row: str, asked: Asked, words: str) -> Case:
    """A patch that nobody, or not this caller, may apply."""
    return row, asked, 403, "FORBIDDEN_UPDATE", f"Forbidden update with error - {words}"


# What is asked; the row that it provokes, the status and code, and the diagnostics.
CASES: list[Case] = [
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
    invalid(
        "superseded",
        patching(op("replace", "/gender", "male"), number="5900053636"),
        "this NHS number has been superseded",
    ),
    invalid("no-patches", patching(), "No patches found"),
    invalid(
        "index-out-of-bounds",
        patching(op("replace", "/name/0", {"id": "1"}), number=MINIMAL),
        "Invalid patch - index '0' is out of bounds",
    ),
    invalid(
        "replace-absent",
        patching(op("add", "/name/0/id", "123"), op("replace", "/name/0/line", ["x"])),
        "Invalid patch - can't replace non-existent object 'line'",
    ),
    invalid(
        "remove-absent",
        patching(op("add", "/name/0/id", "123"), op("remove", "/name/0/given/1")),
        "Invalid patch - can't remove non-existent object '1'",
    ),
    invalid(
        "member-absent",
        patching(op("test", "/gender/code", "x")),
        "Invalid patch - member 'code' not found",
    ),
    invalid(
        "test-failed",
        patching(op("test", "/contact/0/period", {"start": "2021-01-01"})),
        "Invalid patch - {'start': '2020-01-01', 'end': '2021-12-31'} (<class 'dict'>) "
        "is not equal to tested value {'start': '2021-01-01'} (<class 'dict'>)",
    ),
    invalid(
        "resource-unsupported",
        patching(op("add", "/pets", "cat")),
        "Update unsupported for resource - 'pets'",
    ),
    invalid(
        "identity-missing",
        patching(op("replace", "/address/0/line/0", "x")),
        "no id or url found for path with root /address/0",
    ),
    invalid(
        "identity-unknown",
        patching(op("replace", "/address/0/id", "123456"), op("replace", "/address/0/line/0", "x")),
        "no 'address' resources with object id '123456'",
    ),
    invalid(
        "place-invalid",
        patching(op("add", "/name/1", NAME)),
        "'/name/1' does not name one item of 'name', nor '/name/-' to add one",
    ),
    invalid(
        "removal-untested-first",
        patching(op("remove", "/name/1")),
        "removal '/name/1' is not immediately preceded by equivalent test - "
        "instead it is the first item",
    ),
    invalid(
        "removal-untested",
        patching(op("replace", "/gender", "male"), op("remove", "/name/1")),
        "removal '/name/1' is not immediately preceded by equivalent test - "
        "instead it is preceded by replace '/gender'",
    ),
    invalid(
        "field-refused",
        patching(op("replace", "/gender", "male"), caller=patient_access(JANE)),
        "This user does not have permission to update the fields in the patches provided.",
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
        "property-unexpected",
        patching(op("add", "/name/-", NAME | {"year": 1, "model": 2})),
        400,
        "ADDITIONAL_PROPERTIES",
        "Invalid request with error - Additional properties are not allowed "
        "('model', 'year' were unexpected)",
    ),
    forbidden(
        "usual-name-added",
        patching(op("add", "/name/-", NAME | {"use": "usual"})),
        "multiple usual names cannot be added",
    ),
    forbidden(
        "usual-name-removed",
        patching(op("test", "/name/0/id", "123"), op("remove", "/name/0")),
        "not permitted to remove usual name",
    ),
    forbidden(
        "removal-refused",
        patching(op("remove", "/birthDate")),
        "source not permitted to remove 'birthDate'",
    ),
    forbidden(
        "record-sensitive",
        patching(op("replace", "/gender", "male"), number=JANET),
        "the record is restricted",
    ),
    forbidden(
        "death-formal",
        patching(op("add", "/deceasedDateTime", "2010-10-23")),
        "source not permitted to update 'deceasedDateTime' after a formal death notification",
    ),
    forbidden(
        "formal-death-refused",
        patching(ADD_DEATH[0], op("add", "/extension/-", notified("2")), number=MINIMAL),
        "source not permitted to add a formal death notification",
    ),
    invalid(
        "kind-repeated",
        patching(op("add", "/address/-", {"use": "home", "line": ["x"]})),
        "only one home address is allowed",
    ),
    invalid(
        "kind-changed",
        patching(op("replace", "/name/0/id", "123"), op("replace", "/name/0/use", "old")),
        "'name/0/use' cannot be replaced",
    ),
    invalid(
        "date-in-future",
        patching(op("replace", "/birthDate", "2026-11-22")),
        "'birthDate' is in the future",
    ),
    invalid(
        "period-reversed",
        patching(
            op("add", "/name/-", NAME | {"period": {"start": "2020-02-02", "end": "2020-02-01"}})
        ),
        "'name/1/period' ends before it starts",
    ),
    invalid(
        "death-before-birth",
        patching(op("replace", "/birthDate", "2010-10-23")),
        "'deceasedDateTime' is before 'birthDate'",
    ),
    invalid(
        "death-incomplete",
        patching(ADD_DEATH[0], number=JAYNE),
        "'deceasedDateTime' and a death notification must be added together",
    ),
]
