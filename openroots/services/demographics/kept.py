"""The forms in which a Patient is kept beside the full record: made at commit, served as bytes.

Source: PDS FHIR API ("Restricted patients", "Search for a patient").
"""

from collections.abc import Mapping

from openroots.problem import Json
from openroots.services.demographics import service
from openroots.services.demographics.views import ORDINARY, SEARCH, SHOWN, found, shown


@service.forms("Patient")
def forms(patient: Json, labels: frozenset[str]) -> Mapping[str, Json | None]:
    """As a search shows it, and as callers without special rights see it; None where that is all
    of it."""
    ordinary = shown(ORDINARY, patient, labels)
    made = {SEARCH: found(ordinary), SHOWN: ordinary}
    return {name: None if form == patient else form for name, form in made.items()}
