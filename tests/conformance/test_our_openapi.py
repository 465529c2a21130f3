"""What our OpenAPI says, a machine holds us to: every answer is one that it describes.

Source: OpenAPI 3.1.0; schemathesis.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import APIOperation

from openroots import services
from openroots.testing import Nation, openroots_nation
from tests.conformance.machine import AS_DESCRIBED, BROKEN, VALID, operations_of, send
from tests.services.mesh.test_failures import token

# What is declared and not built yet says so, in a way that is documented.
NOT_BUILT = 501
# Of every answer of the gateway, of HTTP and of browsers; and MESH's many, which tell of a message.
USUAL = frozenset(
    {
        *("date", "vary", "cache-control", "content-type", "content-length", "content-encoding"),
        *("deprecation", "sunset", "link", "last-modified"),
        *("access-control-allow-origin", "access-control-expose-headers"),
    }
)
OF_MESSAGES = "mex-"
# Somebody who is there, in a version that is theirs: so that requests get past the first checks.
KNOWN: dict[str, Any] = {
    "path_parameters": {"id": "9000000009"},
    "headers": {"If-Match": 'W/"2"', "X-Correlation-ID": "a"},
}
EACH = 16  # requests of each kind, for each operation of what every supplier asks first
FIRST = ("demographics", "authorisation", "events")


@pytest.fixture(scope="module")
def nation(openroots_seeded: Path) -> Iterator[Nation]:
    """One world for all of these requests."""
    with openroots_nation(openroots_seeded) as nation:
        yield nation


def operations(nation: Nation) -> Iterator[tuple[APIOperation, int]]:
    """Every operation of every service, as its own description has it, and how often to ask."""
    twins = [twin for service in services.find() for twin in service.twins]
    same = [twin.name for twin in twins if twin.name.endswith("-mock")]
    for service in services.find():
        if service.name in same:
            continue  # under another base it answers as the first does
        document = requests.get(f"{nation.url}/catalogue/{service.name}/openapi.json").json()
        count = EACH if service.name in FIRST else EACH // 2
        for operation in operations_of(document, nation.url + service.base):
            yield operation, count


def is_as_described(case: Case, response: requests.Response) -> None:
    """Raises AssertionError for an answer that the description does not allow."""
    checks = AS_DESCRIBED
    if response.status_code != NOT_BUILT:
        checks = [*checks, not_a_server_error]
    case.validate_response(response, checks=checks)
    told = case.operation.definition.raw["responses"][str(response.status_code)]
    declared = {name.lower() for name in told.get("headers", ())}
    sent = {name.lower() for name in response.headers if not name.lower().startswith(OF_MESSAGES)}
    assert sent - declared - USUAL == set(), case.operation.label


def takes_anything(operation: APIOperation) -> bool:
    """Whether there is nothing in a request to this operation that could be wrong: text in the
    path can always be some, as it can in a header that may be left out."""
    named = [each.definition["schema"] for each in operation.path_parameters]
    any_text = all(schema == {"type": "string"} for schema in named)
    wrong = [*operation.query, *_with_rules(operation), *_with_shapes(operation)]
    return any_text and not wrong


def may_still_be_wrong(operation: APIOperation) -> bool:
    """Whether there is more to a request to this operation than what is known to be right."""
    named = {each.name for each in _with_rules(operation)}
    rest = [*operation.query, *_with_shapes(operation)]
    return bool(rest or named - KNOWN["headers"].keys())


def _with_rules(operation: APIOperation) -> list[Any]:
    """The headers that must be there, or must be in some form."""
    headers = list(operation.headers)
    return [each for each in headers if each.is_required or "pattern" in each.definition["schema"]]


def _with_shapes(operation: APIOperation) -> list[Any]:
    """The bodies that are more than bytes."""
    return [each for each in operation.body if "format" not in each.definition["schema"]]


def test_every_answer_to_a_valid_request_is_as_described(nation: Nation) -> None:
    """Status, media type, headers and body are those that the description names; none is a 5xx."""
    for operation, count in operations(nation):
        send(operation, count, is_as_described)


def test_every_answer_to_a_broken_request_is_as_described(nation: Nation) -> None:
    """The same of requests that break the description in some parameter, header or body."""
    for operation, count in operations(nation):
        if not takes_anything(operation):
            send(operation, count, is_as_described, BROKEN)


@pytest.mark.parametrize("kind", [VALID, BROKEN])
def test_every_answer_about_somebody_known_is_as_described(nation: Nation, kind: Any) -> None:
    """The same where the person is there and the version is theirs, whatever else is sent."""
    for operation, count in operations(nation):
        is_change = operation.method != "get" and "{id}" in operation.path
        if is_change and (kind is VALID or may_still_be_wrong(operation)):
            send(operation, count * 2, is_as_described, kind, **KNOWN)


@pytest.mark.parametrize("kind", [VALID, BROKEN])
def test_every_answer_to_a_mailbox_is_as_described(nation: Nation, kind: Any) -> None:
    """MESH knows who asks by a proof of its own, which no description can make up: with it, the
    same holds of whatever else is sent."""

    def proved(case: Case) -> None:
        case.headers["Authorization"] = token(nation)

    mine = {"path_parameters": {"mailbox": "X26ABC1"}}
    document = requests.get(f"{nation.url}/catalogue/mesh/openapi.json").json()
    operations = operations_of(document, document["servers"][0]["url"])
    asked = [each for each in operations if "{mailbox}" in each.path]
    for operation in asked:
        if kind is VALID or list(operation.query):
            send(operation, EACH, is_as_described, kind, proved, **mine)
    assert len(asked) == 11


def test_an_answer_that_is_not_described_is_found(nation: Nation) -> None:
    """The machine notices: of a description that does not name 404, it says so."""
    url = f"{nation.url}/catalogue/demographics/openapi.json"
    document = requests.get(url).json()
    read = document["paths"]["/Patient/{id}"]["get"]
    del read["responses"]["404"]
    document["paths"] = {"/Patient/{id}": {"get": read}}
    [operation] = operations_of(document, document["servers"][0]["url"])
    nobody = {"path_parameters": {"id": "9111231130"}}
    with pytest.raises(FailureGroup, match="404"):
        send(operation, 3, is_as_described, **nobody)
