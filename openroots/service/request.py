"""What a service is asked, and what it answers with: Request and Reply.

For services, whose handlers take the one and return the other, and for the gateway, which makes
the one and commits and writes the other.

Source: RFC 9110 for what is named after HTTP.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from openroots.fhir.added import Added
from openroots.identity.keys import Keys
from openroots.problem import Json
from openroots.service.caller import Caller
from openroots.storage import Change, Guard, Mark, Signal
from openroots.storage.looks import Looks

if TYPE_CHECKING:  # each names the other
    from openroots.service.endpoint import Endpoint

Query = Mapping[str, tuple[str, ...]]  # the query string: every value of each parameter, in order
SCHEMES = ("http", "https")
HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?", re.ASCII)
NO_QUERY: Query = MappingProxyType({})
BEGINNING = datetime.min.replace(tzinfo=UTC)


BENEATH = ":beneath"  # where a world answers beneath a path; no header can have such a name


def origin_of(headers: Mapping[str, str]) -> str:
    """Scheme and host by which a client came here, with the path beneath which the world answers;
    http://localhost for what cannot be either."""
    scheme = headers.get("x-forwarded-proto", "http")
    host = headers.get("host", "")
    said = HOST.fullmatch(host) is not None
    beneath = headers.get(BENEATH, "")
    return f"{scheme if scheme in SCHEMES else 'http'}://{host if said else 'localhost'}{beneath}"


class Fetched(NamedTuple):
    """What another machine answered, and when by wall time; and when it was last asked before its
    time, in vain or not. `body` is None where it did not answer."""

    body: bytes | None
    at: datetime
    hurried: datetime = BEGINNING


class Fetch(Exception):
    """The handler needs the document at this URL: as the gateway has it, or anew where nobody has
    hurried it since `since` (wall time). The gateway fetches it and calls the handler again."""

    def __init__(self, url: str, since: datetime | None = None) -> None:
        super().__init__(url)
        self.url = url
        self.since = since


class Later(Exception):
    """The handler has nothing to tell yet. The gateway calls it again for so many seconds, and at
    their end with a request that is not `patient`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


NOTHING_FETCHED: Mapping[str, Fetched] = MappingProxyType({})


class Request(NamedTuple):
    """One request as a service sees it: routed, its caller known, permitted, not yet answered.

    `params` are those in the path. Header names are lower case. `body` is parsed as the endpoint
    declares it: JSON, or a form as `Query`; None where there is none. `time` is the world's.
    `chance` gives random bytes for ids that the service makes. `looks` tells who looked at whose
    record, where the endpoint is declared to read the audit log.
    `trail_of` finds the trail of a request, by an id and by which application made it, where the
    endpoint is declared to read trails.
    `fetched` holds by URL what a handler asked for by raising `Fetch`; `keys` are the world's.
    `packages` are the FHIR packages that were added to it. Only where the request is `patient` may
    a handler raise `Later`.
    """

    endpoint: "Endpoint"
    params: Mapping[str, str]
    headers: Mapping[str, str]
    caller: Caller
    time: datetime
    chance: Callable[[int], bytes]
    query: Query = NO_QUERY
    body: Any = None
    looks: Looks | None = None
    wall: datetime = BEGINNING
    fetched: Mapping[str, Fetched] = NOTHING_FETCHED
    keys: Keys | None = None
    trail_of: Callable[[str, str], Json | None] | None = None
    packages: Added | None = None
    patient: bool = True

    @property
    def origin(self) -> str:
        """Scheme and host by which the client came here, for absolute URLs in answers. A proxy in
        front says how it was asked by X-Forwarded-Proto. What cannot be either is not repeated."""
        return origin_of(self.headers)


class Reply(NamedTuple):
    """What a service decided. Nothing has happened yet: the gateway commits, then answers.

    `body` is a resource, or one already in bytes as storage keeps it, which are not touched.
    `version` becomes the ETag. `headers` are added to the answer. `about` says whose data the
    answer holds, by subject, where that is less than whose was read; None: all of what was read.
    `caller` is who it turned out to be, where nobody was asked at the door.
    """

    body: Json | bytes | None
    version: int | None = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    changes: tuple[Change, ...] = ()
    guards: tuple[Guard, ...] = ()
    signals: tuple[Signal, ...] = ()
    marks: tuple[Mark, ...] = ()
    about: tuple[str, ...] | None = None
    caller: Caller | None = None

    @property
    def writes(self) -> bool:
        """Whether there is anything to commit."""
        return bool(self.changes or self.signals or self.marks)
