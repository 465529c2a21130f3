"""One request on its way through the house: what is known of it so far.

For the steps of the pipeline, which fill it in one after the other.

Source: none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openroots.gateway.policy.decision import NOTHING_DECIDED, Decision
from openroots.gateway.trail import Trail
from openroots.gateway.wire import Answer
from openroots.problem import Failure, Problem
from openroots.register.rulebook import Finding, Rule
from openroots.service import Caller, Endpoint, Fetched, Query, Reply, Request, Service
from openroots.storage import EVERYTHING, Scope, Snapshot, Store


@dataclass(slots=True)
class Exchange:
    """What came in, what each step made of it, and what goes out.

    `size` is that of path, query and headers, in bytes; `repeated` names a header that came twice
    where one value is meant. `looked` is the store in which it was seen who asks. `unmet` says
    whether a standard found anything amiss. `t` is the commit made, if one was. `notices` are
    headers that steps add to the answer, whatever it is.
    `request` is what the service is given. `answer` is what goes out once it is proved; nothing
    does where it is `lost` on purpose.
    `seconds` is how long it took until then, whatever its client takes to read it.
    `is_heard` tells whether its client is still there, where the server can say.
    `noted` is what steps add to the audit entry:
    `purpose` (v3 PurposeOfUse), `agreement`, `rules`, `reason` of a break-glass.
    """

    method: str
    path: str
    raw_query: bytes
    headers: dict[str, str]
    body: bytes
    service: Service
    trail: Trail
    wall: datetime
    time: datetime
    started: float
    size: int
    repeated: str
    params: Mapping[str, str]
    query: Query
    noted: Mapping[str, object]
    fetched: Mapping[str, Fetched]
    endpoint: Endpoint | None = None
    parsed: Any = None
    caller: Caller | None = None
    looked: tuple[Store, Snapshot] | None = None
    scope: Scope = EVERYTHING
    decision: Decision = NOTHING_DECIDED
    rules: tuple[Rule, ...] = ()
    findings: tuple[Finding, ...] = ()
    unmet: bool = False
    request: Request | None = None
    reply: Reply | None = None
    subjects: tuple[str, ...] = ()
    t: int | None = None
    notices: tuple[tuple[bytes, bytes], ...] = ()
    problem: Problem | None = None
    failure: Failure | None = None
    answer: Answer | None = None
    lost: bool = False
    seconds: float = 0.0
    is_heard: Callable[[], bool] | None = None

    @property
    def asked(self) -> Endpoint:
        """The endpoint that is asked, once it is known."""
        assert self.endpoint is not None
        return self.endpoint

    @property
    def who(self) -> Caller:
        """Who asks, once that is known."""
        assert self.caller is not None
        return self.caller

    @property
    def given(self) -> Request:
        """What the service is given, once its body is read."""
        assert self.request is not None
        return self.request

    @property
    def told(self) -> Reply:
        """What the service decided, once it has."""
        assert self.reply is not None
        return self.reply

    @property
    def turned_out(self) -> Caller:
        """Who asked, as the service found where nobody was asked at the door."""
        return (self.reply and self.reply.caller) or self.who
