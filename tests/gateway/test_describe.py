"""What services say of themselves to machines is valid, and says what the declarations say."""

import re
import shlex
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from openroots import services
from openroots.gateway.capability import capability_statement
from openroots.gateway.catalogue import curl_of, service_page_data
from openroots.gateway.describe import ALWAYS_OPEN, failures_of
from openroots.gateway.health import open_answers
from openroots.gateway.openapi import openapi
from openroots.house import EXPOSED
from openroots.plain import own_body, plain_dialect
from openroots.problem import Json
from openroots.service import Access, Endpoint, Reply, Service
from openroots.testing import Nation

FOUND = {service.name: service for service in services.find()}
DEMOGRAPHICS = FOUND["demographics"]
ORIGIN = "http://localhost:1948"


@pytest.fixture(params=list(FOUND.values()), ids=list(FOUND))
def service(request: pytest.FixtureRequest) -> Service:
    found: Service = request.param
    return found


def test_every_service_has_a_valid_openapi_document(service: Service) -> None:
    """The validator of the OpenAPI specification finds nothing wrong."""
    validate(orjson.loads(orjson.dumps(openapi(service, ORIGIN))))


def test_every_endpoint_is_described_with_its_access_modes(service: Service) -> None:
    """No endpoint can be left out, and each says who may use it."""
    paths = openapi(service, ORIGIN)["paths"]
    for endpoint in service.endpoints:
        operation = paths[endpoint.path][endpoint.method.lower()]
        modes = {mode.value for mode in endpoint.access}
        assert operation["operationId"] == endpoint.name
        assert set(operation["x-openroots-access"]) == modes


def test_by_what_a_caller_may_be_known_is_said(service: Service) -> None:
    """By a token, a key, or nothing; where nobody is asked who they are, by nothing alone."""
    schemes = openapi(service, ORIGIN)["components"]["securitySchemes"]
    assert (schemes["token"]["type"], schemes["token"]["scheme"]) == ("http", "bearer")
    for endpoint in service.endpoints:
        told = openapi(service, ORIGIN)["paths"][endpoint.path][endpoint.method.lower()]["security"]
        is_open = Access.OPEN in endpoint.access
        assert told == ([{}] if is_open else [{"token": []}, {"apikey": []}, {}])


def test_every_failure_is_shown_in_the_dialect_of_the_api(service: Service) -> None:
    """Each row that an endpoint can fail with stands under its status, as a body of that API."""
    paths = openapi(service, ORIGIN)["paths"]
    for endpoint in service.endpoints:
        responses = paths[endpoint.path][endpoint.method.lower()]["responses"]
        for row, failure in failures_of(endpoint).items():
            content = responses[str(failure.status)]["content"][service.dialect.media_type]
            assert content["examples"][row]["value"]


def test_the_headers_of_answers_are_described() -> None:
    """Those that every answer has, those of a success, and those that failures bring."""
    every = set(openapi(DEMOGRAPHICS, ORIGIN)["components"]["headers"])
    assert {"X-OpenRoots-Trail", "X-Request-ID", "X-Correlation-ID", "RateLimit"} <= every
    born = operation("/Patient/$process-birth-details", "post")["responses"]
    assert set(born["201"]["headers"]) == every | {"ETag", "notification-id"}
    assert set(born["400"]["headers"]) == every
    assert set(born["503"]["headers"]) == set(born["429"]["headers"]) == every | {"Retry-After"}


def test_what_a_header_tells_can_be_read_by_a_web_page(service: Service) -> None:
    """A browser gives pages of other origins those headers only that it was told to."""
    exposed = set(EXPOSED.decode().split(", "))
    for endpoint in service.endpoints:
        assert {name.lower() for name in endpoint.tells} <= exposed


def test_a_failure_keeps_the_places_of_its_words() -> None:
    """What a client will be told of its own request stands in braces."""
    responses = operation("/Patient/{id}", "get")["responses"]
    example = responses["400"]["content"]["application/fhir+json"]["examples"]["header-missing"]
    assert "{header}" in example["value"]["issue"][0]["diagnostics"]


def test_only_endpoints_that_take_a_body_fail_by_it() -> None:
    """A read cannot be refused for its body, nor for another change made meanwhile."""
    read, patch = endpoint_of("read-patient"), endpoint_of("patch-patient")
    assert not {"body-not-json", "body-type", "conflict"} & failures_of(read).keys()
    assert {"body-not-json", "body-type", "conflict"} <= failures_of(patch).keys()


