"""The standards register as a service: its declaration, and what its handlers share.

Source: none.
"""

from collections.abc import Mapping
from functools import partial

from openroots.plain import plain_dialect
from openroots.problem import Failure, Json
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
from openroots.register.rulebook import REGISTER
from openroots.register.telling import TOLD
from openroots.service import Access, Endpoint, Service
from openroots.services.standards_register.failures import FAILURES

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
AS_OF: Mapping[str, str] = {"on": ON}
AS_OF_SCHEMAS: Mapping[str, Json] = {"on": DAY}
ASKED = ("date-wrong", "parameter-unknown", "parameter-repeated")
WRITTEN = ("body-wrong", "role-missing")


def address(endpoint: Endpoint, *parts: str) -> str:
    """The path of something of the register."""
    return "/".join((endpoint.service.base, *parts))
