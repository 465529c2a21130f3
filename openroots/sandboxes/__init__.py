"""Sandboxes: whole health services of one's own beside a world, made in milliseconds.

For `up` and `testing`. A sandbox is a house as any other, with its own store, time, rulebook,
keys, faults and proofs, in a folder of its own. It answers beneath `/sandbox/NAME`, and to the
application that it is bound to. Only worlds of made-up people have any; no more than 200 are kept,
and some dozens are open at a time.

Source: none.
"""

import asyncio
import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from openroots.clock import stopwatch
from openroots.gateway.tooling import Tooling, local_token
from openroots.gateway.tooling.desk import Asked, Desk
from openroots.gateway.tooling.faults import faults
from openroots.gateway.tooling.keeping import move_clock, read_clock, save
from openroots.house import House
from openroots.identity.applications import by_id
from openroots.opening import found_in, make_folder
from openroots.problem import Json, Problem
from openroots.sandboxes import folder as folders
from openroots.sandboxes import restoring, templates
from openroots.sandboxes.folder import Noted
from openroots.sandboxes.leavings import Leavings
from openroots.sandboxes.sandbox import Ground, Sandbox
from openroots.sandboxes.templates import Kind, Templates

__all__ = ["FOLDER", "MOST", "NAME", "Kind", "Sandboxes"]

FOLDER = "sandboxes"
NAME = re.compile(r"[a-z0-9-]{1,40}", re.ASCII)  # of those there are
NEW_NAME = re.compile(r"(?!-)[a-z0-9-]{1,40}", re.ASCII)  # a command takes -x for an option
MOST = 200
MOST_OPEN = 48
IDLE = 600.0  # seconds without a request, after which a sandbox is closed
ROUND = 5.0  # seconds between looks at what is idle, and how large all are
USUAL_PEOPLE = 2000  # at most, where nobody says how many

log = logging.getLogger(__name__)


