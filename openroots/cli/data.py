"""Verbs about what a world holds: seed, reset, prune, save, restore.

Source: none.
"""

from contextlib import suppress
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any

import click

from openroots.cli.client import NotRunning, Server, Unanswered, asks, with_state
from openroots.cli.flags import setting_flags, settings_from
from openroots.cli.folder import held, is_held
from openroots.cli.new_file import making
from openroots.cli.opening import (
    NotOpened,
    open_world,
    refuse_other_people,
    runner,
    where_it_is,
    world_is_made,
    writing,
)
from openroots.cli.terminal import (
    CONFLICT,
    GOOD,
    NOT_FOUND,
    REFUSED,
    UNREACHABLE,
    USAGE,
    WARNING,
    Json,
    Stop,
    faint,
    mark,
    prints,
    say,
    some,
    when,
)
from openroots.settings import Settings, without_password

PRUNED = {
    "versions": ("old version", "old versions"),
    "entries": ("audit entry", "audit entries"),
    "trails": ("day of trails", "days of trails"),
}
APART = "Use its own tools, such as pg_dump and dropdb."
SEED_FLAGS = ("state", "people", "seed", "store", "progress")


def _show_done(answer: Json) -> None:
    say(f"{mark(GOOD)} {answer['done']}")


@click.command()
@prints(_show_done)
@setting_flags(*SEED_FLAGS)
def seed(**flags: Any) -> Json:
    """Make the people of a new world without serving it."""
    settings = settings_from(flags)
    there = world_is_made(settings)
    where = without_password(settings.store) or settings.state
    if there and (flags["people"] is not None or flags["seed"] is not None):
        mend = "openroots reset makes it anew, with --people and --seed."
        raise Stop(f"{where} holds a world already", APART if settings.store else mend, CONFLICT)
    with held(settings.state):
        commits = _opened_once(settings)
    done = f"{where} holds a world already" if there else f"{where} holds a new world"
    return {"done": done, "made": not there, "commits": commits}


def _show_pruned(answer: Json) -> None:
    for name, words in PRUNED.items():
        say(f"{some(answer[name], *words)} went", f"{mark(GOOD)} ")


@click.command()
@asks(_show_pruned)
def prune(server: Server) -> Json:
    """Let go of what is kept no longer, now.

    That is what is older than the settings `versions`, `audit` and `trails` say. A server does so
    every hour by itself. What goes of the audit log is whole segments, and a signed checkpoint says
    that they went: openroots audit verify goes on to prove the rest.
    """
    return server.post("/prune")


@click.command()
@prints(_show_done)
@setting_flags(*SEED_FLAGS)
def reset(**flags: Any) -> Json:
    """Drop everything but the audit log, and seed again.

    What a later version of OpenRoots has written is not dropped: delete its openroots.db first.
    """
    settings = settings_from(flags)
    server = Server(settings)
    chosen = {name: flags[name] for name in ("people", "seed") if flags[name] is not None}
    answer: Json = {}
    if is_held(settings.state):
        with suppress(NotRunning):
            answer = server.post("/reset", **chosen)
    answer = answer or _reset_offline(settings)
    return {"done": "Everything is as at the beginning; the audit log is kept", **answer}


def _reset_offline(settings: Settings) -> Json:
    from openroots.storage.dropped import drop
    from openroots.storage.saved import finish_begun

    if not settings.movable:
        raise Stop("a world in live mode is not reset", "Name a sandbox's folder.", REFUSED)
    _refuse_database(settings)
    with held(settings.state), writing(settings.state):
        finish_begun(settings.state)
        with suppress(NotOpened):  # what cannot be read is what one may want to be rid of
            refuse_other_people(settings, REFUSED)
        drop(settings.state)
        return {"commits": _opened_once(settings, "tooling.reset")}


def _refuse_database(settings: Settings) -> None:
    """Raises Stop where a world is not in files of ours."""
    if settings.store or where_it_is(settings.state):
        raise Stop("this world is kept in a PostgreSQL database", APART, CONFLICT)


def _opened_once(settings: Settings, done: str = "") -> int:
    """Open the world, which makes it where it is not there, and close it; its last commit.

    Where `done` names what was done to it meanwhile, that is in its audit log.
    """
    from openroots.gateway.tooling.desk import operator_entry
    from openroots.opening import found_in

    with runner() as loop:
        house = open_world(settings, loop, err=True)
        commits: int = loop.run(found_in(house.world.store, attrgetter("t")))
        if done:
            loop.run(house.journal.keep(operator_entry(done, house.world)))
        loop.run(house.close())
    return commits


