"""What a service is said to be, wherever it is described: its failures, its rules, its access.

For OpenAPI, the CapabilityStatement and the catalogue. All of it is made from the declarations, so
it cannot say anything else than what is answered.

Source: none.
"""

import re

from openroots.gateway.wire import FORM
from openroots.problem import GATEWAY_ROWS, Failure
from openroots.service import ANYONE, Access, Endpoint, HeaderRule, Service

# What is answered to anybody below every base; `metadata` below those of FHIR services only.
ALWAYS_OPEN = {
    "_ping": "Check that the service is there.",
    "_status": "Check that the service is there, and so is what it needs.",
    "metadata": "Get the capability statement.",
}
OF_NO_ENDPOINT = frozenset({"path-unknown", "method-unknown"})
OF_LIMITS = frozenset({"quota-exceeded", "spike-arrested", "api-busy"})
OF_JSON = frozenset({"body-not-json", "body-too-deep", "number-too-large", "member-repeated"})
OF_BODIES = OF_JSON | {"body-too-large", "body-packed", "body-too-slow"}
OF_PARSED = frozenset({"body-packed"})
OF_TEXT = frozenset({"body-not-utf8"})
OF_WRITES = frozenset({"conflict", "repeat-differs", "resource-invalid"})
OF_BODILESS = frozenset({"body-unwanted"})
NOT_OF_ALL = frozenset(
    {"access-refused", "body-type", "not-own-record", "not-implemented", "parameter-unknown"}
)
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
PARAMETER = re.compile(r"\{(\w+)\}")


class Placeholders(dict[str, object]):
    """The fields of a Problem that has not happened: each stands for itself, in braces."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def failures_of(endpoint: Endpoint) -> dict[str, Failure]:
    """Every way in which this endpoint can fail: what the gateway finds, and what it declares."""
    rows = GATEWAY_ROWS - OF_NO_ENDPOINT - NOT_OF_ALL - OF_LIMITS
    if not endpoint.takes:
        rows -= OF_BODIES
    if not endpoint.bodiless:
        rows -= OF_BODILESS
    if endpoint.raw:
        rows -= OF_PARSED
    if endpoint.raw or not any("json" in type for type in endpoint.takes):
        rows -= OF_JSON
    if FORM not in endpoint.takes:
        rows -= OF_TEXT
    if endpoint.method not in WRITES:
        rows -= OF_WRITES
    named = {*rows, *endpoint.fails, *endpoint.service.troubles, *_named_by_rules(endpoint)}
    named |= {limit.row for limit in (*endpoint.service.limits, *endpoint.limits)}
    named |= {endpoint.refuses} - {""}
    if endpoint.access != ANYONE:
        named |= {endpoint.refused, endpoint.refused_to_patients} - {""}
    if endpoint.about and Access.PATIENT in endpoint.access:
        named.add("not-own-record")
    if endpoint.takes:
        named.add(endpoint.body_type)
    return {row: failure for row, failure in endpoint.service.failures.items() if row in named}


def published_api(service: Service) -> str:
    """What a service is compatible with, in words."""
    return f"the published API of {service.spec}" if service.spec else "the published API"


def description_of(endpoint: Endpoint) -> str:
    """What is said of an endpoint beyond its first line."""
    words = (endpoint.handler.__doc__ or "").strip().partition("\n")[2]
    return " ".join(words.split())


def is_needed(rule: HeaderRule, endpoint: Endpoint) -> bool:
    """Whether a request to this endpoint goes wrong without the header."""
    # A header of one endpoint alone may be asked for by a check that it makes first.
    return bool(rule.missing) or (rule in endpoint.headers and bool(endpoint.opening))


def _named_by_rules(endpoint: Endpoint) -> set[str]:
    return {row for rule in endpoint.rules for row in (rule.missing, rule.invalid) if row}
