"""Verbs about sandboxes: make one, list all, drop one, make one as new, save and restore one.

Source: none.
"""

from pathlib import Path
from typing import Any

import click

from openroots.cli.client import Server, asks, with_state
from openroots.cli.terminal import GOOD, Json, Number, faint, mark, say, some, strong, table, when


@click.group()
def sandbox() -> None:
    """Health services beside a running one, for one user each."""


def _show_created(answer: Json) -> None:
    say(
        f"{mark(GOOD)} {strong(answer['url'])}  {faint(some(answer['people'], 'person', 'people'))}"
    )
    rows = [("token", answer["token"]), ("state", answer["state"])]
    if answer["application"]:
        rows.append(("bound to", f"{answer['application']}, at the usual address too"))
    rows.append(("try", answer["try"]))
    table(rows)


@sandbox.command()
@click.argument("name", required=False)
@click.option("--people", type=Number(0), help="Made-up people in it.")
@click.option("--seed", type=Number(0), metavar="S", help="Number that it follows from.")
@click.option(
    *("--app", "application"), metavar="ID", help="Give it all that this application asks for."
)
@asks(_show_created, of=with_state)
def create(server: Server, name: str | None, **wanted: Any) -> Json:
    """Make a sandbox; without a name it gets one."""
    from openroots.cli.up import typed

    given = {"name": name, **wanted}
    told = server.post(
        "/sandboxes", **{key: value for key, value in given.items() if value is not None}
    )
    tried = typed(f"clock +14d --sandbox {told['name']}", server.settings)
    return {**told, "url": f"{server.url}{told['path']}", "try": tried}


def _show_list(answer: Json) -> None:
    if not answer["sandboxes"]:
        say("There is no sandbox. openroots sandbox create makes one.")
        return
    table(
        (
            strong(each["name"]),
            some(each["people"], "person", "people"),
            each["application"],
            f"{when(each['created'])}{', in use' if each['in_use'] else ''}",
        )
        for each in answer["sandboxes"]
    )


@sandbox.command(name="list")
@asks(_show_list, of=with_state)
def list_sandboxes(server: Server) -> Json:
    """List the sandboxes."""
    return server.get("/sandboxes")


def _show_done(answer: Json) -> None:
    say(f"{mark(GOOD)} {answer['done']}")


@sandbox.command()
@click.argument("name")
@asks(_show_done, of=with_state)
def drop(server: Server, name: str) -> Json:
    """Drop a sandbox with all that it holds."""
    return {"done": f"Sandbox {name} is gone", **_act(server, name, "drop")}


@sandbox.command()
@click.argument("name")
@asks(_show_done, of=with_state)
def reset(server: Server, name: str) -> Json:
    """Make a sandbox as new; its token and its audit log stay."""
    return {"done": f"Sandbox {name} is as new", **_act(server, name, "reset")}


@sandbox.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@asks(_show_done, of=with_state)
def save(server: Server, name: str, file: Path) -> Json:
    """Save a sandbox to a file."""
    told = _act(server, name, "save", file=str(file.absolute()))
    return {"done": f"Sandbox {name} is saved to {told['file']}", **told}


@sandbox.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@asks(_show_done, of=with_state)
def restore(server: Server, name: str, file: Path) -> Json:
    """Make a sandbox as a file has it."""
    told = _act(server, name, "restore", file=str(file.absolute()))
    return {"done": f"Sandbox {name} is as it was on {when(told['saved'])}", **told}


def _act(server: Server, name: str, act: str, **wanted: Any) -> Json:
    from urllib.parse import quote

    return server.post(f"/sandboxes/{quote(name, safe='')}/{act}", **wanted)
