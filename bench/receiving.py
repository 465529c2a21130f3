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
from urllib.request import urlopen

from aiohttp import web

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
    with urlopen(f"http://127.0.0.1:{port}/figures") as answer:
        found: dict[str, list[float]] = json.load(answer)
    return found


async def serve() -> None:
    """Receive until standard input ends."""
    late: dict[str, list[float]] = {}

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        if found := TIME.search(body):
            sent = datetime.fromisoformat(found[1].decode())
            waited = (datetime.now(UTC) - sent).total_seconds()
            late.setdefault(request.path.split("/")[1], []).append(waited)
        return web.Response()

    async def tell(request: web.Request) -> web.Response:
        told = json.dumps(late)
        late.clear()
        return web.Response(text=told)

    app = web.Application()
    app.router.add_get("/figures", tell)
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve())
