"""A mistake of ours behind a page: it is logged, and told on a page.

For the site. Starlette tells it too, and then raises it once more for the server, which hangs up on
a client that was told of no end: whoever keeps connections would fail with what they ask next.

Source: ASGI 3.0; RFC 9112 section 9.6.
"""

import logging
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)


class Defects:
    """The site as it is served, with the page that `tells` of a defect."""

    def __init__(self, app: ASGIApp, tells: Callable[[], Response]) -> None:
        self._app, self._tells = app, tells

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception:
            if begun:  # what is told in part cannot be told otherwise: the connection ends
                raise
            log.exception("defect of a page")  # whose address can name a person, or be a secret
            await self._tells()(scope, receive, send)
