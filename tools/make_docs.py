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
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from openroots import services
from openroots.gateway.clients.rules import RULES
from openroots.register.standard import load_standards
from tools.made_pages import MADE, page
from tools.service_pages import service_page
from tools.standard_pages import standard_page

ROOT = Path(__file__).resolve().parent.parent
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
    return page(parts)


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
    for context in _commands(command, None, "openroots"):
        parts += [f"## {context.command_path}", f"```\n{context.get_help().rstrip()}\n```"]
    return page(parts)


def _commands(
    command: click.Command, parent: click.Context | None, name: str
) -> Iterator[click.Context]:
    """A context for the command and, beneath it, for each that is not hidden, by its verb."""
    told = {**command.context_settings, "terminal_width": 80, "max_content_width": 80}
    context = click.Context(command, parent, name, **told)
    yield context
    if isinstance(command, click.Group):
        for verb in command.list_commands(context):
            inner = command.get_command(context, verb)
            if inner is not None and not inner.hidden:
                yield from _commands(inner, context, verb)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
