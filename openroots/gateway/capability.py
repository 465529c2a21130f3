"""What a FHIR service says of itself in its CapabilityStatement.

For clients that ask for `/metadata`, and for the docs.

Source: FHIR R4 4.0.1 and STU3 3.0.1, CapabilityStatement.
"""

from collections import defaultdict

from openroots import __version__
from openroots.gateway.describe import is_needed, published_api
from openroots.problem import Json
from openroots.service import Endpoint, Service

SEARCH_TYPE = "x-fhir-type"  # a word of ours in the JSON Schema of a parameter
UNDATED = "2026"  # the year of the first release: for a service that was compared on no day

# FHIR calls the search of a type something else in a CapabilityStatement than in its REST pages.
CAPABILITY_CODES = {"search": "search-type"}


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
        "implementation": {
            "description": f"{service.title}, compatible with {published_api(service)}"
        }
        | server,
        "fhirVersion": service.fhir_version,
        **({} if service.fhir else {"acceptUnknown": "no"}),  # which STU3 has to be told
        "format": [service.dialect.media_type],
        **_patch_formats(service),
        "rest": [
            {
                "mode": "server",
                "security": {"cors": True},
                "resource": _resources(service),
                **_operations("", service),
            }
        ],
    }


def _resources(service: Service) -> list[Json]:
    types: dict[str, list[Endpoint]] = defaultdict(list)
    for endpoint in service.endpoints:
        if endpoint.interaction:
            types[endpoint.interaction[1]].append(endpoint)
    return [_resource(type, endpoints, service) for type, endpoints in types.items()]


def _resource(type: str, endpoints: list[Endpoint], service: Service) -> Json:
    codes = [endpoint.interaction[0] for endpoint in endpoints if endpoint.interaction]
    searched = [
        _parameter(name, words, endpoint)
        for endpoint in endpoints
        for name, words in endpoint.query.items()
    ]
    return {
        "type": type,
        "interaction": [{"code": CAPABILITY_CODES.get(code, code)} for code in codes],
        **({"versioning": _versioning(endpoints)} if service.fhir else {}),
        **({"searchParam": searched} if searched else {}),
        **_operations(f"/{type}", service),
    }


def _parameter(name: str, words: str, endpoint: Endpoint) -> Json:
    type = _search_type(endpoint.query_schemas.get(name, {}))
    return {"name": name, "type": type, "documentation": words}


def _search_type(schema: Json) -> str:
    """As FHIR calls what a parameter of this form holds."""
    one = schema.get("items", schema)
    if one.get("type") == "integer":
        return "number"
    if one.get("type") == "boolean" or "enum" in one:
        return "token"
    return str(one.get(SEARCH_TYPE, "string"))


def _versioning(endpoints: list[Endpoint]) -> str:
    """Whether who changes a resource of the type has to name the version that they change."""
    rules = ((rule, endpoint) for endpoint in endpoints for rule in endpoint.headers)
    named = any(rule.key == "if-match" and is_needed(rule, endpoint) for rule, endpoint in rules)
    return "versioned-update" if named else "versioned"


def _operations(place: str, service: Service) -> Json:
    """The operations that have a published definition, directly below this place."""
    found = [
        {"name": endpoint.path.removeprefix(f"{place}/$"), "definition": endpoint.operation}
        for endpoint in service.endpoints
        if endpoint.operation and endpoint.path.startswith(f"{place}/$")
    ]
    return {"operation": found} if found else {}


def _patch_formats(service: Service) -> Json:
    taken = [
        media_type
        for endpoint in service.endpoints
        if endpoint.interaction and endpoint.interaction[0] == "patch"
        for media_type in endpoint.takes
    ]
    return {"patchFormat": list(dict.fromkeys(taken))} if taken else {}
