"""The HTTP server: sockets on both loopback addresses, uvicorn beneath, and a graceful stop.

For the command. SIGINT and SIGTERM let what was accepted finish, close the files and end in
exit code 0.

Source: RFC 8446 section 6.1; uvicorn's documentation; docs/decisions says why uvicorn.
"""

import asyncio
import contextlib
import errno
import gc
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

import uvicorn

from openroots.accepting import Accepting
from openroots.connection import KEPT_OPEN, Connection
from openroots.gateway.written import make_ready
from openroots.house import Application
from openroots.identity.authority import Certified, certified
from openroots.settings import Settings
from openroots.world import World

# The hosts that are several addresses: a socket for each, so that IPv4 clients are seen as such.
SEVERAL = {"localhost": ("127.0.0.1", "::1"), "::": ("::", "0.0.0.0")}
OTHERS = 8  # ports that are tried where any will do
BACKLOG = 2048
BETWEEN_COLLECTIONS = (50_000, 20, 100)  # new objects; collections of younger ones
TURN = 0.001  # seconds that one thread may keep the others waiting for the interpreter
GRACE = 20  # seconds that accepted requests have when the server is told to stop
GOODBYE = 0.25  # seconds between looks at who was told all, and that it is over


class Served(Protocol):
    """What answers here: a house, or one with others beside it."""

    @property
    def application(self) -> Application:
        """The ASGI door."""
        ...

    @property
    def settings(self) -> Settings:
        """How it is set up."""
        ...

    @property
    def world(self) -> World:
        """Its world."""
        ...

    def hasten(self) -> None:
        """Have what waits for something to happen be answered at once."""
        ...

    async def close(self) -> None:
        """Finish what was accepted and close the files."""
        ...


class PortTaken(Exception):
    """Another program listens on the port."""


class _Server(uvicorn.Server):
    """Uvicorn, but a signal ends it in peace: it is not raised again once all is closed. Nor does
    it wait where there is nothing to wait for, as a test that asks over HTTP has its own server."""

    def __init__(
        self,
        config: uvicorn.Config,
        ready: Callable[[], None],
        hasten: Callable[[], None],
        stop: asyncio.Event,
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._hasten = hasten
        self._stop = stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()
        self._preparing = asyncio.create_task(asyncio.to_thread(make_ready))

    async def main_loop(self) -> None:
        ticking = asyncio.create_task(super().main_loop())  # which sees a signal with its next tick
        stopping = asyncio.create_task(self._stop.wait())
        done, left = await asyncio.wait((ticking, stopping), return_when=asyncio.FIRST_COMPLETED)
        for each in left:
            each.cancel()
        for each in done:
            each.result()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hasten()
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()  # which ends those that wait for a request
        await asyncio.sleep(0)
        if self.server_state.connections or self.server_state.tasks:
            parting = asyncio.create_task(self._part())
            await super().shutdown(sockets)
            parting.cancel()

    async def _part(self) -> None:
        """Wait for nobody's goodbye. Over TLS a client says one in turn, which need not be waited
        for (RFC 8446 section 6.1): who keeps a connection for later does not look into it."""
        told: set[Connection] = set()
        while True:
            await asyncio.sleep(GOODBYE)
            known = [one for one in self.server_state.connections if isinstance(one, Connection)]
            again = {one for one in known if one.was_told_all()}
            # Twice, as room for what was to be sent can be there before the loop has seen it.
            for connection in again & told:
                connection.transport.abort()
            told = again

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield  # signals reach the main thread alone
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, self.handle_exit, number, None)
            except NotImplementedError:  # Windows
                signal.signal(number, self.handle_exit)
        yield


async def serve(
    house: Served,
    sockets: list[socket.socket],
    ready: Callable[[], None],
    stop: asyncio.Event | None = None,
) -> None:
    """Answer requests until a signal comes or `stop` is set, then close the house.

    `ready` is called once the first request can be answered.
    """
    made = _certified(house)
    config = uvicorn.Config(
        house.application,
        interface="asgi3",
        http=Connection,
        ws="none",  # else it depends on what is installed beside it whether that is a 500
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=KEPT_OPEN,
        ssl_certfile=made.certificate if made else None,
        ssl_keyfile=made.key if made else None,
    )
    config.load()
    logging.getLogger("uvicorn.error").addFilter(_tells_more)
    config.http_protocol_class = Accepting(sockets, Connection, config.ssl)  # type: ignore[assignment]
    server = _Server(config, ready, house.hasten, stop or asyncio.Event())
    await server.serve(sockets=sockets)
    await house.close()


def _tells_more(record: logging.LogRecord) -> bool:
    """Whether a log record says more than that a request was cut off as the time to stop was over:
    uvicorn tells that in a line of all of them, and then in a whole stack of each."""
    return not record.exc_info or not isinstance(record.exc_info[1], asyncio.CancelledError)


def prepare() -> None:
    """Set this process up for serving, once all is open. It must be a process that does nothing
    else: not that of somebody's tests."""
    # What was made until now stays for good, and need not be looked through for garbage again.
    gc.collect()
    gc.freeze()
    # What a request makes is gone without it: it need not look a thousand times a second.
    gc.set_threshold(*BETWEEN_COLLECTIONS)
    # The threads that write wait for the interpreter after each fsync, and callers for them.
    sys.setswitchinterval(TURN)


def _certified(house: Served) -> Certified | None:
    """What is needed to answer by HTTPS; None where the settings do not ask for it."""
    settings = house.settings
    if not settings.tls:
        return None
    return certified(settings.state, settings.host, house.world.wall.now())


def listen(host: str, port: int, *, shared: bool = False) -> list[socket.socket]:
    """Sockets on this host's addresses; "localhost" is both loopback ones, where both exist, and
    "::" every address of this machine.

    Port 0 takes any port that is free on all. `shared` lets other sockets of this program
    listen there too. Raises PortTaken, and OSError for a host that is none of this machine's.
    """
    for _ in range(0 if port else OTHERS):
        with contextlib.suppress(PortTaken):  # on the second: what the system chose fits the first
            return _listen_on_all(host, 0, shared)
    return _listen_on_all(host, port, shared)


def _listen_on_all(host: str, port: int, shared: bool) -> list[socket.socket]:
    hosts = SEVERAL.get(host, (host,))
    sockets: list[socket.socket] = []
    for address in hosts:
        try:
            sockets.append(_listen(address, port, shared))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                for opened in sockets:
                    opened.close()
                raise PortTaken(f"port {port} is taken") from error
            if not sockets or address == host:
                raise
        port = sockets[0].getsockname()[1]
    return sockets


def listen_for_each(host: str, port: int, workers: int) -> list[list[socket.socket]]:
    """Sockets for each of several workers, among which the system shares out what comes in.

    Raises as `listen`, and OSError where the system does not share ports.
    """
    if not hasattr(socket, "SO_REUSEPORT"):
        raise OSError("this system does not share a port among processes: take one worker")
    first = listen(host, port)  # alone: another program that listens there is noticed
    port = first[0].getsockname()[1]
    for each in first:
        each.close()
    return [listen(host, port, shared=True) for _ in range(workers)]


def _listen(address: str, port: int, shared: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # By its protocol asyncio knows that answers may not wait to be sent until others are.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows, where reuse means sharing
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind((address, port))
        opened.listen(BACKLOG)
        opened.setblocking(False)
    except OSError:
        opened.close()
        raise
    return opened
