"""The page of a service: all that its declarations say.

For `make_docs`.

Source: none.
"""

import sys
from collections.abc import Iterator, Mapping

from openroots.gateway.catalogue import service_page_data
from openroots.gateway.describe import ALWAYS_OPEN
from openroots.plain import ROWS
from openroots.problem import GATEWAY_ROWS, Failure, Json
from openroots.service import Endpoint, HeaderRule, Service
from tools.made_pages import FACT_HEADS, MADE, page, table


def service_page(service: Service) -> str:
    """All that its declarations say of a service."""
    data = service_page_data(service)
    parts = [
        MADE.format(source=f"openroots/services/{service.name}"),
        f"# {service.title}",
        service.words,
        _facts(service),
        "## Endpoints",
        *(_endpoint(endpoint, told) for endpoint, told in _told(service, data)),
        _always_open(service),
        "## Headers",
        _headers(service),
        "## Limits",
        _limits(data),
        "## Errors",
        ERRORS,
        "### Of this service",
        _failures(service, service.own_failures),
        "### Of the gateway, in this service's dialect",
        _failures(service, {row: service.failures[row] for row in _of_the_gateway(service)}),
        "## Signals",
        _signals(service),
        "## Known differences from the live API",
        "\n".join(f"- {difference}" for difference in data["differences"]),
    ]
    return page(parts)


def _of_the_gateway(service: Service) -> list[str]:
    named = {row for endpoint in service.endpoints for row in endpoint.fails}
    return sorted(GATEWAY_ROWS | named & (service.dialect.failures.keys() - service.own_failures))


ERRORS = (
    "`{names}` in the words stand for what the request held. Rows marked “ours” are for cases "
    "where the published API gives no wording. The first column is the name by which the code "
    "and `openroots why` call a row."
)


def _told(service: Service, data: Json) -> Iterator[tuple[Endpoint, Json]]:
    return zip(service.endpoints, data["endpoints"], strict=True)


def _facts(service: Service) -> str:
    shared = ", ".join(f"`{type}`" for type in service.shares)
    return table(
        FACT_HEADS,
        [
            ("Base path", f"`{service.base}`"),
            ("Published API", service.source),
            ("Specification", service.spec or "no version is published"),
            ("Last compared", service.checked or "not yet"),
            ("Errors are told as", f"{service.dialect.name}, `{service.dialect.media_type}`"),
            ("Shared with other services", shared or "nothing"),
        ],
    )


def _endpoint(endpoint: Endpoint, told: Json) -> str:
    body = ", ".join(f"`{type}`" for type in endpoint.takes)
    facts = [
        ("Name in trails, logs and metrics", f"`{endpoint.id}`"),
        ("Who may ask", ", ".join(told["access"]) or NOBODY_ASKED),
        *((("Besides", told["also"]),) if told["also"] else ()),
        ("Success", str(endpoint.success)),
        ("Body", f"{body}, at most {endpoint.largest:,} bytes" if body else "none"),
        *((f"Parameter `{name}`", words) for name, words in endpoint.query.items()),
        *((f"Header `{rule.name}`", rule.words) for rule in endpoint.headers),
        ("Own failures", ", ".join(f"`{row}`" for row in endpoint.fails) or "none"),
    ]
    heading = f"### {endpoint.method} {told['path']}"
    words = f"{told['summary']}. {told['description']}".strip()
    return "\n\n".join([heading, words, table(FACT_HEADS, facts)])


def _always_open(service: Service) -> str:
    paths = [path for path in ALWAYS_OPEN if path != "metadata" or service.fhir]
    rows = [(f"`GET {service.base}/{path}`", ALWAYS_OPEN[path]) for path in paths]
    return "### Open to anybody\n\n" + table(("Path", "What it is for"), rows)


def _headers(service: Service) -> str:
    if not service.headers:
        return "None of its own."
    rows = [
        (f"`{rule.name}`", "yes" if rule.missing else "no", rule.words, _example(rule))
        for rule in service.headers
    ]
    return table(("Header", "Required", "What it is", "Example"), rows)


# What an endpoint asks for besides, its headers and words say.
NOBODY_ASKED = "No key or token of the gateway is asked for"
LIMITS = "They hold where the server was started with `--limits real`."


def _limits(data: Json) -> str:
    rows = [
        (
            told["what"],
            told["of"],
            f"{told['most']:,} in any {told['seconds']} s",
            f"`{told['row']}`",
        )
        for told in data["limits"]
    ]
    return f"{LIMITS}\n\n" + table(("What", "Of", "At most", "One more fails as"), rows)


def _example(rule: HeaderRule) -> str:
    return f"`{rule.example}`" if rule.example else ""


def _failures(service: Service, failures: Mapping[str, Failure]) -> str:
    if not failures:
        return "None."
    rows = [
        (f"`{row}`", str(told.status), f"`{told.code}`", _words(told), _origin(service, row))
        for row, told in failures.items()
    ]
    return table(("Row", "Status", "Code", "Words", "Origin"), rows)


def _words(failure: Failure) -> str:
    return "; ".join(f"`{words}`" for words in (failure.display, failure.words) if words)


def _origin(service: Service, row: str) -> str:
    # What `plain.py` words is worded there because no API that uses it publishes anything.
    failure = service.failures[row]
    return "ours" if failure.ours or ROWS.get(row) == failure else "published"


def _signals(service: Service) -> str:
    if not service.emits:
        return "None."
    rows = [(f"`{type}`", words) for type, words in service.emits.items()]
    return "\n\n".join([table(("Type", "When it is given"), rows), *_causes(service)])


def _causes(service: Service) -> Iterator[str]:
    """Which change gives rise to which signals, where a service has a module that says so."""
    signals = sys.modules.get(f"openroots.services.{service.name}.signals")
    if signals is None:
        return
    told = [
        (f"`{name}`", ", ".join(f"`{type}`" for type in types))
        for name, types in signals.causes().items()
    ]
    yield table(("A change of", "Gives"), told)
