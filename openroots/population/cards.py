"""The European Health Insurance Cards (EHIC) of a made-up nation: a few people brought one.

For the population. A card is a FHIR Coverage, as the Personal Demographics Service keeps it.

Source: PDS FHIR API, "Get a patient's coverage"; ISO 3166 for the countries.
"""

from datetime import date

from openroots.identifiers import NHSNumber
from openroots.population.lives import ADULT, Life, Scene
from openroots.population.records import NHS_NUMBER
from openroots.storage import Json

HOLD_ONE = 0.1  # of the adults of a community, the share who are insured where it comes from
VALID_DAYS = 1800
ISSUERS = {
    "dutch": ("NLD", "Netherlands"),
    "french": ("FRA", "France"),
    "german": ("DEU", "Germany"),
    "italian": ("ITA", "Italy"),
    "lithuanian": ("LTU", "Lithuania"),
    "polish": ("POL", "Poland"),
    "portuguese": ("PRT", "Portugal"),
    "romanian": ("ROU", "Romania"),
    "spanish": ("ESP", "Spain"),
}


def card(scene: Scene, one: Life, number: NHSNumber) -> Json | None:
    """The card that somebody holds, first version; None where they hold none."""
    issuer = ISSUERS.get(one.culture.name)
    if issuer is None or one.died or scene.today - one.born < ADULT or not scene.happens(HOLD_ONE):
        return None
    country, display = issuer
    expires = scene.today + int(scene.chance.random() * VALID_DAYS)
    assigner = {
        "identifier": {"system": "urn:iso:std:iso:3166", "value": country},
        "display": display,
    }
    return {
        "resourceType": "Coverage",
        "meta": {"versionId": "2"},  # the first version is to have none
        "status": "active",
        "subscriber": {"identifier": {"system": NHS_NUMBER, "value": number}, "type": "Patient"},
        "identifier": [{"value": f"80{country}{_digits(scene, 13)}", "assigner": assigner}],
        "payor": [{"identifier": {"value": f"{country}{_digits(scene, 6)}"}}],
        "beneficiary": {"identifier": {"value": _digits(scene, 10)}, "type": "Patient"},
        "period": {"end": date.fromordinal(expires).isoformat()},
    }


def _digits(scene: Scene, count: int) -> str:
    return f"{int(scene.chance.random() * 10**count):0{count}}"