def test_only_endpoints_that_read_json_fail_by_it() -> None:
    """A form is never told to be no JSON, nor is a body that the endpoint reads by itself."""
    of_json = {"body-not-json", "body-too-deep", "number-too-large", "member-repeated"}
    [token] = [each for each in FOUND["authorisation"].endpoints if each.path == "/token"]
    assert not of_json & failures_of(token).keys()
    assert "body-not-utf8" in failures_of(token)
    assert not of_json & failures_of(endpoint_of("validate")).keys()
    assert of_json <= failures_of(endpoint_of("create-patient")).keys()


def test_only_a_post_that_takes_no_body_refuses_any(service: Service) -> None:
    """Clients send bodies with no read; of a POST, what it does not take would be passed over."""
    for endpoint in service.endpoints:
        refuses = "body-unwanted" in failures_of(endpoint)
        assert refuses == (endpoint.method == "POST" and not (endpoint.takes or endpoint.raw))


def test_limits_are_told_where_they_hold(service: Service) -> None:
    """Each limit of a service is told with what it bounds, and its row is among the failures of
    the endpoints that keep to it, and of no others."""
    told = service_page_data(service)["limits"]
    usual = {
        "what": service.title,
        "most": 300,
        "seconds": 60,
        "of": "each application",
        "row": "quota-exceeded",
    }
    assert (usual in told) == bool(service.limits)
    for endpoint in service.endpoints:
        rows = {limit.row for limit in (*service.limits, *endpoint.limits)}
        limited = {"quota-exceeded", "spike-arrested", "api-busy"} | rows
        assert failures_of(endpoint).keys() & limited == rows


def test_who_may_besides_is_told() -> None:
    """An endpoint that admits callers by an attribute says which."""
    [told] = [
        endpoint["also"]
        for endpoint in service_page_data(endpoint_of("patch-patient").service)["endpoints"]
        if endpoint["name"] == "patch-patient"
    ]
    assert "flow variables" in told


def test_a_number_in_a_path_is_described() -> None:
    """The path parameter that holds an NHS number says so, with its pattern and an example."""
    schema = parameter("/Patient/{id}", "get", "id")["schema"]
    assert re.fullmatch(schema["pattern"], schema["examples"][0])


def test_the_pattern_of_a_header_takes_what_the_api_takes() -> None:
    """Patterns of JSON Schema have no flags, so a UUID in capitals is allowed by its letters."""
    schema = parameter("/Patient/{id}", "get", "X-Request-ID")["schema"]
    for request_id in (schema["examples"][0].upper(), schema["examples"][0].lower()):
        assert re.search(schema["pattern"], request_id)
    assert not re.search(schema["pattern"], "12345")


def test_what_a_check_asks_for_is_required() -> None:
    """If-Match is asked for by the first checks of the update, so clients are told to send it."""
    assert parameter("/Patient/{id}", "patch", "If-Match")["required"]
    assert not parameter("/Patient/{id}", "patch", "X-Correlation-ID")["required"]


def test_the_body_of_an_update_is_shown_by_example() -> None:
    """Each media type that is taken stands there, the usual one first."""
    content = operation("/Patient/{id}", "patch")["requestBody"]["content"]
    assert list(content) == ["application/json-patch+json", "application/json"]
    assert content["application/json"]["example"]["patches"]


def test_a_period_of_a_newcomer_is_described_with_its_start() -> None:
    """As the specification has it: a client made from the document does not leave it out."""
    body = operation("/Patient", "post")["requestBody"]["content"]["application/json"]
    parts = body["schema"]["properties"]
    for part in ("name", "address", "telecom"):
        period = parts[part]["items"]["properties"]["period"]
        assert (period["required"], period["properties"]["start"]["format"]) == (["start"], "date")
    Draft202012Validator(body["schema"]).validate(body["example"])


def test_an_api_that_is_not_fhir_is_described_as_it_is_declared() -> None:
    """A parameter that may be there more than once is a list, and a body of text is text."""
    odd = Service("odd", "Odd", "/odd", "https://example.org", plain_dialect("Odd", own_body))
    declared = {"query": {"plate": "Some.", "page": "One."}, "several": ("plate",)}
    odd.endpoint("PUT", "/{id}", "note", takes=("text/plain", "application/json"), **declared)(
        lambda request, db: Reply(None)
    )
    put = openapi(odd, ORIGIN)["paths"]["/{id}"]["put"]
    schemas = {each["name"]: each["schema"]["type"] for each in put["parameters"]}
    assert schemas == {"id": "string", "plate": "array", "page": "string"}
    taken = put["requestBody"]["content"]
    assert {type: each["schema"]["type"] for type, each in taken.items()} == {
        "text/plain": "string",
        "application/json": "object",
    }


