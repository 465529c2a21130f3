"""A made-up person's life, written down as the Personal Demographics Service keeps it.

For the population. Parts that are alike in all records are the same objects in each: the records
are to be stored, not to be edited.

Source: PDS FHIR API, NHS England API catalogue (Patient); FHIR UK Core 1.0.0 (extensions).
"""

from collections.abc import Mapping
from random import Random

from openroots.identifiers import NHSNumber
from openroots.population.days import day_of, moment_of, period_of
from openroots.population.extensions import UK_CODES, UK_CORE, coding_of, extensions_of
from openroots.population.lives import Life, Stay
from openroots.population.names import unaccented
from openroots.population.places import Address, mobile
from openroots.population.practices import ODS
from openroots.storage import Json

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
SECURITY = {
    code: [{"system": CONFIDENTIALITY, "code": code, "display": display}]
    for code, display in (("U", "unrestricted"), ("R", "restricted"), ("V", "very restricted"))
}


VERIFIED = [
    {
        "url": UK_CORE + "NHSNumberVerificationStatus",
        "valueCodeableConcept": coding_of(
            "NHSNumberVerificationStatus", "01", "Number present and verified"
        ),
    }
]
EMERGENCY_CONTACT = [
    {
        "coding": [
            {
                "system": "http://terminology.hl7.org/CodeSystem/v2-0131",
                "code": "C",
                "display": "Emergency Contact",
            }
        ]
    }
]
UPRN: Json = {"url": "type", "valueCoding": {"system": UK_CODES + "AddressKeyType", "code": "UPRN"}}
MOST_GIVEN = 5  # names
NOT_IN_EMAIL = str.maketrans("", "", " .'-")


def patient(
    one: Life,
    number: NHSNumber,
    security: str,
    today: int,
    chance: Random,
    nicknames: Mapping[str, str],
) -> Json:
    """The FHIR Patient of this person, first version."""
    body: Json = {
        "resourceType": "Patient",
        "id": number,
        "identifier": [{"system": NHS_NUMBER, "value": number, "extension": VERIFIED}],
        "meta": {"versionId": "1", "security": SECURITY[security]},
        "name": _names(one, today, chance, nicknames),
        "gender": one.sex,
        "birthDate": day_of(one.born),
    }
    if one.birth_order:
        body["multipleBirthInteger"] = one.birth_order
    if one.died:
        body["deceasedDateTime"] = moment_of(one.died)
    body["address"] = _addresses(one, chance)
    if telecom := _telecom(one, today, chance):
        body["telecom"] = telecom
    if one.landline and one.age(today) >= 60 and chance.random() < 0.12:
        body["contact"] = [_emergency_contact(one, chance)]
    body.update(_registration(one, chance))
    if extensions := extensions_of(one, today, chance):
        body["extension"] = extensions
    return body


def _id(chance: Random) -> str:
    return f"{chance.getrandbits(32):08X}"


def _names(one: Life, today: int, chance: Random, nicknames: Mapping[str, str]) -> list[Json]:
    """The usual name, those that it replaced, and a nickname."""
    names = [{"id": _id(chance), "use": "usual"} | _usual_name(one, today, chance)]
    first, *others = one.given
    if one.maiden:
        period = period_of(one.born, one.married)
        names.append(_name(chance, "maiden", period, one.given, one.maiden, one.plain))
    if one.formerly:
        period = period_of(one.born, one.changed)
        former = (one.formerly, *others)
        names.append(_name(chance, "old", period, former, one.family, one.plain))
    if (nickname := nicknames.get(first)) and chance.random() < 0.06:
        period = period_of(max(one.born, min(one.registered, one.died or today)))
        names.append(_name(chance, "nickname", period, (nickname,), one.family, one.plain))
    return names


def _name(
    chance: Random, use: str, period: Json, given: tuple[str, ...], family: str, plain: bool
) -> Json:
    return {"id": _id(chance), "use": use, "period": period} | _written(given, family, plain)


def _written(given: tuple[str, ...], family: str, plain: bool) -> Json:
    held = _given_apart(given)
    if plain:
        return {"given": [unaccented(name) for name in held], "family": unaccented(family)}
    return {"given": held, "family": family}


