"""Questions about a Patient: who is this, where do they live, who is their GP?

For every service that holds or shows people. A Patient is a plain dict; each question is answered
for any record, however little it holds, with an empty value where it does not say.

Source: FHIR R4 4.0.1 and UK Core Patient, as PDS returns them.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from openroots.problem import Json

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS_ORGANISATION = "https://fhir.nhs.uk/Id/ods-organization-code"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"

UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"
UK_CODES = "https://fhir.hl7.org.uk/CodeSystem/UKCore-"
NOMINATED_PHARMACY = UK_CORE + "NominatedPharmacy"
PREFERRED_DISPENSER = UK_CORE + "PreferredDispenserOrganization"
APPLIANCE_SUPPLIER = UK_CORE + "MedicalApplianceSupplier"
DEATH_NOTIFICATION = UK_CORE + "DeathNotificationStatus"
COMMUNICATION = UK_CORE + "NHSCommunication"
CONTACT_PREFERENCE = UK_CORE + "ContactPreference"
BIRTH_PLACE = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
REMOVAL = "https://fhir.nhs.uk/StructureDefinition/Extension-PDS-RemovalFromRegistration"
CONSENT = "urn:openroots:record-sharing-consent"  # ours: what PDS calls it is not published

# How confidential a record may be beyond the usual, in words. Whoever has such a record is labelled
# so, wherever something is kept of them.
RESTRICTED, VERY_RESTRICTED = "R", "V"
SENSITIVE = {RESTRICTED: "restricted", VERY_RESTRICTED: "very restricted"}

NO_PLACE = "ZZ99"  # how the postcodes begin that stand for no fixed abode and its like
INFORMAL_DEATH, FORMAL_DEATH = "1", "2"
# What has no accent to take off, but a letter of its own: all of those that names may have in PDS.
LETTERS = str.maketrans(
    {
        **{"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "æ": "ae", "œ": "oe"},
        **{"ə": "a", "ħ": "h", "ŧ": "t", "ŋ": "n", "ĸ": "k", "·": ""},
    }
)
FOLDED = 20_000  # texts kept in memory as they are compared: names and places recur


def usual_name(patient: Json) -> Json:
    """The name that the person goes by."""
    return _of_use(patient.get("name", ()), "usual")


def main_name(patient: Json) -> Json:
    """The name to tell the person by: the usual one or, where there is none, the first."""
    return usual_name(patient) or next(iter(patient.get("name", ())), {})


def home_address(patient: Json) -> Json:
    """Where the person normally lives."""
    return _of_use(patient.get("address", ()), "home")


def general_practice(patient: Json) -> str:
    """The ODS code of the practice with which the person is registered."""
    practices = patient.get("generalPractitioner") or [{}]
    return str(practices[0].get("identifier", {}).get("value", ""))


def death_day(patient: Json) -> str:
    """The date of death, as far as it is known."""
    return str(patient.get("deceasedDateTime", ""))[:10]


def death_status(patient: Json) -> str:
    """How the death was notified: INFORMAL_DEATH, FORMAL_DEATH, or "" for no notification."""
    notification = extension(patient, DEATH_NOTIFICATION)
    return code(extension(notification, "deathNotificationStatus").get("valueCodeableConcept", {}))


def security_codes(patient: Json) -> frozenset[str]:
    """How confidential the record is: U, R or V."""
    labels = patient.get("meta", {}).get("security", ())
    return frozenset(label.get("code", "") for label in labels)


def extension(holder: Json, url: str) -> Json:
    """The first extension of this url on a resource, or within another extension."""
    return next((found for found in holder.get("extension", ()) if found.get("url") == url), {})


def code(concept: Json) -> str:
    """The first code of a CodeableConcept."""
    coding = concept.get("coding") or [{}]
    return str(coding[0].get("code", ""))


def whole_name(patient: Json) -> str:
    """The main name as it is spoken: prefix, given names, family name, suffix."""
    name = main_name(patient)
    words = [*name.get("prefix", ()), *name.get("given", ()), name.get("family", "")]
    return " ".join(word for word in [*words, *name.get("suffix", ())] if word)


@lru_cache(FOLDED)
def fold(text: str) -> str:
    """A name as names are compared: without case, accents, letters that only some languages have,
    or more than single spaces: "Łukasz" as "lukasz"."""
    if text.isascii():  # by far the most usual
        return " ".join(text.lower().split())
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in apart if not unicodedata.combining(char))
    return " ".join(bare.translate(LETTERS).split())


def postcode_key(postcode: str) -> str:
    """A postcode as postcodes are compared: capitals, no spaces."""
    return "".join(postcode.split()).upper()


def _of_use(items: Iterable[Any], use: str) -> Json:
    for item in items:  # a generator would take twice as long
        if item.get("use") == use:
            found: Json = item
            return found
    return {}
