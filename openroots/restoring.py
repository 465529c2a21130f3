"""Puts a saved state in the place of a world that is served, while requests go on being answered.

For `app.py`. It is unpacked and looked at beside the world. Then, for a moment, whoever asks is
told that the store is unavailable: the store and the audit log are closed and moved aside, and
those that were saved are opened in their place.

Source: none.
"""

import asyncio
from functools import partial
from pathlib import Path

from openroots.gateway.audit_log import WholeLog
from openroots.housekeeping import prove_what_was_left
from openroots.opening import FILE, Deriving, forget_who_was_erased, look_again
from openroots.problem import Json, Problem
from openroots.seed import is_made_up
from openroots.settings import Settings
from openroots.storage import TooNew
from openroots.storage.closed import ClosedStore
from openroots.storage.saved import (
    NotSaved,
    forget_prepared,
    prepare_restore,
    prepared_store,
    restore_prepared,
)
from openroots.storage.sqlite import open_sqlite, read_sqlite
from openroots.storage.sqlite_schema import SCHEMA_VERSION
from openroots.world import World


def prepared(file: Path, state: Path) -> Json:
    """The manifest of a saved state, which is unpacked beside the present one and sound. Raises
    Problem, having changed nothing."""
    try:
        return prepare_restore(file, state)
    except (NotSaved, TooNew) as error:
        raise Problem("saved-wrong", wrong=str(error)) from error
    except OSError as error:
        cause = error.strerror or error
        if error.filename == str(file):
            raise Problem("file-not-read", file=file, cause=cause) from error
        raise Problem("state-not-written", state=state, cause=cause) from error


async def restored(
    file: Path, settings: Settings, world: World, audit: WholeLog, deriving: Deriving
) -> Json:
    """Put this in the place of the world; returns where what was there is kept, and the manifest.

    Raises Problem, having changed nothing. Where it fails later, nothing is answered any more, and
    the next start ends what was begun.
    """
    state = settings.state
    manifest = await asyncio.to_thread(_fitting, file, settings)
    old, world.store = world.store, ClosedStore()
    await old.close()
    await audit.journal.settled()  # the entries of what was just committed
    before = await audit.refilled(partial(restore_prepared, state))
    store = await open_sqlite(state / FILE, *deriving)
    await forget_who_was_erased(store, state, world.wall.now())
    world.store = store
    await look_again(world)
    await prove_what_was_left(world, audit.journal, audit.folder)
    return {"state": str(state), "before": str(before or ""), **manifest}


def _fitting(file: Path, settings: Settings) -> Json:
    """What was prepared, if this server can serve it as it is. Raises Problem."""
    manifest = prepared(file, settings.state)
    try:
        if manifest["schema"] < SCHEMA_VERSION:
            raise Problem("saved-earlier", file=file)
        made_up = read_sqlite(prepared_store(settings.state), is_made_up)
        if made_up is not None and made_up != settings.ready_made:
            people = "made-up people" if made_up else "real people"
            raise Problem("saved-of-others", file=file, people=people)
    except BaseException:
        forget_prepared(settings.state)
        raise
    return manifest
