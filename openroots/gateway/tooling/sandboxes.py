"""Sandboxes behind the tooling door: make one, look at all, do something to one.

Whoever has the server's token works on all of them; each sandbox has a door and a token of its own
beneath its path, for whoever uses that one alone.

Source: none.
"""

from openroots.gateway.tooling.desk import Asked, Desk, Routes, Sandboxes
from openroots.problem import Json, Problem

ACTS = ("drop", "reset", "save", "restore", "clock")

route = Routes()


@route("GET", "/sandboxes")
def list_sandboxes(desk: Desk, asked: Asked) -> Json:
    """Every sandbox: where it answers, of how many people it was made, to whom it is bound."""
    return {"sandboxes": _sandboxes(desk).listed()}


@route("POST", "/sandboxes", kept=True, takes=None)
async def create_sandbox(desk: Desk, asked: Asked) -> Json:
    """A new sandbox, with its token. `name`, `people`, `seed` and `application` may be left out."""
    return await _sandboxes(desk).create(asked.body)


@route("GET", "/sandboxes/{name}")
async def look_at_sandbox(desk: Desk, asked: Asked) -> Json:
    """One sandbox with its clock and its faults."""
    return await _sandboxes(desk).act(asked.params["name"], "look", {})


@route("DELETE", "/sandboxes/{name}", kept=True)
async def drop_sandbox(desk: Desk, asked: Asked) -> Json:
    """The sandbox is gone, with all that it held."""
    return await _sandboxes(desk).act(asked.params["name"], "drop", {})


@route("POST", "/sandboxes/{name}/{act}", kept=True, takes=None)
async def act_on_sandbox(desk: Desk, asked: Asked) -> Json:
    """Drop a sandbox, make it as new, save it to a `file` or make it as that file has it; or move
    its time, as `clock` does."""
    act = asked.params["act"]
    if act not in ACTS:
        raise Problem("path-unknown", path=f"/sandboxes/{asked.params['name']}/{act}")
    return await _sandboxes(desk).act(asked.params["name"], act, asked.body)


def _sandboxes(desk: Desk) -> Sandboxes:
    if not desk.settings.movable:
        raise Problem("sandboxes-real")
    if desk.sandboxes is None:
        raise Problem("sandboxes-none")
    return desk.sandboxes
