"""How each error that PDS documents is met with: what to ask, for every status and code.

Where nothing that a client sends leads to an error, a trouble is made on purpose.

Source: PDS FHIR API, the tables of errors of its specification.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from openroots.service import Access, Caller
from openroots.services.demographics.coverage import EXAMPLE as CARD
from openroots.services.demographics.creating import EXAMPLE as NEWCOMER
from openroots.testing import Nation, Told

PDS = "/personal-demographics/FHIR/R4"
JANE, RESTRICTED, INVALIDATED = "9000000009", "9000000025", "9990003343"
NOBODY, NO_NUMBER = "9111231130", "9000000000"
SOMEBODY = Caller("test", "Y12345", Access.PATIENT, subject=NOBODY, assurance="P9.Cp.Cd")
APPLICATION = Caller("test", "Y12345", Access.APPLICATION)
WORKER = Caller("test", "Y12345", Access.HEALTHCARE_WORKER)

World = Callable[[str], Nation]


@dataclass(frozen=True)
class Asked:
    """One request, and in which world it is put: "open", "locked" (a key is wanted) or "limited".

    `trouble` names a row that every request fails with; `times` is how often it is asked.
    """

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    caller: Caller | None = None
    world: str = "open"
    trouble: str = ""
    times: int = 1

    def of(self, number: str) -> "Asked":
        """The same about somebody else."""
        return replace(self, path=self.path.replace(JANE, number))

    def but(self, **members: Any) -> "Asked":
        """The same with other members of its body, of which None are left out."""
        body = {name: value for name, value in (self.body | members).items() if value is not None}
        return replace(self, body=body)

    def patching(self, op: str, path: str, *value: Any) -> "Asked":
        """The same with this operation alone."""
        patch = {"op": op, "path": path, **({"value": value[0]} if value else {})}
        return self.but(patches=[patch])

    def with_header(self, name: str, value: str) -> "Asked":
        """The same with this header; "" leaves it out."""
        return replace(self, headers={**self.headers, name: value})

    def put(self, world: World) -> Told:
        """The answer."""
        nation = world(self.world)
        if self.trouble:
            nation.trouble("demographics.*", self.trouble)
        for _ in range(self.times):
            asked = (self.method, PDS + self.path, self.body)
            told = nation.ask(*asked, headers=self.headers, caller=self.caller)
        return told


SEARCH = Asked("GET", "/Patient?family=Smith&birthdate=eq2010-10-22")
CREATE = Asked("POST", "/Patient", NEWCOMER)
READ = Asked("GET", f"/Patient/{JANE}")
UPDATE = Asked(
    "PATCH",
    f"/Patient/{JANE}",
    {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]},
    {"if-match": 'W/"2"'},
)
RELATED = Asked("GET", f"/Patient/{JANE}/RelatedPerson")
COVER = Asked("GET", f"/Coverage?subscriber:identifier={JANE}")
INSURE = Asked("POST", "/Coverage", CARD, {"if-match": 'W/"2"'})

OPERATIONS = {
    "GET /Patient": SEARCH,
    "POST /Patient": CREATE,
    "GET /Patient/{id}": READ,
    "PATCH /Patient/{id}": UPDATE,
    "GET /Patient/{id}/RelatedPerson": RELATED,
    "GET /Coverage": COVER,
    "POST /Coverage": INSURE,
}


def searching(query: str) -> Asked:
    """A search by this query."""
    return replace(SEARCH, path=f"/Patient?{query}")


def about(subscriber: Any) -> Asked:
    """A card sent for whoever has this number."""
    return INSURE.but(
        subscriber={"identifier": {**CARD["subscriber"]["identifier"], "value": subscriber}}
    )


def named(**members: Any) -> Asked:
    """A newcomer with another name."""
    return CREATE.but(name=[{**NEWCOMER["name"][0], **members}])


def living(**members: Any) -> Asked:
    """A newcomer with another address."""
    return CREATE.but(address=[{**NEWCOMER["address"][0], **members}])


def known(given: str, family: str) -> Asked:
    """A newcomer who is there already: one of those who are published for that."""
    return named(given=[given], family=family)


LANGUAGE = {
    "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSCommunication",
    "extension": [
        {"url": "language", "valueCodeableConcept": {"coding": [{"system": "x", "code": "en"}]}}
    ],
}
OLD_NAME = {"use": "old", "family": "Sm=th", "period": {"start": "2020-01-01"}}
NOWHERE = {
    "use": "billing",
    "line": [],
    "period": {"start": "2020-01-01", "end": "2030-01-01"},
}

# Of every operation: what anybody may do wrong, and what may be wrong with the service.
OF_ALL = {
    (400, "MISSING_VALUE"): lambda asked: asked.with_header("x-request-id", ""),
    (400, "INVALID_VALUE"): lambda asked: asked.with_header("x-request-id", "1234"),
    (401, "ACCESS_DENIED"): lambda asked: replace(asked, world="locked"),
    (408, "UNABLE_TO_CALL_SERVICE"): lambda asked: replace(asked, trouble="backend-too-slow"),
    (429, "TOO_MANY_REQUESTS"): lambda asked: replace(asked, world="limited", times=11),
}
OF_WRITES = {
    (400, "VALIDATION_ERROR"): lambda asked: replace(asked, trouble="validation-failed"),
    (503, "SERVICE_UNAVAILABLE"): lambda asked: replace(asked, trouble="unavailable"),
}

OWN: dict[str, dict[tuple[int, str], Asked]] = {
    "GET /Patient": {
        (200, ""): SEARCH,
        (200, "TOO_MANY_MATCHES"): searching("family=Sm*&birthdate=eq2010-10-22&_max-results=1"),
        (400, "INVALID_SEARCH_DATA"): searching("birthdate=eq2010-10-22"),
        (400, "UNSUPPORTED_SERVICE"): replace(SEARCH, path="/Patient"),
        (400, "ADDITIONAL_PROPERTIES"): searching("family=Smith&year=2003"),
        (403, "INVALID_VALUE"): replace(
            searching("family=Smith&birthdate=eq2010-10-22&_max-results=2"), caller=APPLICATION
        ),
    },
    "POST /Patient": {
        (201, ""): CREATE,
        (200, "SINGLE_MATCH"): known("Jane", "McMatch-Single"),
        (200, "MULTIPLE_MATCHES"): known("Louisa", "McMatch-Multiple"),
        (400, "UNSUPPORTED_CHARACTERS_IN_FIELD"): named(family="Sm=th"),
        (400, "ADDITIONAL_PROPERTIES"): CREATE.but(pets=["Rex"]),
        (400, "UNSUPPORTED_VALUE"): CREATE.but(extension=[*NEWCOMER["extension"], LANGUAGE]),
        (400, "TOO_FEW_VALUES_SUBMITTED"): CREATE.but(name=[]),
        (400, "TOO_MANY_VALUES_SUBMITTED"): CREATE.but(name=NEWCOMER["name"] * 2),
        (403, "ACCESS_DENIED"): replace(CREATE, caller=SOMEBODY),
    },
    "GET /Patient/{id}": {
        (200, ""): READ,
        (400, "INVALID_RESOURCE_ID"): READ.of(NO_NUMBER),
        (400, "UNSUPPORTED_SERVICE"): READ.of(""),
        (403, "ACCESS_DENIED"): replace(READ, caller=SOMEBODY),
        (404, "RESOURCE_NOT_FOUND"): READ.of(NOBODY),
        (404, "INVALIDATED_RESOURCE"): READ.of(INVALIDATED),
    },
    "PATCH /Patient/{id}": {
        (200, ""): UPDATE,
        (400, "UNSUPPORTED_SERVICE"): UPDATE.with_header("content-type", "text/plain"),
        (400, "INVALID_UPDATE"): UPDATE.patching("replace", "/pets", "Rex"),
        (400, "INVALID_RESOURCE_ID"): UPDATE.of(NO_NUMBER),
        (400, "UNSUPPORTED_CHARACTERS_IN_FIELD"): UPDATE.patching("add", "/name/-", OLD_NAME),
        (400, "ADDITIONAL_PROPERTIES"): UPDATE.patching(
            "add", "/name/-", {**OLD_NAME, "pets": "Rex"}
        ),
        (400, "UNSUPPORTED_VALUE"): UPDATE.patching("add", "/extension/-", LANGUAGE),
        (400, "TOO_FEW_VALUES_SUBMITTED"): UPDATE.patching("add", "/address/-", NOWHERE),
        (400, "TOO_MANY_VALUES_SUBMITTED"): UPDATE.patching(
            "add", "/name/-", {**OLD_NAME, "given": ["Ann"] * 1000}
        ),
        (403, "FORBIDDEN_UPDATE"): UPDATE.of(RESTRICTED),
        (403, "ACCESS_DENIED"): replace(UPDATE, caller=SOMEBODY),
        (404, "RESOURCE_NOT_FOUND"): UPDATE.of(NOBODY),
        (404, "INVALIDATED_RESOURCE"): UPDATE.of(INVALIDATED),
        (409, "RESOURCE_VERSION_MISMATCH"): UPDATE.with_header("if-match", 'W/"1"'),
        (412, "PRECONDITION_FAILED"): UPDATE.with_header("if-match", ""),
    },
    "GET /Patient/{id}/RelatedPerson": {
        (200, ""): RELATED,
        (400, "INVALID_RESOURCE_ID"): RELATED.of(NO_NUMBER),
        (404, "RESOURCE_NOT_FOUND"): RELATED.of(NOBODY),
        (404, "INVALIDATED_RESOURCE"): RELATED.of(INVALIDATED),
    },
    "GET /Coverage": {
        (200, ""): COVER,
        (400, "INVALID_RESOURCE_ID"): COVER.of(NO_NUMBER),
        (400, "INVALID_SEARCH_DATA"): replace(COVER, path="/Coverage?year=2003"),
        (403, "ACCESS_DENIED"): replace(COVER, caller=WORKER),
        (404, "RESOURCE_NOT_FOUND"): COVER.of(NOBODY),
        (404, "INVALIDATED_RESOURCE"): COVER.of(INVALIDATED),
    },
    "POST /Coverage": {
        (201, ""): INSURE,
        (400, "MISSING_VALUE"): INSURE.but(payor=None),
        (400, "INVALID_UPDATE"): replace(INSURE, body=b"[]"),
        (400, "INVALID_RESOURCE_ID"): about(NO_NUMBER),
        (400, "TOO_FEW_VALUES_SUBMITTED"): INSURE.but(payor=[]),
        (400, "TOO_MANY_VALUES_SUBMITTED"): INSURE.but(payor=CARD["payor"] * 2),
        (403, "FORBIDDEN_UPDATE"): about(RESTRICTED),
        (404, "RESOURCE_NOT_FOUND"): about(NOBODY),
        (409, "RESOURCE_VERSION_MISMATCH"): INSURE.with_header("if-match", 'W/"1"'),
        (412, "PRECONDITION_FAILED"): INSURE.with_header("if-match", ""),
    },
}


def cases() -> Iterator[tuple[str, int, str, Asked]]:
    """Every row: of which operation, the status, the code ("" for a success), what is asked."""
    for operation, asked in OPERATIONS.items():
        common = OF_ALL | (OF_WRITES if asked.body else {})
        rows = {row: make(asked) for row, make in common.items()} | OWN[operation]
        yield from ((operation, *row, each) for row, each in rows.items())
