"""Verbs about the run itself: status, doctor, config.

Source: none.
"""

import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from openroots.cli.check import Check
from openroots.cli.client import Server, asks, with_state
from openroots.cli.flags import setting_flags, settings_from
from openroots.cli.folder import find_server, is_held, lives
from openroots.cli.store_health import look_at_store
from openroots.cli.terminal import (
    BAD,
    GOOD,
    Json,
    faint,
    how_long,
    mark,
    prints,
    say,
    some,
    strong,
    table,
    when,
)
from openroots.settings import SETTINGS, Settings
from openroots.settings.reading import FILE, misspelt

ROOM = 500 << 20  # bytes that should be free: a small world, its log and a saved state
MEND_CARRIED = (
    "What was taken over before stays in force. Start that node; where its key was rotated, or it"
    " was begun afresh, see 'Carry the rulebook of another node' in docs/operations.md."
)
MEND_CERTIFICATES = (
    "Put it back. What is the server's own, server.pem and server.key, can be deleted instead: the"
    " next start makes it anew. Of a new authority all clients have to be told."
)
PLACES_OF_BROWSERS = (
    "~/.cache/ms-playwright",
    "~/Library/Caches/ms-playwright",
    "~/AppData/Local/ms-playwright",
)

Look = Callable[[Settings], Iterator[Check]]


def _show_status(answer: Json) -> None:
    running = f"OpenRoots {answer['version']} answers at {answer['url']}/"
    since = f"process {answer['pid']}, for {how_long(answer['seconds'])}"
    say(f"{strong(running)}  {faint(since)}", f"{mark(GOOD)} ", "  ")
    clock = answer["clock"]
    moved = f", moved by {how_long(clock['seconds'])}" if clock["moved"] else ""
    table(
        [
            ("state", f"{answer['state']} ({answer['store']})"),
            ("mode", f"{answer['mode']}, {answer['auth']} authorisation"),
            ("time", f"{when(clock['time'])}{moved}"),
            ("commits", answer["commits"]),
            (
                "register",
                f"{some(answer['standards'], 'standard')}, rulebook {answer['rulebook'][:12]}",
            ),
            *_carried_rows(answer["carried"]),
            *(("service", f"{one['title']}  {faint(one['base'])}") for one in answer["services"]),
        ],
        indent=2,
    )


def _carried_rows(carried: Json | None) -> list[tuple[str, str]]:
    if carried is None:
        return []
    rows = [("carried", f"from {carried['url']}, signed {when(carried['at'])}")]
    return rows + ([("", f"{mark(BAD)} {carried['trouble']}")] if carried["trouble"] else [])


@click.command()
@asks(_show_status)
def status(server: Server) -> Json:
    """What runs here."""
    return {"url": server.url, **server.get("/status")}


def _show_checks(answer: Json) -> None:
    for check in answer["checks"]:
        say(f"{check['name']}: {check['words']}", f"{mark(GOOD if check['ok'] else BAD)} ", "  ")
        if not check["ok"]:
            say(check["mend"], f"  {strong('To mend:')} ", " " * 11)


@click.command()
@prints(_show_checks, failed=lambda answer: not answer["ok"])
@setting_flags("state", "port", "host", "store")
def doctor(**flags: Any) -> Json:
    """What is wrong here, and how to mend it."""
    settings = settings_from(flags)
    checks = [check for look in LOOKS for check in _found(look, settings)]
    return {"ok": all(check.ok for check in checks), "checks": [one._asdict() for one in checks]}


def _found(look: Look, settings: Settings) -> Iterator[Check]:
    """What is found as far as one may look: another user than the server's is told so."""
    try:
        yield from look(settings)
    except PermissionError as error:
        words = f"{error.filename}: {error.strerror}"
        yield Check("Leave to look", False, words, "Be the user who runs the server.")


def _python(settings: Settings) -> Iterator[Check]:
    found = ".".join(map(str, sys.version_info[:3]))
    yield Check("Python", sys.version_info >= (3, 11), found, "Install Python 3.11 or later.")


def _sqlite(settings: Settings) -> Iterator[Check]:
    try:
        import apsw
    except ImportError as error:
        yield Check("SQLite", False, str(error), "Install OpenRoots again: pip install .")
        return
    found = f"{apsw.sqlite_lib_version()} in apsw {apsw.apsw_version()}"
    new_enough = apsw.SQLITE_VERSION_NUMBER >= 3_040_000
    yield Check("SQLite", new_enough, found, "Install a newer apsw: pip install --upgrade apsw")


def _folder(settings: Settings) -> Iterator[Check]:
    import shutil

    state = settings.state
    there = next(parent for parent in (state, *state.absolute().parents) if parent.exists())
    writable = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    words = f"{state} can be written" if writable else f"{there} cannot be written"
    mend = f"Make {there} a folder that you may write, or name another with --state."
    yield Check("State folder", writable, words, mend)
    free = shutil.disk_usage(there).free
    mend = "Make room, or name a folder on another disk with --state."
    yield Check("Disk", free > ROOM, f"{free / 1e9:.1f} GB free", mend)


