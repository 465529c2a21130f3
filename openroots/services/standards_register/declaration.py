"""The standards register as a service: its declaration, and what its handlers share.

Source: none.
"""

from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any

from openroots.plain import plain_dialect
from openroots.problem import Failure, Json, Problem
from openroots.register.carried import carried_in
from openroots.register.clause import REGISTER
from openroots.register.kept import (
    CASE,
    COMMENT,
    COUNT,
    DECISION,
    EDITION,
    EXEMPTION,
    FACT,
    NOTICE,
    terms_of,
)
from openroots.register.telling import TOLD
from openroots.service import OPENLY, Access, Endpoint, Reply, Request, Service
from openroots.service.endpoint import WHERE, Handler
from openroots.services.standards_register.failures import FAILURES
from openroots.storage import Snapshot

JSON = ("application/json",)
OFFICES = frozenset({Access.APPLICATION, Access.HEALTHCARE_WORKER})

DECIDED = "standards-register-decision-1"
MOVED = "standards-register-stage-1"
EASED = "standards-register-exemption-1"
COMMENTED = "standards-register-comment-1"


def _render(failure: Failure, trail: str) -> Json:
    return {
        "error": failure.code,
        "message": failure.words,
        "mend": failure.mend,
        "trail": trail,
    }


service = Service(
    name=REGISTER,
    title="Standards register",
    base="/standards-register",
    words="Information standards from first draft to retirement: who is asked what, by when.",
    source="https://www.legislation.gov.uk/ukpga/2012/7/section/250",
    dialect=plain_dialect("Standards register", _render),
    by_key=True,
    shares=(CASE, COMMENT, COUNT, DECISION, EDITION, EXEMPTION, FACT, NOTICE),
    emits={
        DECIDED: "A standard is mandated for somebody, or a mandate is taken back.",
        MOVED: "A case reached another stage.",
        EASED: "A waiver, a work-off plan, a brake or a sign-off was made or ended.",
        COMMENTED: "Somebody commented on a draft, or a comment was answered.",
        TOLD: "A supplier is told of a step of the phase-out.",
    },
    own_failures=FAILURES,
    differences=("There is no published API for this: it is ours.",),
)

for each in (CASE, COMMENT, COUNT, EDITION, EXEMPTION, FACT, NOTICE):
    service.indexes(each)(partial(terms_of, each))

ON = "The day as of which it is asked, such as 2027-04-01: today's unless told."
DAY = {"type": "string", "format": "date"}
OFFICE = {"apikey": "national-standards-key"}  # of who acts in examples, where all is made up
ONE = {"id": "request-identity"}  # standard, in examples
WRITTEN = ("body-wrong", "role-missing")
PUBLIC = (*WRITTEN, "holds-nhs-number")  # where everybody reads what is written
OF_A_CASE = (*WRITTEN, "programme-unknown", "case-unknown")


def tells(
    path: str,
    *,
    reads: int,
    fails: tuple[str, ...] = (),
    query: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
    offers: tuple[str, ...] = (),
) -> Callable[[Handler], Handler]:
    """Declare the decorated function as what tells anybody how something stands, or stood: as of
    any day. `query` names what else it takes, `given` says what an example asks about, and `offers`
    the media type, where it is not JSON."""
    own: dict[str, Any] = {"offers": offers} if offers else {}
    return service.endpoint(
        "GET",
        path,
        access=OPENLY,
        query={"on": ON, **(query or {})},
        query_schemas={"on": DAY},
        given=given or {},
        reads=reads,
        fails=("date-wrong", *fails),
        **own,
    )


def writes(
    path: str,
    body: Json | tuple[str, ...] = (),
    *,
    reads: int,
    fails: tuple[str, ...],
    method: str = "POST",
    success: int = 201,
    example: Json | None = None,
    given: Mapping[str, str] | None = None,
) -> Callable[[Handler], Handler]:
    """Declare the decorated function as what takes JSON here and makes something of it, for an
    application. `body` is the schema of what it takes, or the keys that must be there; none, where
    it takes no body; `example` is a body, and `given` what that one is about. Nothing that it takes
    is in the query: a day there would say when it is decided, and cannot."""
    schema = body if isinstance(body, dict) else {"type": "object", "required": list(body)}
    takes: dict[str, Any] = {"takes": JSON, "body_schema": schema} if body else {}
    own: dict[str, Any] = {"success": success, "reads": reads, "example": example}
    own["given"] = {**OFFICE, **(given or {})}
    own["tells"] = WHERE if success == 201 else {}
    return service.endpoint(method, path, access=OFFICES, fails=fails, **own, **takes)


def decides(
    path: str, body: Json | tuple[str, ...] = (), *, reads: int, fails: tuple[str, ...], **how: Any
) -> Callable[[Handler], Handler]:
    """The same of what is said or decided about standards: refused where the rulebook of another
    node is carried, as that is where its standards are decided."""
    declare = writes(path, body, reads=reads + 1, fails=(*fails, "carried"), **how)

    def guarded(handler: Handler) -> Handler:
        @wraps(handler)
        def at_home(request: Request, db: Snapshot) -> Reply:
            if carried := carried_in(db):
                raise Problem("carried", url=carried.url)
            return handler(request, db)

        declare(at_home)
        return handler

    return guarded


def address(endpoint: Endpoint, *parts: str) -> str:
    """The path of something of the register."""
    return "/".join((endpoint.service.base, *parts))
