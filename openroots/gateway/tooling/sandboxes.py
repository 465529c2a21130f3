"""Sandboxes behind the tooling door: make one, look at all, do something to one.

Whoever has the server's token works on all of them; each sandbox has a door and a token of its own
beneath its path, for whoever uses that one alone.

Source: none.
"""

from openroots.gateway.tooling.desk import Asked, Desk, Routes, Sandboxes
from openroots.gateway.tooling.keeping import MOVED, RENEWED
from openroots.problem import Json, Problem

CREATED = ("name", "people", "seed", "application")
FILE = ("file",)

route = Routes()


@route("GET", "/sandboxes")
def list_sandboxes(desk: Desk, asked: Asked) -> Json:
    """Every sandbox: where it answers, of how many people it was made, to whom it is bound."""
    return {"sandboxes": _sandboxes(desk).listed()}


@route("POST", "/sandboxes", kept=True, takes=CREATED)
async def create_sandbox(desk: Desk, asked: Asked) -> Json:
    """A new sandbox, with its token. `name`, `people`, `seed` and `application` may be left out."""
    return await _sandboxes(desk).create(asked.body)


@route("GET", "/sandboxes/{name}")
async def look_at_sandbox(desk: Desk, asked: Asked) -> Json:
    """One sandbox with its clock and its faults."""
    return await _sandboxes(desk).act(asked.params["name"], "look", {})


@route("DELETE", "/sandboxes/{name}", kept=True)
@route("POST", "/sandboxes/{name}/drop", kept=True)
async def drop_sandbox(desk: Desk, asked: Asked) -> Json:
    """The sandbox is gone, with all that it held."""
    return await _sandboxes(desk).act(asked.params["name"], "drop", {})


@route("POST", "/sandboxes/{name}/reset", kept=True, takes=RENEWED)
async def reset_sandbox(desk: Desk, asked: Asked) -> Json:
    """The sandbox is as new; its token and its audit log stay."""
    return await _sandboxes(desk).act(asked.params["name"], "reset", asked.body)


@route("POST", "/sandboxes/{name}/save", kept=True, takes=FILE)
async def save_sandbox(desk: Desk, asked: Asked) -> Json:
    """Write what the sandbox holds to a file on this machine."""
    return await _sandboxes(desk).act(asked.params["name"], "save", asked.body)


@route("POST", "/sandboxes/{name}/restore", kept=True, takes=FILE)
async def restore_sandbox(desk: Desk, asked: Asked) -> Json:
    """The sandbox is as a file has it."""
    return await _sandboxes(desk).act(asked.params["name"], "restore", asked.body)


@route("POST", "/sandboxes/{name}/clock", kept=True, takes=MOVED)
async def move_clock_of_sandbox(desk: Desk, asked: Asked) -> Json:
    """Move the sandbox's time, as `clock` does that of the world."""
    return await _sandboxes(desk).act(asked.params["name"], "clock", asked.body)


def _sandboxes(desk: Desk) -> Sandboxes:
    if not desk.settings.movable:
        raise Problem("sandboxes-real")
    if desk.sandboxes is None:
        raise Problem("sandboxes-none")
    return desk.sandboxes
