"""The world itself behind the tooling door: is it there, what time is it, save it, begin it again.

Source: house rules of OpenRoots.
"""

import asyncio
import os
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from openroots import __version__
from openroots.clock import Movable
from openroots.gateway.tooling.desk import Asked, Desk, Routes
from openroots.problem import Json, Problem
from openroots.settings import SettingError, changed
from openroots.storage.saved import write_saved
from openroots.storage.sqlite import SqliteStore
from openroots.world import clock_mark

SHIFT = re.compile(r"([+-])(\d{1,6})([wdhm])", re.ASCII)
UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
FIRST, LAST = date(1900, 1, 1), date(2200, 1, 1)  # outside these no rule of a health service holds

route = Routes()


@route("GET", "/health", free=True)
def health(desk: Desk, asked: Asked) -> Json:
    """That requests are answered."""
    return {"status": "pass", "version": __version__}


@route("GET", "/status")
def status(desk: Desk, asked: Asked) -> Json:
    """What runs here."""
    world, shown = desk.world, desk.settings.shown()
    wall = world.wall.now()
    return {
        "status": "pass",
        "version": __version__,
        "pid": os.getpid(),
        "since": desk.since,
        "seconds": round((wall - desk.since).total_seconds(), 1),
        "mode": shown["mode"],
        "auth": shown["auth"],
        "state": str(desk.settings.state.resolve()),
        "store": shown["store"] or "openroots.db",
        "commits": world.store.snapshot().t,
        "clock": read_clock(desk, asked),
        "services": [
            {"name": service.name, "title": service.title, "base": service.base}
            for service in desk.gateway.services
        ],
        "standards": len(world.rulebook.standards),
        "rulebook": world.rulebook.hash,
    }


@route("GET", "/clock")
def read_clock(desk: Desk, asked: Asked) -> Json:
    """The world's time, the machine's, and how far they are apart."""
    world = desk.world
    shift = world.time.shift
    return {
        "time": world.time.now(),
        "wall": world.wall.now(),
        "moved": bool(shift),
        "seconds": round(shift.total_seconds()),
    }


@route("POST", "/clock", kept=True)
async def move_clock(desk: Desk, asked: Asked) -> Json:
    """Move the world's time by so much, to a day or moment, or back to the machine's."""
    if not desk.settings.movable:
        raise Problem("world-fixed")
    world = desk.world
    shift = moved(asked.text("to"), world.time.now(), world.wall.now())
    mark = clock_mark(Movable(world.wall, shift))
    asked.t = await world.store.commit(marks=[mark], by=asked.by(world))
    world.time.shift = shift
    return read_clock(desk, asked)


def moved(to: str, now: datetime, wall: datetime) -> timedelta:
    """The shift from wall time that "+14d", "2027-04-01" or "real" means. Raises Problem."""
    if to == "real":
        return timedelta()
    wanted = _moment(to, now)
    if not FIRST <= wanted.date() <= LAST:
        raise Problem("clock-out-of-range", to=to, first=FIRST, last=LAST)
    return wanted - wall


def _moment(to: str, now: datetime) -> datetime:
    try:
        if step := SHIFT.fullmatch(to):
            sign, count, unit = step.groups()
            by = timedelta(**{UNITS[unit]: int(count)})
            return now + by if sign == "+" else now - by
        moment = datetime.fromisoformat(to)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise Problem("clock-out-of-range", to=to, first=FIRST, last=LAST) from None
    except ValueError:
        wanted = "a step, a day, a moment or real"
        example = "+14d, -2h, 2027-04-01, 2027-04-01T09:30:00Z or real"
        raise Problem("value-wrong", name="to", given=to, wanted=wanted, example=example) from None


@route("GET", "/config")
def config(desk: Desk, asked: Asked) -> Json:
    """Each setting of this run and where it was set."""
    settings = desk.settings
    return {
        name: {"value": value, "origin": settings.origin(name)}
        for name, value in settings.shown().items()
    }


@route("POST", "/save", kept=True)
async def save(desk: Desk, asked: Asked) -> Json:
    """Write the whole state to a file on this machine while it is in use."""
    store = desk.world.store
    if not isinstance(store, SqliteStore):
        raise Problem("database-apart")
    target = Path(asked.text("file"))
    if not target.is_absolute():
        raise Problem("file-relative", file=target)
    await desk.journal.settled()
    copy = desk.settings.state / f"openroots.copy-{asked.trail}"
    try:
        await store.save(copy)
        wall = desk.world.wall.now()
        manifest = await asyncio.to_thread(write_saved, target, copy, desk.settings.state, wall)
    except FileExistsError:
        raise Problem("file-there", file=target) from None
    except OSError as error:
        cause = error.strerror or error
        raise Problem("file-not-written", file=target, cause=cause) from error
    finally:
        copy.unlink(missing_ok=True)
    return {"file": str(target), **manifest}


@route("POST", "/reset", kept=True)
async def reset(desk: Desk, asked: Asked) -> Json:
    """Drop everything but the audit log, and seed again, while requests go on being answered."""
    if not desk.settings.movable:
        raise Problem("world-fixed")
    if desk.settings.store:
        raise Problem("database-apart")
    wanted: Json = {name: asked.body[name] for name in ("people", "seed") if name in asked.body}
    try:
        settings = changed(desk.settings, wanted, "reset")
    except SettingError as error:
        raise Problem("setting-wrong", wrong=error.wrong, mend=error.mend) from error
    await desk.journal.settled()
    await desk.renew(settings)
    for path in desk.trails.glob("*.jsonl"):
        os.truncate(path, 0)  # not removed: the journal has the newest one open
    return {"commits": desk.world.store.snapshot().t, "clock": read_clock(desk, asked)}
