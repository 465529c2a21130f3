"""A receiver of webhooks in a process of its own: it notes how late each event came.

    python -m bench.receiving      prints its port, and answers until its standard input ends

Source: none.
"""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import cast
from urllib.request import urlopen

import uvloop

FIGURES = "/figures"
TAKEN = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
TIME = re.compile(rb'"time":"([^"]+)"')


@contextmanager
def receiver() -> Iterator[int]:
    """The port of a receiver that runs meanwhile."""
    command = [sys.executable, "-m", "bench.receiving"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(timeout=10)


def figures(port: int) -> dict[str, list[float]]:
    """By path: how late each came since this was last asked, in seconds."""
    with urlopen(f"http://127.0.0.1:{port}{FIGURES}") as answer:
        found: dict[str, list[float]] = json.load(answer)
    return found


class Receiving(asyncio.Protocol):
    """One connection: takes what is posted to it, and answers with as little as there is, so that
    the sender and not the receiver is what is measured."""

    def __init__(self, late: dict[str, list[float]]) -> None:
        self._late = late
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._came += data
        while (end := self._came.find(b"\r\n\r\n") + 4) >= 4:
            head = self._came[:end]
            length = LENGTH.search(head)
            whole = end + (int(length[1]) if length else 0)
            if len(self._came) < whole:
                return
            body, self._came = self._came[end:whole], self._came[whole:]
            self._transport.write(self._answer(head.split(b" ", 2)[1].decode(), body))

    def _answer(self, path: str, body: bytes) -> bytes:
        if path == FIGURES:
            told = json.dumps(self._late).encode()
            self._late.clear()
            return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(told), told)
        if found := TIME.search(body):
            sent = datetime.fromisoformat(found[1].decode())
            waited = (datetime.now(UTC) - sent).total_seconds()
            self._late.setdefault(path.split("/")[1], []).append(waited)
        return TAKEN


async def serve() -> None:
    """Receive until standard input ends."""
    late: dict[str, list[float]] = {}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Receiving(late), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(serve())
