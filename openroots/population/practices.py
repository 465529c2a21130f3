"""Organisations of a made-up nation: practices, pharmacies, trusts and care homes.

For the population, whose people are registered with them. Their codes have the form that the real
ones have, in ranges where none is known: practices Q00000, pharmacies FZ000, trusts RZ0, care
homes VZ000. Y12345 is the practice of the published people.

Source: NHS Data Model and Dictionary ("ORGANISATION CODE"); Organisation Data Service, for roles.
"""

from collections.abc import Iterator, Sequence
from random import Random

from openroots.identifiers import ODSCode
from openroots.population.places import Address, Town
from openroots.storage import Change, Json

ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
ROLE = "https://directory.spineservices.nhs.uk/STU3/CodeSystem/ODSAPI-OrganizationRole-1"
TYPE = "http://terminology.hl7.org/CodeSystem/organization-type"
PRACTICE = [
    {"coding": [{"system": ROLE, "code": "RO177", "display": "PRESCRIBING COST CENTRE"}]},
    {"coding": [{"system": ROLE, "code": "RO76", "display": "GP PRACTICE"}]},
]
PHARMACY = [{"coding": [{"system": ROLE, "code": "RO182", "display": "PHARMACY"}]}]
TRUST = [{"coding": [{"system": ROLE, "code": "RO197", "display": "NHS TRUST"}]}]
CARE_HOME = [
    {
        "coding": [{"system": TYPE, "code": "prov", "display": "Healthcare Provider"}],
        "text": "Care home",
    }
]
PUBLISHED_PRACTICE = "Y12345"
TOWNS_PER_TRUST = 8
PRACTICE_NAMES = ("Surgery", "Medical Centre", "Health Centre", "Group Practice", "Family Practice")
PHARMACY_NAMES = ("Pharmacy", "Chemist", "Dispensing Chemist")
LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # of codes: without I and O


def practices(town: Town) -> tuple[str, ...]:
    """The codes of a town's practices: one, and one more for each nine thousand people."""
    own = tuple(f"Q{town.number + 10:02}{nth:03}" for nth in range(1, 2 + town.size // 9))
    return own if town.number else (*own, PUBLISHED_PRACTICE)


def pharmacies(town: Town) -> tuple[str, ...]:
    """The codes of a town's pharmacies: two, and one more for each twenty thousand people."""
    letter = LETTERS[town.number // 10 + 10]
    return tuple(f"FZ{letter}{town.number % 10}{nth}" for nth in range(1, 3 + town.size // 20))


def care_home_code(nth: int) -> ODSCode:
    """The code of the nth care home. After 39,304 of them they begin again."""
    high, low = divmod(nth % len(LETTERS) ** 3, len(LETTERS))
    return ODSCode(
        "VZ" + LETTERS[high // len(LETTERS)] + LETTERS[high % len(LETTERS)] + LETTERS[low]
    )


def care_home(nth: int, address: Address) -> Change:
    """The Organization of the nth care home, which bears the name on its address."""
    return _organisation(
        care_home_code(nth), address.lines[0], CARE_HOME, address.lines[1:], address
    )


def organisations(towns: Sequence[Town]) -> Iterator[Change]:
    """Each practice, pharmacy and trust of these towns, however many people live there."""
    for town in towns:
        chance = Random(town.number)
        for code in practices(town):
            yield _in_town(code, PRACTICE, town, chance, PRACTICE_NAMES)
        for code in pharmacies(town):
            yield _in_town(code, PHARMACY, town, chance, PHARMACY_NAMES)
        if town.number % TOWNS_PER_TRUST == 0:
            yield _trust(town, chance)


def _in_town(
    code: str, kind: list[Json], town: Town, chance: Random, kinds_of_name: Sequence[str]
) -> Change:
    address = town.house(chance)
    # The street gives the name, so that two in one town are told apart.
    street = next(line for line in address.lines if line[0].isdigit()).partition(" ")[2]
    name = f"{street} {chance.choice(kinds_of_name)}"
    return _organisation(ODSCode(code), name, kind, address.lines, address)


def _trust(town: Town, chance: Random) -> Change:
    name = f"{town.name} and {town.county} Hospitals NHS Trust"
    address = town.house(chance)
    code = ODSCode(f"RZ{LETTERS[town.number // TOWNS_PER_TRUST + 1]}")
    return _organisation(code, name, TRUST, address.lines, address)


def _organisation(
    code: ODSCode, name: str, kind: list[Json], lines: Sequence[str], address: Address
) -> Change:
    body: Json = {
        "resourceType": "Organization",
        "id": code,
        "meta": {"versionId": "1"},
        "identifier": [{"use": "official", "system": ODS, "value": code}],
        "active": True,
        "type": kind,
        "name": name.upper(),
        "address": [
            {
                "line": [line.upper() for line in lines],
                "postalCode": address.postcode,
                "country": "ENGLAND",
            }
        ],
    }
    return Change("Organization", code, body, expect=0)
