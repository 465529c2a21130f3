"""What people are found by: the terms under which a Patient is indexed.

A search names a birth date and a family name, so the two make one term, which leads to the few who
have both. Names that are no longer used have terms of their own, as only searches of history look
for them. Restricted people have no term that tells where they are.

    family    smith<tab>2010-10-22           a family name, and days
    start     sm<tab>2010-10-22              the start of a family name, and days
    name      smith<tab>jane<tab>anne<tab>   that the given names are of that family name
    trace     S530<tab>2010-10-22            how a name of whatever time sounds, and days
              @LS16AE<tab>2010-10-22         a postcode, and days

Source: PDS FHIR API, "Search for a patient".
"""

from collections.abc import Iterable, Iterator

from openroots.fhir import patient as about
from openroots.fhir.patient import SENSITIVE
from openroots.problem import Json
from openroots.services.demographics import service
from openroots.services.demographics.wildcards import LITERAL_START
from openroots.tracing import Name, keys_of, known
from openroots.tracing.blocking import APART

Term = tuple[str, str]

FAMILY_BORN, START_BORN, NAME, TRACE = "family", "start", "name", "trace"
WAS = "was-"  # before the name of a term: of a name that is no longer used


PARTS_INDEXED = (
    *("name", "gender", "birthDate", "deceasedDateTime", "telecom"),
    *("generalPractitioner", "managingOrganization"),
)


def found_alike(old: Json, new: Json) -> bool:
    """Whether the terms of two states of a record are the same, as all that they are made from is.
    It takes a tenth of the time that it takes to make them."""
    return (
        all(old.get(part) == new.get(part) for part in PARTS_INDEXED)
        and old.get("meta", {}).get("security") == new.get("meta", {}).get("security")
        and _postcodes(old) == _postcodes(new)
    )


@service.indexes("Patient")
def terms(patient: Json) -> list[Term]:
    """(name, value) for each fact by which a search may find this person."""
    held = known(patient, lines=False)
    found = [
        *terms_of_names(held.names, held.born),
        *[(TRACE, key) for key in keys_of(held)],
        ("gender", held.gender),
        ("death-date", about.death_day(patient)),
        *[("phone", phone) for phone, _ in held.phones],
        *[("email", email) for email, _ in held.emails],
        *_of_places(patient),
    ]
    return [term for term in dict.fromkeys(found) if term[1]]


def _postcodes(patient: Json) -> list[str]:
    return [address.get("postalCode", "") for address in patient.get("address", ())]


def terms_of_names(names: Iterable[Name], born: str) -> Iterator[Term]:
    """The terms of all names. Without a birth date there are none, as each search names one."""
    for name in names if born else ():
        was = "" if name.now else WAS
        if family := name.family:
            yield was + FAMILY_BORN, f"{family}{APART}{born}"
            yield was + START_BORN, f"{family[:LITERAL_START]}{APART}{born}"
            yield was + NAME, APART.join((family, *name.given, ""))


def _of_places(patient: Json) -> Iterable[Term]:
    if not about.security_codes(patient).isdisjoint(SENSITIVE):
        return ()
    return (
        ("practice", about.general_practice(patient)),
        ("organisation", managing_organisation(patient)),
    )


def managing_organisation(patient: Json) -> str:
    """The ODS code of the organisation that keeps the record of someone without a practice."""
    identifier = patient.get("managingOrganization", {}).get("identifier", {})
    return str(identifier.get("value", ""))
