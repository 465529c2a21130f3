"""Every way in which the Personal Demographics Service can refuse, and every word that it says.

Rows marked `ours` are for cases that the published API describes without wording, or not at all.

Source: PDS FHIR API, the error tables of its specification and the answers that its tests expect.
"""

from openroots.fhir.outcome import too_many_requests
from openroots.problem import Failure

GUIDANCE = "https://digital.nhs.uk/developer/api-catalogue/personal-demographics-service-fhir"


def _value(
    code: str, display: str, words: str | None, *, ours: bool = False, mend: str = ""
) -> Failure:
    return Failure(400, code, "value", display, words, ours=ours, mend=mend)


def _update(words: str, mend: str = "", *, ours: bool = False) -> Failure:
    told = f"Invalid update with error - {words}"
    return Failure(
        400, "INVALID_UPDATE", "structure", "Update is invalid", told, mend=mend, ours=ours
    )


def _create(words: str | None, *, ours: bool = False) -> Failure:
    told = None if words is None else f"Invalid create with error - {words}"
    return _value("INVALID_CREATE", "Patient create data is invalid", told, ours=ours)


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


def _search(words: str, mend: str, *, ours: bool = False) -> Failure:
    told = f"Invalid search data provided - '{words}'"
    return _value("INVALID_SEARCH_DATA", "Search data is invalid", told, ours=ours, mend=mend)


ASKING = {
    "resource-id-invalid": Failure(
        400,
        "INVALID_RESOURCE_ID",
        "value",
        "Resource Id is invalid",
        mend="An NHS number is ten digits; the last one checks the others.",
    ),
    "header-missing": Failure(
        400,
        "MISSING_VALUE",
        "required",
        "Required value is missing",
        "Invalid request with error - {header} header must be supplied to access this resource",
        mend="Send a new UUID with each new request, by curl so: "
        """-H "{header}: $(uuidgen)".""",
    ),
    "header-invalid": _value(
        "INVALID_VALUE",
        "Provided value is invalid",
        "Invalid value - '{value}' in header '{header}'",
        mend="""Send a UUID, by curl so: -H "{header}: $(uuidgen)".""",
    ),
    "role-invalid": _value(
        "INVALID_VALUE",
        "Provided value is invalid",
        "Invalid value - '{value}' in header 'NHSD-Session-URID'. Refer to the guidance for this "
        f"header in our API Specification {GUIDANCE}",
        mend="Send the id of one of the user's own roles, which /oauth2/userinfo names as "
        "person_roleid. Who has a single role may leave the header out.",
    ),
    "update-refused": Failure(
        403,
        "INVALID_METHOD",
        "forbidden",
        "Cannot update resource with {access} access token",
        "Your app has insufficient permissions to use this method. Please contact support.",
        mend="Update in healthcare worker or patient access.",
    ),
    "not-found": Failure(
        404, "RESOURCE_NOT_FOUND", "not-found", "Resource not found", severity="information"
    ),
    "invalidated": Failure(
        404,
        "INVALIDATED_RESOURCE",
        "processing",
        "Resource that has been marked as invalid was requested - "
        "invalid resources cannot be retrieved",
    ),
}

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
    "superseded": _update(
        "this NHS number has been superseded",
        "Read the record again, and update it under the id in the answer.",
        ours=True,
    ),
}

