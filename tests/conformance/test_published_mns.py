"""The published description of MNS: events and subscriptions that keep to it are accepted.

The description is not a part of this repository; see `published`.

Source: Multicast Notification Service API, its OpenAPI specification, quoted at each rule.
"""

from collections import Counter
from uuid import uuid4

import pytest
import requests
from schemathesis import Case

from openroots.problem import Json
from openroots.testing import Nation
from tests.conformance.machine import operations_of, send
from tests.conformance.published import described
from tests.conformance.sharpened import a_text, one_of

MNS = "/multicast-notification-service"
EACH = 25  # requests for each operation
IN_ORDER = (404, 409)  # what a request is about is not so; it finds no fault with the request
ASCII = a_text("^[ -~]{1,40}$")  # CloudEvents 1.0 section 2.2: no character that cannot be seen
TYPES = ("pds-record-change-2", "imms-vaccination-record-change-1", "mns-test-signal-1")
FIRST = {
    "resourceType": "Subscription",
    "status": "requested",
    "reason": "",
    "criteria": f"eventType={TYPES[0]}",
    "channel": {
        "type": "message",
        "endpoint": "mesh://X26OT001?workflow_id=W1",
        "payload": "application/json",
    },
}
RULES: dict[str, Json] = {
    "specversion": one_of("1.0"),
    "type": one_of(*TYPES),  # the event catalogue
    "criteria": one_of(  # "a permitted value for eventType"
        *(f"eventType={type}" for type in TYPES),
        f"eventType='{TYPES[0]}' AND generalpractitioner='XY11'",
    ),
    "payload": one_of("application/json", "application/fhir+json"),
    "nhsNumber": one_of("9000000009", "9912003888"),
    "dob": one_of("2017", "2017-10", "2017-10-02"),
    "system": one_of("https://fhir.nhs.uk/Id/nhsSpineASID"),
    "headers": {  # of HTTP
        "type": "object",
        "properties": {"custom_header_1": a_text("^[!-~]{1,40}$")},
        "additionalProperties": False,
    },
}


def sharpened(schema: Json, name: str = "") -> Json:
    """The schema with what is said in words: what is not described is not sent."""
    if name in RULES and schema.get("enum") != ["message"]:
        return RULES[name]
    if schema.get("type") == "string" and schema.keys().isdisjoint({"enum", "format", "pattern"}):
        return ASCII
    found = dict(schema)
    if "properties" in schema:
        found["properties"] = {at: sharpened(of, at) for at, of in schema["properties"].items()}
        found.setdefault("additionalProperties", False)
    if "oneOf" in schema and "properties" in schema["oneOf"][0]:
        found["oneOf"] = [sharpened(each) for each in schema["oneOf"]]
    return found


@pytest.fixture(scope="session")
def published_mns() -> Json:
    """The published document, sharpened."""
    document = described("mns.json")
    schemas = document["components"]["schemas"]
    schemas["cloudevent"] = sharpened(schemas["cloudevent"])
    for operation in (each for path in document["paths"].values() for each in path.values()):
        # Where a list goes on is said in the answer before: it cannot be made up.
        kept = [each for each in operation["parameters"] if each["in"] != "query"]
        operation["parameters"] = [each | {"schema": ASCII} for each in kept]
        for body in operation.get("requestBody", {}).get("content", {}).values():
            body["schema"] = sharpened(body["schema"])
    return document


def test_valid_requests_are_accepted(published_mns: Json, openroots: Nation) -> None:
    """Whatever keeps to the specification is done, or what it is about is not so."""
    asked = {"X-Correlation-ID": "1", "Content-Type": "application/fhir+json"}
    id = openroots.ask("POST", f"{MNS}/subscriptions", FIRST, headers=asked).body["id"]
    accepted: Counter[str] = Counter()
    refused: Counter[str] = Counter()

    def look(case: Case, response: requests.Response) -> None:
        done = response.status_code < 300
        if done or response.status_code in IN_ORDER:
            accepted[case.operation.label] += done
        else:
            refused[f"{case.operation.label}: {response.status_code} {response.text}"] += 1

    for operation in operations_of(published_mns, openroots.url + MNS):
        gone = str(uuid4()) if operation.method == "delete" else id
        fixed = {"path_parameters": {"id": gone}} if "{id}" in operation.path else {}
        send(operation, EACH, look, **fixed)
    assert not refused
    assert len(accepted) == len(list(operations_of(published_mns, openroots.url)))
    assert min(accepted[label] for label in ("POST /events", "POST /subscriptions")) > EACH // 4
