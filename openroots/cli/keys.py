"""Verbs about the keys that a world signs with: keys list, keys rotate.

Source: none.
"""

import click

from openroots.cli.client import Server, asks
from openroots.cli.terminal import GOOD, Json, faint, mark, say, strong, table


@click.group()
def keys() -> None:
    """The keys that this world signs with."""


def _show_all(answer: Json) -> None:
    table(
        [
            (strong(key["kid"]), "signs" if key["kid"] == answer["signing"] else "replaced")
            for key in answer["keys"]
        ]
    )
    say(faint(f"in {answer['folder']}"), "  ")


@keys.command("list")
@asks(_show_all)
def list_keys(server: Server) -> Json:
    """Every key that this world ever signed with, the newest last."""
    return server.get("/keys")


def _show_rotated(answer: Json) -> None:
    say(f"{mark(GOOD)} {strong(answer['signing'])} signs from now on")
    say(faint(f"What {answer['replaced']} signed goes on being good. Back up the folder again."))


@keys.command("rotate")
@asks(_show_rotated)
def rotate(server: Server) -> Json:
    """Sign with a new key from now on."""
    return server.post("/keys/rotate")
