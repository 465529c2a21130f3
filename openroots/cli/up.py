"""`openroots up`: serve a world, and say where everything is.

Source: none.
"""

import os
import shutil
import signal
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openroots import __version__
from openroots.cli.applications import NO_SETTING
from openroots.cli.flags import setting_flags, settings_from
from openroots.cli.folder import (
    Running,
    forget_server,
    held,
    note_server,
    own_address,
)
from openroots.cli.opening import open_world, opening_store, runner
from openroots.cli.store_health import shut_in
from openroots.cli.terminal import (
    USAGE,
    WARNING,
    Stop,
    faint,
    mark,
    say,
    strong,
    table,
    until_nobody_reads,
)
from openroots.settings import SETTINGS, Settings

if TYPE_CHECKING:
    import socket

    from openroots.house import House
    from openroots.ready_made import ReadyMade

    Sockets = list[socket.socket]

JANE = "personal-demographics/FHIR/R4/Patient/9000000009"
FEWEST_FILES = 64  # half of which a server has open by itself
REQUEST_ID = "60e0b220-8136-4ca5-ae46-1d97ef59d068"


@click.command()
@setting_flags(*(name for name in SETTINGS if name != "tooling"))
def up(**flags: Any) -> None:
    """Serve a world, making it the first time; Ctrl-C stops."""
    from openroots.clock import stopwatch

    started = stopwatch()
    settings = settings_from(flags)
    _refuse_few_files()
    with held(settings.state) as lock:
        sockets = _listen(settings)
        # Until the server takes over, a signal to stop ends the opening as Ctrl-C does.
        usual = signal.signal(signal.SIGTERM, signal.default_int_handler)
        if hasattr(signal, "SIGHUP"):  # the terminal was closed: no reason to stop in disorder
            signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
        with until_nobody_reads():
            say(_heading(settings))
        try:
            _serve(settings, sockets, lock.fileno(), started)
        finally:
            forget_server(settings.state)
            signal.signal(signal.SIGTERM, usual)
            for each in chain.from_iterable(sockets):
                each.close()


def _refuse_few_files() -> None:
    """Raises Stop where this process may not open what a server needs for itself alone."""
    if sys.platform == "win32":
        return
    from resource import RLIMIT_NOFILE, getrlimit

    most, _ = getrlimit(RLIMIT_NOFILE)
    if 0 <= most < FEWEST_FILES:
        cause = f"this process may open {most} files at once, and each connection is one"
        mend = f"Allow it at least {FEWEST_FILES}: ulimit -n 1024, or LimitNOFILE= of systemd."
        raise Stop(cause, mend, USAGE)


def _serve(settings: Settings, sockets: list["Sockets"], lock: int, started: float) -> None:
    from openroots.clock import stopwatch
    from openroots.opening import found_in
    from openroots.ready_made import known_in
    from openroots.sandboxes.door import Estate
    from openroots.server import prepare, serve
    from openroots.workers.keeper import keep

    lines = sys.stderr.buffer if settings.log == "text" else None
    port = sockets[0][0].getsockname()[1]
    with runner() as loop:
        house = open_world(settings, loop, lines, serving=True)
        running = _running(house, port)  # before the workers, which need what it makes
        begin = loop.run(house.begin())
        with opening_store():
            known = loop.run(found_in(house.world.store, known_in))

        def ready() -> None:
            note_server(settings.state, running)
            with until_nobody_reads():  # as of `grep -m1 Ready`, which ends when it has found that
                _tell(house, port, stopwatch() - started, begin, known)

        if settings.workers > 1:
            loop.run(keep(house, sockets, lock, ready))
        else:
            prepare()
            loop.run(serve(Estate(house) if settings.movable else house, sockets[0], ready))


def _running(house: "House", port: int) -> Running:
    from openroots.identity.authority import certified, fault_in

    settings = house.settings
    host, authority = own_address(settings.host), ""
    if settings.tls:
        try:
            made = certified(settings.state, settings.host, house.world.wall.now())
        except (FileNotFoundError, ValueError) as error:
            folder = settings.state / "tls"
            cause = f"{folder} cannot be served with: {fault_in(folder) or error}"
            mend = "Put it back, or delete it: then clients have to be told of a new authority."
            raise Stop(cause, mend, USAGE) from error
        authority = str(made.authority.resolve())
    return Running(os.getpid(), host, port, authority)


