"""What people are found by: the terms under which a Patient is indexed.

Only what is current counts: the usual name, the home address, the telecoms.

Source: PDS FHIR API, "Search for a patient".
"""

from collections.abc import Iterator

from openroots.fhir import patient as about
from openroots.problem import Json
from openroots.services.demographics import service


@service.indexes("Patient")
def terms(patient: Json) -> Iterator[tuple[str, str]]:
    """(name, value) for each fact by which a search may find this person."""
    name = about.usual_name(patient)
    address = about.home_address(patient)
    facts = {
        "family": [about.fold(name.get("family", ""))],
        "given": [about.fold(given) for given in name.get("given", ())],
        "gender": [patient.get("gender", "")],
        "birthdate": [patient.get("birthDate", "")],
        "death-date": [about.death_day(patient)],
        "postcode": [about.postcode_key(address.get("postalCode", ""))],
        "gp": [about.general_practice(patient)],
        "phone": ["".join(number.split()) for number in about.contact_points(patient, "phone")],
        "email": [email.lower() for email in about.contact_points(patient, "email")],
    }
    for term, values in facts.items():
        yield from ((term, value) for value in dict.fromkeys(values) if value)
