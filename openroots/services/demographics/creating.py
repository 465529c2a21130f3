"""Creating a Patient: somebody of whom there is no record yet is given an NHS number.

Once what was sent is found sound, it is asked who is there already that may be the same person;
only then is a number allocated. Of two who create the same person at the same moment only one
does: the commit holds only if there still is nobody alike.

Source: PDS FHIR API, "Create a record for a new patient".
"""

from openroots.fhir.patient import SENSITIVE
from openroots.problem import Json
from openroots.service import Access, Limit, Problem, Reply, Request
from openroots.services.demographics import described, service
from openroots.services.demographics.allocation import READS, allocated
from openroots.services.demographics.changes import differences
from openroots.services.demographics.headers import check_role
from openroots.services.demographics.matching import namesake_query, namesakes
from openroots.services.demographics.newcomer import (
    AUTHORITY_TYPE,
    FAULTS,
    REGISTERING_AUTHORITY,
    UNRESTRICTED,
    created,
    numbered,
)
from openroots.services.demographics.signals import told_by
from openroots.storage import Absent, Change, Guard, Query, Row, Snapshot, Term

MATCHES = ("single-match", "multiple-matches")
MOST_ALIKE = 50  # of whom it is asked if they are the same person

EXAMPLE: Json = {
    "resourceType": "Patient",
    "name": [
        {
            "use": "usual",
            "prefix": ["Mrs"],
            "given": ["Jane"],
            "family": "Edwards",
            "period": {"start": "1986-07-01"},
        }
    ],
    "gender": "female",
    "birthDate": "1982-07-10",
    "address": [
        {
            "use": "home",
            "line": ["1 Trevelyan Square", "Boar Lane", "Leeds"],
            "postalCode": "LS1 6AE",
            "period": {"start": "2020-01-01"},
        }
    ],
    "extension": [
        {
            "url": REGISTERING_AUTHORITY,
            "extension": [
                {
                    "url": "registeringAuthorityType",
                    "valueCodeableConcept": {"coding": [{"system": AUTHORITY_TYPE, "code": "x"}]},
                },
                {"url": "organisationIdentifier", "valueString": "RGS"},
            ],
        }
    ],
}


@service.interaction(
    "create",
    "Patient",
    access=frozenset({Access.HEALTHCARE_WORKER}),
    refused="create-refused",
    refused_to_patients="create-refused-to-patients",
    takes=("application/json", "application/fhir+json"),
    body_schema=described.PATIENT,
    asking=(check_role,),
    largest=1 << 18,
    limits=(Limit(3, 1, "create-too-many"),),
    reads=2 + READS,
    fails=("role-invalid", *FAULTS, *MATCHES),
    example=EXAMPLE,
)
def create_patient(request: Request, db: Snapshot) -> Reply:
    """Create a record for a new patient.

    The answer is the record, with the NHS number that was allocated; or, with status 200, an
    outcome that tells who is there already.
    """
    person = created(request.body, request)
    refuse_known(person, db)
    reply = recorded(person, request, db)
    return reply._replace(guards=reply.guards + nobody_alike(person, db), about=())


def refuse_known(person: Json, db: Snapshot) -> None:
    """Raises Problem where there is somebody already who may be this person."""
    found = [row for row in namesakes(person, db, MOST_ALIKE) if _may_be_told(row, person)]
    if len(found) > 1:
        raise Problem("multiple-matches").telling_of()
    if found:
        raise Problem("single-match", number=found[0].id).telling_of(found[0].subject)


def nobody_alike(person: Json, db: Snapshot) -> tuple[Guard, ...]:
    """What must still hold at the commit, so that nobody is created twice: there is nobody of
    this name and birth date, or, where there is and they are not the same, of this gender too."""
    query = namesake_query(person)
    genders = {row.body.get("gender") for row in db.search(query).rows}
    if not genders:
        return (Absent(query),)
    if person["gender"] in genders:
        return ()
    return (Absent(Query(query.type, (*query.where, Term("gender", (person["gender"],))))),)


def recorded(
    person: Json,
    request: Request,
    db: Snapshot,
    security: list[Json] = UNRESTRICTED,
    labels: frozenset[str] = frozenset(),
) -> Reply:
    """What makes the newcomer's record, under a number that is allocated to them.

    `security` and `labels` say how confidential the record is.
    """
    number, guards, marks = allocated(person, db)
    record = numbered(person, number, security)
    subject = new_person_key(request)
    return Reply(
        record,
        version=1,
        status=201,
        changes=(Change("Patient", number, record, 0, subject, labels=labels),),
        guards=guards,
        signals=told_by(differences({}, record), subject, f"{service.base}/Patient/{number}"),
        marks=marks,
    )


def new_person_key(request: Request) -> str:
    """The stable key of somebody new: longer than those of made-up people, so never one of them."""
    return "p" + request.chance(8).hex()


def _may_be_told(row: Row, person: Json) -> bool:
    """Whether to say that somebody is there tells nothing of where they are: of a restricted
    person, that they have the postcode that was sent."""
    return row.labels.isdisjoint(SENSITIVE) or row.body.get("gender") == person["gender"]
