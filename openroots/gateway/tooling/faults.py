"""Faults behind the tooling door: put troubles in place, list them, take them away.

They are kept with the world until they are cleared, so that every worker makes them, and a restart
does not end them. Where no trouble is made on purpose, the step that makes it is not there, and
this door says so.

Source: house rules of OpenRoots.
"""

import asyncio

from openroots.gateway.faults.fault import KEPT, KINDS, OF_SIGNALS, CannotBe, Fault, check, read
from openroots.gateway.faults.step import Faults
from openroots.gateway.tooling.desk import Asked, Desk, Routes
from openroots.identity.applications import by_id
from openroots.problem import Json, Problem
from openroots.service import Access
from openroots.world import faults_mark

ASKED = tuple(part for part in KEPT if part != "id")  # it is given one
MOST = 100  # faults in one world
SEED = 4  # bytes

route = Routes()


@route("GET", "/faults")
def faults(desk: Desk, asked: Asked) -> Json:
    """Every fault that is in place, with how often it was met and struck, and the kinds there are.
    Where several processes answer, each counts for itself, and no count is told."""
    alone = desk.settings.workers == 1
    return {"faults": [_told(one, alone) for one in _step(desk).in_place()], "kinds": KINDS}


@route("POST", "/faults", kept=True, takes=ASKED)
async def add_fault(desk: Desk, asked: Asked) -> Json:
    """Put a fault in place: see `openroots.gateway.faults.fault` for what the body says."""
    step, world = _step(desk), desk.world
    given = {**asked.body}
    if "share" in given:
        given.setdefault("seed", int.from_bytes(world.chance.bytes(SEED)))
    given["id"] = world.chance.bytes(SEED).hex()
    try:
        fault = read(given)
        check(fault, desk.gateway.services)
    except CannotBe as error:
        wrong = {"given": error.given, "wanted": error.wanted, "example": error.example}
        raise Problem("value-wrong", name=error.name, **wrong) from None
    await asyncio.to_thread(_must_be_known, fault.application, desk)
    async with step.changing:
        if len(world.faults) >= MOST:
            raise Problem("faults-too-many", most=MOST)
        await _keep(desk, asked, [*world.faults, fault.kept])
    return {"fault": _told(fault, counted=False)}


@route("POST", "/faults/clear", kept=True, takes=("id",))
async def clear_faults(desk: Desk, asked: Asked) -> Json:
    """Take away one fault, where `id` names it, or all."""
    step, world, id = _step(desk), desk.world, asked.text("id")
    if not id and asked.body.get("id") is not None:
        raise Problem("fault-unknown", id="''")
    async with step.changing:
        left = [one for one in world.faults if id and one["id"] != id]
        cleared = len(world.faults) - len(left)
        if id and not cleared:
            raise Problem("fault-unknown", id=id)
        await _keep(desk, asked, left)
        if not id:
            cleared += len(step.in_place())
            step.clear()
    return {"cleared": cleared}


def _must_be_known(application: str, desk: Desk) -> None:
    """Raises Problem where a fault is for an application that there is not."""
    if application in ("", Access.OPEN):
        return
    if by_id(application, desk.world.store.snapshot()) is None:
        raise Problem("application-unknown", application=application)


def _step(desk: Desk) -> Faults:
    """The step that makes troubles. Raises Problem where there is none."""
    found = next((step for step in desk.gateway.steps if isinstance(step, Faults)), None)
    if found is None:
        raise Problem("faults-absent")
    return found


async def _keep(desk: Desk, asked: Asked, faults: list[Json]) -> None:
    """Have these faults in place, here and after a restart."""
    world = desk.world
    asked.t = await world.store.commit(marks=[faults_mark(faults)], by=asked.by(world))
    world.faults = faults


def _told(fault: Fault, counted: bool) -> Json:
    """A fault as it is listed, with what it does in words."""
    counts = {"met": fault.met, "struck": fault.struck} if counted else {}
    of = "signals" if fault.do in OF_SIGNALS else "requests"
    every = {} if fault.share else {"every": fault.every}
    return {**fault.kept, **every, "of": of, "told": fault.told, **counts}
