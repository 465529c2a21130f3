"""What provokes the rows of the failures table that no read and no patch does, over the door."""

from collections.abc import Callable
from typing import Any

from openroots.problem import Json
from openroots.service import Access
from openroots.services.demographics.births import EXAMPLE as BIRTH
from openroots.services.demographics.creating import EXAMPLE
from openroots.testing import Nation, Told
from tests.services.demographics.cards import COVERAGE, write
from tests.services.demographics.desk import APPLICATION, JANE, patient_access
from tests.services.demographics.newcomers import PATIENTS, create, person
from tests.services.demographics.searches import EXACT, FUZZY, SMITH, search
from tests.services.demographics.test_births import mothered, notify, without

Asked = Callable[[Nation], Told]

SEVERAL = {"family": "McMatch-Multiple", "birthdate": "1982-07-10", "_max-results": 1}


def searching(asked: Any, access: Access = Access.HEALTHCARE_WORKER) -> Asked:
    """What searches for this."""
    return lambda nation: search(nation, asked, access)


def creating(body: Any, **asked: Any) -> Asked:
    """What creates this person."""
    return lambda nation: create(nation, body, **asked)


def born(body: Json) -> Asked:
    """What sends these details of a birth."""
    return lambda nation: notify(nation, body)


def struck(row: str) -> Asked:
    """A read that this trouble is made for."""

    def ask(nation: Nation) -> Told:
        nation.trouble("demographics.*", row)
        return nation.ask("GET", f"{PATIENTS}/{JANE}")

    return ask


# The row, and what is asked so that it is told.
ASKED: dict[str, Asked] = {
    "search-empty": searching({}),
    "search-too-little": searching({"birthdate": "2010-10-22"}),
    "search-not-fuzzy": searching(SMITH | FUZZY | {"given": "Ja*"}),
    "postcode-twice": searching(
        SMITH | {"address-postcode": "LS1 6AE", "address-postalcode": "LS1 6AE"}
    ),
    "too-many-results": searching(SMITH | {"_max-results": 2}, Access.APPLICATION),
    "too-many-matches": searching(SEVERAL | EXACT),
    "coverage-search-invalid": lambda nation: nation.ask("GET", COVERAGE),
    "coverage-malformed": lambda nation: write(nation, []),
    "create-refused": creating(EXAMPLE, caller=APPLICATION),
    "create-refused-to-patients": creating(EXAMPLE, caller=patient_access(JANE)),
    "single-match": creating(
        person(**{"name/0/family": "McMatch-Single", "address/0/postalCode": "BAP 4WG"})
    ),
    "multiple-matches": creating(
        person(**{"name/0/given": ["Louisa"], "name/0/family": "McMatch-Multiple"})
    ),
    "create-malformed": creating([]),
    "create-kind-repeated": creating(person(address=EXAMPLE["address"] * 2)),
    "create-date-in-future": creating(person(birthDate="2026-11-22")),
    "create-period-reversed": creating(
        person(**{"address/0/period": {"start": "2020-01-02", "end": "2020-01-01"}})
    ),
    "birth-incomplete": born(without(0)),
    "birth-ambiguous": born(BIRTH | {"entry": BIRTH["entry"] + BIRTH["entry"][:1]}),
    "mother-unknown": born(mothered("9111231130")),
    **{row: struck(row) for row in ("backend-too-slow", "asid-missing", "validation-failed")},
}