def test_the_document_says_which_api_it_was_compared_with() -> None:
    """The version of the published API, and the day on which the two were last compared."""
    info = openapi(DEMOGRAPHICS, ORIGIN)["info"]
    assert info["version"] == DEMOGRAPHICS.spec
    assert info["x-openroots-checked"] == DEMOGRAPHICS.checked


def test_fhir_services_have_a_capability_statement() -> None:
    """It names the version of FHIR, each type with its interactions, and the formats."""
    statement = capability_statement(DEMOGRAPHICS, ORIGIN, "2026-11-21")
    (rest,) = statement["rest"]
    patient = next(each for each in rest["resource"] if each["type"] == "Patient")
    assert {"code": "read"} in patient["interaction"]
    assert (statement["fhirVersion"], rest["mode"]) == ("4.0.1", "server")
    assert statement["format"] == ["application/fhir+json"]
    assert statement["implementation"]["url"] == f"{ORIGIN}/personal-demographics/FHIR/R4"


def test_a_capability_statement_says_what_can_be_searched_by(openroots: Nation) -> None:
    """Days are dates, so that clients know their prefixes; one of a few words is a token."""
    (patient, _) = stated(openroots)["resource"]
    types = {each["name"]: each["type"] for each in patient["searchParam"]}
    wanted = {"family": "string", "birthdate": "date", "gender": "token", "_max-results": "number"}
    assert {name: types[name] for name in wanted} == wanted


def test_a_capability_statement_says_that_a_change_names_a_version(openroots: Nation) -> None:
    """If-Match is needed to change a patient or their coverage."""
    told = {each["type"]: each["versioning"] for each in stated(openroots)["resource"]}
    assert told == {"Patient": "versioned-update", "Coverage": "versioned-update"}


def test_a_capability_statement_names_the_operations(openroots: Nation) -> None:
    """Of the whole base, and of each type: those that FHIR defines. Each is answered."""
    rest = stated(openroots)
    for place in (rest, *rest["resource"]):
        [operation] = place["operation"]
        asked = [place["type"]] if "type" in place else []
        path = "/".join(["/personal-demographics/FHIR/R4", *asked, f"${operation['name']}"])
        assert openroots.ask("POST", path, {"resourceType": "Patient"}).status == 200


def stated(openroots: Nation) -> Json:
    """What the demographics service says of itself."""
    answer = openroots.house.gateway.open_answer("GET", "/personal-demographics/FHIR/R4/metadata")
    assert answer is not None
    [rest] = orjson.loads(answer.body)["rest"]
    found: Json = rest
    return found


def test_a_capability_statement_has_what_fhir_requires() -> None:
    """Every element that must be there is there, whatever a service leaves undeclared."""
    bare = Service("bare", "Bare", "/bare", "https://example.org", DEMOGRAPHICS.dialect)
    for statement in (capability_statement(DEMOGRAPHICS), capability_statement(bare)):
        for element in ("status", "date", "kind", "fhirVersion", "format", "implementation"):
            assert statement[element], element
        assert statement["implementation"]["description"]


def test_what_is_open_to_anybody_is_answered_and_described(service: Service) -> None:
    """`_ping` and `_status` of every service, and `metadata` of FHIR ones, are in both places."""
    answered = open_answers([service])
    described = openapi(service, ORIGIN)["paths"]
    for path in ALWAYS_OPEN:
        there = path != "metadata" or service.stated
        assert (f"{service.base}/{path}" in answered) is there
        assert (f"/{path}" in described) is there


def test_that_the_live_platform_asks_for_a_key_where_none_is_asked_here_is_told(
    service: Service,
) -> None:
    """`_status` is open here, and each page says that this is a difference."""
    assert f"{service.base}/_status" in open_answers([service])
    differences = service_page_data(service)["differences"]
    assert any(one.startswith("`_status` is answered to anybody") for one in differences)


