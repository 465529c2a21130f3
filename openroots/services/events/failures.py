"""Every way in which the Multicast Notification Service can refuse, and every word that it says.

A request of which several parts are wrong is told of all of them at once, each under its name.

Source: NHS England Multicast Notification Service API, the answers of its specification and tests;
rows marked `ours` are for cases for which it gives no words.
"""

from collections.abc import Mapping

import orjson

from openroots.problem import A_TOKEN, ANOTHER_TOKEN, NEW_TOKEN, SUBSCRIBE, Failure, Json, Problem

A_KEY = "Send the key of a registered application in the header apikey."


def _invalid(field: str, what: str = "", *, ours: bool = True, mend: str = "") -> Failure:
    words = f"Please provide {what or f'a valid {field}'}"
    return Failure(400, "validation", display=field, words=words, ours=ours, mend=mend)


def _error(status: int, words: str, *, ours: bool = False, mend: str = "") -> Failure:
    return Failure(status, "error", words=words, ours=ours, mend=mend)


def _fault(code: str, words: str, mend: str = A_TOKEN) -> Failure:
    return Failure(401, "fault", display=code, words=words, mend=mend)


# Of what the gateway finds, what is published in this API's own shape.
GATEWAY: dict[str, Failure] = {
    "key-missing": _fault("oauth.v2.MissingAccessToken", "Missing access token"),
    "key-unknown": _fault("oauth.v2.InvalidApiKey", "Invalid ApiKey", A_KEY),
    "authorization-empty": _fault("oauth.v2.MissingAccessToken", "Missing access token"),
    "token-missing": _fault("oauth.v2.MissingAccessToken", "Missing access token"),
    "token-unknown": _fault("oauth.v2.InvalidAccessToken", "Invalid access token", ANOTHER_TOKEN),
    "token-expired": _fault(
        "keymanagement.service.access_token_expired", "Access Token expired", NEW_TOKEN
    ),
    "product-refused": _fault(
        "oauth.v2.InvalidApiKeyForGivenResource", "Invalid ApiKey for given resource", SUBSCRIBE
    ),
    "access-refused": _error(403, "Unauthorised", mend="Ask as an application."),
}

INVALID: dict[str, Failure] = {
    "not-an-event": _invalid("body", "an event as a JSON object"),
    "id-invalid": _invalid("id"),
    "source-invalid": _invalid("source", mend="A name such as uk.nhs.service, or a URI."),
    "specversion-invalid": _invalid("specversion", mend='It is "1.0".'),
    "type-invalid": _invalid(
        "type",
        "a valid event type",
        ours=False,
        mend="See the catalogue of event types; a new type needs a permission that names it.",
    ),
    "time-invalid": _invalid("time", ours=False, mend="As 2020-06-01T13:00:00Z (RFC 3339)."),
    "subject-invalid": _invalid("subject", mend="The NHS number, where it is a person."),
    "dataref-invalid": _invalid("dataref", mend="The absolute URL where more can be read."),
    "versionid-invalid": _invalid("versionid"),
    "filtering-invalid": _invalid(
        "filtering",
        "valid filtering: an object of texts, numbers, booleans, or arrays of texts and integers",
    ),
    "data-invalid": _invalid("data", "valid data: an object that points to the record"),
    "attribute-unexpected": _invalid(
        "{attribute}",
        "an event without this attribute",
        mend="An event carries no data; what subscribers choose by goes into filtering.",
    ),
    "not-a-subscription": _invalid(
        "resourceType", "the correct resource type for this endpoint", ours=False
    ),
    "status-invalid": _invalid("status", mend='It is "requested".'),
    "end-invalid": _invalid("end", mend="As 2022-04-05T17:31:00.000Z."),
    "reason-invalid": _invalid("reason", "a reason, which may be empty"),
    "criteria-invalid": _invalid(
        "criteria",
        "valid criteria",
        mend="As eventType='pds-change-of-gp-2' AND generalpractitioner='Y12345'.",
    ),
    "list-unknown": _invalid(
        "criteria", "the id of a list of yours", mend="POST /lists makes one."
    ),
    "residence-unknown": _invalid(
        "criteria", "the ODS code of an organisation that has an address"
    ),
    "channel-invalid": _invalid("channel"),
    "channel-type-invalid": _invalid(
        "channel.type", mend='It is "message", or "rest-hook" for an https:// endpoint.'
    ),
    "endpoint-invalid": _invalid(
        "channel.endpoint",
        mend="mesh://MAILBOX?workflow_id=ID, the ARN of a queue in eu-west-2, or an https:// URL.",
    ),
    "payload-invalid": _invalid(
        "channel.payload",
        mend="application/json or application/fhir+json; to an https:// endpoint also "
        "application/cloudevents+json.",
    ),
    "hydration-invalid": _invalid("hydration"),
    "numbers-invalid": _invalid("numbers", "1 to 10000 NHS numbers, each of ten digits"),
    "number-invalid": _invalid(
        "numbers",
        "an NHS number, ten digits of which the last checks the others, in {places}",
        mend="One to a line; of a table the column headed NHS number, or else the first.",
    ),
    "parameter-unknown": _invalid(
        "{parameter}", "a request without it", mend="Known here: {known}."
    ),
    "name-invalid": _invalid("name", "a name of at most 200 characters"),
    "since-invalid": _invalid(
        "since",
        "a since that is a day such as 2026-11-01, a moment such as 2026-11-01T09:00:00Z, neither "
        "to come, or the `next` of an earlier answer",
        mend="A day as 2026-11-01 or a moment as 2026-11-01T09:00:00Z, neither to come; or the "
        "`next` of an earlier answer, as it was given.",
    ),
    "several-invalid": Failure(
        400,
        "validations",
        words="{errors}",
        mend="Put right each part that the answer names in `validationErrors`.",
    ),
}

