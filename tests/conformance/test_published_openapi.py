"""The published description of PDS: requests that keep to it are accepted.

The description is not a part of this repository. Where the environment variable
OPENROOTS_TEST_PACKAGES names a folder with it, these tests run.

Source: PDS FHIR API, its OpenAPI specification.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import UUID

import pytest
import requests
from jsonschema import Draft202012Validator
from schemathesis import Case
from schemathesis.schemas import APIOperation

from openroots.problem import Json
from openroots.testing import Nation, open_nation
from tests.conformance.machine import AS_DESCRIBED, operations_of, send
from tests.conformance.sharpened import JANE, sharpened

PDS = "/personal-demographics/FHIR/R4"
EACH = 30  # requests for each operation
WANTED = 0.99
NOT_THERE, NOT_THAT_VERSION = 404, 409  # the request was in order; what it asks about is not so


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nation]:
    """A world that keeps nothing, as the public sandbox."""
    nation = open_nation(tmp_path_factory.mktemp("sandbox"), stateless=True)
    yield nation
    nation.close()


def accepted(response: requests.Response) -> bool:
    """Whether a request was in order: answered, or told that what it is about is not so."""
    return response.status_code < 400 or response.status_code in (NOT_THERE, NOT_THAT_VERSION)


def told(response: requests.Response) -> str:
    """The status and code of a refusal, and what it says."""
    [issue] = response.json()["issue"]
    code = issue["details"]["coding"][0]["code"]
    return f"{response.status_code} {code} {issue.get('diagnostics', '')}"


def known(operation: APIOperation) -> dict[str, Any]:
    """Who may be changed: not everybody may."""
    return {"path_parameters": {"id": JANE}} if operation.method == "patch" else {}


@pytest.mark.parametrize("fuzzy", [False, True])
def test_valid_requests_are_accepted(
    published: Json, sandbox: Nation, fuzzy: bool, record_property: Any
) -> None:
    """At least 99 in 100 requests that keep to the specification are accepted, in a world that
    keeps nothing.

    They are made from the published document, with the rules that it states in words only put
    into its schemas: see `sharpened`. Accepted is what is answered with success, or with 404 or
    409, which find fault with what the request is about and not with the request. Every answer
    has a status, media type, headers and body that are published.
    """
    refused: Counter[str] = Counter()
    asked = 0

    def look(case: Case, response: requests.Response) -> None:
        nonlocal asked
        asked += 1
        case.validate_response(response, checks=AS_DESCRIBED)
        if not accepted(response):
            refused[f"{case.operation.label}: {told(response)}"] += 1

    for operation in operations_of(sharpened(published, fuzzy=fuzzy), sandbox.url + PDS):
        if not fuzzy or operation.label == "GET /Patient":
            send(operation, EACH, look, **known(operation))
    share = 1 - refused.total() / asked
    record_property("accepted", f"{share:.2%} of {asked}")
    print(f"{share:.2%} of {asked} requests were accepted; refused: {dict(refused)}")
    assert share >= WANTED, refused


def test_valid_changes_are_accepted_where_they_are_kept(published: Json, openroots: Nation) -> None:
    """The same of changes to one record, one after the other, with every rule held."""

    request_ids = (UUID(int=number) for number in count())

    def of_now(case: Case) -> None:
        version = openroots.ask("GET", f"{PDS}/Patient/{JANE}").headers["etag"]
        own = {"If-Match": version, "X-Request-ID": str(next(request_ids))}
        case.headers = {**(case.headers or {}), **own}

    refused: Counter[str] = Counter()

    def look(case: Case, response: requests.Response) -> None:
        if response.status_code != 200:
            refused[told(response)] += 1

    operations = operations_of(sharpened(published, fuzzy=False), openroots.url + PDS)
    [update] = [each for each in operations if each.method == "patch"]
    send(update, EACH, look, ready=of_now, **known(update))
    assert not refused


def test_whatever_is_refused_breaks_a_rule(published: Json, sandbox: Nation) -> None:
    """Requests that keep to the schemas as they are published, and to nothing that is said in
    words, are refused only where they do break such a rule."""
    rules = Rules(sharpened(published, fuzzy=False))
    wrongly: Counter[str] = Counter()
    kept = 0

    def look(case: Case, response: requests.Response) -> None:
        nonlocal kept
        broken = rules.broken_by(case)
        kept += not broken
        if not accepted(response) and not broken:
            wrongly[f"{case.operation.label}: {told(response)}"] += 1

    for operation in operations_of(published, sandbox.url + PDS):
        send(operation, EACH // 2, look)
    print(f"{kept} requests broke no rule")
    assert kept
    assert not wrongly


class Rules:
    """What a sharpened description asks of a request."""

    def __init__(self, document: Json) -> None:
        self._document = document

    def broken_by(self, case: Case) -> bool:
        """Whether a request breaks any of it."""
        operation = self._document["paths"][case.operation.path][case.operation.method]
        return self._in_parameters(case, operation) or self._in_body(case, operation)

    def _in_parameters(self, case: Case, operation: Json) -> bool:
        shared = self._document["paths"][case.operation.path].get("parameters", [])
        return any(
            _breaks(case, self._resolved(each))
            for each in (*shared, *operation.get("parameters", []))
        ) or ("address-postcode" in (case.query or {}))

    def _in_body(self, case: Case, operation: Json) -> bool:
        if "requestBody" not in operation:
            return False
        [content] = operation["requestBody"]["content"].values()
        return not Draft202012Validator(content["schema"]).is_valid(case.body)

    def _resolved(self, parameter: Json) -> Json:
        if "$ref" not in parameter:
            return parameter
        found: Json = self._document["components"]["parameters"][
            parameter["$ref"].rpartition("/")[2]
        ]
        return found


def _breaks(case: Case, parameter: Json) -> bool:
    parts = {"path": case.path_parameters, "query": case.query, "header": case.headers}
    given = parts[parameter["in"]] or {}
    value = given.get(parameter["name"])
    if value is None:
        return bool(parameter["required"])
    return not Draft202012Validator(parameter["schema"]).is_valid(value)
