"""What a service says of itself to machines: OpenAPI, CapabilityStatement and the catalogue's data.

For clients that read descriptions, for the pages of the catalogue and for the docs. All of it is
made from the declarations, so it cannot say anything else than what is answered.

Source: OpenAPI 3.1.0; FHIR R4 4.0.1, CapabilityStatement.
"""

import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus

import orjson

from openroots import __version__
from openroots.gateway.access import KEY_HEADER
from openroots.problem import GATEWAY_ROWS, Dialect, Failure, Json
from openroots.service import ANYONE, Access, Endpoint, HeaderRule, Service

FHIR_VERSION = "4.0.1"
TRAIL_HEADER = "X-OpenRoots-Trail"
UNDATED = "2026"  # the year of the first release: for a service that was compared on no day

ACCESS_WORDS = {
    Access.HEALTHCARE_WORKER: "Healthcare worker access",
    Access.PATIENT: "Patient access",
    Access.APPLICATION: "Application-restricted access",
    Access.PRIVILEGED: "Privileged application-restricted access",
}

# What is answered to anybody below every base; `metadata` below those of FHIR services only.
ALWAYS_OPEN = {
    "_ping": "Check that the service is there.",
    "_status": "Check that the service is there, and so is what it needs.",
    "metadata": "Get the capability statement.",
}

# FHIR calls the search of a type something else in a CapabilityStatement than in its REST pages.
CAPABILITY_CODES = {"search": "search-type"}

OF_NO_ENDPOINT = frozenset({"path-unknown", "method-unknown"})
OF_LIMITS = frozenset({"quota-exceeded", "spike-arrested", "api-busy"})
OF_BODIES = frozenset({"body-too-large", "body-not-json", "body-too-slow"})
OF_WRITES = frozenset({"conflict", "repeat-differs", "resource-invalid"})
NOT_OF_ALL = frozenset({"access-refused", "body-type", "not-own-record", "not-implemented"})
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
CHANGES_A_VERSION = frozenset({"read", "update", "patch", "create"})

TEXT = {"type": "string"}
A_NUMBER = {"pattern": r"^\d{10}$", "examples": ["9000000009"]}
PARAMETER = re.compile(r"\{(\w+)\}")
RANGE = re.compile(r"([a-z])-([a-z])")


