"""One exchange of a client as the rules look at it: what was asked, what the answer told.

A record is named as paths name it, "Patient/9000000009". Which of two exchanges came first goes by
the stopwatch; how long a client waited goes by the wall too, as a test may move that on at once.

Source: PDS FHIR API, for what headers and answers mean.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from openroots.gateway.recorder import Recorded
from openroots.problem import Json
from openroots.service import Endpoint

RECORD = re.compile(r"/([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})(?=/|$)")
ETAG = re.compile(r'W/"(\d{1,9})"', re.ASCII)
READS = frozenset({"GET", "HEAD"})
UNKNOWN = frozenset({408, 500, 502, 503, 504})  # nobody can tell whether it was done
LATER = frozenset({429, 503})
FORBEARING = 1000  # ms: an answer as slow as this may have found nobody waiting any more


@dataclass(frozen=True)
class Call:
    """An exchange, and the endpoint that it was for, where it was for one."""

    recorded: Recorded
    endpoint: Endpoint | None = None

    @property
    def id(self) -> str:
        """The id of its trail."""
        return self.recorded.id

    @property
    def name(self) -> str:
        """The endpoint that was asked, without saying about whom."""
        return self.recorded.endpoint

    @property
    def service(self) -> str:
        """The name of the service that was asked."""
        return self.recorded.endpoint.partition(".")[0]

    @property
    def headers(self) -> Mapping[str, str]:
        """What was sent as headers, by lower-case name."""
        return self.recorded.headers

    @property
    def method(self) -> str:
        """The method."""
        return self.recorded.method

    @property
    def status(self) -> int:
        """The status that the client saw; 0 where its connection was closed."""
        return 0 if self.recorded.lost else self.recorded.status

    @property
    def request_id(self) -> str:
        """Its X-Request-ID, in lower case; "" where there is none."""
        return self.headers.get("x-request-id", "").lower()

    @property
    def reads(self) -> bool:
        """Whether it asks and changes nothing."""
        return self.method in READS

    @property
    def unknown(self) -> bool:
        """Whether the client cannot know if it was done."""
        return self.status == 0 or self.status in UNKNOWN

    @property
    def settled(self) -> bool:
        """Whether the client must have seen that it was done."""
        return 0 < self.status < 400 and self.recorded.ms < FORBEARING

    @cached_property
    def work(self) -> tuple[str, str, bytes | str]:
        """What it asks to be done: two with the same work are one request, sent twice. A body that
        was too large to keep is like no other."""
        body = self.recorded.body
        return self.method, self.recorded.target, self.id if body is None else body

    @cached_property
    def record(self) -> str:
        """The record that its path names; "" where it names none."""
        base = self.endpoint.service.base if self.endpoint else ""
        found = RECORD.match(self.recorded.path.removeprefix(base))
        return found[0].removeprefix("/") if found else ""

    @property
    def if_match(self) -> str:
        """Its If-Match; "" where there is none."""
        return self.headers.get("if-match", "")

    def needs(self, header: str) -> bool:
        """Whether the endpoint asks for this header, or judges a change by it."""
        rules = self.endpoint.rules if self.endpoint else ()
        conditional = header == "if-match"
        return any(rule.key == header and (rule.missing or conditional) for rule in rules)

    def told(self, header: str) -> str:
        """What the answer said in this header; "" where it did not."""
        wanted = header.encode()
        found = (value for name, value in self.recorded.answered if name == wanted)
        return next(found, b"").decode("latin-1") if self.status else ""

    @cached_property
    def retry_after(self) -> int:
        """The seconds that the client was asked to wait; 0 where it was not."""
        told = self.told("retry-after")
        return int(told) if self.status in LATER and told.isascii() and told.isdigit() else 0

    @cached_property
    def answer(self) -> Json:
        """The JSON object that was answered; an empty one where none was."""
        return _object(self.recorded.answer) if self.status else {}

    @cached_property
    def sent(self) -> Json:
        """The JSON object that was sent; an empty one where none was."""
        return _object(self.recorded.body)

    @property
    def issue(self) -> str:
        """The code of the first issue of an OperationOutcome; "" where there is none."""
        try:
            return str(self.answer["issue"][0]["details"]["coding"][0]["code"])
        except (KeyError, IndexError, TypeError):
            return ""

    @cached_property
    def shows(self) -> dict[str, int]:
        """The version of each record that the answer shows."""
        if not 200 <= self.status < 300:
            return {}
        shown = dict(_versions(self.answer))
        etag = ETAG.fullmatch(self.told("etag"))
        if etag and len(shown) == 1:
            shown = dict.fromkeys(shown, int(etag[1]))
        return shown

    def names(self, number: str) -> bool:
        """Whether it is about the person with this number, by its path, query or body."""
        return number in self.recorded.target or number.encode() in (self.recorded.body or b"")

    def after(self, other: "Call") -> bool:
        """Whether it was sent once the other had been answered."""
        return self.recorded.began >= other._ended

    def waited(self, other: "Call") -> float:
        """The seconds between the other's answer and this: by the wall, where that tells more."""
        wall = (self.recorded.wall - other.recorded.wall).total_seconds()
        return max(self.recorded.began - other._ended, wall - other.recorded.ms / 1000)

    @property
    def _ended(self) -> float:
        return self.recorded.began + self.recorded.ms / 1000


def _object(raw: bytes | None) -> Json:
    try:
        found: Any = orjson.loads(raw or b"")
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _versions(answer: Json) -> Iterator[tuple[str, int]]:
    """Each record in an answer with its version, where it says one."""
    entries = answer.get("entry")
    held = [each.get("resource") for each in entries] if isinstance(entries, list) else [answer]
    for one in held:
        meta = one.get("meta") if isinstance(one, dict) else None
        version = str(meta.get("versionId", "")) if isinstance(meta, dict) else ""
        if version.isascii() and version.isdigit():
            yield f"{one.get('resourceType')}/{one.get('id')}", int(version)
