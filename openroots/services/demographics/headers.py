"""The headers of the Personal Demographics Service, and the checks made before and after them: of
the number in a path, the parameters, and who asks.

Source: PDS FHIR API, parameters; the order of the checks is that of its test servers.
"""

import re
from collections.abc import Mapping

from openroots.identifiers import NHSNumber
from openroots.service import Access, Caller, HeaderRule, Problem, Request

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I | re.A)
ROLE = re.compile(r"\d+", re.ASCII)
ETAG = re.compile(r'W/"(\d+)"', re.ASCII)

PATCH_TYPES = ("application/json-patch+json", "application/json")

# How surely a person must have shown who they are, and by what; "" where nobody is asked. A level
# alone may stand for a password alone, which is not enough.
ASSURANCES = frozenset({"", "P9.Cp.Cd", "P9.Cp.Ck", "P9.Cm"})

HEADERS = (
    HeaderRule(
        "X-Request-ID",
        "A UUID for this request, given back in the answer. Repeat one only to retry.",
        pattern=UUID,
        missing="header-missing",
        invalid="header-invalid",
        example="60E0B220-8136-4CA5-AE46-1D97EF59D068",
    ),
    HeaderRule(
        "X-Correlation-ID",
        "Anything by which you follow a request through several systems, given back if sent.",
        example="11C46F5F-CDEF-4865-94B2-0EE0EDCC26DA",
    ),
    HeaderRule(
        "NHSD-Session-URID",
        "The role in which a healthcare worker acts, needed where they have several.",
        pattern=ROLE,
        example="555254240100",
    ),
    HeaderRule(
        "NHSD-End-User-Organisation-ODS",
        "The ODS code of the organisation for which the user acts.",
        example="Y12345",
    ),
    HeaderRule(
        "X-Sync-Wait",
        "How many seconds to wait for an answer, from 0.25 to 29; 10 unless told.",
        example="10",
    ),
)
SHORTEST_WAIT, USUAL_WAIT, LONGEST_WAIT = 0.25, 10.0, 29.0
SECONDS = re.compile(r"\d{1,3}(\.\d{1,9})?", re.ASCII)

IF_MATCH = HeaderRule(
    "If-Match",
    "The version that you read and mean to change: its ETag.",
    pattern=ETAG,
    example='W/"2"',
)


def patience(method: str, headers: Mapping[str, str]) -> tuple[float, str]:
    """How many seconds a client waits, and what it is told then: that a change may be asked for
    again, or that a question was not answered."""
    asked = headers.get("x-sync-wait", "").strip()
    told = float(asked) if SECONDS.fullmatch(asked) else USUAL_WAIT
    seconds = min(max(told, SHORTEST_WAIT), LONGEST_WAIT)
    return seconds, "backend-too-slow" if method == "GET" else "unavailable"


def check_number(request: Request) -> None:
    """Raises Problem where there is no id in the path, or one that is not an NHS number."""
    if not request.params["id"]:
        raise Problem("method-unknown", path="/Patient/{id}", allowed="an NHS number")
    try:
        NHSNumber(request.params["id"])
    except ValueError as error:
        raise Problem("resource-id-invalid") from error


def check_if_match(request: Request) -> None:
    """Raises Problem where If-Match is absent, or not of the form W/"2"."""
    if not ETAG.fullmatch(request.headers.get("if-match", "")):
        raise Problem("if-match-missing")


def check_patch_type(request: Request) -> None:
    """Raises Problem where the body is not said to be a JSON Patch."""
    given = request.headers.get("content-type", "")
    if given.partition(";")[0].strip().lower() not in PATCH_TYPES:
        raise Problem("body-type", given=given, wanted=PATCH_TYPES[0])


def check_version(request: Request, version: int) -> None:
    """Raises Problem where If-Match names another version than this."""
    named = ETAG.fullmatch(request.headers["if-match"])
    if named is None or named[1] != str(version):
        raise Problem("version-differs")


def check_role(request: Request) -> None:
    """Raises Problem where a healthcare worker names no role of theirs, or none of several."""
    if request.caller.access is not Access.HEALTHCARE_WORKER:
        return
    role, roles = request.headers.get("nhsd-session-urid"), request.caller.roles
    if role is None:
        fits = len(roles) < 2
    else:
        fits = bool(ROLE.fullmatch(role)) and (not roles or role in roles)
    if not fits:
        raise Problem("role-invalid", value=role or "")


def check_person(request: Request) -> None:
    """Raises Problem where a patient asks for a record other than their own, or too lightly."""
    check_own(request.caller, request.params["id"])


def check_own(caller: Caller, number: str) -> None:
    """Raises Problem where a patient asks about somebody else, or has shown too little."""
    proved = caller.access is not Access.PATIENT or caller.assurance in ASSURANCES
    if not proved or not caller.acts_for(number):
        raise Problem("not-own-record")
