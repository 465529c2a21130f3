"""How a page asks the tooling: by its door, with the token that its visitor typed in.

For the pages about sandboxes and requests. They have no rights of their own. What a visitor asks
for comes to the tooling door as from any program: from the same machine or not, under the same Host
and Origin, with the token from the form. So a page is let in where a program would be, and its
visitor is told why where it is not. The token goes from form to form and is kept nowhere.

Source: house rules of OpenRoots.
"""

import re
from collections.abc import MutableMapping
from typing import Any, Protocol
from urllib.parse import urlencode

import orjson
from starlette.requests import Request

from openroots.gateway.reached import GIVEN_HEADERS
from openroots.gateway.wire import Answer
from openroots.pages.door import Heard
from openroots.problem import Json

BASE = "/_openroots"
NAMED = re.compile(r"^(\w+): (?=')")
NOTHING = "'' is not "
TOKEN_HEADER = b"x-openroots-token"
FROM_THE_BROWSER = (b"host", b"origin")


class AnswersTooling(Protocol):
    """The tooling door, or the way to it."""

    async def answer(self, scope: MutableMapping[str, Any], body: bytes) -> Answer:
        """The answer to a request."""
        ...


class Tools:
    """The tooling door, for pages."""

    def __init__(self, tooling: AnswersTooling) -> None:
        self._tooling = tooling

    async def get(self, request: Request, token: str, path: str, **asked: str | list[str]) -> Heard:
        """What is told there."""
        query = urlencode({name: one for name, one in asked.items() if one}, doseq=True)
        return await self._ask(request, token, "GET", path, query)

    async def post(self, request: Request, token: str, path: str, given: Json) -> Heard:
        """What came of asking for something to be done."""
        return await self._ask(request, token, "POST", path, "", orjson.dumps(given))

    async def _ask(
        self, request: Request, token: str, method: str, path: str, query: str, body: bytes = b""
    ) -> Heard:
        came: list[tuple[bytes, bytes]] = request.scope.get(GIVEN_HEADERS, request.scope["headers"])
        headers = [each for each in came if each[0].lower() in FROM_THE_BROWSER]
        scope = {
            "type": "http",
            "method": method,
            "scheme": request.scope["scheme"],
            "path": f"{BASE}{path}",
            "query_string": query.encode(),
            "client": request.scope["client"],
            "headers": [*headers, (TOKEN_HEADER, token.encode())],
        }
        answer = await self._tooling.answer(scope, body)
        return Heard(answer.status, {}, answer.body)


def sentences(heard: Heard) -> list[str]:
    """Why the tooling refused and how to mend it, as sentences."""
    return [sentence(words) for words in heard.refusal]


def named_in(heard: Heard) -> str:
    """Which value a refusal is about, as it names it first; "" where it names none."""
    found = NAMED.match(heard.refusal[0])
    return found[1] if found else ""


def sentence(words: str) -> str:
    """What the door says of a value, for somebody who sees a label beside it and not its name."""
    said = NAMED.sub("", words)
    said = f"Enter {said.removeprefix(NOTHING)}" if said.startswith(NOTHING) else said
    return said if said.startswith("openroots ") else f"{said[:1].upper()}{said[1:]}"
