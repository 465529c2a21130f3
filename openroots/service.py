"""The words a national service is written in: Service, Endpoint, Request, Reply, Caller, Access.

A service is a declaration and plain functions. Each function takes what was asked and a snapshot
to read from, and returns what to answer, what to change and what to tell the world. It opens no
connection, starts no transaction and awaits nothing, so a test calls it like any other function.

    service = Service(name="demographics", base="/personal-demographics/FHIR/R4", ...)

    @service.interaction("read", "Patient", access=ANYONE, about="id")
    def read_patient(request: Request, db: Snapshot) -> Reply:
        '''Get patient details.'''

From the declarations come routes, access rules, CapabilityStatement, OpenAPI, the catalogue and
the docs. None of these is written by hand.

Source: FHIR R4 4.0.1 section 3.1.0 (RESTful API) for the names of the interactions; the NHS
England API catalogue for those of the access modes.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from openroots.problem import Dialect, Failure, Json, Problem
from openroots.storage import Change, Guard, Mark, Signal, Snapshot

__all__ = [
    "ANYONE",
    "Access",
    "Caller",
    "Dialect",
    "Endpoint",
    "Failure",
    "HeaderRule",
    "Problem",
    "Query",
    "Reply",
    "Request",
    "Service",
]


class Access(StrEnum):
    """Who may stand behind a request."""

    HEALTHCARE_WORKER = "healthcare-worker"
    PATIENT = "patient"
    APPLICATION = "application-restricted"
    PRIVILEGED = "privileged-application-restricted"


ANYONE = frozenset(Access)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a registered application, for an organisation, perhaps on behalf of a person.

    `subject` is that person's NHS number where a patient asks, or the user's id where staff do.
    `setting` is the care setting in which the application is used; standards go by it.
    """

    application: str
    ods_code: str
    access: Access
    subject: str = ""
    roles: frozenset[str] = frozenset()
    assurance: str = ""
    setting: str = ""


Query = Mapping[str, tuple[str, ...]]  # the query string: every value of each parameter, in order
NO_QUERY: Query = MappingProxyType({})


class Request(NamedTuple):
    """One request as a service sees it: routed, its caller known, permitted, not yet answered.

    `params` are those in the path. Header names are lower case. `body` is parsed as the endpoint
    declares it: JSON, or a form as `Query`; None where there is none. `time` is the world's.
    `chance` gives random bytes for ids that the service makes.
    """

    endpoint: "Endpoint"
    params: Mapping[str, str]
    headers: Mapping[str, str]
    caller: Caller
    time: datetime
    chance: Callable[[int], bytes]
    query: Query = NO_QUERY
    body: Any = None


