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
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from openroots.fhir.added import Added
from openroots.identity.keys import Keys
from openroots.problem import Dialect, Failure, Json, Problem
from openroots.storage import Change, Guard, Mark, Signal, Snapshot
from openroots.storage.looks import Looks

__all__ = [
    "ANYBODY",
    "ANYONE",
    "Access",
    "Caller",
    "Dialect",
    "Endpoint",
    "Failure",
    "Fetch",
    "Fetched",
    "HeaderRule",
    "Later",
    "Limit",
    "OPENLY",
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
    OPEN = "open-access"  # nobody is asked who they are


ANYONE = frozenset(Access) - {Access.OPEN}
OPENLY = frozenset({Access.OPEN})
ANYBODY = "*"  # the subject of a patient whom nobody asked who they are: whoever is asked about
NO_ATTRIBUTES: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a registered application, for an organisation, perhaps on behalf of a person.

    `subject` is that person's NHS number where a patient asks, or the user's id where staff do.
    `setting` is the care setting in which the application is used; standards go by it. `name` is
    what the application is called, and `attributes` are what its registration grants it. `actor`
    is the NHS number of who acts for the patient, where somebody does. `acting` is what the role
    gives in which staff act: its code, its activities, and its teams as "team:ID".
    """

    application: str
    ods_code: str
    access: Access
    subject: str = ""
    roles: frozenset[str] = frozenset()
    assurance: str = ""
    setting: str = ""
    name: str = ""
    attributes: Mapping[str, Any] = field(default_factory=lambda: NO_ATTRIBUTES, hash=False)
    actor: str = ""
    acting: frozenset[str] = frozenset()

    def __hash__(self) -> int:
        # The policy looks callers up at each request: these tell most of them apart.
        return hash((self.application, self.subject))

    def acts_for(self, number: str) -> bool:
        """Whether they may ask about the person of this number: a patient, only for themselves."""
        return self.access is not Access.PATIENT or self.subject in (number, ANYBODY)


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
    """What another machine answered, and when by wall time. `body` is None where it did not."""

    body: bytes | None
    at: datetime


class Fetch(Exception):
    """The handler needs the document at this URL, fetched no earlier than `since` (wall time;
    None: as the gateway has it). The gateway fetches it and calls the handler again."""

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
    `trail_of` finds the trail of a request, where the endpoint is declared to read trails.
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
    trail_of: Callable[[str], Json | None] | None = None
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


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many requests within any so many seconds; one more fails with `row`.

    Each application has a count of its own where `each` is set; otherwise all share one.
    """

    most: int
    seconds: int
    row: str
    each: bool = False


# What the platform lets every application ask of every API, unless the API says otherwise.
USUAL_LIMITS = (
    Limit(300, 60, "quota-exceeded", each=True),
    Limit(10, 1, "spike-arrested", each=True),
)

Handler = Callable[[Request, Snapshot], Reply]
Check = Callable[[Request], None]  # raises Problem

# Of the method and headers of a request: the seconds it may take, and how more is refused.
Patience = Callable[[str, Mapping[str, str]], tuple[float, str]]
Indexer = Callable[[Json], Iterable[tuple[str, str]]]
# Body, labels -> forms by name; None for one that is the body itself.
Former = Callable[[Json, frozenset[str]], Mapping[str, Json | None]]


@dataclass(frozen=True, slots=True)
class HeaderRule:
    """A header that a service asks for or looks at.

    `missing` and `invalid` name rows of the service's failures, given the fields `header` and
    `value`. A rule without `missing` is an optional header; `pattern` must match all of a value.
    A pattern without `invalid` is told to machines, and held elsewhere.
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
    and `refused` names the failure for others, `refused_to_patients` that for patients, if another.
    `about` names the path parameter that holds an NHS number, if one does. `takes` lists the media
    types of the body (the first is the usual one); none means no body. `opening` are checks that
    this API makes before it looks at its headers.
    Where it takes it `raw`, the body is of any type and given as its bytes.
    `reads` bounds the calls to the snapshot. `fails` names the failures that this endpoint alone
    can answer with, besides the gateway's. `scans` moves it to a thread of its own, `reads_audit`
    gives it who looked at records, `reads_trails` what was decided about requests.
    `also` admits callers by their attributes whose access mode is not in `access`. `unkept` is the
    handler for where nothing is kept, if it is another; `limits` hold besides the service's.

    For the policy: `action` is what it does to data, where that does not follow from its method;
    staff need one of `roles` (codes or activities) where it names any, and whoever asks for a
    person's data needs a legitimate relationship with them where `relationship` is set.

    For machines that read descriptions: `query_schemas` are the JSON Schemas of parameters that
    are more than text, `needs` those that must be there, `body_schema` that of the body, and
    `gives` the resource type of the answer where the interaction does not say it. `offers` are
    the media types of a success where they are not the dialect's: the first is the usual one, and
    a reply in another says so by its header content-type.
    """

    service: "Service"
    method: str
    path: str
    name: str
    handler: Handler
    access: frozenset[Access] = ANYONE
    refused: str = "access-refused"
    refused_to_patients: str = ""
    about: str = ""
    takes: tuple[str, ...] = ()
    body_type: str = "body-type"
    largest: int = 1 << 20
    raw: bool = False
    opening: tuple[Check, ...] = ()
    headers: tuple[HeaderRule, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)  # parameter -> words
    query_schemas: Mapping[str, Json] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    body_schema: Json | None = None
    gives: str = ""
    offers: tuple[str, ...] = ()
    success: int = 200
    reads: int = 1
    fails: tuple[str, ...] = ()
    scans: bool = False
    reads_audit: bool = False
    reads_trails: bool = False
    also: Callable[[Caller], bool] | None = None
    unkept: Handler | None = None
    limits: tuple[Limit, ...] = ()
    action: str = ""
    roles: frozenset[str] = frozenset()
    relationship: bool = False
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
    def does(self) -> str:
        """What it does to data, as agreements name it: "read", "search", "create", "update"."""
        interaction = self.interaction[0] if self.interaction else self.method
        return self.action or ACTIONS[interaction]

    @cached_property
    def rules(self) -> tuple[HeaderRule, ...]:
        """The rules for headers: the service's, then its own."""
        return (*self.service.headers, *self.headers)

    @cached_property
    def strict_rules(self) -> tuple[HeaderRule, ...]:
        """Those of the rules that can refuse anything."""
        return tuple(rule for rule in self.rules if rule.missing or (rule.pattern and rule.invalid))

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return (self.handler.__doc__ or "").strip().partition("\n")[0]


ACTIONS = {
    **dict.fromkeys(("read", "GET"), "read"),
    **dict.fromkeys(("create", "POST"), "create"),
    **dict.fromkeys(("update", "patch", "PUT", "PATCH"), "update"),
    **dict.fromkeys(("delete", "DELETE"), "delete"),
    "search": "search",
}

R4 = "4.0.1"

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
    `api` is its name in scopes, if it is not that of its base path; `by_key` says that an
    application may use it by its key alone. `category` names its data in agreements; a service
    without one holds nobody's. Where `by_holder` is set, each record is shared by the organisation
    that holds it, and inside that one no agreement is needed; else the nation shares all of them.
    """

    name: str
    title: str
    base: str
    source: str
    dialect: Dialect
    words: str = ""
    api: str = ""
    by_key: bool = False
    made_up: bool = False  # served only where all people are
    category: str = ""
    by_holder: bool = False
    spec: str = ""
    checked: str = ""
    shares: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()  # what it keeps in a resource for itself, beside FHIR's elements
    emits: Mapping[str, str] = field(default_factory=dict)
    headers: tuple[HeaderRule, ...] = ()
    limits: tuple[Limit, ...] = USUAL_LIMITS
    own_failures: Mapping[str, Failure] = field(default_factory=dict)
    fhir_version: str = R4  # of the resources that its interactions are on
    troubles: tuple[str, ...] = ()  # rows that nothing leads to but a trouble made on purpose
    patience: Patience | None = None  # where a client says how long it waits
    differences: tuple[str, ...] = ()  # known, from the live API
    endpoints: list[Endpoint] = field(default_factory=list)
    indexers: dict[str, Indexer] = field(default_factory=dict)
    formers: dict[str, Former] = field(default_factory=dict)
    twins: list["Service"] = field(default_factory=list)

    @property
    def failures(self) -> dict[str, Failure]:
        """Every way it can fail: its own rows, and its dialect's where it has none of that name."""
        return {**self.dialect.failures, **self.own_failures}

    @cached_property
    def product(self) -> str:
        """Its name in the scopes of tokens: "personal-demographics-service"."""
        return self.api or self.base.strip("/").partition("/")[0]

    @property
    def stated(self) -> bool:
        """Whether it is a FHIR API, of whatever version, which says so in a CapabilityStatement:
        any of its endpoints is an interaction."""
        return any(endpoint.interaction for endpoint in self.endpoints)

    @property
    def fhir(self) -> bool:
        """Whether it is a FHIR API of the version that resources are kept and judged in."""
        return self.fhir_version == R4 and self.stated

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

    def twin(self, base: str, **declared: Any) -> "Service":
        """The same service, with all endpoints declared so far, under another base.

        The fields in which it differs are given by name.
        """
        twin = replace(self, base=base, endpoints=[], twins=[], **declared)
        twin.endpoints.extend(replace(endpoint, service=twin) for endpoint in self.endpoints)
        self.twins.append(twin)
        return twin

    def where_nothing_is_kept(self, name: str) -> Callable[[Handler], Handler]:
        """Declare the decorated function as what answers an endpoint in a world that keeps nothing.

        Raises ValueError where there is no endpoint of this name yet.
        """

        def declare(handler: Handler) -> Handler:
            names = [endpoint.name for endpoint in self.endpoints]
            at = names.index(name)
            self.endpoints[at] = replace(self.endpoints[at], unkept=handler)
            return handler

        return declare

    def indexes(self, type: str) -> Callable[[Indexer], Indexer]:
        """Declare the decorated function as what resources of a type are indexed by."""

        def declare(indexer: Indexer) -> Indexer:
            self.indexers[type] = indexer
            return indexer

        return declare

    def forms(self, type: str) -> Callable[[Former], Former]:
        """Declare the decorated function as what makes the other forms of resources of a type,
        which the store keeps beside each version: `db.read(keys, form="shown")`."""

        def declare(former: Former) -> Former:
            self.formers[type] = former
            return former

        return declare

    def _refuse_unknown_rows(self, endpoint: Endpoint) -> None:
        named = {*endpoint.fails, *self.troubles, endpoint.refused, endpoint.body_type}
        named |= {endpoint.refused_to_patients} - {""}
        named |= {row for rule in endpoint.rules for row in (rule.missing, rule.invalid) if row}
        named |= {limit.row for limit in (*self.limits, *endpoint.limits)}
        if unknown := named - self.failures.keys():
            raise ValueError(f"{endpoint.id}: no failure called {', '.join(sorted(unknown))}")
