"""Makes the docs that say what the declarations say, or checks that they still do.

    docs/services/<service>.md      from openroots/services
    docs/standards/<standard>.md    from openroots/standards
    docs/client-rules.md            from openroots/gateway/clients
    docs/cli.md                     from the help of the command

For `make docs`, which writes them, and `make check`, which runs this with `--check`: it changes
nothing, and exits 1 with one line for each file that is missing, old or left over.

Source: none.
"""

import importlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import click

from openroots import services
from openroots.gateway.catalogue import service_page_data
from openroots.gateway.clients.rules import RULES
from openroots.gateway.describe import ALWAYS_OPEN
from openroots.plain import ROWS
from openroots.problem import GATEWAY_ROWS, Failure, Json
from openroots.register.decision import Decision
from openroots.register.standard import Clause, StageFrom, Standard, load_standards
from openroots.service import Endpoint, HeaderRule, Service

ROOT = Path(__file__).resolve().parent.parent
MADE = "<!-- Made by `make docs` from {source}. Change that, not this. -->"
FACT_HEADS = ("What", "Here")
FOLDERS = ("services", "standards")  # of docs/, in which every file is made


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Write the docs, or with `--check` say which are not as they would be written."""
    pages = made()
    if "--check" in arguments:
        wrong = list(drift(root / "docs", pages))
        print("\n".join(wrong) if wrong else f"made docs: {len(pages)} as the declarations say")
        return 1 if wrong else 0
    for path in left_over(root / "docs", pages):
        path.unlink()
    for name, text in pages.items():
        (root / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "docs" / name).write_text(text, "utf-8")
    return 0


def made() -> dict[str, str]:
    """Every page that is made, by its path below docs/."""
    pages = {f"services/{one.name}.md": service_page(one) for one in services.find()}
    pages |= {f"standards/{one.id}.md": standard_page(one) for one in load_standards()}
    pages["client-rules.md"] = rules_page()
    if (command := the_command()) is not None:
        pages["cli.md"] = command_page(command)
    return pages


def drift(docs: Path, pages: Mapping[str, str]) -> Iterator[str]:
    """One line for each page that is not as it would be written, and what mends it."""
    for name, text in pages.items():
        path = docs / name
        if not path.exists():
            yield f"docs/{name} is missing: run `make docs`"
        elif path.read_text("utf-8") != text:
            yield f"docs/{name} is not what the declarations say: run `make docs`"
    for path in left_over(docs, pages):
        yield f"docs/{path.relative_to(docs).as_posix()} is about nothing: run `make docs`"


def left_over(docs: Path, pages: Mapping[str, str]) -> list[Path]:
    """Files in the made folders that no declaration makes any more."""
    found = [path for folder in FOLDERS for path in sorted((docs / folder).glob("*.md"))]
    return [path for path in found if path.relative_to(docs).as_posix() not in pages]


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
    return _page(parts)


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
    return _table(
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
        ("Who may ask", ", ".join(told["access"])),
        *((("Besides", told["also"]),) if told["also"] else ()),
        ("Success", str(endpoint.success)),
        ("Body", f"{body}, at most {endpoint.largest:,} bytes" if body else "none"),
        *((f"Parameter `{name}`", words) for name, words in endpoint.query.items()),
        *((f"Header `{rule.name}`", rule.words) for rule in endpoint.headers),
        ("Own failures", ", ".join(f"`{row}`" for row in endpoint.fails) or "none"),
    ]
    heading = f"### {endpoint.method} {told['path']}"
    words = f"{told['summary']}. {told['description']}".strip()
    return "\n\n".join([heading, words, _table(FACT_HEADS, facts)])


def _always_open(service: Service) -> str:
    paths = [path for path in ALWAYS_OPEN if path != "metadata" or service.fhir]
    rows = [(f"`GET {service.base}/{path}`", ALWAYS_OPEN[path]) for path in paths]
    return "### Open to anybody\n\n" + _table(("Path", "What it is for"), rows)


def _headers(service: Service) -> str:
    if not service.headers:
        return "None of its own."
    rows = [
        (f"`{rule.name}`", "yes" if rule.missing else "no", rule.words, _example(rule))
        for rule in service.headers
    ]
    return _table(("Header", "Required", "What it is", "Example"), rows)


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
    return f"{LIMITS}\n\n" + _table(("What", "Of", "At most", "One more fails as"), rows)


def _example(rule: HeaderRule) -> str:
    return f"`{rule.example}`" if rule.example else ""


def _failures(service: Service, failures: Mapping[str, Failure]) -> str:
    if not failures:
        return "None."
    rows = [
        (f"`{row}`", str(told.status), f"`{told.code}`", _words(told), _origin(service, row))
        for row, told in failures.items()
    ]
    return _table(("Row", "Status", "Code", "Words", "Origin"), rows)


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
    return "\n\n".join([_table(("Type", "When it is given"), rows), *_causes(service)])


def _causes(service: Service) -> Iterator[str]:
    """Which change gives rise to which signals, where a service has a module that says so."""
    signals = sys.modules.get(f"openroots.services.{service.name}.signals")
    if signals is None:
        return
    told = [
        (f"`{name}`", ", ".join(f"`{type}`" for type in types))
        for name, types in signals.causes().items()
    ]
    yield _table(("A change of", "Gives"), told)


def standard_page(standard: Standard) -> str:
    """All that its file says of a standard."""
    mandates = [_mandate(decision) for decision in standard.founding]
    parts = [
        MADE.format(source=f"openroots/standards/{standard.id}.toml"),
        f"# {standard.title}",
        _table(
            FACT_HEADS,
            [
                ("Standard", f"`{standard.id}`"),
                ("Version", standard.version),
                ("Sort", standard.sort),
                ("Force", FORCE_WORDS[standard.force]),
                ("Publisher", standard.publisher),
            ],
        ),
        "## Why",
        _flowed(standard.why),
        "## Clauses",
        *(_clause(clause) for clause in standard.clauses),
        *([] if standard.clauses else ["None: it is listed, and no call is judged by it."]),
        "## Stages",
        _table(("From", "Stage", "Care settings"), [_stage(one) for one in standard.stages]),
        "## Founding mandates",
        _table(MANDATE_HEADS, mandates) if mandates else "None.",
        "## Sources",
        "\n".join(f"- {source}" for source in standard.sources),
    ]
    return _page(parts)


MANDATE_HEADS = ("Care settings", "Published", "Warned of from", "Refused from", "Reason")
FORCE_WORDS = {
    "none": "none: nobody need meet it by law",
    "regard": "those it concerns must have regard to it",
    "binding": "those it concerns must meet it",
}


def _clause(clause: Clause) -> str:
    lines = [
        f"### Clause {clause.id}",
        _flowed(clause.words),
        f"- Judged: each {clause.on}{_where(clause)}.",
        f"- Expected: {_flowed(clause.expected)}",
        f"- To mend: {_flowed(clause.mend)}",
    ]
    if clause.condition is None:
        rule = f"It is judged by the check `{clause.check}`."
    else:
        rule = f"```json\n{json.dumps(clause.condition.to_data(), indent=2)}\n```"
    return "\n\n".join([*lines[:2], "\n".join(lines[2:]), rule])


def _where(clause: Clause) -> str:
    applies = clause.applies
    told = [
        f"{words} {', '.join(f'`{one}`' for one in sorted(names))}"
        for words, names in (
            ("of type", applies.types),
            ("of the service", applies.services),
            ("at the endpoint", applies.endpoints),
        )
        if names
    ]
    return "".join(f" {words}" for words in told)


def _stage(stage: StageFrom) -> tuple[str, str, str]:
    return stage.start.isoformat(), stage.stage.value, ", ".join(stage.settings) or "all"


def _mandate(decision: Decision) -> tuple[str, ...]:
    dates = (decision.published, decision.warn_from, decision.enforce_from)
    told = (day.isoformat() if day else "no date is set" for day in dates)
    return ", ".join(decision.settings), *told, decision.reason


def rules_page() -> str:
    """What a client is judged by, rule by rule."""
    parts = [
        MADE.format(source="openroots/gateway/clients"),
        "# What a client is judged by",
        "[Check your client](clients.md) says how.",
    ]
    for rule in RULES:
        how = "To have it seen" if rule.judge else "Not to be told from outside. To look yourself"
        lines = (f"To mend: {rule.mend}", f"{how}: {rule.show}", f"Source: {rule.source}.")
        parts += [f"## {rule.id}", rule.words, "\n".join(f"- {line}" for line in lines)]
    return _page(parts)


def the_command() -> click.Command | None:
    """The command that is installed as `openroots`; None while it is not written."""
    try:
        command = importlib.import_module("openroots.cli").openroots
    except ModuleNotFoundError as error:
        if error.name != "openroots.cli":
            raise
        return None
    assert isinstance(command, click.Command)
    return command


def command_page(command: click.Command) -> str:
    """The help of the command and of each of its verbs."""
    parts = [MADE.format(source="the help of the command"), "# The command"]
    for context in _commands(command, None):
        parts += [f"## {context.command_path}", f"```\n{context.get_help().rstrip()}\n```"]
    return _page(parts)


def _commands(command: click.Command, parent: click.Context | None) -> Iterator[click.Context]:
    """A context for the command and, beneath it, for each that is not hidden."""
    name = command.name if parent else "openroots"
    told = {**command.context_settings, "terminal_width": 80, "max_content_width": 80}
    context = click.Context(command, parent, name, **told)
    yield context
    if isinstance(command, click.Group):
        for verb in command.list_commands(context):
            inner = command.get_command(context, verb)
            if inner is not None and not inner.hidden:
                yield from _commands(inner, context)


def _page(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return _flowed(text).replace("|", "\\|")


def _flowed(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