def _listen(settings: Settings) -> list["Sockets"]:
    """Sockets for each worker."""
    from openroots.server import PortTaken, listen, listen_for_each

    try:
        if settings.workers > 1:
            return listen_for_each(settings.host, settings.port, settings.workers)
        return [listen(settings.host, settings.port)]
    except PortTaken as error:
        cause = f"port {settings.port} is taken by another program"
        mend = f"Stop that one, or take another port: --port {settings.port % 65535 + 1}, or 0."
        raise Stop(cause, mend, USAGE) from error
    except OSError as error:
        cause = f"cannot listen on {settings.host} port {settings.port}: {error.strerror or error}"
        raise Stop(cause, "Give another --host or --port.", USAGE) from error


def _heading(settings: Settings) -> str:
    shown = settings.shown()
    store = (
        f"store: {shown['store']}" if settings.store else f"state: {settings.state}/openroots.db"
    )
    people = "made-up people only, never real patients" if settings.ready_made else "real people"
    return f"{strong(f'OpenRoots {__version__}')}  ·  {store}  ·  {people}"


def _tell(house: "House", port: int, seconds: float, begin: str, known: "list[ReadyMade]") -> None:
    """Where everything is, once it answers. `begin` is the path at which the first administrator
    arises, where there is none yet; `known` are the ready-made applications that may ask."""
    settings = house.settings
    name = f"[{settings.host}]" if ":" in settings.host else settings.host
    origin = f"{'https' if settings.tls else 'http'}://{name}:{port}"
    trust, public = settings.state / "tls" / "authority.pem", settings.url
    say()
    say(click.style(f"Ready in {seconds:.1f} s", fg="green", bold=True))
    if not settings.store and shut_in(settings.state):
        say(f"Nothing can be changed: {typed('doctor', settings)} tells why", f"{mark(WARNING)} ")
    say()
    table(
        [
            ("Start here", strong(f"{origin}/")),
            *([("Public address", f"{public}/")] if public else []),
            ("API catalogue", f"{origin}/catalogue"),
            ("Metrics", f"{origin}/metrics"),
            *([("Trust by", str(trust))] if settings.tls else []),
            *((service.title, origin + service.base) for service in house.gateway.services),
        ]
    )
    if settings.ready_made:
        _tell_what_to_try(origin, settings, known)
    if begin:
        _tell_how_to_begin(f"{public or origin}{begin}")
    say()
    stop = f"Stop: Ctrl-C (state is kept)  ·  Trouble: {typed('doctor', settings)}"
    empty = f"  ·  Empty it: {typed('reset', settings)}" if settings.movable else ""
    say(faint(f"{stop}{empty}"), "  ")


def typed(verb: str, settings: Settings) -> str:
    """A verb as it is typed here, about the world that is served: by the name of the command where
    a shell finds it, else as this one was called, such as .venv/bin/openroots."""
    name, called = "openroots", sys.argv[0]
    if shutil.which(name) is None:
        name = called if Path(called).stem == name else f"{sys.executable} -m {name}"
    state = "" if settings.origin("state") == "default" else f" --state {settings.state}"
    return f"{name} {verb}{state}"


def _tell_how_to_begin(link: str) -> None:
    say()
    nobody = "Nobody administers this installation yet. This link makes one administrator,"
    say(f"{nobody} within an hour; keep it to yourself:", "  ")
    click.echo(f"    {link}")  # what is to be copied stays in one line


def _tell_what_to_try(origin: str, settings: Settings, known: "list[ReadyMade]") -> None:
    if known:
        _tell_who_may_ask(settings, known)
    first = known[0].id if known else "ID"
    token = f'-H "Authorization: Bearer $({typed(f"token --app {first}", settings)})"'
    key = f" {token}" if settings.requires_key else ""
    key += f" --cacert {settings.state / 'tls' / 'authority.pem'}" if settings.tls else ""
    say()
    say("  Try it:")
    # Not `say`: what is to be copied stays in one line.
    click.echo(f"    curl -s {origin}/{JANE} -H 'X-Request-ID: {REQUEST_ID}'{key}")
    table(
        [
            (typed("why last", settings), "explain that request, step by step"),
            (typed("standards list", settings), "what is asked of it now, and from when on"),
            (typed("clock +14d", settings), "move time for every service"),
        ],
        indent=4,
    )


def _tell_who_may_ask(settings: Settings, known: "list[ReadyMade]") -> None:
    from openroots.identity.keypairs import key_file

    say()
    rows = [
        (
            ready.id,
            f"key {ready.key}",
            f"secret {ready.secret}",
            faint(ready.body["setting"] or NO_SETTING),
        )
        for ready in known
    ]
    table(rows)
    folder = key_file(settings.state, known[0].id).parent
    more = typed("app show ID", settings)
    say(faint(f"They sign with the keys in {folder}; {more} tells more."), "  ")
