"""The world itself behind the tooling door: is it there, what time is it, save it, begin it again.

Source: house rules of OpenRoots.
"""

import asyncio
import os
import re
from datetime import UTC, date, datetime, timedelta

from openroots import __version__
from openroots.clock import FASTEST, LAST, REAL, Course
from openroots.gateway.coming import have_come
from openroots.gateway.tooling.desk import Asked, Desk, Routes, whole_path
from openroots.problem import Json, Problem
from openroots.settings.reading import changed
from openroots.settings.values import SettingError
from openroots.storage import Unavailable
from openroots.storage.saved import COPY, write_saved
from openroots.storage.sqlite import SqliteStore
from openroots.world import clock_mark

SHIFT = re.compile(r"([+-])(\d{1,6})([wdhm])", re.ASCII)
UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
RATE = re.compile(r"x(\d{1,6}(?:\.\d{1,3})?)", re.ASCII)
FIRST = date(1900, 1, 1)  # outside of this and the last day no rule of a health service holds
RENEWED = ("people", "seed")  # what a world that begins again may have otherwise
MOVED = ("to",)

route = Routes()


@route("GET", "/health", free=True)
async def health(desk: Desk, asked: Asked) -> Json:
    """That requests are answered."""
    return {"status": "pass", "version": __version__}


@route("GET", "/status")
async def status(desk: Desk, asked: Asked) -> Json:
    """What runs here."""
    world, shown, carrier = desk.world, desk.settings.shown(), desk.gateway.carrier
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
        "commits": await asyncio.to_thread(lambda: world.store.snapshot().t),
        "clock": read_clock(desk, asked),
        "services": [
            {"name": service.name, "title": service.title, "base": service.base}
            for service in desk.gateway.services
        ],
        "standards": len(world.rulebook.standards),
        "rulebook": world.rulebook.hash,
        "carried": await carrier.told() if carrier else None,
    }


@route("GET", "/clock")
def read_clock(desk: Desk, asked: Asked) -> Json:
    """The world's time, the machine's, how far they are apart, and how fast the first runs."""
    course, wall = desk.world.time.course, desk.world.wall.now()
    time = course.at(wall)
    return {
        "time": time,
        "wall": wall,
        "moved": course != REAL,
        "seconds": round((time - wall).total_seconds()),
        "rate": course.rate,
    }


@route("POST", "/clock", kept=True, takes=MOVED)
async def move_clock(desk: Desk, asked: Asked) -> Json:
    """Move the world's time by so much, to a day or moment, or back to the machine's; or have it
    run faster. Whatever was due in between is so at once: rules are looked up by time, and what
    was to happen does, in its order."""
    if not desk.settings.movable:
        raise Problem("world-fixed")
    world = desk.world
    course = moved(asked.text("to"), world.time.course, world.wall.now())
    asked.t = await world.store.commit(marks=[clock_mark(course)], by=asked.by(world))
    world.time.course = course
    asked.subjects += await have_come(world, desk.gateway.services)
    return read_clock(desk, asked)


def moved(to: str, course: Course, wall: datetime) -> Course:
    """The course that "+14d", "2027-04-01", "x60" or "real" means, where time has run on `course`
    until now. Raises Problem."""
    if to == "real":
        return REAL
    if rate := RATE.fullmatch(to):
        if (wanted_rate := float(rate[1])) > FASTEST:
            wanted = f"at most x{FASTEST}, a day each second"
            raise Problem("value-wrong", name="to", given=to, wanted=wanted, example="x60")
        return course.running(wanted_rate, wall)
    wanted_time = _moment(to, course.at(wall))
    if not FIRST <= wanted_time.date() <= LAST.date():
        raise Problem("clock-out-of-range", to=to, first=FIRST, last=LAST.date())
    return course.put_at(wanted_time, wall)


def _moment(to: str, now: datetime) -> datetime:
    try:
        if step := SHIFT.fullmatch(to):
            sign, count, unit = step.groups()
            by = timedelta(**{UNITS[unit]: int(count)})
            return now + by if sign == "+" else now - by
        moment = datetime.fromisoformat(to)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise Problem("clock-out-of-range", to=to, first=FIRST, last=LAST.date()) from None
    except ValueError:
        wanted = "a step, a day, a moment, a rate or real"
        example = "+14d, -2h, 2027-04-01, 2027-04-01T09:30:00Z, x60 or real"
        raise Problem("value-wrong", name="to", given=to, wanted=wanted, example=example) from None


@route("GET", "/config")
def config(desk: Desk, asked: Asked) -> Json:
    """Each setting of this run and where it was set."""
    settings = desk.settings
    return {
        name: {"value": value, "origin": settings.origin(name)}
        for name, value in settings.shown().items()
    }


@route("POST", "/save", kept=True, takes=("file",))
async def save(desk: Desk, asked: Asked) -> Json:
    """Write the whole state to a file on this machine while it is in use."""
    store = desk.world.store
    if desk.settings.store:
        raise Problem("database-apart")
    if not isinstance(store, SqliteStore):
        raise Unavailable("another store takes its place")
    target = whole_path(asked.body.get("file", ""))
    await desk.journal.settled()
    copy = desk.settings.state / f"{COPY}-{asked.trail}"
    try:
        await store.save(copy)
        wall = desk.world.wall.now()
        manifest = await asyncio.to_thread(write_saved, target, copy, desk.settings.state, wall)
        if desk.world.store is not store:  # whose audit log it is, then, nobody can say
            target.unlink()
            raise Unavailable("another store took its place")
    except FileExistsError:
        raise Problem("file-there", file=target) from None
    except OSError as error:
        cause = error.strerror or error
        raise Problem("file-not-written", file=target, cause=cause) from error
    finally:
        copy.unlink(missing_ok=True)
    return {"file": str(target), **manifest}


@route("POST", "/restore", kept=True, takes=("file",))
async def restore(desk: Desk, asked: Asked) -> Json:
    """Put a saved state of this machine in the place of the present one, while requests go on being
    answered but for a moment."""
    if desk.settings.store:
        raise Problem("database-apart")
    return await desk.restore(whole_path(asked.body.get("file", "")))


@route("POST", "/prune", kept=True)
async def prune(desk: Desk, asked: Asked) -> Json:
    """Let go, now, of versions, audit entries and trails that are older than the settings say: how
    many of each went. The housekeeping does so every hour."""
    try:
        return await desk.prune()
    except OSError as error:
        raise Unavailable(str(error)) from error


@route("POST", "/reset", kept=True, takes=RENEWED)
async def reset(desk: Desk, asked: Asked) -> Json:
    """Drop everything but the audit log, and seed again, while requests go on being answered."""
    if not desk.settings.movable:
        raise Problem("world-fixed")
    if desk.settings.store:
        raise Problem("database-apart")
    wanted: Json = {name: asked.body[name] for name in RENEWED if name in asked.body}
    try:
        settings = changed(desk.settings, wanted, "reset")
    except SettingError as error:
        raise Problem("setting-wrong", wrong=error.wrong, mend=error.mend) from error
    await desk.journal.settled()
    await desk.renew(settings)
    return {"commits": desk.world.store.snapshot().t, "clock": read_clock(desk, asked)}
