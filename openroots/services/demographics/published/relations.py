"""The related people and insurance cards that the published documents of PDS show, as published.

For the seed: what hangs on the published people. Of related people the ids, the numbers and the
suffix of a name are new: all else is Jane Smith's own name, address, telephone and preferences.

Source: PDS FHIR API, test scenarios of related people and of coverage.
"""

from collections.abc import Iterator

from openroots.fhir import patient as about
from openroots.problem import Json
from openroots.services.demographics.card import COUNTRIES, COUNTRY_CODES
from openroots.services.demographics.relations import as_related
from openroots.storage import Change

UK_CORE_R4 = "https://fhir.nhs.uk/R4/StructureDefinition/Extension-UKCore-"
GUARDIAN = {
    "system": "https://fhir.nhs.uk/R4/CodeSystem/UKCore-AdditionalRelatedPersonRole",
    "code": "Guardian",
    "display": "Guardian of patient",
}
JANE, JAYNE, LENA = "9000000009", "9000000017", "9733162868"

# On whom; the id; the related person's own number; whether more than that number is told.
RELATED = (
    (JANE, "507B7621", "9000000009", True),
    (JANE, "B3380E98", "9000000009", False),
    (JAYNE, "F4CF8B96", "5328023641", True),
)
# Whose; the version; the country; the numbers of card, institution and person; the last day.
CARDS = (
    (JANE, "2", "FRA", "ES456789012345", "ES11223", "5647382910", "2027-03-03"),
    (LENA, "455", "DEU", "DE1234567890121234", "DE98765", "DE9876543210", "2026-08-15"),
)


def founding_relations(people: list[Change]) -> list[Change]:
    """The related people and cards of these published people, to be committed after them."""
    patients = {change.id: change for change in people if change.type == "Patient"}
    jane = patients[JANE].body or {}
    related = [
        as_related(of, _related(id, number, jane, told), patients[of].subject)
        for of, id, number, told in RELATED
    ]
    cards = [
        Change("Coverage", number, _card(number, *written), 0, patients[number].subject)
        for number, *written in CARDS
    ]
    return related + cards


def _related(id: str, number: str, jane: Json, told: bool) -> Json:
    """A guardian: by their number, and by name and address too where more is told."""
    name = _bare(about.usual_name(jane)) | {"suffix": ["MBE"]}
    home = _bare(about.home_address(jane))
    details = {"name": [name], "telecom": [_bare(jane["telecom"][0])], "address": [home]}
    return {
        "resourceType": "RelatedPerson",
        "id": id,
        "patient": {"identifier": {"system": about.NHS_NUMBER, "value": number}},
        "active": True,
        "period": name["period"],
        "relationship": [{"coding": [GUARDIAN]}],
        "extension": list(_extensions(jane)),
        **(details if told else {}),
    }


def _extensions(jane: Json) -> Iterator[Json]:
    yield {"url": UK_CORE_R4 + "CopyCorrespondenceIndicator", "valueBoolean": True}
    yield {"url": UK_CORE_R4 + "ContactRank", "valuePositiveInt": 1}
    yield about.extension(jane, about.CONTACT_PREFERENCE)
    yield about.extension(jane, about.COMMUNICATION)


def _bare(item: Json) -> Json:
    """An item of a record as related people have it: without an id."""
    return {name: value for name, value in item.items() if name != "id"}


def _card(number: str, *written: str) -> Json:
    version, country, card, institution, person, last = written
    assigner = {
        "identifier": {"system": COUNTRY_CODES, "value": country},
        "display": COUNTRIES[country],
    }
    return {
        "resourceType": "Coverage",
        "meta": {"versionId": version},
        "status": "active",
        "subscriber": {
            "identifier": {"system": about.NHS_NUMBER, "value": number},
            "type": "Patient",
        },
        "identifier": [{"value": card, "assigner": assigner}],
        "payor": [{"identifier": {"value": institution}}],
        "beneficiary": {"identifier": {"value": person}, "type": "Patient"},
        "period": {"end": last},
    }
