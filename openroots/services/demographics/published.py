"""The people whom the published documents of PDS name: each is in every fresh world.

For the seed, the start page and the `people` command. Records that are published are as published,
at version 2; of people of whom only a number or a search is published, the rest is invented.

9111231130 and 9727194737 are nobody's, as documented, and so is 5182663366, the next to be given.

Source: PDS FHIR API, test scenarios and examples; numbers of its integration tests.
"""

from hashlib import sha256
from typing import NamedTuple

from openroots.fhir import patient as about
from openroots.problem import Json
from openroots.services.demographics.published_relations import founding_relations
from openroots.services.demographics.reading import NUMBER_STATUS
from openroots.services.demographics.views import RESTRICTED, VERY_RESTRICTED
from openroots.storage import Change

SINCE_2020 = {"start": "2020-01-01", "end": "2021-12-31"}
DISPLAYS = {"U": "unrestricted", RESTRICTED: "restricted", VERY_RESTRICTED: "very restricted"}
BORN = "2010-10-22"
# Her record is published with the day of the others, her search with this one: the record gives
# way, or the published search for Sm* would find three people and not two.
JANET_BORN = "2005-06-16"
TREVELYAN_SQUARE = (
    "1 Trevelyan Square",
    "Boar Lane",
    "City Centre",
    "Leeds",
    "West Yorkshire",
)


class Published(NamedTuple):
    """Someone to try things with: their number, who they are, and what is to be seen there."""

    number: str
    label: str
    words: str


PUBLISHED = (
    Published("9000000009", "Jane Smith", "A full record, of someone whose death is notified."),
    Published("9000000017", "Jayne Smyth", "Found beside Jane Smith by a search for Sm*."),
    Published("9000000025", "Janet Smythe", "Restricted: no address, telephone or GP is shown."),
    Published("9000000033", "No name held", "A record that holds almost nothing."),
    Published(
        "9000000015",
        "John Paul James Smith",
        "A compound first name. Found by search only: published with a wrong check digit.",
    ),
    Published("9000000041", "Jane McMatch-Single", "Found when the published twin is created."),
    Published("9000000068", "Louisa McMatch-Multiple", "One of two who match the same details."),
    Published("9000000076", "Louisa McMatch-Multiple", "The other of the two."),
    Published("9733162868", "Lena Vogel", "The holder of a German health insurance card."),
    Published("9727022820", "Rowan Tiller", "Restricted; number of the integration tests."),
    Published("9727024610", "Vera Marsh", "Very restricted: nothing but the number is shown."),
    Published("9732019395", "Susan Pemberton", "The record that took the place of 5900053636."),
    Published("5900053636", "Superseded number", "Answered with the record of 9732019395."),
    Published("9990003343", "Invalidated number", "Was issued, and is nobody's any more."),
)


def founding_people() -> tuple[list[Change], list[Change]]:
    """Two generations of changes, to be committed in turn: versions 1 and 2 of every record, then
    what hangs on them."""
    first = [_change(patient, 1) for patient in _patients()]
    second = [_change(patient, 2) for patient in _patients()]
    return first + _numbers_no_longer_used(), second + founding_relations(second)


def person_key(number: str) -> str:
    """The stable key of the published person who first had this number."""
    return "p" + sha256(f"published person {number}".encode()).hexdigest()[:11]


def _change(patient: Json, version: int) -> Change:
    body = patient | {"meta": {"versionId": str(version), **patient["meta"]}}
    labels = about.security_codes(patient) - {"U"}
    number = patient["id"]
    return Change("Patient", number, body, version - 1, person_key(number), labels=labels)


def _numbers_no_longer_used() -> list[Change]:
    by = "9732019395"
    superseded = {"status": "superseded", "by": by}
    return [
        Change(NUMBER_STATUS, "5900053636", superseded, 0, person_key(by)),
        Change(NUMBER_STATUS, "9990003343", {"status": "invalidated"}, 0, person_key("9990003343")),
    ]


def _patients() -> list[Json]:
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
        | {"extension": [_lets_the_record_be_shared()]},
    ]


