"""One request on its way through the house: what is known of it so far.

For the steps of the pipeline, which fill it in one after the other.

Source: none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from openroots.gateway.trail import Trail
from openroots.problem import Failure, Problem
from openroots.register.rulebook import Finding, Rule
from openroots.service import Caller, Endpoint, Query, Reply, Service
from openroots.storage import EVERYTHING, Scope


@dataclass(slots=True)
class Exchange:
    """What came in, what each step made of it, and what goes out.

    `size` is that of path, query and headers, in bytes; `repeated` names a header that came twice
    where one value is meant. `unmet` says whether a standard found anything amiss. `t` is the
    commit made, if one was. `notices` are headers that steps add to the answer, whatever it is.
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
    size: int = 0
    repeated: str = ""
    endpoint: Endpoint | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    query: Query = field(default_factory=dict)
    parsed: Any = None
    caller: Caller | None = None
    scope: Scope = EVERYTHING
    rules: tuple[Rule, ...] = ()
    findings: tuple[Finding, ...] = ()
    unmet: bool = False
    reply: Reply | None = None
    subjects: tuple[str, ...] = ()
    t: int | None = None
    notices: tuple[tuple[bytes, bytes], ...] = ()
    problem: Problem | None = None
    failure: Failure | None = None
