"""Insurance cards for tests, and how to ask for and send them."""

from typing import Any

from openroots.problem import Json
from openroots.service import Caller
from openroots.services.demographics.coverage import EXAMPLE
from openroots.testing import Nation, Told
from tests.services.demographics.desk import MINIMAL

COVERAGE = "/personal-demographics/FHIR/R4/Coverage"
NUMBERS = "https://fhir.nhs.uk/Id/nhs-number"


def card(number: str = MINIMAL, **parts: Any) -> Json:
    """A card as a client sends it, with some parts of its own."""
    subscriber = {"identifier": {"system": NUMBERS, "value": number}}
    return {**EXAMPLE, "subscriber": subscriber, **parts}


def read(openroots: Nation, number: str = MINIMAL, caller: Caller | None = None) -> Told:
    """Ask for somebody's coverage."""
    return openroots.ask("GET", f"{COVERAGE}?subscriber:identifier={number}", caller=caller)


def write(
    openroots: Nation,
    body: Any,
    version: int = 1,
    caller: Caller | None = None,
    **headers: str,
) -> Told:
    """Send a card, over this version."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {"if-match": f'W/"{version}"', **named}
    return openroots.ask("POST", COVERAGE, body, caller=caller, headers=sent)
