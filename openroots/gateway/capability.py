"""What a FHIR service says of itself in its CapabilityStatement.

For clients that ask for `/metadata`, and for the docs.

Source: FHIR R4 4.0.1 and STU3 3.0.1, CapabilityStatement.
"""

from collections import defaultdict

from openroots import __version__
from openroots.gateway.describe import published_api
from openroots.problem import Json
from openroots.service import Endpoint, Service

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
        "rest": [{"mode": "server", "security": {"cors": True}, "resource": _resources(service)}],
    }


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
        **({"versioning": "versioned"} if endpoints[0].service.fhir else {}),
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
