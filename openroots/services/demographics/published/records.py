"""The records of the published people, one by one, as they are published or were invented.

For the seed. What their documents show is as it is there; of people of whom only a number or a
search is published, the rest is invented.

Source: PDS FHIR API, test scenarios and examples.
"""

from openroots.fhir import patient as about
from openroots.fhir.patient import RESTRICTED, SENSITIVE, VERY_RESTRICTED
from openroots.problem import Json
from openroots.services.demographics.published.elements import (
    BORN,
    address_of,
    born_and_died,
    born_in_manchester,
    concept,
    death_notified,
    emergency_contact,
    lets_the_record_be_shared,
    moved_to_scotland,
    organisation,
    pharmacy,
    practice,
    prefers_letters,
    speaks_french,
    telecoms,
    usual_name,
)

DISPLAYS = {"U": "unrestricted", **SENSITIVE}
# Her record is published with the day of the others, her search with this one: the record gives
# way, or the published search for Sm* would find three people and not two.
JANET_BORN = "2005-06-16"


def patients() -> list[Json]:
    """The record of each of them, without a version."""
    return [
        _jane_smith(),
        _jayne_smyth(),
        _janet_smythe(),
        _record("9000000033"),
        _john_paul_smith(),
        _mcmatch("9000000041", "Jane", "McMatch-Single", "BAP 4WG"),
        _mcmatch("9000000068", "Louisa", "McMatch-Multiple", "DN19 7UD"),
        _mcmatch("9000000076", "Louisa", "McMatch-Multiple", "DN19 7UD"),
        _invented("9733162868", "Ms", "Lena", "Vogel", "female", "1989-05-14"),
        _invented("9727022820", "Mr", "Rowan", "Tiller", "male", "1974-02-28", RESTRICTED),
        _invented("9727024610", "Ms", "Vera", "Marsh", "female", "1991-09-03", VERY_RESTRICTED),
        _invented("9732019395", "Mrs", "Susan", "Pemberton", "female", "1958-11-30")
        | {"extension": [lets_the_record_be_shared()]},
    ]


def _record(number: str, security: str = "U", **parts: object) -> Json:
    """A Patient of this number, how confidential it is, and the other parts of it."""
    status = concept("NHSNumberVerificationStatus", "01", "Number present and verified")
    verified = {
        "url": about.UK_CORE + "NHSNumberVerificationStatus",
        "valueCodeableConcept": status,
    }
    label = {"system": about.CONFIDENTIALITY, "code": security, "display": DISPLAYS[security]}
    return {
        "resourceType": "Patient",
        "id": number,
        "identifier": [{"system": about.NHS_NUMBER, "value": number, "extension": [verified]}],
        "meta": {"security": [label]},
        **parts,
    }


def _jane_smith() -> Json:
    return _record(
        "9000000009",
        name=[usual_name("Mrs", "Jane", family="Smith")],
        gender="female",
        **born_and_died(),
        generalPractitioner=[practice("Y12345")],
        managingOrganization=organisation("Y12345"),
        extension=[
            pharmacy(about.NOMINATED_PHARMACY, "Y12345"),
            pharmacy(about.PREFERRED_DISPENSER, "Y23456"),
            pharmacy(about.APPLIANCE_SUPPLIER, "Y34567"),
            death_notified(),
            speaks_french(),
            prefers_letters(),
            born_in_manchester(),
            moved_to_scotland(),
        ],
        telecom=telecoms("jane.smith@example.com"),
        contact=[emergency_contact()],
        address=[
            address_of("456", "home"),
            address_of("T456", "temp", text="Student Accommodation"),
        ],
    )


def _jayne_smyth() -> Json:
    return _record(
        "9000000017",
        name=[usual_name("Ms", "Jayne", family="Smyth")],
        gender="female",
        birthDate=BORN,
        generalPractitioner=[practice("Y12345")],
        telecom=telecoms("jayne.smyth@example.com", phone="01632960588")[:2],
        address=[address_of("456", "home")],
    )


def _janet_smythe() -> Json:
    return _record(
        "9000000025",
        RESTRICTED,
        name=[usual_name("Mrs", "Janet", family="Smythe", suffix=["MBE"])],
        gender="female",
        **born_and_died(JANET_BORN),
        generalPractitioner=[practice("Y12345")],
        extension=[pharmacy(about.NOMINATED_PHARMACY, "Y12345"), death_notified()],
        telecom=telecoms("janet.smythe@example.com"),
        contact=[emergency_contact()],
        address=[address_of("456", "home")],
    )


def _john_paul_smith() -> Json:
    return _record(
        "9000000015",
        name=[usual_name("Mr", "John Paul", "James", family="Smith", suffix=["MBE"])],
        gender="male",
        **born_and_died(),
        generalPractitioner=[practice("Y12345")],
        extension=[death_notified()],
        telecom=telecoms("johnp.smith@example.com"),
        contact=[emergency_contact()],
        address=[address_of("456", "home")],
    )


def _mcmatch(number: str, given: str, family: str, postcode: str) -> Json:
    return _record(
        number,
        name=[usual_name("Mrs", given, family=family, period={"start": "1986-07-01"})],
        gender="female",
        birthDate="1982-07-10",
        address=[address_of("456", "home", postcode, period={"start": "2020-01-01"}, extension=[])],
    )


def _invented(
    number: str, prefix: str, given: str, family: str, gender: str, born: str, security: str = "U"
) -> Json:
    since = {"start": "2020-01-01"}
    return _record(
        number,
        security,
        name=[usual_name(prefix, given, family=family, period=since)],
        gender=gender,
        birthDate=born,
        generalPractitioner=[practice("Y12345", since)],
        telecom=telecoms(f"{given}.{family}@example.com".lower(), period=since)[:2],
        address=[address_of("456", "home", period=since, extension=[])],
    )
