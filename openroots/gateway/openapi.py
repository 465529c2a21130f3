"""What a service says of itself to machines in OpenAPI.

For clients that are made from descriptions, and for the pages of the catalogue.

Source: OpenAPI 3.1.0.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from http import HTTPStatus

from openroots import __version__
from openroots.gateway.access import KEY_HEADER
from openroots.gateway.describe import (
    ALWAYS_OPEN,
    PARAMETER,
    Placeholders,
    description_of,
    failures_of,
    is_needed,
    published_api,
)
from openroots.gateway.wire import FORM
from openroots.problem import Dialect, Failure, Json
from openroots.service import Access, Endpoint, HeaderRule, Service

TRAIL_HEADER = "X-OpenRoots-Trail"
MIRRORED = "As it was sent, if it was."
MIRRORS = ("X-Request-ID", "X-Correlation-ID")
OF_ALL = {
    TRAIL_HEADER: "Names this request when you ask why it was answered so.",
    **dict.fromkeys(MIRRORS, MIRRORED),
    "OpenRoots-Receipt": "A signed proof that the request was audited, where it was.",
    "RateLimit-Policy": "How much may be asked, where limits are in force.",
    "RateLimit": "How much more may be asked, where limits are in force.",
}
OF_FAILURES = {
    "allow": "The methods that this path has.",
    "retry-after": "How many seconds to wait before asking again.",
    "www-authenticate": "By what to say who asks.",
}
CHANGES_A_VERSION = frozenset({"read", "update", "patch", "create"})
A_VERSION = 'The version of the record, such as W/"2".'
TEXT: Json = {"type": "string"}
TEXTS: Json = {"type": "array", "items": TEXT}
A_NUMBER = {"pattern": r"^\d{10}$", "examples": ["9000000009"]}
RANGE = re.compile(r"([a-z])-([a-z])")


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
            },
            "headers": {name: _header(words) for name, words in OF_ALL.items()},
        },
    }


def _info(service: Service) -> Json:
    info: Json = {
        "title": service.title,
        "version": service.spec or __version__,
        "description": f"{service.words}\n\nCompatible with {published_api(service)}. "
        "The people are made up. This is not an NHS service.".strip(),
        "x-openroots-version": __version__,
    }
    return info | ({"x-openroots-checked": service.checked} if service.checked else {})


def _paths(service: Service) -> Json:
    paths: dict[str, Json] = defaultdict(dict)
    for endpoint in service.endpoints:
        paths[endpoint.path][endpoint.method.lower()] = _operation(endpoint)
    return paths


def _open_paths(service: Service) -> Json:
    return {
        f"/{path}": {"get": _open_operation(path, words, service)}
        for path, words in ALWAYS_OPEN.items()
        if path != "metadata" or service.stated
    }


def _open_operation(path: str, words: str, service: Service) -> Json:
    media_type = service.dialect.media_type if path == "metadata" else "application/json"
    given = _resource("CapabilityStatement") if path == "metadata" else {"type": "object"}
    same: Json = {"headers": _of_all(MIRRORS), "content": {media_type: {"schema": given}}}
    responses = {"200": {"description": "As asked.", **same}}
    if path == "_status":
        responses["503"] = {"description": "What it needs does not answer.", **same}
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
        "description": description_of(endpoint),
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


def _access_values(endpoint: Endpoint) -> list[str]:
    return [mode.value for mode in Access if mode in endpoint.access]


def _parameters(endpoint: Endpoint) -> Iterator[Json]:
    for name in PARAMETER.findall(endpoint.path):
        number = A_NUMBER if name == endpoint.about else {}
        words = "An NHS number." if number else ""
        schema = {"type": "string", **number}
        yield _parameter(name, "path", words, schema, required=True)
    for name, words in endpoint.query.items():
        usual = TEXTS if name in endpoint.several else TEXT
        schema = dict(endpoint.query_schemas.get(name, usual))
        yield _parameter(name, "query", words, schema, required=name in endpoint.needs)
    for rule in endpoint.rules:
        required = is_needed(rule, endpoint)
        yield _parameter(rule.name, "header", rule.words, _schema(rule), required=required)


def _parameter(name: str, where: str, words: str, schema: Json, *, required: bool = False) -> Json:
    return {"name": name, "in": where, "description": words, "required": required, "schema": schema}


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
    return {"required": True, "content": {type: _taken(type, endpoint) for type in endpoint.takes}}


def _taken(media_type: str, endpoint: Endpoint) -> Json:
    if "xml" in media_type:  # of which the schema and the example of JSON say nothing
        return {"schema": TEXT}
    usual = {"type": "object"} if media_type == FORM or "json" in media_type else TEXT
    content: Json = {"schema": endpoint.body_schema or usual}
    if endpoint.example is not None:
        content["example"] = endpoint.example
    return content


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
    headers = _of_every_answer(endpoint)
    interaction = endpoint.interaction if endpoint.service.fhir else None
    if interaction and interaction[0] in CHANGES_A_VERSION:
        headers["ETag"] = _header(A_VERSION)
    headers |= {name: _header(words) for name, words in endpoint.tells.items()}
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
    return _resource(given) if given else {"type": "object"}


def _resource(type: str) -> Json:
    """The JSON Schema of a FHIR resource of this type."""
    kind = {"resourceType": {"enum": [type]}}
    return {"type": "object", "required": ["resourceType"], "properties": kind}


def _of_every_answer(endpoint: Endpoint) -> Json:
    """The headers that an answer has, whatever became of the request."""
    headers = _of_all(OF_ALL)
    if name := endpoint.service.dialect.request_id:
        headers[name] = _header("The same, where clients of this API look for it.")
    return headers


def _of_all(names: Iterable[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _header(words: str) -> Json:
    return {"description": words, "schema": {"type": "string"}}


def _failed(endpoint: Endpoint) -> Json:
    by_status: dict[int, dict[str, Failure]] = defaultdict(dict)
    for row, failure in failures_of(endpoint).items():
        by_status[failure.status][row] = failure.told(Placeholders())
    return {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "headers": _of_every_answer(endpoint) | _of_failures(rows),
            "content": {
                media_type: {"schema": dialect.schema, "examples": _examples(dialect, rows)}
                for media_type, dialect in _spoken(endpoint).items()
            },
        }
        for status, rows in sorted(by_status.items())
    }


def _of_failures(rows: dict[str, Failure]) -> Json:
    names = dict.fromkeys(name for told in rows.values() for name, _ in told.headers)
    usual = "What the failure says besides its body."
    return {name.title(): _header(OF_FAILURES.get(name, usual)) for name in names}


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