def _record(number: str, security: str = "U", **parts: object) -> Json:
    """A Patient of this number, how confidential it is, and the other parts of it."""
    status = _concept("NHSNumberVerificationStatus", "01", "Number present and verified")
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
        name=[_name("Mrs", "Jane", family="Smith")],
        gender="female",
        **_born_and_died(),
        generalPractitioner=[_practice("Y12345")],
        managingOrganization=_organisation("Y12345"),
        extension=[
            _pharmacy(about.NOMINATED_PHARMACY, "Y12345"),
            _pharmacy(about.PREFERRED_DISPENSER, "Y23456"),
            _pharmacy(about.APPLIANCE_SUPPLIER, "Y34567"),
            _death_notified(),
            _speaks_french(),
            _prefers_letters(),
            _born_in_manchester(),
            _moved_to_scotland(),
        ],
        telecom=_telecoms("jane.smith@example.com"),
        contact=[_emergency_contact()],
        address=[
            _address("456", "home"),
            _address("T456", "temp", text="Student Accommodation"),
        ],
    )


def _jayne_smyth() -> Json:
    return _record(
        "9000000017",
        name=[_name("Ms", "Jayne", family="Smyth")],
        gender="female",
        birthDate=BORN,
        generalPractitioner=[_practice("Y12345")],
        telecom=_telecoms("jayne.smyth@example.com", phone="01632960588")[:2],
        address=[_address("456", "home")],
    )


def _janet_smythe() -> Json:
    return _record(
        "9000000025",
        RESTRICTED,
        name=[_name("Mrs", "Janet", family="Smythe", suffix=["MBE"])],
        gender="female",
        **_born_and_died(JANET_BORN),
        generalPractitioner=[_practice("Y12345")],
        extension=[_pharmacy(about.NOMINATED_PHARMACY, "Y12345"), _death_notified()],
        telecom=_telecoms("janet.smythe@example.com"),
        contact=[_emergency_contact()],
        address=[_address("456", "home")],
    )


def _john_paul_smith() -> Json:
    return _record(
        "9000000015",
        name=[_name("Mr", "John Paul", "James", family="Smith", suffix=["MBE"])],
        gender="male",
        **_born_and_died(),
        generalPractitioner=[_practice("Y12345")],
        extension=[_death_notified()],
        telecom=_telecoms("johnp.smith@example.com"),
        contact=[_emergency_contact()],
        address=[_address("456", "home")],
    )


def _mcmatch(number: str, given: str, family: str, postcode: str) -> Json:
    return _record(
        number,
        name=[_name("Mrs", given, family=family, period={"start": "1986-07-01"})],
        gender="female",
        birthDate="1982-07-10",
        address=[_address("456", "home", postcode, period={"start": "2020-01-01"}, extension=[])],
    )


def _invented(
    number: str, prefix: str, given: str, family: str, gender: str, born: str, security: str = "U"
) -> Json:
    since = {"start": "2020-01-01"}
    return _record(
        number,
        security,
        name=[_name(prefix, given, family=family, period=since)],
        gender=gender,
        birthDate=born,
        generalPractitioner=[_practice("Y12345", since)],
        telecom=_telecoms(f"{given}.{family}@example.com".lower(), period=since)[:2],
        address=[_address("456", "home", period=since, extension=[])],
    )


def _name(prefix: str, *given: str, family: str, **others: object) -> Json:
    return {
        "id": "123",
        "use": "usual",
        "period": SINCE_2020,
        "given": list(given),
        "family": family,
        "prefix": [prefix],
        **others,
    }


def _born_and_died(born: str = BORN) -> Json:
    died = f"{BORN}T00:00:00+00:00"
    return {"birthDate": born, "multipleBirthInteger": 1, "deceasedDateTime": died}


def _address(id: str, use: str, postcode: str = "LS1 6AE", **others: object) -> Json:
    address = {
        "id": id,
        "period": SINCE_2020,
        "use": use,
        "line": list(TREVELYAN_SQUARE),
        "postalCode": postcode,
        "extension": [_address_key("PAF", "12345678"), _address_key("UPRN", "123456789012")],
        **others,
    }
    return {name: value for name, value in address.items() if value}


def _address_key(type: str, value: str) -> Json:
    coding = {"system": about.UK_CODES + "AddressKeyType", "code": type}
    parts = [{"url": "type", "valueCoding": coding}, {"url": "value", "valueString": value}]
    return {"url": about.UK_CORE + "AddressKey", "extension": parts}


