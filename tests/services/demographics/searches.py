"""Searches for tests: how to put them, and people to be found."""

from urllib.parse import urlencode

from openroots.service import Access, Caller
from openroots.storage import Change

PATIENTS = "/personal-demographics/FHIR/R4/Patient"
JOHN = "9000000015"
CONTACT = {"email": "jane.smith@example.com", "phone": "01632960587"}
SMITH = {"family": "Smith", "gender": "female", "birthdate": "eq2010-10-22"}
ANYONE_SM = SMITH | {"family": "Sm*"}
LENA = {"family": "Vogel", "birthdate": "1989-05-14"}
FUZZY, PAST, EXACT = {"_fuzzy-match": "true"}, {"_history": "true"}, {"_exact-match": "true"}


def search(nation, asked, access=Access.HEALTHCARE_WORKER):
    """What a search for this is answered."""
    caller = Caller("test", "Y12345", access)
    return nation.ask("GET", f"{PATIENTS}?{urlencode(asked, doseq=True)}", caller=caller)


def found(nation, asked, access=Access.HEALTHCARE_WORKER):
    """The NHS numbers that a search finds, with their scores, in the order given."""
    told = search(nation, asked, access)
    assert told.status == 200, told.body
    body = told.body
    assert body["resourceType"] == "Bundle", body
    entries = body.get("entry", [])
    assert body["total"] == len(entries)
    return {entry["resource"]["id"]: entry["search"]["score"] for entry in entries}


def name(family, *given, use="usual", **others):
    """A name of a made-up person."""
    return {"use": use, "family": family, "given": list(given), "id": "N1", **others}


def person(number, names, born="1931-04-05", security="U", **parts):
    """A change that makes somebody of these names."""
    body = {
        "resourceType": "Patient",
        "id": number,
        "meta": {"versionId": "1", "security": [{"code": security}]},
        "name": names if isinstance(names, list) else [names],
        "birthDate": born,
        "gender": "unknown",
        **parts,
    }
    labels = frozenset() if security == "U" else frozenset({security})
    return Change("Patient", number, body, 0, f"subject-{number}", labels=labels)


HISTORY = [
    name("Carter", "Ann"),
    name("Able", "Ann", use="maiden"),
    name("Carter", "Nancy", use="nickname"),
    name("Carter", "Ruby", use="temp"),
]
