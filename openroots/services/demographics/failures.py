"""Every way in which the Personal Demographics Service can refuse, and every word that it says.

Rows marked `ours` are for cases that the published API describes without wording, or not at all.

Source: PDS FHIR API, the error tables of its specification and the answers that its tests expect.
"""

from openroots.problem import Failure

GUIDANCE = "https://digital.nhs.uk/developer/api-catalogue/personal-demographics-service-fhir"


def _value(code: str, display: str, words: str | None, *, ours: bool = False) -> Failure:
    return Failure(400, code, "value", display, words, ours=ours)


def _update(words: str, mend: str = "", *, ours: bool = False) -> Failure:
    told = f"Invalid update with error - {words}"
    return Failure(
        400, "INVALID_UPDATE", "structure", "Update is invalid", told, mend=mend, ours=ours
    )


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
        mend="Send {header}; for X-Request-ID, a new UUID with each new request.",
    ),
    "header-invalid": _value(
        "INVALID_VALUE",
        "Provided value is invalid",
        "Invalid value - '{value}' in header '{header}'",
    ),
    "role-invalid": _value(
        "INVALID_VALUE",
        "Provided value is invalid",
        "Invalid value - '{value}' in header 'NHSD-Session-URID'. Refer to the guidance for this "
        f"header in our API Specification {GUIDANCE}",
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
        mend='Send the ETag of the record as you last read it, such as If-Match: W/"2".',
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
    "no-patches": _update("No patches found"),
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

FAILURES = ASKING | VERSIONS | PATCHES | VALUES | RULES
