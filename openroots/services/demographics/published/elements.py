"""The elements that published records are made of: names, addresses, telecoms and extensions.

For `records`. Each is as the published documents of PDS write it.

Source: PDS FHIR API, test scenarios and examples; UK Core, the extensions of a Patient.
"""

from openroots.fhir import patient as about
from openroots.problem import Json

SINCE_2020 = {"start": "2020-01-01", "end": "2021-12-31"}
BORN = "2010-10-22"
TREVELYAN_SQUARE = (
    "1 Trevelyan Square",
    "Boar Lane",
    "City Centre",
    "Leeds",
    "West Yorkshire",
)


def usual_name(prefix: str, *given: str, family: str, **others: object) -> Json:
    """The one usual name of somebody, by the prefix and given names that it has."""
    return {
        "id": "123",
        "use": "usual",
        "period": SINCE_2020,
        "given": list(given),
        "family": family,
        "prefix": [prefix],
        **others,
    }


def born_and_died(born: str = BORN) -> Json:
    """Born on this day, and dead on the day on which the published people were."""
    died = f"{BORN}T00:00:00+00:00"
    return {"birthDate": born, "multipleBirthInteger": 1, "deceasedDateTime": died}


def address_of(id: str, use: str, postcode: str = "LS1 6AE", **others: object) -> Json:
    """An address in Trevelyan Square, of this id and use."""
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


def telecoms(email: str, phone: str = "01632960587", period: Json = SINCE_2020) -> list[Json]:
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


def emergency_contact() -> Json:
    """Whom to call, of whom a telephone number is all that is held."""
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


def practice(ods_code: str, period: Json = SINCE_2020) -> Json:
    """The general practice of this ODS code, as a record names it."""
    return {"id": "254406A3", **organisation(ods_code, period)}


def organisation(ods_code: str, period: Json = SINCE_2020) -> Json:
    """A reference to the organisation of this ODS code."""
    identifier = {"system": about.ODS_ORGANISATION, "value": ods_code, "period": period}
    return {"type": "Organization", "identifier": identifier}


def pharmacy(url: str, ods_code: str) -> Json:
    """An extension that names the pharmacy of this ODS code."""
    identifier = {"system": about.ODS_ORGANISATION, "value": ods_code}
    return {"url": url, "valueReference": {"identifier": identifier}}


def concept(system: str, code: str, display: str, version: str = "1.0.0") -> Json:
    """A CodeableConcept of one code in a UK Core code system."""
    versioned = {"version": version} if version else {}
    coding = {"system": about.UK_CODES + system, **versioned, "code": code, "display": display}
    return {"coding": [coding]}


def death_notified() -> Json:
    """A formal notice of death, by the registrar."""
    words = "Formal - death notice received from Registrar of Deaths"
    status = concept("DeathNotificationStatus", about.FORMAL_DEATH, words)
    since = {"url": "systemEffectiveDate", "valueDateTime": f"{BORN}T00:00:00+00:00"}
    notified = {"url": "deathNotificationStatus", "valueCodeableConcept": status}
    return {"url": about.DEATH_NOTIFICATION, "extension": [notified, since]}


def speaks_french() -> Json:
    """French is spoken, and an interpreter needed."""
    language = concept("HumanLanguage", "fr", "French")
    return {
        "url": about.COMMUNICATION,
        "extension": [
            {"url": "language", "valueCodeableConcept": language},
            {"url": "interpreterRequired", "valueBoolean": True},
        ],
    }


def prefers_letters() -> Json:
    """How somebody is best written to: in Braille, by letter, not after 7 pm."""
    return {
        "url": about.CONTACT_PREFERENCE,
        "extension": [
            _preferred("PreferredWrittenCommunicationFormat", "12", "Braille"),
            _preferred("PreferredContactMethod", "1", "Letter"),
            {"url": "PreferredContactTimes", "valueString": "Not after 7pm"},
        ],
    }


def _preferred(what: str, code: str, display: str) -> Json:
    return {"url": what, "valueCodeableConcept": concept(what, code, display, version="")}


def born_in_manchester() -> Json:
    """Where somebody was born."""
    place = {"city": "Manchester", "district": "Greater Manchester", "country": "GBR"}
    return {"url": about.BIRTH_PLACE, "valueAddress": place}


def lets_the_record_be_shared() -> Json:
    """Consent, of the type of the national care records service: shown to those it is granted."""
    parts = [
        {"url": url, "valueCodeableConcept": {"coding": [{"code": code, "display": display}]}}
        for url, code, display in (("type", "4", "ncrs"), ("status", "1", "consent"))
    ]
    return {"url": about.CONSENT, "extension": parts}


def moved_to_scotland() -> Json:
    """Removed from registration, for a move to Scotland."""
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
