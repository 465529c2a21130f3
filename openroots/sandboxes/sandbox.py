"""One sandbox: a house of its own, opened when somebody first asks it, and who is asking now.

For `sandboxes`. Opening, closing, dropping and making it as new happen one after the other. What
is under way when it is dropped is answered or told so, within a moment.

Source: none.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from openroots.app import Beside, open_house
from openroots.body import Receive, Scope
from openroots.clock import Chance, Clock, stopwatch
from openroots.gateway.tooling import BASE, Tooling
from openroots.gateway.tooling.desk import Desk
from openroots.house import House, Message, Send
from openroots.problem import Json, Problem
from openroots.sandboxes.folder import Noted, note, take_place
from openroots.sandboxes.leavings import Leavings
from openroots.sandboxes.templates import Kind, Templates
from openroots.sandboxes.turn import Turn, pause
from openroots.settings import Settings

PATH = "/sandbox"
GRACE = 0.5  # seconds that what is under way has when a sandbox is dropped
AT_ONCE = 8  # requests to its APIs that are worked on at a time: a turn for every sandbox
TOOLS_AT_ONCE = 2  # requests to its tooling and pages, of which one may be work for seconds
LIVE = f"{BASE}/requests/live"  # waits, and does no work
MOST_WAITING = 256  # requests under way, more than which are refused
LARGEST = 1 << 30  # bytes of its folder
READ_UNTIL = 2 * LARGEST
RESET = f"{BASE}/reset"
AWAKE = 5.0  # seconds after a request for which its delivery looks often
ASLEEP = 0.5  # seconds between looks thereafter


@dataclass(frozen=True, slots=True)
class Ground:
    """What all sandboxes of a server stand on."""

    settings: Settings
    wall: Clock
    chance: Chance
    templates: Templates
    leavings: Leavings


class Sandbox:
    """One sandbox, open or not."""

    def __init__(self, ground: Ground, folder: Path, noted: Noted) -> None:
        self.folder = folder
        self.noted = noted
        self.used = stopwatch()
        self.too_large = 0
        self.house: House | None = None
        self._ground = ground
        self._changing = asyncio.Lock()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._turns_of_tools = asyncio.Semaphore(TOOLS_AT_ONCE)
        self._flights: set[asyncio.Task[None]] = set()
        self._gone = False

    @property
    def name(self) -> str:
        """Its name."""
        return self.noted.name

    @property
    def is_gone(self) -> bool:
        """Whether it was dropped, or the server ends."""
        return self._gone

    @property
    def is_busy(self) -> bool:
        """Whether somebody is waiting for an answer."""
        return bool(self._flights)

    def shown(self) -> Json:
        """What may be said of it without its token."""
        path = f"{PATH}/{self.name}"
        time = self.house.world.time.now() if self.house else None
        in_use = self.house is not None
        return {**asdict(self.noted), "path": path, "in_use": in_use, "time": time}

    async def opened(self) -> House:
        """Its house, opened where it is not. Raises Problem once it is dropped."""
        self.used = stopwatch()
        if self.house is not None and not self._gone:
            return self.house
        async with self._changing:
            if self._gone:
                raise Problem("sandbox-gone", name=self.name)
            if self.house is None:
                self.house = await self._open()
            return self.house

    def desk_of(self, house: House) -> Desk:
        """What the tooling of its house works on."""
        assert isinstance(house.tooling, Tooling)  # as in any house that is not a worker's part
        return house.tooling.desk

    async def through(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have it answer. Raises Problem where it cannot and nothing has been sent."""
        if len(self._flights) >= MOST_WAITING:
            raise Problem("sandbox-busy", name=self.name, most=MOST_WAITING)
        told = Sending(send)
        flight = asyncio.create_task(self._answer(scope, receive, told))
        self._flights.add(flight)
        flight.add_done_callback(self._flights.discard)
        try:
            await asyncio.wait({flight})
        except asyncio.CancelledError:
            flight.cancel()
            raise
        if not flight.cancelled():
            flight.result()
        elif not told.begun:
            raise Problem("sandbox-gone", name=self.name)

    async def reset(self, kind: Kind) -> Json:
        """Make it as new. Its token stays; so does its audit log."""
        async with self._changing:
            await self._put_afresh(kind)
        return self.shown()

    async def refill(self, fill: Callable[[Path], Awaitable[Any]]) -> None:
        """Close it, and have its folder filled otherwise. Raises Problem once it is dropped: its
        name may be another's by then."""
        async with self._changing:
            self._must_be_there()
            await self._close(GRACE)
            await fill(self.folder)

    async def rest(self) -> None:
        """Close it until somebody asks it again; not while somebody does."""
        async with self._changing:
            if not self._flights:
                await self._close(0)

    async def close(self, grace: float = GRACE) -> None:
        """Close it for good. What is under way has so many seconds."""
        self._gone = True
        async with self._changing:
            await self._close(grace)

    def note_kind(self, kind: Kind) -> None:
        """Which people it begins with from now on. Raises Problem once it is dropped."""
        self._must_be_there()
        if kind != self.noted.kind:
            self.noted = replace(self.noted, people=kind.people, seed=kind.seed)
            note(self.folder, self.noted)

    def weigh(self) -> None:
        """Look how much room it takes."""
        size = sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
        self.too_large = size if size > LARGEST else 0

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        house = await self.opened()
        if scope["path"] == LIVE:
            await house.application(scope, receive, send)
            return
        if self.too_large and not self._may_still(scope["method"], scope["path"]):
            raise Problem("sandbox-too-large", name=self.name, bytes=self.too_large)
        is_api = house.gateway.service(scope["path"]) is not None
        # One sandbox does not keep the others from their turn.
        async with Turn(self._turns if is_api else self._turns_of_tools):
            await house.application(scope, receive, send)

    def _may_still(self, method: str, path: str) -> bool:
        """Whether this is answered by a sandbox that has grown too large. To be read leaves traces
        too, so that has an end as well."""
        if path == RESET:
            return True
        return method in ("GET", "HEAD") and self.too_large < READ_UNTIL

    async def _open(self) -> House:
        ground = self._ground
        people, seed = self.noted.kind
        settings = replace(
            ground.settings,
            state=self.folder,
            store="",
            rulebook="",  # what is decided in a sandbox is for itself
            people=people,
            seed=seed,
            workers=1,
        )
        beside = Beside(f"{PATH}/{self.name}", self._make, self._wait, pause)
        return await open_house(settings, wall=ground.wall, chance=ground.chance, beside=beside)

    async def _make(self, settings: Settings) -> Path:
        """What its own door's `reset` puts in place."""
        kind = Kind(settings.people, settings.seed)
        made = await self._ground.templates.put(kind, self.folder)
        self.note_kind(kind)
        self.too_large = 0
        return made

    def _must_be_there(self) -> None:
        if self._gone:
            raise Problem("sandbox-gone", name=self.name)

    async def _put_afresh(self, kind: Kind) -> None:
        self._must_be_there()
        people, seed = kind
        settings = replace(self._ground.settings, state=self.folder, people=people, seed=seed)
        if self.house is not None:
            await self.desk_of(self.house).renew(settings)
        else:
            take_place(await self._make(settings))

    async def _wait(self, seconds: float) -> None:
        """How its delivery passes the time: an idle sandbox costs the others little."""
        idle = stopwatch() - self.used > AWAKE
        await asyncio.sleep(max(seconds, ASLEEP) if idle else seconds)

    async def _close(self, grace: float) -> None:
        if (house := self.house) is None:
            return
        house.hasten()
        if self._flights and grace:
            await asyncio.wait(self._flights, timeout=grace)
        for flight in self._flights:
            flight.cancel()
        if self._flights:
            await asyncio.wait(self._flights)
        self.house = None
        await house.close()
        self._ground.leavings.more()


class Sending:
    """A way to send that notes whether anything was sent, to a way that is `behind` it."""

    def __init__(self, send: Send) -> None:
        self.begun = False
        self.behind = send

    async def __call__(self, message: Message) -> None:
        self.begun = True
        await self.behind(message)
