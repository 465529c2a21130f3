"""What the verb `doctor` finds of a store: a file of ours, or a database in PostgreSQL.

Source: none.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from openroots.cli.check import Check
from openroots.cli.opening import where_it_is
from openroots.settings import Settings, without_password

HALF_MEND = "Where nobody makes it, DROP SCHEMA openroots CASCADE there, and start again."
ONE_NODE = "Stop one: what is decided at either is not known to the other, and audited by both."
LATER = ", which the next start brings up to date"


def look_at_store(settings: Settings) -> Iterator[Check]:
    """Whether the store of the settings can be opened, and is whole."""
    database = settings.state / "openroots.db"
    if settings.store:
        yield (found := _database(settings))
        if found.ok:
            yield _nodes(settings)
    elif noted := where_it_is(settings.state):
        words = f"the world is kept in {noted}: name it by --store to have it looked at"
        yield Check("Store", True, words)
    elif not database.exists():
        yield Check("Store", True, f"{database} is made by the first start")
    else:
        yield _file(database)


def shut_in(state: Path) -> Path | None:
    """The first file of the store in this folder that this user may not both read and write; None
    where there is none."""
    files = (state / f"openroots.db{beside}" for beside in ("", "-wal", "-shm"))
    return next((file for file in files if file.exists() and not _is_open(file)), None)


def _is_open(file: Path) -> bool:
    effective = os.access in os.supports_effective_ids
    return os.access(file, os.R_OK | os.W_OK, effective_ids=effective)


def _database(settings: Settings) -> Check:
    import asyncio

    from openroots.opening import HALF_MADE, reading
    from openroots.seed import is_seeded
    from openroots.storage import TooNew, Unavailable
    from openroots.storage.postgres import tables_in
    from openroots.storage.postgres_schema import SCHEMA_VERSION

    where = without_password(settings.store)
    try:
        version = asyncio.run(tables_in(settings.store))
        is_whole = not version or reading(settings, is_seeded)
    except TooNew as error:
        return Check("Store", False, str(error), "Run the newer version that wrote it.")
    except Unavailable as error:
        mend = (
            "Start that server, look at the way to it, or mend what it says; --store names another."
        )
        return Check("Store", False, f"{where} cannot be used: {error}", mend)
    if not version:
        return Check("Store", True, f"{where} answers; the first start makes a world there")
    if not is_whole:
        return Check("Store", False, f"{where}: {HALF_MADE}", HALF_MEND)
    later = "" if version == SCHEMA_VERSION else LATER
    return Check("Store", True, f"{where} answers, schema {version}{later}")


def _nodes(settings: Settings) -> Check:
    """Whether any other node has the database open beside that of this folder."""
    import asyncio

    from openroots.storage.postgres_nodes import node_of, nodes_in, place_of

    found, own = asyncio.run(nodes_in(settings.store)), node_of(settings.state)
    others = ", ".join(place_of(node) for node in found if node != own)
    if not others:
        return Check("Nodes", True, "no other has this database open")
    if own not in found:
        return Check("Nodes", True, f"this database is open at {others}: start none beside it")
    return Check("Nodes", False, f"this database is open at {others}, too", ONE_NODE)


def _file(database: Path) -> Check:
    import apsw

    from openroots.storage.sqlite import open_connection
    from openroots.storage.sqlite_schema import SCHEMA_VERSION

    if shut := shut_in(database.parent):
        words = f"{shut} may not be read and written"
        return Check("Store", False, words, f"chmod u+rw {shut}, as the user whose it is.")
    mend = "Restore a saved state: openroots restore FILE; openroots reset makes a new world."
    try:
        db = open_connection(database)
        version, sound = db.pragma("user_version"), db.execute("PRAGMA quick_check(1)").get
        db.close()
    except apsw.Error as error:
        return Check("Store", False, f"{database} cannot be read: {error}", mend)
    if version > SCHEMA_VERSION:
        words = f"{database} has schema {version}; this version knows {SCHEMA_VERSION}"
        return Check("Store", False, words, "Run the newer version that wrote it.")
    if not version:
        return Check("Store", False, f"{database} is no store of OpenRoots", mend)
    if sound != "ok":
        return Check("Store", False, f"{database}: {sound}", mend)
    later = "" if version == SCHEMA_VERSION else LATER
    return Check("Store", True, f"{database} is sound, schema {version}{later}")
