"""What a page about a service shows, in plain values, and how each endpoint is called by hand.

For the pages of the catalogue and for the docs.

Source: none.
"""

import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, urlencode

import orjson

from openroots.gateway.describe import (
    OF_NO_ENDPOINT,
    Placeholders,
    description_of,
    failures_of,
    is_needed,
)
from openroots.problem import Failure, Json
from openroots.service import Access, Endpoint, HeaderRule, Service
from openroots.service.endpoint import WITH_TOKEN

AUTHORIZATION, KEY = "Authorization", "apikey"  # by which a caller shows who they are
PARAMETER = re.compile(r"\{(\w+)\}")
ACCESS_WORDS = {
    Access.HEALTHCARE_WORKER: "Healthcare worker access",
    Access.PATIENT: "Patient access",
    Access.APPLICATION: "Application-restricted access",
    Access.PRIVILEGED: "Privileged application-restricted access",
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
        "by_key": service.by_key,
        "shares": list(service.shares),
        "endpoints": [_endpoint_data(endpoint) for endpoint in service.endpoints],
        "headers": [_header_data(rule, bool(rule.missing)) for rule in service.headers],
        "limits": list(_limits(service)),
        "failures": _failures_by_status(_failures_of_all(service)),
        "emits": dict(service.emits),
        "differences": [*service.differences, *_differences_of_all(service)],
    }


def curl_of(endpoint: Endpoint, origin: str, examples: Mapping[str, str]) -> str:
    """A command that calls the endpoint, one argument a line, with only what it cannot do without.

    `examples` gives values of headers by their names; where there is none, that of the declaration
    is taken. Its `id` is a person's, and stands only where the path names a person; where there is
    an `Authorization`, it stands wherever somebody is asked who they are. A part of the path that
    nothing gives a value for stays in braces.
    """
    given = filled_in(endpoint, examples)
    path = PARAMETER.sub(lambda part: quote(given.get(part[1], part[0]), "{}"), endpoint.path)
    query = urlencode({name: given[name] for name in endpoint.query if name in given}, safe=":/")
    url = origin + endpoint.service.base + path + (f"?{query}" if query else "")
    lines = [f"curl {shlex.quote(url)}"]
    if endpoint.method != "GET":
        lines.append(f"-X {endpoint.method}")
    for rule in endpoint.rules:
        if is_needed(rule, endpoint):
            lines.append(f"-H {_quoted(rule.name, given.get(rule.name, rule.example))}")
    shown = next((name for name in (AUTHORIZATION, KEY) if name in given), "")
    if shown and Access.OPEN not in endpoint.access:
        lines.append(f"-H {_quoted(shown, given[shown])}")
    if endpoint.takes:
        lines.append(f"-H {_quoted('Content-Type', endpoint.takes[0])}")
    if endpoint.example is not None:
        lines.append(f"-d {shlex.quote(orjson.dumps(endpoint.example).decode())}")
    return " \\\n  ".join(lines)


def filled_in(endpoint: Endpoint, examples: Mapping[str, str]) -> dict[str, str]:
    """Values for an example of a call, by the names of parts of the path, parameters and headers:
    those of the declaration and `examples`, as for `curl_of`. Where only a member of staff in some
    role may ask, there is a place for their token."""
    person = {endpoint.about: examples["id"]} if endpoint.about and "id" in examples else {}
    others = {name: value for name, value in examples.items() if name != "id"}
    in_role = WITH_TOKEN if endpoint.roles else {}
    return {**in_role, **endpoint.given, **others, **person}


def can_be_shown(endpoint: Endpoint, examples: Mapping[str, str]) -> bool:
    """Whether there is a command that does something: it has the body and the parameters that it
    needs."""
    has_body = not endpoint.takes or endpoint.example is not None
    return has_body and set(endpoint.needs) <= set(filled_in(endpoint, examples))


def _used(service: Service, mode: Access) -> bool:
    return any(mode in endpoint.access for endpoint in service.endpoints)


def _endpoint_data(endpoint: Endpoint) -> Json:
    return {
        "name": endpoint.name,
        "method": endpoint.method,
        "path": endpoint.service.base + endpoint.path,
        "summary": endpoint.summary.rstrip("."),
        "description": description_of(endpoint),
        "access": [words for mode, words in ACCESS_WORDS.items() if mode in endpoint.access],
        "also": (endpoint.also.__doc__ or "").partition("\n")[0] if endpoint.also else "",
        "roles": sorted(endpoint.roles),
        "headers": [_header_data(rule, is_needed(rule, endpoint)) for rule in endpoint.headers],
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
    yield "`_status` is answered to anybody, where the live platform asks for a key of its own."
    if service.stray:
        usual = ", but for `_format` where it names JSON" if service.stated else ""
        yield f"A parameter that an endpoint does not have is refused{usual}, as PDS publishes it."
    if service.stated:
        yield "Answers are in JSON, whichever media type `Accept` names."
        yield "`/metadata` is answered, without X-Request-ID, where the published API has none."


def _quoted(name: str, value: str) -> str:
    return shlex.quote(f"{name}: {value}")
