"""A server that answers everything with the same bytes: what HTTP alone costs here.

For the row `cost`, which compares a read with it. The server beneath, its settings and its event
loop are those of the real one, because it is started by the same function.

    python -m bench.static 1900        # bytes of body; prints the port

Source: none.
"""

import sys
from typing import Any, cast

from openroots.cli.opening import runner
from openroots.gateway.wire import GIVES_WHOLE, Answer
from openroots.house import House
from openroots.server import listen, serve
from openroots.settings import Settings


class Static:
    """As much of a house as the server needs."""

    settings = Settings()

    def __init__(self, size: int) -> None:
        headers = [
            (b"content-type", b"application/fhir+json"),
            (b"content-length", b"%d" % size),
        ]
        self._answer = Answer(200, headers, b"." * size)

    async def application(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer with the bytes, whatever was asked, in the way that the house does."""
        scope["extensions"][GIVES_WHOLE](self._answer)

    def hasten(self) -> None:
        """Nobody is kept waiting."""

    async def close(self) -> None:
        """Nothing is open."""


async def main(size: int) -> None:
    """Serve until a signal comes."""
    sockets = listen("127.0.0.1", 0)
    port = sockets[0].getsockname()[1]
    told = f"Ready in 0 s at http://127.0.0.1:{port}"
    await serve(cast(House, Static(size)), sockets, lambda: print(told, flush=True))


if __name__ == "__main__":
    with runner() as loop:
        loop.run(main(int(sys.argv[1])))
