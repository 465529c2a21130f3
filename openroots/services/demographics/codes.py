"""Codes that a part of a Patient may hold, with what they mean, and fixed words.

For the shapes of what clients write, for the rules, and for what is kept.

Source: PDS FHIR API, "Update patient details" (addresses); UK Core code systems
DeathNotificationStatus, HumanLanguage, PreferredContactMethod and
PreferredWrittenCommunicationFormat; HL7 table 0131 (roles of contacts).
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import NamedTuple

from openroots.fhir.patient import UK_CODES


def _read(text: str) -> dict[str, str]:
    lines = (line.partition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {code: words for code, _, words in lines}


LANGUAGES = _read(files(__package__).joinpath("languages.txt").read_text("utf-8"))
WRITTEN_FORMATS = {"11": "Large print", "12": "Braille", "13": "Audio tape"}
CONTACT_METHODS = {
    "1": "Letter",
    "2": "Visit",
    "3": "Telephone",
    "4": "E-mail",
    "5": "Minicom (Textphone)",
    "6": "Telephone contact via proxy",
    "7": "Sign language",
    "8": "No Telephone contact",
    "9": "SMS",
}
DEATH_NOTICES = {
    "1": "Informal - death notice received via an update from a local NHS Organisation such as GP "
    "or Trust",
    "2": "Formal - death notice received from Registrar of Deaths",
}


class CodeSystem(NamedTuple):
    """A code system, and what its codes mean."""

    url: str
    words: Mapping[str, str]


# By the url of a part of an extension that is a code.
CODED = {
    "deathNotificationStatus": CodeSystem(UK_CODES + "DeathNotificationStatus", DEATH_NOTICES),
    "language": CodeSystem(UK_CODES + "HumanLanguage", LANGUAGES),
    "PreferredContactMethod": CodeSystem(UK_CODES + "PreferredContactMethod", CONTACT_METHODS),
    "PreferredWrittenCommunicationFormat": CodeSystem(
        UK_CODES + "PreferredWrittenCommunicationFormat", WRITTEN_FORMATS
    ),
}
CONTACT_ROLES = CodeSystem(
    "http://terminology.hl7.org/CodeSystem/v2-0131", {"C": "Emergency Contact"}
)
PASSING = ("temp", "billing")  # uses of an address that say from when until when they hold
TEMPORARY_HOMES = (
    "Second Home",
    "Student Accommodation",
    "Respite Care Address",
    "Temporary Residence Address",
    "Convalescence Home",
    "Mobile Home",
    "Holiday Home",
)