class Placeholders(dict[str, object]):
    """The fields of a Problem that has not happened: each stands for itself, in braces."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def openapi(service: Service, base_url: str) -> Json:
    """The OpenAPI 3.1 document of a service that is reached at this origin."""
    return {
        "openapi": "3.1.0",
        "info": _info(service),
        "servers": [{"url": base_url + service.base}],
        "externalDocs": {"url": service.source},
        "paths": {**_paths(service), **_open_paths(service)},
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "apikey": {"type": "apiKey", "in": "header", "name": KEY_HEADER},
            }
        },
    }


def capability_statement(service: Service, base_url: str = "", date: str = "") -> Json:
    """The FHIR CapabilityStatement of a service.

    Without a `base_url` it names no address; without a `date` it is dated to the day on which the
    service was last compared with the published API.
    """
    server = {"url": base_url + service.base} if base_url else {}
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date or service.checked or UNDATED,
        "publisher": "OpenRoots",
        "kind": "instance",
        "software": {"name": "OpenRoots", "version": __version__},
        "implementation": {"description": f"{service.title}, compatible with {_api(service)}"}
        | server,
        "fhirVersion": FHIR_VERSION,
        "format": [service.dialect.media_type],
        **_patch_formats(service),
        "rest": [{"mode": "server", "security": {"cors": True}, "resource": _resources(service)}],
    }


def service_page_data(service: Service) -> Json:
    """Everything that a page about a service shows, in plain values and in its order."""
    return {
        "name": service.name,
        "title": service.title,
        "words": service.words,
        "base": service.base,
        "source": service.source,
        "spec": service.spec,
        "checked": service.checked,
        "fhir": service.fhir,
        "access": [words for mode, words in ACCESS_WORDS.items() if _used(service, mode)],
        "shares": list(service.shares),
        "endpoints": [_endpoint_data(endpoint) for endpoint in service.endpoints],
        "headers": [_header_data(rule, bool(rule.missing)) for rule in service.headers],
        "limits": list(_limits(service)),
        "failures": _failures_by_status(_failures_of_all(service)),
        "emits": dict(service.emits),
        "differences": [*service.differences, *_differences_of_all(service)],
    }


def failures_of(endpoint: Endpoint) -> dict[str, Failure]:
    """Every way in which this endpoint can fail: what the gateway finds, and what it declares."""
    rows = GATEWAY_ROWS - OF_NO_ENDPOINT - NOT_OF_ALL - OF_LIMITS
    if not endpoint.takes:
        rows -= OF_BODIES
    if endpoint.method not in WRITES:
        rows -= OF_WRITES
    named = {*rows, *endpoint.fails, *endpoint.service.troubles, *_named_by_rules(endpoint)}
    named |= {limit.row for limit in (*endpoint.service.limits, *endpoint.limits)}
    if endpoint.access != ANYONE:
        named |= {endpoint.refused, endpoint.refused_to_patients} - {""}
    if endpoint.about and Access.PATIENT in endpoint.access:
        named.add("not-own-record")
    if endpoint.takes:
        named.add(endpoint.body_type)
    return {row: failure for row, failure in endpoint.service.failures.items() if row in named}


def curl_of(endpoint: Endpoint, origin: str, examples: Mapping[str, str]) -> str:
    """A command that calls the endpoint, one argument a line, with only what it cannot do without.

    `examples` gives values of path parameters and headers by their names; where there is none,
    that of the declaration is taken.
    """
    path = PARAMETER.sub(lambda found: examples.get(found[1], found[0]), endpoint.path)
    lines = [f"curl {shlex.quote(origin + endpoint.service.base + path)}"]
    if endpoint.method != "GET":
        lines.append(f"-X {endpoint.method}")
    for rule in _rules(endpoint):
        if _needed(rule, endpoint):
            lines.append(f"-H {_quoted(rule.name, examples.get(rule.name, rule.example))}")
    if endpoint.takes:
        lines.append(f"-H {_quoted('Content-Type', endpoint.takes[0])}")
    if endpoint.example is not None:
        lines.append(f"-d {shlex.quote(orjson.dumps(endpoint.example).decode())}")
    return " \\\n  ".join(lines)


def _info(service: Service) -> Json:
    info: Json = {
        "title": service.title,
        "version": service.spec or __version__,
        "description": f"{service.words}\n\nCompatible with {_api(service)}. "
        "The people are made up. This is not an NHS service.".strip(),
        "x-openroots-version": __version__,
    }
    return info | ({"x-openroots-checked": service.checked} if service.checked else {})


def _api(service: Service) -> str:
    return f"the published API of {service.spec}" if service.spec else "the published API"


def _paths(service: Service) -> Json:
    paths: dict[str, Json] = defaultdict(dict)
    for endpoint in service.endpoints:
        paths[endpoint.path][endpoint.method.lower()] = _operation(endpoint)
    return paths


def _open_paths(service: Service) -> Json:
    return {
        f"/{path}": {"get": _open_operation(path, words, service)}
        for path, words in ALWAYS_OPEN.items()
        if path != "metadata" or service.fhir
    }


def _open_operation(path: str, words: str, service: Service) -> Json:
    media_type = service.dialect.media_type if path == "metadata" else "application/json"
    content: Json = {media_type: {}}
    responses = {"200": {"description": "As asked.", "content": content}}
    if path == "_status":
        responses["503"] = {"description": "What it needs does not answer.", "content": content}
    return {
        "operationId": path.strip("_"),
        "summary": words,
        "security": [{}],
        "responses": responses,
    }


def _operation(endpoint: Endpoint) -> Json:
    operation: Json = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "description": _description(endpoint),
        "x-openroots-access": _access_values(endpoint),
        "security": _security(endpoint),
        "parameters": list(_parameters(endpoint)),
        "responses": _responses(endpoint),
    }
    if endpoint.takes:
        operation["requestBody"] = _request_body(endpoint)
    return operation


def _security(endpoint: Endpoint) -> list[Json]:
    """By what a caller may be known: a token or a key, and neither where nobody need be."""
    return [{}] if Access.OPEN in endpoint.access else [{"token": []}, {"apikey": []}, {}]


def _description(endpoint: Endpoint) -> str:
    words = (endpoint.handler.__doc__ or "").strip().partition("\n")[2]
    return " ".join(words.split())


def _access_values(endpoint: Endpoint) -> list[str]:
    return [mode.value for mode in Access if mode in endpoint.access]


def _parameters(endpoint: Endpoint) -> Iterator[Json]:
    for name in PARAMETER.findall(endpoint.path):
        number = A_NUMBER if name == endpoint.about else {}
        words = "An NHS number." if number else ""
        schema = {"type": "string", **number}
        yield _parameter(name, "path", words, schema, required=True)
    for name, words in endpoint.query.items():
        schema = dict(endpoint.query_schemas.get(name, TEXT))
        yield _parameter(name, "query", words, schema, required=name in endpoint.needs)
    for rule in _rules(endpoint):
        required = _needed(rule, endpoint)
        yield _parameter(rule.name, "header", rule.words, _schema(rule), required=required)


def _parameter(name: str, where: str, words: str, schema: Json, *, required: bool = False) -> Json:
    return {"name": name, "in": where, "description": words, "required": required, "schema": schema}


def _rules(endpoint: Endpoint) -> tuple[HeaderRule, ...]:
    return (*endpoint.service.headers, *endpoint.headers)


def _needed(rule: HeaderRule, endpoint: Endpoint) -> bool:
    # A header of one endpoint alone may be asked for by a check that it makes first.
    return bool(rule.missing) or (rule in endpoint.headers and bool(endpoint.opening))


def _named_by_rules(endpoint: Endpoint) -> set[str]:
    return {row for rule in _rules(endpoint) for row in (rule.missing, rule.invalid) if row}


def _schema(rule: HeaderRule) -> Json:
    pattern = _pattern(rule.pattern) if rule.pattern else ""
    return {
        "type": "string",
        **({"pattern": pattern} if pattern else {}),
        **({"examples": [rule.example]} if rule.example else {}),
    }


def _pattern(pattern: re.Pattern[str]) -> str:
    """The same for JSON Schema, whose patterns have no flags; "" where it cannot be said."""
    words = pattern.pattern
    if pattern.flags & re.IGNORECASE:
        rest = RANGE.sub("", words)
        if any(letter.isalpha() for letter in rest):
            return ""
        words = RANGE.sub(lambda found: found[0] + found[0].upper(), words)
    return f"^(?:{words})$"


def _request_body(endpoint: Endpoint) -> Json:
    content: Json = {"schema": endpoint.body_schema or {"type": "object"}}
    if endpoint.example is not None:
        content["example"] = endpoint.example
    return {"required": True, "content": dict.fromkeys(endpoint.takes, content)}


def _responses(endpoint: Endpoint) -> Json:
    """Every status that can be answered. What the API calls a failure may have that of success."""
    responses = _failed(endpoint)
    success, status = _success(endpoint), str(endpoint.success)
    if status not in responses:
        return {status: success, **responses}
    [told] = responses.pop(status)["content"].values()
    [given] = success["content"].values()
    given["schema"] = {"anyOf": [given["schema"], told["schema"]]}
    given["examples"] = told["examples"]
    return {status: success, **responses}


def _success(endpoint: Endpoint) -> Json:
    headers = {TRAIL_HEADER: _header("Names this request when you ask why it was answered so.")}
    if endpoint.interaction and endpoint.interaction[0] in CHANGES_A_VERSION:
        headers["ETag"] = _header('The version of the record, such as W/"2".')
    answer: Json = {"description": endpoint.summary or "As asked.", "headers": headers}
    if endpoint.success != 204:
        types = endpoint.offers or tuple(_spoken(endpoint))
        answer["content"] = {type: _offered(type, endpoint) for type in types}
    return answer


def _offered(media_type: str, endpoint: Endpoint) -> Json:
    return {"schema": _given(endpoint) if "json" in media_type else TEXT}


def _given(endpoint: Endpoint) -> Json:
    """The JSON Schema of what a success is answered."""
    interaction, type = endpoint.interaction or ("", "")
    given = endpoint.gives or ("Bundle" if interaction == "search" else type)
    if not given:
        return {"type": "object"}
    kind = {"resourceType": {"enum": [given]}}
    return {"type": "object", "required": ["resourceType"], "properties": kind}


def _header(words: str) -> Json:
    return {"description": words, "schema": {"type": "string"}}


def _failed(endpoint: Endpoint) -> Json:
    by_status: dict[int, dict[str, Failure]] = defaultdict(dict)
    for row, failure in failures_of(endpoint).items():
        by_status[failure.status][row] = failure.told(Placeholders())
    return {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {
                media_type: {"schema": dialect.schema, "examples": _examples(dialect, rows)}
                for media_type, dialect in _spoken(endpoint).items()
            },
        }
        for status, rows in sorted(by_status.items())
    }


def _examples(dialect: Dialect, rows: dict[str, Failure]) -> Json:
    return {
        row: {
            "summary": told.words or told.display or told.code,
            "value": dialect.render(told, "{trail}"),
        }
        for row, told in rows.items()
    }


def _spoken(endpoint: Endpoint) -> dict[str, Dialect]:
    """The dialects in which it is told, by media type: also of who asks for no version."""
    dialect = endpoint.service.dialect
    return {each.media_type: each for each in (dialect, dialect.spoken_to({}))}


def _resources(service: Service) -> list[Json]:
    types: dict[str, list[Endpoint]] = defaultdict(list)
    for endpoint in service.endpoints:
        if endpoint.interaction:
            types[endpoint.interaction[1]].append(endpoint)
    return [_resource(type, endpoints) for type, endpoints in types.items()]


def _resource(type: str, endpoints: list[Endpoint]) -> Json:
    codes = [endpoint.interaction[0] for endpoint in endpoints if endpoint.interaction]
    searched = [
        {"name": name, "type": "string", "documentation": words}
        for endpoint in endpoints
        for name, words in endpoint.query.items()
    ]
    return {
        "type": type,
        "interaction": [{"code": CAPABILITY_CODES.get(code, code)} for code in codes],
        "versioning": "versioned",
        **({"searchParam": searched} if searched else {}),
    }


def _patch_formats(service: Service) -> Json:
    taken = [
        media_type
        for endpoint in service.endpoints
        if endpoint.interaction and endpoint.interaction[0] == "patch"
        for media_type in endpoint.takes
    ]
    return {"patchFormat": list(dict.fromkeys(taken))} if taken else {}


def _used(service: Service, mode: Access) -> bool:
    return any(mode in endpoint.access for endpoint in service.endpoints)


def _endpoint_data(endpoint: Endpoint) -> Json:
    return {
        "name": endpoint.name,
        "method": endpoint.method,
        "path": endpoint.service.base + endpoint.path,
        "summary": endpoint.summary.rstrip("."),
        "description": _description(endpoint),
        "access": [words for mode, words in ACCESS_WORDS.items() if mode in endpoint.access],
        "also": (endpoint.also.__doc__ or "").partition("\n")[0] if endpoint.also else "",
        "headers": [_header_data(rule, _needed(rule, endpoint)) for rule in endpoint.headers],
        "query": dict(endpoint.query),
        "takes": list(endpoint.takes),
        "success": endpoint.success,
    }


def _limits(service: Service) -> Iterator[Json]:
    """Every limit, what it holds for, and the row of failures for one request too many."""
    held = [(service.title, limit) for limit in service.limits]
    held += [
        (endpoint.summary.rstrip("."), limit)
        for endpoint in service.endpoints
        for limit in endpoint.limits
    ]
    for words, limit in held:
        of = "each application" if limit.each else "all applications together"
        told = {"most": limit.most, "seconds": limit.seconds, "of": of, "row": limit.row}
        yield {"what": words, **told}


def _header_data(rule: HeaderRule, needed: bool) -> Json:
    return {"name": rule.name, "words": rule.words, "needed": needed, "example": rule.example}


def _failures_of_all(service: Service) -> dict[str, Failure]:
    """The rows that anything can fail with, in the order of the service's own table."""
    named = OF_NO_ENDPOINT.union(*map(failures_of, service.endpoints))
    return {row: failure for row, failure in service.failures.items() if row in named}


def _failures_by_status(failures: Mapping[str, Failure]) -> list[Json]:
    by_status: dict[int, list[Json]] = defaultdict(list)
    for failure in failures.values():
        told = failure.told(Placeholders())
        by_status[failure.status].append(
            {
                "code": told.code,
                "display": told.display,
                "words": told.words or "",
                "mend": "" if told.mend == "{mend}" else told.mend,
                "ours": told.ours,
            }
        )
    return [{"status": status, "rows": rows} for status, rows in sorted(by_status.items())]


def _differences_of_all(service: Service) -> Iterable[str]:
    yield "Errors marked “ours” are for cases where the published API says nothing."
    if service.fhir:
        yield "`/metadata` is answered, without X-Request-ID, where the published API has none."


def _quoted(name: str, value: str) -> str:
    return shlex.quote(f"{name}: {value}")
