"""Who is recorded as related to whom in a made-up nation: parents, partners, next of kin.

For the population. Nobody asked most households. Whoever lives in the household is told by their
NHS number alone; a next of kin who lives elsewhere is in no record, and is written down.

Source: PDS FHIR API, "Get a patient's related people"; HL7 and UK Core codes of relationships.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from openroots.identifiers import NHSNumber
from openroots.population.lives import ADULT, YEAR, Life, Scene, adult
from openroots.population.names import Weighted
from openroots.population.places import mobile
from openroots.population.records import NHS_NUMBER
from openroots.storage import Json

ASKED = 0.16  # the share of households whose relatives are recorded
OLD, WITH_KIN = 70, 0.5  # of people this old who live without a partner, this share has kin
EXTENSION = "https://fhir.nhs.uk/R4/StructureDefinition/Extension-UKCore-"
TYPES = "http://hl7.org/fhir/ValueSet/relatedperson-relationshiptype"
ROLES = "https://fhir.nhs.uk/R4/CodeSystem/UKCore-AdditionalRelatedPersonRole"


def _coding(system: str, code: str, display: str) -> Json:
    return {"system": system, "code": code, "display": display}


GUARDIAN = _coding(ROLES, "Guardian", "Guardian of patient")
PERSONAL = _coding(ROLES, "Personal", "Personal relationship with the patient")
CARER = _coding(ROLES, "Carer", "Carer of patient")
MOTHER, FATHER = _coding(TYPES, "MTH", "mother"), _coding(TYPES, "FTH", "father")
SPOUSE, PARTNER = _coding(TYPES, "SPS", "spouse"), _coding(TYPES, "DOMPART", "domestic partner")
CHILD = _coding(TYPES, "CHILD", "child")
SISTER, BROTHER = _coding(TYPES, "SIS", "sister"), _coding(TYPES, "BRO", "brother")
NEXT_OF_KIN = _coding(TYPES, "N", "Next-of-Kin")

KIN: Weighted[Json] = Weighted([CHILD, SISTER, BROTHER, CARER], [7, 1, 1, 1])
COPIED: Json = {"url": EXTENSION + "CopyCorrespondenceIndicator", "valueBoolean": True}

# Those of whom there is a record in this world. A life is known by being the very same.
Numbers = Mapping[int, NHSNumber]  # id(life) -> number


def relatives(
    scene: Scene, lives: Sequence[Life], numbers: Numbers
) -> Iterator[tuple[Life, list[Json]]]:
    """Each of these people of whom relatives are recorded, and those: RelatedPerson resources."""
    if not lives[0].care_home and not scene.happens(ASKED):
        return
    for one in lives:
        if not one.died and (found := _relatives(scene, one, numbers)):
            yield one, found


def _relatives(scene: Scene, one: Life, numbers: Numbers) -> list[Json]:
    if scene.today - one.born < ADULT:
        parents = [each for each in one.parents if id(each) in numbers and not each.died]
        told = [_known(one, each, numbers, [GUARDIAN, _parent(each)]) for each in parents]
    elif (other := one.partner) and id(other) in numbers and not other.died:
        type = SPOUSE if one.married else PARTNER
        told = [_known(one, other, numbers, [PERSONAL, type])]
    elif one.age(scene.today) >= OLD and scene.happens(WITH_KIN):
        told = [_written_down(scene, one)]
    else:
        told = []
    return [_ranked(scene, person, rank) for rank, person in enumerate(told, 1)]


def _parent(one: Life) -> Json:
    return MOTHER if one.sex == "female" else FATHER


def _known(one: Life, other: Life, numbers: Numbers, codes: list[Json]) -> Json:
    """Someone who has a record: their number, and since when they are related."""
    together = one.married or max(one.since, other.since)
    since = together if other is one.partner else one.born
    number = {"system": NHS_NUMBER, "value": numbers[id(other)]}
    return {
        "patient": {"identifier": number},
        "active": True,
        "period": _from(since),
        "relationship": [{"coding": codes}],
    }


def _written_down(scene: Scene, one: Life) -> Json:
    """A next of kin who lives elsewhere, by name, address and telephone."""
    type = KIN.draw(scene.chance)
    other = _kin(scene, one, type)
    period = _from(one.registered)
    home = scene.town.house(scene.chance)
    name = {"use": "usual", "period": period, "given": list(other.given), "family": other.family}
    address = {"use": "home", "period": period, "line": list(home.lines)}
    telephone = {"system": "phone", "value": mobile(scene.chance), "use": "mobile"}
    return {
        "patient": {"type": "Patient"},  # the published form asks for one, and there is no number
        "active": True,
        "period": period,
        "relationship": [{"coding": [PERSONAL, type]}],
        "name": [name],
        "telecom": [telephone | {"period": period}],
        "address": [address | {"postalCode": home.postcode}],
    }


def _kin(scene: Scene, one: Life, type: Json) -> Life:
    """A child or a carer a generation younger, or a sister or brother of about the same age."""
    alike = type in (SISTER, BROTHER)
    sex = {"SIS": "female", "BRO": "male"}.get(type["code"], "")
    born = one.born + int((scene.chance.gauss(0, 3) if alike else 28) * YEAR)
    kin = adult(scene, born, sex, None if type is CARER else one.culture)
    if type is not CARER:
        kin.family = one.culture.borne(one.lineage, kin.sex)
    return kin


def _from(day: int) -> Json:
    return {"start": date.fromordinal(day).isoformat()}


def _ranked(scene: Scene, person: Json, rank: int) -> Json:
    """The RelatedPerson whom to ask in this place; the first of all is the next of kin."""
    codes = person["relationship"][0]["coding"]
    kin = [*codes, NEXT_OF_KIN] if rank == 1 else codes
    ranked: Json = {"url": EXTENSION + "ContactRank", "valuePositiveInt": rank}
    copied = [COPIED] if scene.happens(0.2) else []
    return {
        "resourceType": "RelatedPerson",
        "id": f"{scene.chance.getrandbits(28):07X}{rank}",
        **person,
        "relationship": [{"coding": kin}],
        "extension": [*copied, ranked],
    }