class Sandboxes:
    """All sandboxes beside one house. `ready` are seeded folders to copy, where there are any."""

    def __init__(self, house: House, ready: Mapping[Kind, Path] | None = None) -> None:
        self._house = house
        self.folder = house.settings.state / FOLDER
        world = house.world
        self._templates = Templates(self.folder / templates.FOLDER, ready)
        given = house.settings, world.wall, world.chance, self._templates
        self._ground = Ground(*given, Leavings())
        self._all = {each.name: each for each in self._found()}
        self._minding: asyncio.Task[None] | None = None

    def find(self, name: str) -> Sandbox:
        """The sandbox of this name. Raises Problem."""
        if (found := self._all.get(name)) is None:
            raise Problem("sandbox-unknown", name=name[:40])
        return found

    def bound_to(self, application: str) -> Sandbox | None:
        """The sandbox that an application is bound to, if it is to one."""
        every = self._all.values()
        return next((each for each in every if each.noted.application == application), None)

    @property
    def binds(self) -> bool:
        """Whether any application is bound to a sandbox."""
        return any(each.noted.application for each in self._all.values())

    def listed(self) -> list[Json]:
        """Each sandbox, as data, by name."""
        return [self._all[name].shown() for name in sorted(self._all)]

    async def create(self, wanted: Json) -> Json:
        """A new sandbox, as data, with its token. Raises Problem."""
        noted = await self._wanted(wanted)
        if noted.name in self._all:
            raise Problem("sandbox-there", name=noted.name)
        if len(self._all) >= MOST:
            raise Problem("sandboxes-full", most=MOST)
        made = Sandbox(self._ground, self.folder / noted.name, noted)
        self._all[noted.name] = made  # before anything is waited for: the name is taken
        try:
            await made.refill(partial(self._fill, noted))
        except BaseException:
            self._all.pop(noted.name, None)
            await made.close(0)
            raise
        token = folders.token_in(made.folder)
        return {**made.shown(), "token": token, "state": str(made.folder.resolve())}

    async def act(self, name: str, act: str, wanted: Json) -> Json:
        """What came of doing this to a sandbox. Raises Problem."""
        found = self.find(name)
        match act:
            case "drop":
                return await self._drop(found)
            case "reset":
                return await found.reset(_kind(wanted, found.noted.kind))
            case "look" | "clock":
                house = await self.opened(found)
                return await _told(act, found, found.desk_of(house), wanted)
            case "save":
                house = await found.opened()
                asked = _asked("save", house, wanted)
                return await save(found.desk_of(house), asked)
        return await restoring.restored(found, wanted)

    async def opened(self, found: Sandbox) -> House:
        """The house of a sandbox; another that is idle closes where too many are open."""
        self._mind()
        if found.house is None:
            every = [each for each in self._all.values() if each.house and not each.is_busy]
            if len(every) >= MOST_OPEN:
                await min(every, key=lambda each: each.used).rest()
        return await found.opened()

    def hasten(self) -> None:
        """Have what waits for something to happen be answered at once, in each that is open."""
        for each in self._all.values():
            if each.house is not None:
                each.house.hasten()

    async def close(self) -> None:
        """Finish what was accepted in each, and close all."""
        if self._minding:
            self._minding.cancel()
        closing = (each.close() for each in self._all.values())
        for error in await asyncio.gather(*closing, return_exceptions=True):
            if error is not None:  # a full disk: the others close all the same
                log.error("a sandbox could not be closed in good order: %r", error)
        await self._templates.close()

    async def _fill(self, noted: Noted, folder: Path) -> None:
        make_folder(self.folder)
        await self._templates.new(noted.kind, folder)
        local_token(folder, self._ground.chance)
        folders.note(folder, noted)  # last: what has none is swept away at the next start

    async def _drop(self, found: Sandbox) -> Json:
        if found.is_gone:
            raise Problem("sandbox-unknown", name=found.name)
        await found.close()
        await asyncio.to_thread(folders.take_down, found.folder)
        self._all.pop(found.name, None)
        return {"dropped": found.name}

    async def _wanted(self, wanted: Json) -> Noted:
        """What is asked for, whole and in form. Raises Problem."""
        usual = f"s-{self._ground.chance.bytes(4).hex()}"
        name, application = wanted.get("name", usual), wanted.get("application", "")
        if not isinstance(name, str) or not NEW_NAME.fullmatch(name):
            wanted_name = "1 to 40 of a-z, 0-9 and -, beginning with no -"
            raise _wrong("name", name, wanted_name, "my-tests")
        if not isinstance(application, str):
            raise _wrong("application", application, "the id of an application", "my-app")
        if application:
            await self._must_be_free(application)
        settings = self._house.settings
        kind = _kind(wanted, Kind(min(settings.people, USUAL_PEOPLE), settings.seed))
        created = self._ground.wall.now().isoformat()
        return Noted(name, *kind, created, application)

    async def _must_be_free(self, application: str) -> None:
        if await found_in(self._house.world.store, partial(by_id, application)) is None:
            raise Problem("application-unknown", application=application)
        if bound := self.bound_to(application):
            raise Problem("sandbox-bound", application=application, name=bound.name)

    def _found(self) -> list[Sandbox]:
        """The sandboxes of earlier runs; what was half made or half dropped goes."""
        found = []
        for folder in sorted(self.folder.glob("*")):
            if noted := folders.noted_in(folder) if NAME.fullmatch(folder.name) else None:
                restoring.finished(folder)
                found.append(Sandbox(self._ground, folder, replace(noted, name=folder.name)))
            elif folder.is_dir() and folder.name != templates.FOLDER:
                folders.take_down(folder)
        return found

    def _mind(self) -> None:
        if self._minding is None:
            self._minding = asyncio.create_task(self._rounds())

    async def _rounds(self) -> None:
        """Now and then: close what nobody asks, and look how large each that is open has grown."""
        while True:
            await asyncio.sleep(ROUND)
            for each in [each for each in self._all.values() if each.house]:
                try:
                    await _looked_after(each)
                except Exception:  # of one, for which the others do not pay
                    log.exception("a sandbox could not be looked after")


async def _looked_after(found: Sandbox) -> None:
    with suppress(OSError):  # it was dropped meanwhile
        await asyncio.to_thread(found.weigh)
    if stopwatch() - found.used > IDLE:
        await found.rest()


def with_token(house: House, sandboxes: Sandboxes) -> None:
    """Let the tooling of a house work on the sandboxes beside it."""
    if isinstance(house.tooling, Tooling):
        house.tooling.offer(sandboxes)


async def _told(act: str, found: Sandbox, desk: Desk, wanted: Json) -> Json:
    """A sandbox with its time and its faults; its time is moved first where that is asked."""
    asked = Asked(f"sandboxes.{act}", desk.world.chance.bytes(12).hex(), {}, {}, wanted)
    if act == "clock":
        await move_clock(desk, asked)
    return {**found.shown(), "clock": read_clock(desk, asked), **faults(desk, asked)}


def _kind(wanted: Json, usual: Kind) -> Kind:
    """Which people are asked for. Raises Problem."""
    values = {name: wanted.get(name, getattr(usual, name)) for name in Kind._fields}
    for name, value in values.items():
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
            raise _wrong(name, value, "a whole number from 0 on", "2000")
    return Kind(**values)


def _asked(name: str, house: House, body: Json) -> Asked:
    return Asked(name, house.world.chance.bytes(12).hex(), {}, {}, body)


def _wrong(name: str, given: object, wanted: str, example: str) -> Problem:
    return Problem("value-wrong", name=name, given=str(given)[:80], wanted=wanted, example=example)
