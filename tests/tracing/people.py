"""Made-up people to trace: records, and what is known of somebody who is sought."""

from typing import Any

from openroots.problem import Json
from openroots.tracing import Known, Score, Wanted, known, score

BORN, LATER = "1970-03-04", "1970-03-05"
STREET = ("12 Mill Lane", "Ainsby", "Leeds")
HOME = {"use": "home", "postalCode": "LS1 6AE", "line": list(STREET)}
AWAY = {"use": "home", "postalCode": "YO9 2DJ", "line": ["3 Church Street", "York"]}


def record(family: str, *given: str, use: str = "usual", **parts: Any) -> Json:
    """A record of somebody of this name, born on the usual day and living at the usual address."""
    name = {"use": use, "family": family, "given": list(given)}
    return {"name": [name], "birthDate": BORN, "gender": "female", "address": [HOME], **parts}


def held(family: str, *given: str, former: Json | None = None, **parts: Any) -> Known:
    """The same, as it is compared."""
    return known(record(family, *given, **parts), former or {})


def sought(family: str, *given: str, **parts: Any) -> Wanted:
    """Somebody sought of this name, born on the usual day and living at the usual address."""
    usual = {"born": BORN, "gender": "female", "postcode": "LS1 6AE", "lines": STREET}
    return Wanted(family, given, **{**usual, **parts})


def by_name(asked: tuple[str, ...], kept: tuple[str, ...]) -> Score:
    """How well somebody fits of whom nothing is known but a name and the birth date."""
    return score(Wanted(asked[0], asked[1:], BORN), held(*kept))
