"""Reading one Patient by NHS number, and finding the row that a number means.

Source: PDS FHIR API, "Get patient details".
"""

from openroots.fhir.patient import SENSITIVE
from openroots.service import Problem, Reply, Request
from openroots.services.demographics import service
from openroots.services.demographics.headers import (
    check_number,
    check_person,
    check_role,
)
from openroots.services.demographics.views import form_for, seen_by
from openroots.storage import Row, Snapshot

# How the store says what became of a number that is nobody's any more.
NUMBER_STATUS = "NHSNumber"

ASKING = (check_role, check_number)
FINDING = ("resource-id-invalid", "role-invalid", "not-found", "invalidated")


@service.interaction("read", "Patient", about="id", asking=ASKING, reads=3, fails=FINDING)
def read_patient(request: Request, db: Snapshot) -> Reply:
    """Get patient details.

    Of a superseded number, the record that took its place: its `id` is not the one asked for.
    """
    check_person(request)
    row = find_patient(request.params["id"], db, form_for(request.caller))
    return Reply(seen_by(request.caller, row), version=row.version)


def find_patient(number: str, db: Snapshot, form: str = "") -> Row:
    """The record that a number means, followed once where it is superseded.

    Raises Problem where the number is nobody's, or was invalidated.
    """
    if row := db.get("Patient", number, form):
        return row
    status = db.get(NUMBER_STATUS, number)
    if status is None:
        raise Problem("not-found")
    by = status.body.get("by", "")
    if not by:
        raise Problem("invalidated")
    if row := db.get("Patient", by, form):
        return row
    raise Problem("not-found")


def refuse_unchangeable(row: Row, number: str) -> None:
    """Raises Problem where nothing of this record may be changed, or not under this number."""
    if row.id != number:
        raise Problem("superseded")
    if not row.labels.isdisjoint(SENSITIVE):
        raise Problem("record-sensitive")
