"""The composition root: from settings to an ASGI application with everything behind it.

Only here are modes chosen, files opened and the parts of the house put together. `open_house`
opens a world with its gateway; the `House` that it gives has the door that an ASGI server calls.

    state/openroots.db      the store         state/trails/    what `why` reads
    state/audit/0.jsonl     the audit log     state/token      opens the tooling door

Source: ASGI 3.0; the Fetch standard, for CORS.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import IO, TypeVar

from openroots import opening, services
from openroots.clock import Chance, Clock, Unpredictable, Wall
from openroots.delivering import dispatcher_of
from openroots.delivery.addresses import is_public, is_public_or_own
from openroots.delivery.dispatcher import Dispatcher, Waiter
from openroots.fhir.added import PACKAGES, Added
from openroots.gateway import access, products
from openroots.gateway.audit_log import AuditLog, WholeLog, deeds_of
from openroots.gateway.beginning import Beginning
from openroots.gateway.carrying import Carrier, end
from openroots.gateway.effect import Forgotten, Kept
from openroots.gateway.faults import Faults
from openroots.gateway.hydration import Hydration
from openroots.gateway.pipeline import Gateway
from openroots.gateway.quota import Counter, InMemory, Quota
from openroots.gateway.recorder import Recorder
from openroots.gateway.rounds import Step
from openroots.gateway.tooling import Tooling, local_token
from openroots.house import AnswersTooling, Application, House
from openroots.housekeeping import all_is_proved, kept_house, prove_what_was_left
from openroots.opening import deriving_of, found_in, look_again, open_world, renew, world_of
from openroots.problem import Json
from openroots.pruning import pruned
from openroots.ready_made import APPLICATIONS
from openroots.register import kept_agreements
from openroots.register.carried import Source
from openroots.restoring import restored
from openroots.seed import Progress, quiet
from openroots.service import Service
from openroots.settings import Settings
from openroots.storage import Author
from openroots.storage.audit import Journal
from openroots.storage.sqlite_writer import Writer
from openroots.world import World

G = TypeVar("G")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Beside:
    """What is different of a house that stands beside others in one process: the path beneath
    which it answers, whence it takes a store afresh, and how its delivery and a request that has
    nothing to do pass the time."""

    path: str = ""
    make: opening.Make | None = None
    wait: Waiter = asyncio.sleep
    pause: Waiter = asyncio.sleep


ALONE = Beside()


async def open_house(
    settings: Settings,
    *,
    wall: Clock | None = None,
    chance: Chance | None = None,
    progress: Progress = quiet,
    lines: IO[bytes] | None = None,
    faults: Faults | None = None,
    beside: Beside = ALONE,
) -> House:
    """Open the world that the settings describe, seeding it if it is new.

    `progress` is told of each step; log lines go to `lines`; `faults` strike in a made-up world
    only. Raises Unavailable where the state cannot be opened or written, and TooNew where a later
    version of the program wrote it.
    """
    found = _served(settings)
    deriving = deriving_of(found)
    times = wall or Wall(), chance or Unpredictable()
    world = await open_world(settings, deriving, *times, progress)
    world.pause = beside.pause
    await _offer(world, found, settings.environment)
    carrier = await _carrier(settings, world)
    audit = WholeLog(settings.state, world.keys, world.wall)
    await prove_what_was_left(world, audit.journal, audit.folder)
    gateway = _gateway(settings, found, world, audit, lines, faults)
    gateway.carrier = carrier
    token = local_token(settings.state, world.chance)
    turns = asyncio.Lock()
    renewed = partial(renew, world, deriving=deriving, make=beside.make)
    put_back = partial(_put_back, settings=settings, world=world, audit=audit, found=found)
    renew_world, restore = _in_turn(carrier, renewed, turns), _in_turn(carrier, put_back, turns)
    prune = partial(pruned, settings, world, audit)
    housekeeping = asyncio.create_task(kept_house(settings, world, found, carrier, prune))
    tooling = Tooling(gateway, settings, token, audit.journal, renew_world, restore, prune)
    return House(
        settings,
        world,
        gateway,
        audit,
        tooling,
        cache(partial(_site, gateway, settings, audit.journal, tooling, beside.path)),
        partial(all_is_proved, world, housekeeping),
        _delivery(settings, gateway, audit, beside),
    )


async def open_part(
    settings: Settings,
    number: int,
    writer: Writer,
    tooling: AnswersTooling,
    figures: Callable[[], Awaitable[bytes]],
    counter: Counter,
) -> House:
    """The house as one of several processes that serve the same world: see `workers`.

    It has a segment of the audit log of its own; what is for the whole world is done elsewhere.
    """
    found = _served(settings)
    store = await opening.open_part(settings, deriving_of(found), writer)
    world = await world_of(store, Wall(), Unpredictable(), settings.state / opening.KEYS)
    audit = AuditLog(settings.state, number, world.keys)
    lines = sys.stderr.buffer if settings.log == "text" else None
    gateway = _gateway(settings, found, world, audit, lines, None, counter)
    site = cache(partial(_site, gateway, settings, audit.journal, tooling))
    return House(settings, world, gateway, audit, tooling, site, _nothing_more, everywhere=figures)


async def reopen(house: House, writer: Writer) -> None:
    """Have a part of the house use the file that took the place of the one it has open."""
    world, old = house.world, house.world.store
    world.store = await opening.open_part(house.settings, deriving_of(services.find()), writer)
    await old.close()
    await look_again(world)


def _served(settings: Settings) -> list[Service]:
    """The services of a world: those for made-up people only where all are."""
    return [one for one in services.find() if settings.ready_made or not one.made_up]


def _gateway(
    settings: Settings,
    found: list[Service],
    world: World,
    audit: AuditLog,
    lines: IO[bytes] | None,
    faults: Faults | None,
    counter: Counter | None = None,
) -> Gateway:
    audit.looks.deeds = deeds_of(found)
    identify = access.KnownOnly() if settings.requires_key else access.KnownOrAnyone()
    effect = Forgotten() if settings.stateless else Kept()
    added = _added_steps(settings, (faults or Faults()).watch(world), counter or InMemory())
    trails = settings.state / "trails"
    gateway = Gateway(
        found,
        world,
        identify,
        audit.journal,
        trails,
        lines,
        added,
        effect,
        audit.looks,
        settings.explains_all,
    )
    gateway.recorder = Recorder(world) if settings.recorded else None
    gateway.given.packages = Added(settings.state / PACKAGES)
    return gateway


def _delivery(
    settings: Settings, gateway: Gateway, audit: AuditLog, beside: Beside
) -> Dispatcher | None:
    """What delivers events: nothing, where nothing is kept. A developer's webhooks may be on this
    machine."""
    if settings.stateless:
        return None
    origin = f"{settings.url or f'http://{settings.host}:{settings.port}'}{beside.path}"
    permit = is_public_or_own if settings.ready_made else is_public
    prove, alone = audit.journal.keep, not settings.store
    faults = next((step for step in gateway.steps if isinstance(step, Faults)), None)
    troubles = faults.of_signal if faults else None
    hydrate = Hydration(gateway, origin, permit).found
    made = dispatcher_of(
        gateway.world,
        origin,
        permit,
        prove,
        beside.wait,
        alone=alone,
        troubles=troubles,
        hydrate=hydrate,
    )
    return made.start()


async def _nothing_more() -> None:
    """Whoever has the whole world does the rest."""


def _added_steps(settings: Settings, faults: Faults, counter: Counter) -> list[Step]:
    """What stands between knowing who asks and permitting it, in the mode of these settings."""
    limits: list[Step] = [Quota(counter)] if settings.limited else []
    return [*limits, faults] if settings.troubled else limits


def _site(
    gateway: Gateway,
    settings: Settings,
    journal: Journal,
    tooling: AnswersTooling,
    beneath: str = "",
) -> Application:
    from openroots.pages.site import site

    made_up = settings.ready_made
    known = APPLICATIONS if made_up else ()
    begins = None if made_up else Beginning(gateway.world, journal)
    name, kept = beneath.rpartition("/")[2], not settings.stateless
    said = {"made_up": made_up, "kept": kept, "by_token": settings.requires_key}
    state = _named(settings, name) if made_up else ""
    return site(gateway, known, begins, tooling, sandbox=name, state=state, **said)


def _named(settings: Settings, sandbox: str) -> str:
    """The state folder of the server, where a command has to name it; "" where it is the usual."""
    folder = settings.state.parent.parent if sandbox else settings.state
    return "" if settings.origin("state") == "default" else str(folder)


async def _carrier(settings: Settings, world: World) -> Carrier | None:
    """What carries another node's rulebook here, once there is one in force; None where the world
    goes by its own."""
    if not settings.rulebook:
        await end(world)
        return None
    carrier = Carrier(world, Source.of(settings.rulebook))
    try:
        await carrier.begin()
    except BaseException:
        await world.store.close()
        raise
    return carrier


def _in_turn(
    carrier: Carrier | None, put: Callable[[G], Awaitable[T]], turns: asyncio.Lock
) -> Callable[[G], Awaitable[T]]:
    """What puts another world in place, one after the other; what it carries stays."""

    async def put_in_turn(given: G) -> T:
        async with turns:
            kept = await carrier.kept() if carrier else None
            done = await put(given)
            if carrier and kept:
                await carrier.keep(kept)
            return done

    return put_in_turn


async def _put_back(
    file: Path, *, settings: Settings, world: World, audit: WholeLog, found: list[Service]
) -> Json:
    """Put a saved state in the place of the world, made whole as at any start."""
    done = await restored(file, settings, world, audit, deriving_of(found))
    await _offer(world, found, settings.environment)
    return done


async def _offer(world: World, found: list[Service], environment: str) -> None:
    """Make the products of services, and the founding agreements, that an earlier version of the
    program did not have."""
    changes = await found_in(world.store, partial(products.missing, found, environment))
    if changes := [*changes, *await found_in(world.store, kept_agreements.missing)]:
        now = world.wall.now()
        by = Author("openroots", "", "products", "", now, now)
        await world.store.commit(changes, by=by)
