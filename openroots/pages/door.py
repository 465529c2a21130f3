"""How a page asks a service: by the gateway's door, as every client does.

For the pages. So what a page shows is permitted, judged and audited like any answer, and a refusal
is told in the service's own words. A page asks as whoever its visitor shows themselves to be by a
key or a token; as nobody, of what is open to all; or as the person whom its visitor says they are.

Source: none.
"""

import re
from typing import Any, NamedTuple
from urllib.parse import unquote_plus, urlencode
from uuid import UUID

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request

from openroots.gateway.pipeline import Gateway
from openroots.pages.start import new_request_id
from openroots.service import Caller

BEARER = re.compile(r"bearer\s+", re.IGNORECASE)
LATIN = re.compile(r"[\x20-\x7e]{1,4096}")
NOTHING: dict[str, str] = {}
SAID = ("message", "errors", "error", "description")  # where a refusal has its words
DAY = "on"  # the one parameter of pages that tell of any day
NO_DAY = ["Enter one day that the calendar has, from 1900 to 2999, such as 2027-04-01."]
OF_A_HEADER = "X-Request-ID"  # which a page sends by itself: what is said of it helps no visitor


class Heard(NamedTuple):
    """What a service answered. `body` is its JSON; None where it is none."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def ok(self) -> bool:
        """Whether it did what it was asked."""
        return self.status < 400

    @property
    def body(self) -> Any:
        """The JSON of the answer."""
        try:
            return orjson.loads(self.raw)
        except ValueError:
            return None

    @property
    def refusal(self) -> list[str]:
        """Why it was refused and how to mend it, a sentence each, from any of our dialects."""
        body = self.body if isinstance(self.body, dict) else {}
        mend = str(body.get("mend", ""))
        told = [*(body.get(name) for name in SAID), "" if OF_A_HEADER in mend else mend]
        told.append(body.get("fault", {}).get("faultstring"))
        told += body.get("validationErrors", {}).values()
        # What has no blank is a code, for programs.
        found = [words for words in told if isinstance(words, str) and " " in words.strip()]
        return [f"{words.rstrip('. ')}." for words in found] or [
            f"The service answered {self.status}."
        ]

    @property
    def whole(self) -> Any:
        """The JSON of an answer that a page cannot be without. Raises HTTPException where it was
        refused, with the words of the refusal."""
        if not self.ok:
            raise HTTPException(self.status, " ".join(self.refusal))
        return self.body


# Stands for an answer that is lost on purpose: see docs/faults.md.
LOST = Heard(504, {}, b'{"message": "The service gave no answer. Try again."}')


class Door:
    """The gateway, for pages."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def ask(
        self,
        request: Request,
        method: str,
        path: str,
        *,
        query: bytes = b"",
        headers: dict[str, str] = NOTHING,
        body: bytes = b"",
        caller: Caller | None = None,
        exactly: bool = False,
    ) -> Heard:
        """What the service at this path answers. `caller` is who asks, where the page knows; else
        it is whoever the headers prove. Asked `exactly`, it is sent no id that is not given."""
        service = self._gateway.service(path)
        if service is None:
            raise LookupError(path)
        id = new_request_id(self._gateway.world)
        usual = {"host": request.url.netloc, "x-forwarded-proto": request.url.scheme}
        if not exactly:
            usual |= {"x-request-id": id, "x-correlation-id": id}
        raw = [(name.encode(), value.encode()) for name, value in (usual | headers).items()]
        exchange = self._gateway.begin(service, method, path, query, raw, body)
        exchange.caller = caller
        answer = await self._gateway.answer(exchange)
        if not answer.status:
            return LOST
        told = {name.decode(): value.decode("latin-1") for name, value in answer.headers}
        return Heard(answer.status, told, answer.body)

    async def look(self, request: Request, path: str) -> Heard:
        """What anybody may read there, as of the day that the page was asked for. What links of
        others add to the address of a page, to count who follows them, is passed over."""
        return await self.ask(request, "GET", path, query=_day_in(request.scope["query_string"]))


def shown_by(secret: str) -> dict[str, str] | None:
    """The header by which somebody shows who they are: an API key, or "Bearer " and a token. None
    where it can be neither."""
    if not LATIN.fullmatch(secret):
        return None
    if BEARER.match(secret):
        return {"authorization": f"Bearer {BEARER.sub('', secret, count=1)}"}
    return {"apikey": secret}


def repeatable(given: str) -> dict[str, str]:
    """The header that has a form done once, however often it is sent: the id that came with it."""
    try:
        return {"x-request-id": str(UUID(given))}
    except ValueError:
        return {}


def _day_in(query: bytes) -> bytes:
    """What a query says of the day, as it stands there."""
    pairs = query.split(b"&")
    return b"&".join(one for one in pairs if unquote_plus(_name_in(one)) == DAY)


def _name_in(pair: bytes) -> str:
    return pair.partition(b"=")[0].decode("latin-1")


def query_of(**asked: str) -> bytes:
    """These parameters as a query, those without a value left out."""
    return urlencode({name: value for name, value in asked.items() if value}).encode()