def _show_saved(answer: Json) -> None:
    size = sum(kept["bytes"] for kept in answer["files"].values())
    say(f"{mark(GOOD)} {answer['file']}: {some(len(answer['files']), 'file')}, {size / 1e6:.1f} MB")
    tell_left_out(answer)


def tell_left_out(answer: Json) -> None:
    """Which trails a saved state lacks."""
    for name in answer["left_out"]:
        told = f"{name} cannot be read, and is not in it. Be the user who runs the server."
        say(told, f"{mark(WARNING)} ", "  ")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@asks(_show_saved, of=with_state)
def save(server: Server, file: Path) -> Json:
    """Save the whole state to a file.

    It holds the records, the register, the audit log and the trails. Trails that cannot be read are
    left out, and named.
    """
    return saved(server, file.absolute())


def saved(server: Server, target: Path) -> Json:
    """What was saved to a new file, by the server where one has the folder open."""
    if is_held(server.state):
        with suppress(NotRunning):
            return server.post("/save", file=str(target))
    with held(server.state):
        return _saved(server.settings, target)


def _saved(settings: Settings, target: Path) -> Json:
    """Save a state that nobody has open."""
    from openroots.storage.dropped import DATABASE
    from openroots.storage.saved import COPY, write_saved

    _refuse_database(settings)
    if not (settings.state / DATABASE).exists():
        mend = "openroots seed makes a world; --state names another folder."
        raise Stop(f"{settings.state} holds no world in a file", mend, NOT_FOUND)
    copy = settings.state / f"{COPY}-alone"
    try:
        with making(target):
            wall = _copied(settings, copy)
            return {"file": str(target), **write_saved(target, copy, settings.state, wall)}
    finally:
        copy.unlink(missing_ok=True)


def _copied(settings: Settings, copy: Path) -> datetime:
    """Copy the store of a world that nobody has open, and say when by the wall."""
    from openroots.storage import Unavailable
    from openroots.storage.sqlite import SqliteStore

    try:
        with runner() as loop:
            house = open_world(settings, loop, err=True)
            store, wall = house.world.store, house.world.wall.now()
            assert isinstance(store, SqliteStore)
            try:
                loop.run(store.save(copy))
            finally:
                loop.run(house.close())
    except Unavailable as error:
        mend = "Make room there: a copy of the store is made before it is packed."
        raise Stop(f"the store cannot be copied: {error}", mend, CONFLICT) from error
    return wall


def _show_restored(answer: Json) -> None:
    say(f"{mark(GOOD)} {answer['state']} is as it was saved on {when(answer['saved'])}")
    if answer["before"]:
        say(faint(f"What was there is kept in {answer['before']}"), "  ", "  ")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@prints(_show_restored)
@with_state
def restore(server: Server, file: Path) -> Json:
    """Put a saved state in the place of the present one.

    What is there now is moved aside within the state folder. A server that has it open goes on with
    what was saved; whoever asks in the moment between is told to come again.
    """
    if is_held(server.state):
        try:
            return server.post("/restore", file=str(file.absolute()))
        except Unanswered as error:  # to do it again would drop what it may have moved aside
            raise _may_be_restored(server.state) from error
        except NotRunning:
            pass
    return _restored(server.settings, file)


def _may_be_restored(state: Path) -> Stop:
    cause = f"the server of {state} ended before it said whether this is restored"
    mend = f"Start it and look: if it is, what was there is in {state / 'before'}, until the next."
    return Stop(cause, mend, UNREACHABLE)


def _restored(settings: Settings, file: Path) -> Json:
    """Restore a state that nobody has open."""
    from openroots.storage.saved import restore_prepared

    state = settings.state
    _refuse_database(settings)
    with held(state):
        try:
            manifest = _prepared(file, state)
            before = restore_prepared(state)
        except OSError as error:
            cause = f"{state} cannot be written: {error.strerror or error}"
            raise Stop(cause, "Make room, and restore again.", CONFLICT) from error
        _opened_once(settings, "tooling.restore")
    return {"state": str(state), "before": str(before or ""), **manifest}


def _prepared(file: Path, state: Path) -> Json:
    from openroots.storage import TooNew
    from openroots.storage.saved import NotSaved, prepare_restore

    try:
        return prepare_restore(file, state)
    except NotSaved as error:
        raise Stop(str(error), "Name a file that openroots save has made.", USAGE) from error
    except TooNew as error:
        raise Stop(str(error), "Restore it with that version.", USAGE) from error
