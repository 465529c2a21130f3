"""How writing can be refused: updates by JSON Patch, a record's rules, cards and newcomers.

For the table of the service.

Source: PDS FHIR API, the error tables of its specification and the answers that its tests expect.
"""

from openroots.fhir.spine_r4_access import too_many_requests
from openroots.problem import Failure
from openroots.services.demographics.failures.wording import GUIDANCE, refused_update, refused_value


def _create(words: str | None, *, ours: bool = False) -> Failure:
    told = None if words is None else f"Invalid create with error - {words}"
    return refused_value("INVALID_CREATE", "Patient create data is invalid", told, ours=ours)


def _forbidden(words: str, *, ours: bool = False) -> Failure:
    told = f"Forbidden update with error - {words}"
    return Failure(
        403,
        "FORBIDDEN_UPDATE",
        "forbidden",
        "Update is forbidden",
        told,
        severity="information",
        ours=ours,
    )


VERSIONS = {
    "if-match-missing": Failure(
        412,
        "PRECONDITION_FAILED",
        "structure",
        "Required condition was not fulfilled",
        "Invalid request with error - If-Match header must be supplied to update this resource",
        mend="Send the ETag of the record as you last read it, by curl so: "
        """-H 'If-Match: W/"2"'.""",
    ),
    "version-differs": Failure(
        409,
        "RESOURCE_VERSION_MISMATCH",
        "conflict",
        "Resource version supplied does not match actual version",
        mend="Read the record again, and send its new ETag as If-Match.",
    ),
    "superseded": refused_update(
        "this NHS number has been superseded",
        "Read the record again, and update it under the id in the answer.",
        ours=True,
    ),
}
PATCHES = {
    "no-patches": refused_update(
        "No patches found",
        "Send the operations in an object, by curl so: "
        """-d '{{"patches": [{{"op": "replace", "path": "/gender", "value": "male"}}]}}'.""",
    ),
    "index-out-of-bounds": refused_update("Invalid patch - index '{index}' is out of bounds"),
    "replace-absent": refused_update(
        "Invalid patch - can't replace non-existent object '{member}'"
    ),
    "remove-absent": refused_update("Invalid patch - can't remove non-existent object '{member}'"),
    "member-absent": refused_update("Invalid patch - member '{member}' not found", ours=True),
    "test-failed": refused_update(
        "Invalid patch - {actual} ({actual_type}) is not equal to tested value "
        "{tested} ({tested_type})"
    ),
    "resource-unsupported": refused_update("Update unsupported for resource - '{resource}'"),
    "identity-missing": refused_update(
        "no id or url found for path with root {root}",
        "In the same request, replace {root}/id (or url) by the value it has.",
    ),
    "identity-unknown": refused_update("no '{part}' resources with object id '{id}'"),
    "place-invalid": refused_update(
        "'{path}' does not name one item of '{part}', nor '/{part}/-' to add one", ours=True
    ),
    "removal-untested-first": refused_update(
        "removal '{path}' is not immediately preceded by equivalent test - "
        "instead it is the first item"
    ),
    "removal-untested": refused_update(
        "removal '{path}' is not immediately preceded by equivalent test - "
        "instead it is preceded by {op} '{before}'",
        ours=True,
    ),
    "field-refused": refused_update(
        "This user does not have permission to update the fields in the patches provided."
    ),
}
VALUES = {
    "value-missing": Failure(
        400,
        "MISSING_VALUE",
        "required",
        "Required value is missing",
        "Missing value - '{field}'",
    ),
    "value-invalid": refused_value(
        "INVALID_VALUE", "Provided value is invalid", "Invalid value - '{value}' in field '{field}'"
    ),
    "value-unsupported": refused_value(
        "UNSUPPORTED_VALUE", "Unsupported value - '{value}' in field '{field}'", None, ours=True
    ),
    "characters-unsupported": refused_value(
        "UNSUPPORTED_CHARACTERS_IN_FIELD",
        "Unsupported characters in field",
        "Unsupported characters - '{value}' in field '{field}'",
        ours=True,
    ),
    "too-few-values": refused_value(
        "TOO_FEW_VALUES_SUBMITTED",
        "Too few values submitted",
        "Too few values - at least {least} in field '{field}'",
        ours=True,
    ),
    "too-many-values": refused_value(
        "TOO_MANY_VALUES_SUBMITTED",
        "Too many values submitted",
        "Too many values - at most {most} in field '{field}'",
        ours=True,
    ),
    "property-unexpected": Failure(
        400,
        "ADDITIONAL_PROPERTIES",
        "invariant",
        "Additional properties should not be included",
        "Invalid request with error - Additional properties are not allowed "
        "('{names}' {were} unexpected)",
    ),
}
RULES = {
    "usual-name-added": _forbidden("multiple usual names cannot be added"),
    "usual-name-removed": _forbidden("not permitted to remove usual name"),
    "removal-refused": _forbidden("source not permitted to remove '{field}'"),
    "record-sensitive": _forbidden("the record is restricted", ours=True),
    "death-formal": _forbidden(
        "source not permitted to update '{field}' after a formal death notification", ours=True
    ),
    "formal-death-refused": _forbidden(
        "source not permitted to add a formal death notification", ours=True
    ),
    "kind-repeated": refused_update("only one {kind} is allowed", ours=True),
    "kind-changed": refused_update(
        "'{field}' cannot be replaced",
        "Remove the item, and add another.",
        ours=True,
    ),
    "date-in-future": refused_update("'{field}' is in the future", ours=True),
    "period-reversed": refused_update("'{field}' ends before it starts", ours=True),
    "death-before-birth": refused_update("'deceasedDateTime' is before 'birthDate'", ours=True),
    "death-incomplete": refused_update(
        "'deceasedDateTime' and a death notification must be added together", ours=True
    ),
}
COVERAGE = {
    "coverage-search-invalid": refused_value(
        "INVALID_SEARCH_DATA",
        "Search data is invalid",
        "Invalid search data provided - 'Coverage search request must follow the format "
        "/Coverage?subscriber:identifier=NHS_NUMBER'",
    ),
    "coverage-malformed": refused_update("the body is not a Coverage", ours=True),
}
LIMITS = {
    "create-too-many": too_many_requests(
        "There have been too many Create Patient requests. Please try again later."
    ),
}
CREATES = {
    "create-refused": Failure(
        403,
        "INVALID_METHOD",
        "forbidden",
        "Cannot create resource with {access} access token",
        "Your app has insufficient permissions to use this method. Please contact support.",
        mend="Create in healthcare worker access.",
    ),
    "create-refused-to-patients": Failure(
        403,
        "ACCESS_DENIED",
        "forbidden",
        "Patient cannot perform this action",
        "Your access token has insufficient permissions. See documentation regarding Patient "
        f"access restrictions {GUIDANCE}",
        mend="Create in healthcare worker access.",
    ),
    "single-match": Failure(
        200,
        "SINGLE_MATCH",
        "value",
        "Single match found",
        "Unable to create new patient. NHS number {number} found for supplied demographic data.",
        mend="Use the record that is there.",
    ),
    "multiple-matches": Failure(
        200,
        "MULTIPLE_MATCHES",
        "value",
        "Multiple matches found",
        "Unable to create new patient. Multiple matches found for supplied demographic data.",
        mend="Search for the person, and use the record that is theirs.",
    ),
    "create-malformed": _create(None),
    "create-kind-repeated": _create("only one {kind} is allowed", ours=True),
    "create-date-in-future": _create("'{field}' is in the future", ours=True),
    "create-period-reversed": _create("'{field}' ends before it starts", ours=True),
    "birth-incomplete": _create("the Bundle holds no {what}", ours=True),
    "birth-ambiguous": _create("the Bundle holds more than one {what}", ours=True),
    "mother-unknown": _create("no record has the NHS number of the mother", ours=True),
}