class Reply(NamedTuple):
    """What a service decided. Nothing has happened yet: the gateway commits, then answers.

    `body` is a resource, or one already in bytes as storage keeps it, which are not touched.
    `version` becomes the ETag. `headers` are added to the answer.
    """

    body: Json | bytes | None
    version: int | None = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    changes: tuple[Change, ...] = ()
    guards: tuple[Guard, ...] = ()
    signals: tuple[Signal, ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether there is anything to commit."""
        return bool(self.changes or self.signals or self.marks)


Handler = Callable[[Request, Snapshot], Reply]
Check = Callable[[Request], None]  # raises Problem
Indexer = Callable[[Json], Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class HeaderRule:
    """A header that a service asks for or looks at.

    `missing` and `invalid` name rows of the service's failures, given the fields `header` and
    `value`. A rule without `missing` is an optional header; `pattern` must match all of a value.
    """

    name: str
    words: str
    pattern: re.Pattern[str] | None = None
    missing: str = ""
    invalid: str = ""
    example: str = ""
    key: str = field(init=False)  # the name as requests carry it

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.name.lower())

    def check(self, headers: Mapping[str, str]) -> None:
        """Raises Problem where the header is wanted and not there, or is not well formed."""
        value = headers.get(self.key)
        if value is None:
            if self.missing:
                raise Problem(self.missing, header=self.name)
        elif self.pattern and self.invalid and not self.pattern.fullmatch(value):
            raise Problem(self.invalid, header=self.name, value=value)


@dataclass(frozen=True)
class Endpoint:
    """One thing that a service can be asked, and everything that is said about it anywhere.

    `path` is below the service's base; `{names}` in it become `params`. `access` says who may ask,
    and `refused` names the failure for others. `about` names the path parameter that holds an NHS
    number, if one does. `takes` lists the media types of the body (the first is the usual one);
    none means no body. `opening` are checks that this API makes before it looks at its headers.
    `reads` bounds the calls to the snapshot. `fails` names the failures that this endpoint alone
    can answer with, besides the gateway's. `scans` moves it to a thread of its own.
    """

    service: "Service"
    method: str
    path: str
    name: str
    handler: Handler
    access: frozenset[Access] = ANYONE
    refused: str = "access-refused"
    about: str = ""
    takes: tuple[str, ...] = ()
    body_type: str = "body-type"
    largest: int = 1 << 20
    opening: tuple[Check, ...] = ()
    headers: tuple[HeaderRule, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)  # parameter -> words
    success: int = 200
    reads: int = 1
    fails: tuple[str, ...] = ()
    scans: bool = False
    interaction: tuple[str, str] | None = None  # FHIR interaction, resource type
    example: Json | None = None  # of a body

    @cached_property
    def usual_access(self) -> Access:
        """The access mode that a request without one is taken to be in: the first permitted."""
        return next(access for access in Access if access in self.access)

    @cached_property
    def id(self) -> str:
        """How trails, logs and metrics name it: "demographics.read-patient"."""
        return f"{self.service.name}.{self.name}"

    @cached_property
    def rules(self) -> tuple[HeaderRule, ...]:
        """The rules for headers: the service's, then its own."""
        return (*self.service.headers, *self.headers)

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return (self.handler.__doc__ or "").strip().partition("\n")[0]


INTERACTIONS = {
    "read": ("GET", "/{type}/{{id}}", 200),
    "search": ("GET", "/{type}", 200),
    "create": ("POST", "/{type}", 201),
    "update": ("PUT", "/{type}/{{id}}", 200),
    "patch": ("PATCH", "/{type}/{{id}}", 200),
    "delete": ("DELETE", "/{type}/{{id}}", 200),
}


@dataclass(frozen=True)
class Service:
    """A national service: where it stands, what it speaks, what it shares and what it emits.

    `shares` names the resource types that other services may read from a snapshot; `emits` says
    when each signal is given. `failures` are its own rows, over those of its dialect. `spec` is
    the version of the published API and `checked` the day on which the two were last compared.
    """

    name: str
    title: str
    base: str
    source: str
    dialect: Dialect
    words: str = ""
    spec: str = ""
    checked: str = ""
    shares: tuple[str, ...] = ()
    emits: Mapping[str, str] = field(default_factory=dict)
    headers: tuple[HeaderRule, ...] = ()
    own_failures: Mapping[str, Failure] = field(default_factory=dict)
    differences: tuple[str, ...] = ()  # known, from the live API
    endpoints: list[Endpoint] = field(default_factory=list)
    indexers: dict[str, Indexer] = field(default_factory=dict)

    @property
    def failures(self) -> dict[str, Failure]:
        """Every way it can fail: its own rows, and its dialect's where it has none of that name."""
        return {**self.dialect.failures, **self.own_failures}

    @property
    def fhir(self) -> bool:
        """Whether it is a FHIR API: any of its endpoints is an interaction."""
        return any(endpoint.interaction for endpoint in self.endpoints)

    def endpoint(
        self, method: str, path: str, name: str = "", **declared: Any
    ) -> Callable[[Handler], Handler]:
        """Declare the decorated function as the answer to this method on this path.

        The other fields of Endpoint are given by name. Raises ValueError, naming it, for a row
        of failures that is in no table.
        """

        def declare(handler: Handler) -> Handler:
            called = name or handler.__name__.replace("_", "-")
            endpoint = Endpoint(self, method, path, called, handler, **declared)
            self._refuse_unknown_rows(endpoint)
            self.endpoints.append(endpoint)
            return handler

        return declare

    def interaction(
        self, interaction: str, type: str, **declared: Any
    ) -> Callable[[Handler], Handler]:
        """Declare the decorated function as one FHIR interaction ("read", "patch") on a type."""
        method, path, success = INTERACTIONS[interaction]
        own: dict[str, Any] = {"success": success, "interaction": (interaction, type)}
        return self.endpoint(method, path.format(type=type), **(own | declared))

    def indexes(self, type: str) -> Callable[[Indexer], Indexer]:
        """Declare the decorated function as what resources of a type are indexed by."""

        def declare(indexer: Indexer) -> Indexer:
            self.indexers[type] = indexer
            return indexer

        return declare

    def _refuse_unknown_rows(self, endpoint: Endpoint) -> None:
        named = {*endpoint.fails, endpoint.refused, endpoint.body_type}
        named |= {row for rule in endpoint.rules for row in (rule.missing, rule.invalid) if row}
        if unknown := named - self.failures.keys():
            raise ValueError(f"{endpoint.id}: no failure called {', '.join(sorted(unknown))}")