OWN: dict[str, Failure] = {
    **INVALID,
    "no-correlation-id": Failure(
        400,
        "missing-header",
        words="X-Correlation-ID header is required",
        mend="Send the header X-Correlation-ID with an id of your own.",
        ours=True,
    ),
    "no-product-id": Failure(
        502,
        "message",
        words="Internal server error",
        mend="Register the application with the attribute product-id.",
    ),
    "unauthorised": _error(
        403,
        "Unauthorised",
        mend="The application's attribute apim-app-flow-vars needs mns.permissions, such as "
        "events:create:<type> to publish and events:subscribe:<type> to subscribe.",
    ),
    "type-refused": _error(
        403,
        "User is not authorized to handle the requested event type",
        mend="Its mns.permissions name other types: add events:create:<type>.",
    ),
    "id-malformed": _error(400, "Please provide a valid subscription ID in UUID4 format"),
    "list-id-malformed": _error(400, "Please provide a valid list ID in UUID4 format", ours=True),
    "lists-too-many": _error(
        409, "There are {most} lists already", ours=True, mend="Delete a list that is not needed."
    ),
    "list-in-use": _error(
        409,
        "The list is named by the subscription with id: {id}",
        ours=True,
        mend="Delete or change that subscription first.",
    ),
    "not-found": _error(404, "Not found"),
    "moment-invalid": _invalid("since", "a moment that is past", mend="As 2026-11-21T12:00:00Z."),
    "continue-from-invalid": _error(400, "The continue_from field was not valid"),
    "queue-taken": _error(
        409,
        "A matching SQS subscription already exists with id: {id}",
        mend="A queue takes one subscription of each event type: change that one.",
    ),
    "subscription-taken": _error(
        409,
        "A matching subscription already exists with id: {id}",
        mend="A queue takes one subscription of each event type: change that one.",
    ),
}


def render(failure: Failure, _trail: str) -> Json:
    """The body that tells of a failure, as this API shapes it."""
    if failure.code == "validation":
        return {"validationErrors": {failure.display: failure.words}}
    if failure.code == "validations":
        return {"validationErrors": _errors(failure.words or "")}
    if failure.code == "message":
        return {"message": failure.words}
    if failure.code == "fault":
        detail = {"errorcode": failure.display}
        return {"fault": {"faultstring": failure.words, "detail": detail}}
    return {"errors": failure.words}


def refuse(found: Mapping[str, Mapping[str, object]]) -> None:
    """Raises Problem where any row of INVALID was found to hold, with the fields of its words."""
    if not found:
        return
    if len(found) == 1:
        [(row, fields)] = found.items()
        raise Problem(row, **fields)
    told = [INVALID[row].told(fields) for row, fields in found.items()]
    errors = {each.display: each.words for each in told}
    raise Problem("several-invalid", errors=orjson.dumps(errors).decode())


def _errors(words: str) -> Json:
    """What was told of each part; in a description of the API, that something is."""
    if not words.startswith('{"'):
        return {"type": INVALID["type-invalid"].words, "time": INVALID["time-invalid"].words}
    errors: Json = orjson.loads(words)
    return errors
