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

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from openroots.problem import Dialect, Failure, Problem
from openroots.service.caller import ANYBODY, ANYONE, OPENLY, Access, Caller
from openroots.service.coming import Happens
from openroots.service.endpoint import (
    USUAL_LIMITS,
    Endpoint,
    Former,
    Handler,
    HeaderRule,
    Indexer,
    Limit,
    Patience,
)
from openroots.service.request import Fetch, Fetched, Later, Query, Reply, Request

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
    `labels` are those that its records may have, in words: an agreement hides records by them.
    `role_untold` names its own failure for staff who name no role of theirs, if it has one.
    `stray` names the failure for a parameter that an endpoint does not have; none, where the
    standard of the API bids it pass over what it does not know.
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
    labels: Mapping[str, str] = field(default_factory=dict)
    role_untold: str = ""
    stray: str = "parameter-unknown"
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
    comings: dict[str, Happens] = field(default_factory=dict)
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

    def comes(self, type: str) -> Callable[[Happens], Happens]:
        """Declare the decorated function as what happens once a resource of a type is due, whose
        member `at` says when, by the world's time. See `service.coming`."""

        def declare(happens: Happens) -> Happens:
            self.comings[type] = happens
            return happens

        return declare

    def _refuse_unknown_rows(self, endpoint: Endpoint) -> None:
        named = {*endpoint.fails, *self.troubles, endpoint.refused, endpoint.body_type}
        named |= {endpoint.refused_to_patients, self.role_untold, endpoint.refuses} - {""}
        named |= {row for rule in endpoint.rules for row in (rule.missing, rule.invalid) if row}
        named |= {limit.row for limit in (*self.limits, *endpoint.limits)}
        if unknown := named - self.failures.keys():
            raise ValueError(f"{endpoint.id}: no failure called {', '.join(sorted(unknown))}")
