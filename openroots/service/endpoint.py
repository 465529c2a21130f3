"""One thing that a service can be asked, with the headers it wants and how often it may be asked.

For services, which declare them, and for whatever is made from the declarations.

Source: FHIR R4 4.0.1 section 3.1.0 (RESTful API) for the names of the interactions.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from openroots.problem import Json, Problem
from openroots.service.caller import ANYONE, Access, Caller
from openroots.service.request import Reply, Request
from openroots.storage import Snapshot

if TYPE_CHECKING:  # each names the other
    from openroots.service import Service


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

# What an answer tells of a resource that was made.
WHERE = {"Location": "Where to find it."}

# In examples, the place of a token of somebody who may ask.
WITH_TOKEN = {"Authorization": "Bearer TOKEN"}

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


ACTIONS = {
    **dict.fromkeys(("read", "GET"), "read"),
    **dict.fromkeys(("create", "POST"), "create"),
    **dict.fromkeys(("update", "patch", "PUT", "PATCH"), "update"),
    **dict.fromkeys(("delete", "DELETE"), "delete"),
    "search": "search",
}


@dataclass(frozen=True)
class Endpoint:
    """One thing that a service can be asked, and everything that is said about it anywhere.

    `path` is below the service's base; `{names}` in it become `params`. `access` says who may ask,
    and `refused` names the failure for others, `refused_to_patients` that for patients, if another.
    `about` names the path parameter that holds an NHS number, if one does. `takes` lists the media
    types of the body (the first is the usual one); none means no body. `opening` are checks that
    this API makes before it looks at its headers, `asking` before it looks at its parameters.
    `stray` is the row for a parameter that it does not have, if not the service's, and `several`
    names the parameters that may be there more than once.
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
    `gives` the resource type of the answer where the interaction does not say it. `operation` is
    the canonical URL of the OperationDefinition, of a FHIR operation that has one. `offers` are
    the media types of a success where they are not the dialect's: the first is the usual one, and
    a reply in another says so by its header content-type. `tells` has the headers of a success
    that its interaction does not say, with their words.

    For people who try it: `example` is a body, and `given` has values for parts of its path, for
    parameters and for headers, by which a call with no more to it is answered with a success.
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
    asking: tuple[Check, ...] = ()
    headers: tuple[HeaderRule, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)  # parameter -> words
    stray: str | None = None
    several: tuple[str, ...] = ()
    query_schemas: Mapping[str, Json] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    body_schema: Json | None = None
    gives: str = ""
    operation: str = ""
    offers: tuple[str, ...] = ()
    tells: Mapping[str, str] = field(default_factory=dict)
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
    example: Json | None = None
    given: Mapping[str, str] = field(default_factory=dict)

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
    def refuses(self) -> str:
        """The row for a parameter that it does not have; "" where it passes that over."""
        return self.service.stray if self.stray is None else self.stray

    @cached_property
    def bodiless(self) -> bool:
        """Whether it takes no body, though its method is one that brings some."""
        return self.method == "POST" and not (self.takes or self.raw)

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