def _given_apart(given: tuple[str, ...]) -> list[str]:
    """Given names as PDS holds them: the first may be of several words, each further one is one."""
    first, *others = given
    return [first, *(word for name in others for word in name.split())][:MOST_GIVEN]


def _usual_name(one: Life, today: int, chance: Random) -> Json:
    changed = max(one.married if one.maiden else 0, one.changed)
    name: Json = {"period": period_of(changed or one.born)} | _written(
        one.given, one.family, one.plain
    )
    if title := _title(one, today, chance.random()):
        name["prefix"] = [title]
    if chance.random() < 0.004 and one.age(today) >= 40:
        name["suffix"] = [chance.choice(("MBE", "OBE", "BEM", "PhD", "JP"))]
    return name


def _title(one: Life, today: int, drawn: float) -> str:
    """How the person is addressed; for one in eight nobody asked."""
    if drawn > 0.88:
        return ""
    if one.age(today) < 18:
        return "Master" if one.sex == "male" else "Miss"
    if drawn < 0.015:
        return "Dr" if drawn < 0.012 else "Rev"
    if one.sex == "male":
        return "Mr"
    return "Mrs" if one.married else "Ms" if drawn < 0.4 else "Miss"


def _addresses(one: Life, chance: Random) -> list[Json]:
    """Where the person lives, then where for the time."""
    assert one.home  # settle() gave everyone one
    home = _address(chance, "home", period_of(one.since), one.home)
    home["extension"] = [
        {
            "url": UK_CORE + "AddressKey",
            "extension": [UPRN, {"url": "value", "valueString": one.home.uprn}],
        }
    ]
    return [home, *([_stayed(chance, "temp", one.temporary)] if one.temporary else [])]


def former_addresses(one: Life, chance: Random) -> list[Json]:
    """Where the person lived before, the latest first: what PDS keeps and does not show."""
    return [_stayed(chance, "old", stay) for stay in one.before]


def _stayed(chance: Random, use: str, stay: Stay) -> Json:
    address = _address(chance, use, period_of(stay.start, stay.end), stay.address)
    if stay.text:
        address["text"] = stay.text
    return address


def _address(chance: Random, use: str, period: Json, address: Address) -> Json:
    return {
        "id": _id(chance),
        "period": period,
        "use": use,
        "line": list(address.lines),
        "postalCode": address.postcode,
    }


def _telecom(one: Life, today: int, chance: Random) -> list[Json]:
    age, found = one.age(today), []
    if one.landline:
        found.append(("phone", one.landline, "home"))
    if age >= 13 and chance.random() < (0.9 if age < 70 else 0.55):
        found.append(("phone", mobile(chance), "mobile"))
    if age >= 16 and chance.random() < (0.65 if age < 70 else 0.3):
        found.append(("email", _email(one, chance), "home"))
    # A number is as old as the registration; the service keeps one for each system and use.
    period = period_of(one.registered)
    return [
        {"id": _id(chance), "period": period, "system": system, "value": value, "use": use}
        for system, value, use in found
    ]


def _email(one: Life, chance: Random) -> str:
    first = unaccented(one.given[0]).translate(NOT_IN_EMAIL)
    family = unaccented(one.family).translate(NOT_IN_EMAIL)
    # The figures keep it apart from the addresses of published people.
    domain = "example.com" if chance.random() < 0.7 else "example.org"
    return f"{first}.{family}{10 + int(chance.random() * 990)}@{domain}".lower()


def _emergency_contact(one: Life, chance: Random) -> Json:
    return {
        "id": _id(chance),
        "period": period_of(one.registered),
        "relationship": EMERGENCY_CONTACT,
        "telecom": [{"system": "phone", "value": mobile(chance)}],
    }


def _registration(one: Life, chance: Random) -> Json:
    """The practice; of those who were removed, the organisation that had them last."""
    end = one.removal or one.died
    identifier = {"system": ODS, "value": one.practice, "period": period_of(one.registered, end)}
    reference = {"type": "Organization", "identifier": identifier}
    if one.removed:
        return {"managingOrganization": reference}
    return {"generalPractitioner": [{"id": _id(chance)} | reference]}
