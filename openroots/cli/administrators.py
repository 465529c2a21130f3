"""Verbs about administrators: admin list, admin add, admin end.

Source: none.
"""

from urllib.parse import quote

import click

from openroots.cli.client import Server, asks
from openroots.cli.terminal import BAD, GOOD, Json, faint, mark, say, strong, table, when


@click.group()
def admin() -> None:
    """Who administers this installation, and by which key."""


def _show_all(answer: Json) -> None:
    if not answer["administrators"]:
        say("No administrators. openroots admin add makes one.")
    table(
        [
            (mark(GOOD if one["status"] == "active" else BAD), one["id"], one["name"], _when(one))
            for one in answer["administrators"]
        ]
    )


def _when(one: Json) -> str:
    until = f", until {when(one['until'])}" if "until" in one else ""
    return faint(f"since {when(one['since'])}{until}")


@admin.command("list")
@asks(_show_all)
def list_administrators(server: Server) -> Json:
    """Everybody who administers it, or did."""
    return server.get("/administrators")


def _show_added(answer: Json) -> None:
    say(f"{mark(GOOD)} {strong(answer['id'])} is an administrator")
    table([("Key", strong(answer["key"]))])
    say(faint("It is not shown again. Programs send it as X-OpenRoots-Token."))


@admin.command("add")
@click.argument("id")
@click.option("--name", required=True, help="As they are called.")
@asks(_show_added)
def add(server: Server, id: str, name: str) -> Json:
    """Make somebody an administrator; ID is their e-mail address."""
    return server.post("/administrators", id=id, name=name)


def _show_ended(answer: Json) -> None:
    say(f"{mark(GOOD)} {strong(answer['id'])} is no administrator any more")


@admin.command("end")
@click.argument("id")
@asks(_show_ended)
def end(server: Server, id: str) -> Json:
    """Take back the key of an administrator, from the next request on."""
    return server.post(f"/administrators/{quote(id, safe='')}/end")
