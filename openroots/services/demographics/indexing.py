"""What people are found by: the terms under which a Patient is indexed.

A search names a birth date and a family name, so the two make one term, which leads to the few who
have both. Names that are no longer used have terms of their own, as only searches of history look
for them. Restricted people have no term that tells where they are.

    family-born    smith<tab>2010-10-22           a family name, and days
    start-born     sm<tab>2010-10-22              the start of a family name, and days
    name           smith<tab>jane<tab>anne<tab>   that the given names are of that family name
    sound-born     S530<tab>2010-10-22            how a name of whatever time sounds, and days

Source: PDS FHIR API, "Search for a patient".
"""

from collections.abc import Callable, Iterator

from openroots.fhir import patient as about
from openroots.problem import Json
from openroots.services.demographics import service
from openroots.services.demographics.phonetics import sounds
from openroots.services.demographics.views import SENSITIVE, VERY_RESTRICTED
from openroots.services.demographics.wildcards import LITERAL_START

Term = tuple[str, str]

APART = "\t"  # between the parts of a term: names are folded, and hold none
FAMILY_BORN, START_BORN, NAME, SOUND_BORN = "family-born", "start-born", "name", "sound-born"
WAS = "was-"  # before the name of a term: of a name that is no longer used
CURRENT_USES = frozenset({"usual", "nickname", "temp"})


@service.indexes("Patient")
def terms(patient: Json) -> Iterator[Term]:
    """(name, value) for each fact by which a search may find this person."""
    names = terms_of_names(patient, is_current)
    found = dict.fromkeys((*names, *_of_facts(patient), *_of_places(patient)))
    yield from ((name, value) for name, value in found if value)


def is_current(name: Json) -> bool:
    """Whether a name is one that the person goes by."""
    return name.get("use") in CURRENT_USES


def phone_key(phone: str) -> str:
    """A telephone number as they are compared: without spaces."""
    return "".join(phone.split())


def terms_of_names(patient: Json, is_current: Callable[[Json], bool]) -> Iterator[Term]:
    """The terms of all names. Without a birth date there are none, as each search names one."""
    born = patient.get("birthDate", "")
    for name in patient.get("name", ()) if born else ():
        family = about.fold(name.get("family", ""))
        given = [about.fold(given) for given in name.get("given", ())]
        was = "" if is_current(name) else WAS
        if family:
            yield was + FAMILY_BORN, f"{family}{APART}{born}"
            yield was + START_BORN, f"{family[:LITERAL_START]}{APART}{born}"
            yield was + NAME, APART.join((family, *given, ""))
        for sound in (*sounds(family), *(sounds(given[0]) if given else ())):
            yield SOUND_BORN, f"{sound}{APART}{born}"


def _of_facts(patient: Json) -> Iterator[Term]:
    yield "gender", patient.get("gender", "")
    yield "death-date", about.death_day(patient)
    if VERY_RESTRICTED not in about.security_codes(patient):
        for phone in about.contact_points(patient, "phone"):
            yield "phone", phone_key(phone)
        for email in about.contact_points(patient, "email"):
            yield "email", email.lower()


def _of_places(patient: Json) -> Iterator[Term]:
    if not SENSITIVE.isdisjoint(about.security_codes(patient)):
        return
    for address in patient.get("address", ()):
        yield "postcode", about.postcode_key(address.get("postalCode", ""))
    yield "practice", about.general_practice(patient)
    yield "organisation", managing_organisation(patient)


def managing_organisation(patient: Json) -> str:
    """The ODS code of the organisation that keeps the record of someone without a practice."""
    identifier = patient.get("managingOrganization", {}).get("identifier", {})
    return str(identifier.get("value", ""))
