"""Takes all who wait to connect as soon as one has.

For the server. libuv, the event loop beneath, takes one connection from a socket in each of its
turns. Where a turn is long, as under load, each of those who come together would wait for as many
turns as came before it, while who is connected is answered again and again.

Source: none; libuv's `uv__server_io` is what this is for.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Any

AT_ONCE = 2048  # connections that are taken from a socket in one turn


class Accepting:
    """Makes protocols for the servers that listen at these sockets, by `made`."""

    def __init__(
        self,
        sockets: Iterable[socket.socket],
        made: Callable[..., asyncio.Protocol],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._sockets = tuple(sockets)
        self._made, self._tls = made, tls
        self._looks = False
        self._connecting: set[asyncio.Task[Any]] = set()

    def __call__(self, **named: Any) -> asyncio.Protocol:
        """The protocol of one who has connected; the others are taken with the loop's next turn."""
        if not self._looks:
            self._looks = True
            asyncio.get_running_loop().call_soon(self._take_all, named)
        return self._made(**named)

    def _take_all(self, named: dict[str, Any]) -> None:
        self._looks = False
        for each in self._sockets:
            for _ in range(AT_ONCE):
                try:
                    taken = each.accept()[0]
                except OSError:  # nobody is left, or there is no file to spare: the loop will see
                    break
                self._connect(taken, named)

    def _connect(self, taken: socket.socket, named: dict[str, Any]) -> None:
        taken.setblocking(False)
        loop = asyncio.get_running_loop()
        connected = loop.connect_accepted_socket(lambda: self._made(**named), taken, ssl=self._tls)
        task = loop.create_task(connected)
        self._connecting.add(task)
        task.add_done_callback(self._connected)

    def _connected(self, task: "asyncio.Task[Any]") -> None:
        self._connecting.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, OSError):  # which is of who went away
            raise error
