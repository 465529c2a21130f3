"""Reading the people who are related to a patient: parents, partners, next of kin, carers.

Whoever has an NHS number may be told by that alone; of any other, name and address are written
down. Each hangs on one patient, whose number the published resource has no place for: the store
keeps it in a member of its own, which is left out of what is shown.

Source: PDS FHIR API, "Get a patient's related people".
"""

from collections.abc import Iterator, Mapping

from openroots.fhir.bundle import Entry, searchset
from openroots.fhir.patient import SENSITIVE
from openroots.problem import Json
from openroots.service import Reply, Request
from openroots.services.demographics import service
from openroots.services.demographics.headers import (
    check_person,
)
from openroots.services.demographics.reading import ASKING, FINDING, find_patient
from openroots.storage import Change, Query, Row, Snapshot, Term

RELATED_PERSON = "RelatedPerson"
OF = "of"  # the member that holds the number of the patient
MOST = 100  # of one patient


@service.endpoint(
    "GET",
    "/Patient/{id}/RelatedPerson",
    about="id",
    asking=ASKING,
    gives="Bundle",
    tells={"ETag": "The version of the patient's record."},
    reads=4,
    fails=("not-own-record", *FINDING),
)
def read_related_people(request: Request, db: Snapshot) -> Reply:
    """Get a patient's related people.

    Of a superseded number, those of the record that took its place. A restricted patient's are
    never told. The ETag is that of the patient.
    """
    check_person(request)
    patient = find_patient(request.params["id"], db)
    related = related_to(patient, db)
    base = f"{request.origin}{service.base}/Patient/{patient.id}/{RELATED_PERSON}"
    entries = [Entry(f"{base}/{row.id.rpartition('.')[2]}", row.raw) for row in related]
    return Reply(searchset(entries, request.time), version=patient.version)


def related_to(patient: Row, db: Snapshot) -> list[Row]:
    """The people related to a patient, in the form that is shown, in the order of their ids."""
    if not patient.labels.isdisjoint(SENSITIVE):
        return []
    hung_on = (Term("patient", (patient.id,)),)
    return list(db.search(Query(RELATED_PERSON, hung_on, limit=MOST, form="shown")).rows)


def as_related(
    number: str, person: Json, subject: str, labels: frozenset[str] = frozenset()
) -> Change:
    """What to commit so that this RelatedPerson, who has an id, hangs on the patient of a number.

    `subject` and `labels` are the patient's.
    """
    key = f"{number}.{person['id']}"
    return Change(RELATED_PERSON, key, {OF: number, **person}, 0, subject, labels=labels)


@service.indexes(RELATED_PERSON)
def terms(person: Json) -> Iterator[tuple[str, str]]:
    """(name, value) for the patient by whom a related person is found."""
    if number := person.get(OF):
        yield "patient", number


@service.forms(RELATED_PERSON)
def forms(person: Json, _: frozenset[str]) -> Mapping[str, Json]:
    """The related person as the published resource has it."""
    return {"shown": {name: value for name, value in person.items() if name != OF}}
