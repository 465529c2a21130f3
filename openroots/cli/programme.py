"""Verbs about programmes: lint, count.

    openroots programme lint                       those that the program brings
    openroots programme lint my-programme.toml
    openroots programme count login-onboarding --on 2020-02-04

Source: none.
"""

from pathlib import Path

import click

from openroots.cli.client import Server, asks
from openroots.cli.terminal import BAD, GOOD, Json, day, faint, mark, prints, say, some, table

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def programme() -> None:
    """The ways that standards, suppliers and others take."""


def _show_faults(answer: Json) -> None:
    for file in answer["files"]:
        for fault in file["faults"]:
            say(fault["words"], f"{mark(BAD)} {file['file']}:{fault['line']}  ", "    ")
        if not file["faults"]:
            say(file["file"], f"{mark(GOOD)} ")
    say(faint(some(answer["faults"], "fault")))


@programme.command("lint")
@click.argument("files", type=FILE, nargs=-1)
@prints(_show_faults, failed=lambda answer: answer["faults"] > 0)
def lint(files: tuple[Path, ...]) -> Json:
    """What is wrong with the definitions of programmes, by file and line.

    Without FILES, those that the program brings. No server is needed.
    """
    from openroots.register.lint import lint as faults_of
    from openroots.register.programme import load_programmes, programme_files

    others = load_programmes() if files else {}
    texts = {str(file): file.read_text("utf-8", "replace") for file in files} or programme_files()
    told = []
    for name, text in texts.items():
        found = faults_of(text, name, others or load_programmes())
        told.append(
            {"file": name, "faults": [{"line": each.line, "words": each.words} for each in found]}
        )
    return {"files": told, "faults": sum(len(each["faults"]) for each in told)}


def _show_count(answer: Json) -> None:
    say(answer["sentence"])
    table([(stage["count"], stage["words"]) for stage in answer["stages"]])
    say(faint(f"{answer['programme']}, as on {day(answer['on'])}"))


@programme.command("count")
@click.argument("id")
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), help="As on this date; today's unless told."
)
@asks(_show_count)
def count(server: Server, id: str, on: object) -> Json:
    """How many cases of a programme stand at each stage: "7 connected, 11 coming"."""
    from urllib.parse import quote

    asked = f"{on:%Y-%m-%d}" if on else None
    return server.get(f"/programmes/{quote(id, safe='')}", on=asked)