def test_what_is_open_to_anybody_is_described_as_it_is_answered(service: Service) -> None:
    """A client that is made from the document reads the body, and finds the ids that it sent."""
    answered, described = open_answers([service]), openapi(service, ORIGIN)["paths"]
    for path in ALWAYS_OPEN.keys() & {name[1:] for name in described}:
        [told] = described[f"/{path}"]["get"]["responses"]["200"]["content"].values()
        Draft202012Validator(told["schema"]).validate(
            orjson.loads(answered[f"{service.base}/{path}"].body)
        )
        for response in described[f"/{path}"]["get"]["responses"].values():
            assert [*response["headers"]] == ["X-Request-ID", "X-Correlation-ID"]


def test_a_body_in_xml_is_described_as_text(service: Service) -> None:
    """Neither the schema of JSON nor an example in it says what XML is like."""
    for path in openapi(service, ORIGIN)["paths"].values():
        for operation in path.values():
            for type, taken in operation.get("requestBody", {}).get("content", {}).items():
                if "xml" in type:
                    assert taken == {"schema": {"type": "string"}}


def test_metadata_needs_no_request_id(openroots: Nation) -> None:
    """FHIR clients ask for it before they do anything else, and send no header of ours."""
    path = "/personal-demographics/FHIR/R4/metadata"
    answer = openroots.house.gateway.open_answer("GET", path)
    assert answer is not None
    assert (b"content-type", b"application/fhir+json") in answer.headers
    assert orjson.loads(answer.body)["resourceType"] == "CapabilityStatement"


def test_a_command_made_from_an_endpoint_is_answered(openroots: Nation) -> None:
    """Reading and then changing a person by the commands shown gives what is declared."""
    for name in ("read-patient", "patch-patient"):
        endpoint = endpoint_of(name)
        called = parsed(curl_of(endpoint, "", {"id": "9000000009"}))
        answer = openroots.ask(*called[:3], headers=called[3])
        assert answer.status == endpoint.success, answer.body


def test_a_command_cannot_be_broken_out_of() -> None:
    """An address is the client's own word, so whatever it holds stays one argument."""
    command = curl_of(endpoint_of("read-patient"), "http://x;rm -rf $(id)'\"", {})
    assert shlex.split(command)[1].startswith("http://x;rm -rf $(id)'\"/personal-demographics")


def test_the_page_of_a_service_shows_each_failure_once(service: Service) -> None:
    """All rows that anything can fail with, ordered by status."""
    groups = service_page_data(service)["failures"]
    rows = set().union(*(failures_of(endpoint) for endpoint in service.endpoints))
    assert sum(len(group["rows"]) for group in groups) == len(rows | {"path-unknown"}) + 1
    assert [group["status"] for group in groups] == sorted(group["status"] for group in groups)


def operation(path: str, method: str) -> Json:
    """One operation of the demographics service, as OpenAPI describes it."""
    found: Json = openapi(DEMOGRAPHICS, ORIGIN)["paths"][path][method]
    return found


def parameter(path: str, method: str, name: str) -> Json:
    """One parameter of an operation."""
    return next(each for each in operation(path, method)["parameters"] if each["name"] == name)


def endpoint_of(name: str) -> Endpoint:
    """An endpoint of the demographics service."""
    return next(each for each in DEMOGRAPHICS.endpoints if each.name == name)


def parsed(command: str) -> tuple[str, str, bytes | None, dict[str, str]]:
    """What curl would send: method, path, body and headers."""
    words = shlex.split(command.replace("\\\n", " "))[1:]
    values: dict[str, list[Any]] = {"-X": ["GET"], "-H": [], "-d": []}
    for option, value in zip(words[1::2], words[2::2], strict=True):
        values[option].append(value)
    headers = dict(header.split(": ", 1) for header in values["-H"])
    body = values["-d"][0].encode() if values["-d"] else None
    return values["-X"][-1], words[0], body, headers


def test_an_api_of_an_earlier_fhir_states_what_it_can_do_in_that() -> None:
    """NEMS is of STU3: its statement says so, and promises no versions, which it does not keep."""
    told = capability_statement(FOUND["nems"])
    assert (told["fhirVersion"], told["acceptUnknown"]) == ("3.0.1", "no")
    [resource] = told["rest"][0]["resource"]
    assert resource["type"] == "Subscription"
    assert "versioning" not in resource
    created = openapi(FOUND["nems"], ORIGIN)["paths"]["/Subscription"]["post"]
    assert "ETag" not in created["responses"]["201"]["headers"]
