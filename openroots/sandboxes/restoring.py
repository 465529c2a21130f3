"""A sandbox made as a saved state has it.

For `sandboxes`. The file is checked before anything is changed. The keys of the sandbox stay, as
they are in no saved state: it is restored where it was saved, or its audit log names nobody.

Source: none.
"""

import asyncio
from pathlib import Path

import orjson

from openroots.gateway.tooling.desk import operator_entry, whole_path
from openroots.opening import found_in
from openroots.problem import Json, Problem
from openroots.restoring import prepared
from openroots.sandboxes.sandbox import Sandbox
from openroots.sandboxes.templates import Kind
from openroots.storage import Snapshot
from openroots.storage.saved import finish_begun, restore_prepared
from openroots.world import SEEDED


async def restored(found: Sandbox, wanted: Json) -> Json:
    """The sandbox as a `file` has it. Raises Problem, having changed nothing."""
    file = whole_path(wanted.get("file", ""))
    manifest: Json = {}

    async def fill(folder: Path) -> None:
        manifest.update(await asyncio.to_thread(_put, file, folder))

    await found.refill(fill)
    house = await found.opened()
    found.note_kind(await found_in(house.world.store, _kind))
    await house.journal.keep(operator_entry("tooling.restore", house.world))
    return {**found.shown(), "saved": manifest["saved"]}


def finished(folder: Path) -> None:
    """End what a reset or a restore that was cut short had begun."""
    finish_begun(folder)


def _kind(db: Snapshot) -> Kind:
    """Which people the world in a store began with."""
    kept = orjson.loads(db.marks([SEEDED])[SEEDED].value)
    return Kind(kept["people"], kept["seed"])


def _put(file: Path, folder: Path) -> Json:
    manifest = prepared(file, folder)
    try:
        restore_prepared(folder)
    except OSError as error:
        cause = error.strerror or error
        raise Problem("state-not-written", state=folder, cause=cause) from error
    return manifest
