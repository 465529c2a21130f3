"""Opens the world of a state folder, telling how far it has come, and what can stand in the way.

For `up`, `seed` and `reset`. On a terminal each step has a bar; elsewhere it is one plain line.

Source: none.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from openroots.cli.terminal import UNREACHABLE, USAGE, Stop, until_nobody_reads

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from openroots.house import House
    from openroots.seed import Progress
    from openroots.settings import Settings


NOTE = "store"  # a file in the state folder of a world that is in a database


def runner() -> "asyncio.Runner":
    """An event loop of the fastest kind there is."""
    import asyncio

    try:
        import uvloop
    except ImportError:  # Windows
        return asyncio.Runner()
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


def open_world(
    settings: "Settings",
    loop: "asyncio.Runner",
    lines: Any = None,
    *,
    err: bool = False,
    serving: bool = False,
) -> "House":
    """The world of the settings, seeded if it is new. Raises Stop where it cannot be opened, or is
    not to be served so.

    Log lines go to `lines`; how far it has come is shown on stdout, or stderr with `err`.
    """
    from openroots.app import open_house
    from openroots.gateway.carrying import NotCarried
    from openroots.storage.saved import finish_begun

    try:
        with writing(settings.state), _noting_where_it_is(settings):
            finish_begun(settings.state)
            if serving:
                refuse_other_people(settings)
            with opening_store(), _shown(settings.progress, err) as progress:
                return loop.run(open_house(settings, progress=progress, lines=lines))
    except NotCarried as error:
        mend = "Start that node first and look at the key, or leave --rulebook out."
        raise Stop(str(error), mend, UNREACHABLE) from error


def where_it_is(state: "Path") -> str:
    """The database that holds the world of this folder, without a password, as the last who opened
    it named it; "" where the world is in a file of ours."""
    with suppress(FileNotFoundError, NotADirectoryError):
        return (state / NOTE).read_text("utf-8").strip()
    return ""


@contextmanager
def _noting_where_it_is(settings: "Settings") -> Iterator[None]:
    """Note the database, if what is done now is done, for whoever does not name it. Raises Stop
    for them: they would begin another world beside the audit log of this one."""
    from openroots.settings import without_password

    state, named = settings.state, without_password(settings.store)
    noted = where_it_is(state)
    if noted and not named:
        cause = f"the world of {state} is kept in {noted}"
        mend = f"Name it, as by --store or OPENROOTS_STORE; delete {state / NOTE} for good."
        raise Stop(cause, mend, USAGE)
    _note(state, named)
    try:
        yield
    except BaseException:
        _note(state, noted)
        raise


def _note(state: "Path", where: str) -> None:
    note, making = state / NOTE, state / f"{NOTE}.making"
    if where != where_it_is(state) and where:
        making.write_text(f"{where}\n", "utf-8")
        making.replace(note)
    elif not where:
        note.unlink(missing_ok=True)


class NotOpened(Stop):
    """The store cannot be opened, and perhaps nobody can open it."""


def refuse_other_people(settings: "Settings", code: int = USAGE) -> None:
    """Raises Stop where the world that is there is of real people and the settings are for made-up
    ones, whom anybody may read, change and drop; or where it is the other way round."""
    from openroots.opening import reading
    from openroots.seed import is_made_up
    from openroots.storage import NoStore

    made_up = None
    with opening_store(), suppress(NoStore):
        made_up = reading(settings, is_made_up)
    elsewhere = "or name another folder with --state"
    if made_up is False and settings.ready_made:
        cause = f"{settings.state} holds a world of real people, which is for live mode alone"
        raise Stop(cause, f"Add --mode live, {elsewhere}.", code)
    if made_up and not settings.ready_made:
        cause = f"{settings.state} holds made-up people and published keys, which live mode has not"
        raise Stop(cause, f"Leave --mode live out, {elsewhere}.", code)


def world_is_made(settings: "Settings") -> bool:
    """Whether there is a whole world in the store of the settings. Raises Stop where nobody can
    tell."""
    from openroots.opening import FILE, reading
    from openroots.seed import is_seeded
    from openroots.storage import NoStore

    if not settings.store:  # a file has its name only once it is whole
        return (settings.state / FILE).exists()
    with opening_store():
        try:
            return reading(settings, is_seeded)
        except NoStore:
            return False


@contextmanager
def writing(state: "Path") -> Iterator[None]:
    """Tells that a state folder cannot be written. Raises Stop."""
    try:
        yield
    except OSError as error:
        mend = "Make room or make it writable, or name another folder with --state."
        raise Stop(f"{state} cannot be written: {error}", mend, USAGE) from error


@contextmanager
def opening_store() -> Iterator[None]:
    """Tells what stands in the way of a store. Raises Stop."""
    from openroots.storage import TooNew, Unavailable

    try:
        yield
    except TooNew as error:
        mend = "Run the newer version, or name another folder with --state."
        raise Stop(str(error), mend, USAGE) from error
    except Unavailable as error:
        mend = "openroots doctor looks for the cause; --state or --store names another store."
        raise NotOpened(f"the store cannot be opened: {error}", mend, USAGE) from error


@contextmanager
def _shown(wanted: bool, err: bool) -> Iterator["Progress"]:
    def line(step: str, done: int, of: int) -> None:
        with until_nobody_reads(err):
            if done == of:
                click.echo(f"{step}: {of}", err=err)
            elif not done:  # it may take long
                click.echo(f"{step}: {of} to do", err=err)

    if not wanted:
        yield lambda step, done, of: None
    elif (sys.stderr if err else sys.stdout).isatty():
        with _bars(err) as progress:
            yield progress
    else:
        yield line


@contextmanager
def _bars(err: bool) -> Iterator["Progress"]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    words, bar = TextColumn("  {task.description:<32}"), BarColumn(30, finished_style="green")
    columns = (words, bar, MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=err)) as bars:
        tasks: dict[str, Any] = {}

        def progress(step: str, done: int, of: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=of)
            bars.update(tasks[step], completed=done)

        yield progress
