"""The extensions of a made-up person's record: death, removal, pharmacy, language, birth place.

For `records`.

Source: PDS FHIR API, NHS England API catalogue (Patient); FHIR UK Core 1.0.0 (extensions).
"""

from random import Random

from openroots.population.days import moment_of
from openroots.population.lives import ADULT, YEAR, Life
from openroots.population.practices import ODS
from openroots.storage import Json

UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"
COMMUNICATION = UK_CORE + "NHSCommunication"
NOMINATED_PHARMACY = UK_CORE + "NominatedPharmacy"
UK_CODES = "https://fhir.hl7.org.uk/CodeSystem/UKCore-"
FORMAL_AFTER = 20  # days until the registrar's notice of a death has come


def coding_of(system: str, code: str, display: str) -> Json:
    """A CodeableConcept of one code in a UK Core code system."""
    coding = {"system": UK_CODES + system, "version": "1.0.0", "code": code, "display": display}
    return {"coding": [coding]}


INFORMAL = coding_of(
    "DeathNotificationStatus",
    "1",
    "Informal - death notice received via an update from a local NHS Organisation such as GP or "
    "Trust",
)
FORMAL = coding_of(
    "DeathNotificationStatus", "2", "Formal - death notice received from Registrar of Deaths"
)
REMOVAL = "https://fhir.nhs.uk/StructureDefinition/Extension-PDS-RemovalFromRegistration"
REMOVAL_REASON = "https://fhir.nhs.uk/CodeSystem/PDS-RemovalReasonExitCode"
BIRTH_PLACE = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"


def extensions_of(one: Life, today: int, chance: Random) -> list[Json]:
    """All that their life gives rise to."""
    found: list[Json] = []
    if one.died:
        found.append(_death_notice(one.died, today))
        found.append(removal_of("DEA", "Death", one.died))
    elif one.removed:
        found.append(removal_of(*one.removed, one.removal))
    elif chance.random() < (0.75 if one.age(today) >= 60 else 0.3):
        identifier = {"identifier": {"system": ODS, "value": one.pharmacy}}
        found.append({"url": NOMINATED_PHARMACY, "valueReference": identifier})
    if (language := one.culture.language) and today - one.born > 5 * YEAR:
        adult = today - one.born > ADULT
        if chance.random() < one.culture.speaks * (1 if adult else 0.3):
            found.append(_communication(*language, chance.random() < 0.3))
    if town := one.birthplace:
        place = {"city": town.name, "district": town.county, "country": "GBR"}
        found.append({"url": BIRTH_PLACE, "valueAddress": place})
    return found


def _death_notice(died: int, today: int) -> Json:
    formal = today - died > FORMAL_AFTER
    return {
        "url": UK_CORE + "DeathNotificationStatus",
        "extension": [
            {
                "url": "deathNotificationStatus",
                "valueCodeableConcept": FORMAL if formal else INFORMAL,
            },
            {"url": "systemEffectiveDate", "valueDateTime": moment_of(died)},
        ],
    }


def removal_of(code: str, display: str, day: int) -> Json:
    """That somebody was removed from registration, why and when."""
    reason = {"system": REMOVAL_REASON, "code": code, "display": display}
    return {
        "url": REMOVAL,
        "extension": [
            {"url": "removalFromRegistrationCode", "valueCodeableConcept": {"coding": [reason]}},
            {"url": "effectiveTime", "valuePeriod": {"start": moment_of(day)}},
        ],
    }


def _communication(code: str, display: str, interpreter: bool) -> Json:
    return {
        "url": COMMUNICATION,
        "extension": [
            {
                "url": "language",
                "valueCodeableConcept": coding_of("HumanLanguage", code, display),
            },
            {"url": "interpreterRequired", "valueBoolean": interpreter},
        ],
    }
