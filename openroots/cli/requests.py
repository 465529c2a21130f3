"""Verbs about what was asked of late: requests list, show, replay, export.

Source: none.
"""

import json
import os
from pathlib import Path
from urllib.parse import quote, urlencode

import click

from openroots.cli.client import Server, asks
from openroots.cli.terminal import (
    BAD,
    CONFLICT,
    GOOD,
    Json,
    Number,
    Stop,
    faint,
    mark,
    say,
    some,
    strong,
    table,
    when,
)

MOST_NAMED = 3  # files
ID = click.argument("id", default="last", metavar="[TRAIL|last]")


@click.group()
def requests() -> None:
    """What was asked of late, whole."""


def _show_requests(answer: Json) -> None:
    if not answer["requests"]:
        say("None is kept here, or none of these.")
        return
    table([_row(one) for one in answer["requests"]])


def _row(one: Json) -> tuple[str, ...]:
    sign = mark(GOOD if one["status"] < 400 else BAD)
    lost = "no answer" if one["lost"] else str(one["status"])
    asked = f"{one['method']} {one['path']}"
    return sign, faint(when(one["wall"])), lost, f"{one['ms']:.1f} ms", asked, faint(one["id"])


@requests.command("list")
@click.option("--endpoint", metavar="ID", help="Only those to this endpoint.")
@click.option("--status", metavar="N", help="Only those that were answered so.")
@click.option("--limit", type=Number(1), help="How many at most; 20 unless told.")
@asks(_show_requests)
def list_requests(
    server: Server, endpoint: str | None, status: str | None, limit: int | None
) -> Json:
    """The newest requests, the newest first."""
    return server.get("/requests", endpoint=endpoint, status=status, limit=limit)


def _show_request(answer: Json) -> None:
    say(strong(f"{answer['method']} {answer['path']}"))
    _show_part(answer["request"])
    say()
    say(strong(f"{answer['response']['status']} in {answer['ms']:.1f} ms"))
    _show_part(answer["response"])
    say()
    say(f"openroots why {answer['id']} tells why.")


def _show_part(part: Json) -> None:
    table([(faint(name), value) for name, value in part["headers"].items()])
    body = part["body"]
    if body is not None:
        say()
        click.echo(body if isinstance(body, str) else json.dumps(body, indent=2))


@requests.command("show")
@ID
@asks(_show_request)
def show(server: Server, id: str) -> Json:
    """A request and its answer, with headers and bodies.

    Without a TRAIL, the last. What proves who asked is covered.
    """
    return server.get(f"/requests/{quote(id, safe='')}")


def _show_replay(answer: Json) -> None:
    again = answer["again"]
    say(f"{again['method']} {again['path']}  →  {again['status']}, trail {again['id']}")
    if not answer["different"]:
        say(f"{mark(GOOD)} The answer is the same")
        return
    say(f"{mark(BAD)} {some(len(answer['different']), 'difference')}:")
    table([(one["at"], _value(one, "first"), _value(one, "again")) for one in answer["different"]])


def _value(one: Json, side: str) -> str:
    return json.dumps(one[side])[:60] if side in one else faint("nothing")


@requests.command("replay")
@ID
@asks(_show_replay, failed=lambda answer: bool(answer["different"]))
def replay(server: Server, id: str) -> Json:
    """Do a request again, and tell what is different.

    It has a new X-Request-ID, and is done: a write writes again. The exit code is 1 where the
    answer is another.
    """
    return server.post(f"/requests/{quote(id, safe='')}/replay")


def _show_exported(answer: Json) -> None:
    files = answer["files"]
    many = f"{len(files)} files in {os.path.commonpath(files)}" if len(files) > MOST_NAMED else ""
    say(f"{mark(GOOD)} {many or ', '.join(files)}")


@requests.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--as",
    "kind",
    type=click.Choice(["har", "pytest", "bruno"]),
    default="pytest",
    help="What to write; pytest unless told.",
)
@click.option("--id", "ids", multiple=True, metavar="TRAIL", help="Only these; all unless told.")
@asks(_show_exported)
def export(server: Server, folder: Path, kind: str, ids: tuple[str, ...]) -> Json:
    """Write requests to FOLDER: a test for pytest, or Bruno, or HAR.

    Nothing that is there already is written over.
    """
    query = urlencode([("as", kind), *(("id", id) for id in ids)])
    files: dict[str, str] = server.get(f"/requests/export?{query}")["files"]
    paths = {folder / name: text for name, text in files.items()}
    try:
        if there := next((path for path in paths if path.exists()), None):
            raise Stop(f"{there} is there already", "Name another folder.", CONFLICT)
        for path, text in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    except OSError as error:
        cause = f"{folder} cannot be written: {error.strerror or error}"
        raise Stop(cause, "Name another folder.", CONFLICT) from error
    return {"as": kind, "files": [str(path) for path in paths]}