def _rulebook(settings: Settings) -> Iterator[Check]:
    """Of a node that carries the rulebook of another: whether it could take over what is newest."""
    database = settings.state / "openroots.db"
    if settings.store or not database.exists():
        return
    import apsw

    from openroots.register.carried import CARRIED, carried_of
    from openroots.storage.sqlite import open_connection

    try:
        db = open_connection(database)
        value = db.execute("SELECT value FROM mark WHERE key = ?", (CARRIED,)).get
        db.close()
    except apsw.Error:  # what is wrong with the store is told of the store
        return
    if carried := carried_of(value or b""):
        signed = f"that of {carried.url}, signed {when(carried.published.at.isoformat())}"
        words = f"{signed}; {carried.trouble}" if carried.trouble else signed
        yield Check("Rulebook", not carried.trouble, words, MEND_CARRIED)


def _token(settings: Settings) -> Iterator[Check]:
    path = settings.state / "token"
    if path.exists() and sys.platform != "win32":
        mode = path.stat().st_mode & 0o777
        words = f"{path} is for its owner alone" if mode == 0o600 else f"{path} has mode {mode:o}"
        yield Check("Token", mode == 0o600, words, f"chmod 600 {path}")


def _keys(settings: Settings) -> Iterator[Check]:
    """What a folder was copied by, or put back from, may have opened it to others."""
    for folder in (settings.state / "keys", settings.state / "tls"):
        if folder.exists() and sys.platform != "win32":
            mode = folder.stat().st_mode & 0o777
            alone = f"{folder} is for its owner alone"
            words = f"{folder} has mode {mode:o}" if mode & 0o077 else alone
            yield Check("Keys", not mode & 0o077, words, f"chmod -R go= {folder}")


def _certificates(settings: Settings) -> Iterator[Check]:
    """What is made once and read seldom would else be found spoilt on the day it runs out."""
    folder = settings.state / "tls"
    if not folder.exists():
        return
    from openroots.identity.authority import fault_in

    fault = fault_in(folder)
    words = f"{folder}: {fault}" if fault else f"{folder} can be served with"
    yield Check("Certificates", not fault, words, MEND_CERTIFICATES)


def _port(settings: Settings) -> Iterator[Check]:
    running = find_server(settings.state)
    if running and lives(running.pid) and is_held(settings.state):
        words = f"{running.port} is where OpenRoots answers (process {running.pid})"
        yield Check("Port", True, words)
        return
    from openroots.server import PortTaken, listen

    mend = f"Stop the other program, or take another port: --port {settings.port % 65535 + 1}."
    try:
        opened = listen(settings.host, settings.port)
    except (PortTaken, OSError) as error:
        yield Check("Port", False, f"{settings.port} cannot be had: {error}", mend)
        return
    for each in opened:
        each.close()
    yield Check("Port", True, f"{settings.port} is free")


def _clock(settings: Settings) -> Iterator[Check]:
    from openroots.clock import Wall

    # The program was not written after today, so a clock that says so is wrong.
    written = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    now = Wall().now()
    mend = "Set the machine's clock, or let it be set (timedatectl set-ntp true)."
    yield Check("Clock", now >= written, when(now), mend)


def _settings(settings: Settings) -> Iterator[Check]:
    file = f"{FILE} and " if Path(FILE).exists() else ""
    strangers = misspelt(os.environ)
    for name, meant in strangers.items():
        yield Check("Settings", False, f"{name} is no setting", f"Call it {meant}, or unset it.")
    if not strangers:
        yield Check("Settings", True, f"{file}the environment can be read")


def _browser(settings: Settings) -> Iterator[Check]:
    """Only tests of the pages need one, so that there is none is not wrong."""
    import shutil

    programs = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in programs if (path := shutil.which(name))), None)
    folders = [Path(place).expanduser() for place in PLACES_OF_BROWSERS]
    found = found or next((str(one) for one in folders if any(one.glob("chromium*"))), None)
    words = found or "none: tests of the pages are skipped"
    yield Check("Browser for tests", True, words)


LOOKS: tuple[Look, ...] = (
    _python,
    _sqlite,
    _settings,
    _folder,
    look_at_store,
    _rulebook,
    _token,
    _keys,
    _certificates,
    _port,
    _clock,
    _browser,
)


@click.group()
def config() -> None:
    """How this run is set up."""


def _show_config(answer: Json) -> None:
    rows = [
        (strong(name), _written(one["value"]), *([faint(one["origin"])] if "origin" in one else ()))
        for name, one in answer.items()
    ]
    table(rows, indent=0)


def _written(value: object) -> str:
    """A value as it is set: true and false as in the file of settings, - where there is none."""
    return str(value).lower() if isinstance(value, bool) else str(value) or "-"


@config.command()
@click.option("--origin", is_flag=True, help="Say where each was set.")
@prints(_show_config)
@with_state
def show(server: Server, origin: bool) -> Json:
    """Every setting, as the next start would have it. Flags before variables, file, defaults."""
    settings = server.settings
    return {
        name: {"value": value, **({"origin": settings.origin(name)} if origin else {})}
        for name, value in settings.shown().items()
        if name in SETTINGS
    }