def _telecoms(email: str, phone: str = "01632960587", period: Json = SINCE_2020) -> list[Json]:
    """A telephone, an email address and a textphone, all at home."""
    at_home = {"use": "home"}
    textphone = {
        "url": about.UK_CORE + "OtherContactSystem",
        "valueCoding": {
            "system": about.UK_CODES + "OtherContactSystem",
            "code": "textphone",
            "display": "Minicom (Textphone)",
        },
    }
    longer = {"start": "2019-01-01", "end": "2022-12-31"} if "end" in period else period
    return [
        {"id": "789", "period": period, "system": "phone", "value": phone, **at_home},
        {"id": "790", "period": longer, "system": "email", "value": email, **at_home},
        {
            "id": "OC789",
            "period": period,
            "system": "other",
            "value": phone,
            **at_home,
            "extension": [textphone],
        },
    ]


def _emergency_contact() -> Json:
    emergency = {
        "system": "http://terminology.hl7.org/CodeSystem/v2-0131",
        "code": "C",
        "display": "Emergency Contact",
    }
    return {
        "id": "C123",
        "period": SINCE_2020,
        "relationship": [{"coding": [emergency]}],
        "telecom": [{"system": "phone", "value": "01632960587"}],
    }


def _practice(ods_code: str, period: Json = SINCE_2020) -> Json:
    return {"id": "254406A3", **_organisation(ods_code, period)}


def _organisation(ods_code: str, period: Json = SINCE_2020) -> Json:
    identifier = {"system": about.ODS_ORGANISATION, "value": ods_code, "period": period}
    return {"type": "Organization", "identifier": identifier}


def _pharmacy(url: str, ods_code: str) -> Json:
    identifier = {"system": about.ODS_ORGANISATION, "value": ods_code}
    return {"url": url, "valueReference": {"identifier": identifier}}


def _concept(system: str, code: str, display: str, version: str = "1.0.0") -> Json:
    """A CodeableConcept of one code in a UK Core code system."""
    versioned = {"version": version} if version else {}
    coding = {"system": about.UK_CODES + system, **versioned, "code": code, "display": display}
    return {"coding": [coding]}


def _death_notified() -> Json:
    words = "Formal - death notice received from Registrar of Deaths"
    status = _concept("DeathNotificationStatus", about.FORMAL_DEATH, words)
    since = {"url": "systemEffectiveDate", "valueDateTime": f"{BORN}T00:00:00+00:00"}
    notified = {"url": "deathNotificationStatus", "valueCodeableConcept": status}
    return {"url": about.DEATH_NOTIFICATION, "extension": [notified, since]}


def _speaks_french() -> Json:
    language = _concept("HumanLanguage", "fr", "French")
    return {
        "url": about.COMMUNICATION,
        "extension": [
            {"url": "language", "valueCodeableConcept": language},
            {"url": "interpreterRequired", "valueBoolean": True},
        ],
    }


def _prefers_letters() -> Json:
    return {
        "url": about.CONTACT_PREFERENCE,
        "extension": [
            _preferred("PreferredWrittenCommunicationFormat", "12", "Braille"),
            _preferred("PreferredContactMethod", "1", "Letter"),
            {"url": "PreferredContactTimes", "valueString": "Not after 7pm"},
        ],
    }


def _preferred(what: str, code: str, display: str) -> Json:
    return {"url": what, "valueCodeableConcept": _concept(what, code, display, version="")}


def _born_in_manchester() -> Json:
    place = {"city": "Manchester", "district": "Greater Manchester", "country": "GBR"}
    return {"url": about.BIRTH_PLACE, "valueAddress": place}


def _lets_the_record_be_shared() -> Json:
    """Consent, of the type of the national care records service: shown to those it is granted."""
    parts = [
        {"url": url, "valueCodeableConcept": {"coding": [{"code": code, "display": display}]}}
        for url, code, display in (("type", "4", "ncrs"), ("status", "1", "consent"))
    ]
    return {"url": about.CONSENT, "extension": parts}


def _moved_to_scotland() -> Json:
    reason = {
        "system": "https://fhir.nhs.uk/CodeSystem/PDS-RemovalReasonExitCode",
        "code": "SCT",
        "display": "Transferred to Scotland",
    }
    midnight = "T00:00:00+00:00"
    when = {edge: day + midnight for edge, day in SINCE_2020.items()}
    return {
        "url": about.REMOVAL,
        "extension": [
            {
                "url": "removalFromRegistrationCode",
                "valueCodeableConcept": {"coding": [reason]},
            },
            {"url": "effectiveTime", "valuePeriod": when},
        ],
    }