PATCHES = {
    "no-patches": _update(
        "No patches found",
        "Send the operations in an object, by curl so: "
        """-d '{{"patches": [{{"op": "replace", "path": "/gender", "value": "male"}}]}}'.""",
    ),
    "index-out-of-bounds": _update("Invalid patch - index '{index}' is out of bounds"),
    "replace-absent": _update("Invalid patch - can't replace non-existent object '{member}'"),
    "remove-absent": _update("Invalid patch - can't remove non-existent object '{member}'"),
    "member-absent": _update("Invalid patch - member '{member}' not found", ours=True),
    "test-failed": _update(
        "Invalid patch - {actual} ({actual_type}) is not equal to tested value "
        "{tested} ({tested_type})"
    ),
    "resource-unsupported": _update("Update unsupported for resource - '{resource}'"),
    "identity-missing": _update(
        "no id or url found for path with root {root}",
        "In the same request, replace {root}/id (or url) by the value it has.",
    ),
    "identity-unknown": _update("no '{part}' resources with object id '{id}'"),
    "place-invalid": _update(
        "'{path}' does not name one item of '{part}', nor '/{part}/-' to add one", ours=True
    ),
    "removal-untested-first": _update(
        "removal '{path}' is not immediately preceded by equivalent test - "
        "instead it is the first item"
    ),
    "removal-untested": _update(
        "removal '{path}' is not immediately preceded by equivalent test - "
        "instead it is preceded by {op} '{before}'",
        ours=True,
    ),
    "field-refused": _update(
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
    "value-invalid": _value(
        "INVALID_VALUE", "Provided value is invalid", "Invalid value - '{value}' in field '{field}'"
    ),
    "value-unsupported": _value(
        "UNSUPPORTED_VALUE", "Unsupported value - '{value}' in field '{field}'", None, ours=True
    ),
    "characters-unsupported": _value(
        "UNSUPPORTED_CHARACTERS_IN_FIELD",
        "Unsupported characters in field",
        "Unsupported characters - '{value}' in field '{field}'",
        ours=True,
    ),
    "too-few-values": _value(
        "TOO_FEW_VALUES_SUBMITTED",
        "Too few values submitted",
        "Too few values - at least {least} in field '{field}'",
        ours=True,
    ),
    "too-many-values": _value(
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
        "('{names}' was unexpected)",
    ),
    "properties-unexpected": Failure(
        400,
        "ADDITIONAL_PROPERTIES",
        "invariant",
        "Additional properties should not be included",
        "Invalid request with error - Additional properties are not allowed "
        "('{names}' were unexpected)",
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
    "kind-repeated": _update("only one {kind} is allowed", ours=True),
    "kind-changed": _update(
        "'{field}' cannot be replaced",
        "Remove the item, and add another.",
        ours=True,
    ),
    "date-in-future": _update("'{field}' is in the future", ours=True),
    "period-reversed": _update("'{field}' ends before it starts", ours=True),
    "death-before-birth": _update("'deceasedDateTime' is before 'birthDate'", ours=True),
    "death-incomplete": _update(
        "'deceasedDateTime' and a death notification must be added together", ours=True
    ),
}

COVERAGE = {
    "coverage-search-invalid": _value(
        "INVALID_SEARCH_DATA",
        "Search data is invalid",
        "Invalid search data provided - 'Coverage search request must follow the format "
        "/Coverage?subscriber:identifier=NHS_NUMBER'",
    ),
    "coverage-malformed": _update("the body is not a Coverage", ours=True),
}

LIMITS = {
    "create-too-many": too_many_requests(
        "There have been too many Create Patient requests. Please try again later."
    ),
}

SEARCHES = {
    "search-empty": Failure(
        400,
        "UNSUPPORTED_SERVICE",
        "processing",
        "Unsupported Service",
        mend="Give at least family and birthdate.",
    ),
    "search-too-little": _search(
        "No searches were performed as the search criteria did not meet the minimum requirements",
        "Give family and birthdate. A wildcard may follow the first two characters of the family "
        "name, the postcode and the first given name.",
    ),
    "search-not-fuzzy": _search(
        "A fuzzy search was requested however the data given did not meet the fuzzy search "
        "criteria",
        "Give birthdate with given and family, or with gender, postcode and one of the names; "
        "no wildcards.",
    ),
    "postcode-twice": _search(
        "address-postcode and address-postalcode must not be given together",
        "Give address-postalcode alone.",
        ours=True,
    ),
    "too-many-results": Failure(
        403,
        "INVALID_VALUE",
        "token",
        "Cannot retrieve more than one result with {access} access token",
        "Your app has insufficient permissions to perform this search. Please contact support.",
        mend="Leave _max-results out, or send 1.",
    ),
    "too-many-matches": Failure(
        200,
        "TOO_MANY_MATCHES",
        "multiple-matches",
        "Too Many Matches",
        severity="information",
        mend="Say more of the person: a given name, a gender, a postcode.",
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

# What clients must be ready for and nothing here leads to, but a trouble made on purpose.
TROUBLES = {
    "backend-too-slow": Failure(
        408,
        "UNABLE_TO_CALL_SERVICE",
        "timeout",
        "Unable to call service",
        "The downstream domain processing has not completed within the configured timeout period.",
        mend="Send the same request again, with the same X-Request-ID.",
        ours=True,
    ),
    "validation-failed": _value(
        "VALIDATION_ERROR", "Validation error", "Invalid request with error - unknown", ours=True
    ),
}

FAILURES = (
    SEARCHES | LIMITS | ASKING | VERSIONS | PATCHES | VALUES | RULES | COVERAGE | CREATES | TROUBLES
)
