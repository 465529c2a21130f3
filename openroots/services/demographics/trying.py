"""Changes that are answered in full and not kept, as the public sandbox answers them.

For developers who want the same answer to the same request, however often it is sent. A patch is
applied, and held to the rules of patches but not to those of each field: a record may come out
that would not be kept elsewhere. Whoever is created has the number that is published for that. What
elsewhere is left to chance, such as the ids of new items, follows here from what is asked.

Source: PDS FHIR API, sandbox test scenarios.
"""

from dataclasses import replace
from hashlib import shake_256
from itertools import count

import orjson

from openroots.fhir.dates import in_uk
from openroots.fhir.patch import Operation
from openroots.problem import Json
from openroots.service import Problem, Reply, Request
from openroots.services.demographics import service
from openroots.services.demographics.births import process_birth_details
from openroots.services.demographics.changes import Difference, Edit
from openroots.services.demographics.creating import create_patient
from openroots.services.demographics.finishing import finished
from openroots.services.demographics.operations import LISTS, is_item, patched
from openroots.services.demographics.patching import asked_of, refuse_to_patients
from openroots.services.demographics.rules import SHAPES
from openroots.services.demographics.views import shown
from openroots.storage import Change, Snapshot

CREATED, BORN = "5182663366", "5900010775"


@service.where_nothing_is_kept("create-patient")
def try_create(request: Request, db: Snapshot) -> Reply:
    """The record of a new patient as it would be; or who is there already."""
    return _numbered(create_patient(steady(request), db), CREATED)


@service.where_nothing_is_kept("process-birth-details")
def try_birth(request: Request, db: Snapshot) -> Reply:
    """The record of a baby as it would be; or who is there already."""
    return _numbered(process_birth_details(steady(request), db), BORN)


@service.where_nothing_is_kept("patch-patient")
def try_patch(request: Request, db: Snapshot) -> Reply:
    """The record as it would be after a patch."""
    row, operations = asked_of(request, db)
    refuse_to_patients(request, operations)
    answer = applied(shown(request.caller, row.body, row.labels), operations, steady(request))
    answer["meta"] = answer.get("meta", {}) | {"versionId": str(row.version + 1)}
    change = Change("Patient", row.id, answer, row.version, row.subject, row.holder, row.labels)
    return Reply(answer, version=row.version + 1, changes=(change,))


def steady(request: Request) -> Request:
    """The same request, with bytes by chance that are the same whenever the same is asked."""
    asked = orjson.dumps([request.endpoint.id, *request.params.values(), request.body])
    turns = count()

    def chance(size: int) -> bytes:
        return shake_256(b"%d %s" % (next(turns), asked)).digest(size)

    return request._replace(chance=chance)


def applied(record: Json, operations: tuple[Operation, ...], request: Request) -> Json:
    """A new record: this one with the operations applied, whatever rules of fields that breaks.

    Raises Problem where an operation cannot be applied.
    """
    changed = patched(record, tuple([_of_identity(operation, record) for operation in operations]))
    time = in_uk(request.time)
    written = Edit(record, changed, time).differences
    sound = [difference for difference in written if _has_its_shape(difference)]
    return finished(changed, sound, time, request.chance)


def _numbered(reply: Reply, number: str) -> Reply:
    """The same answer with this number in place of the one that was allocated."""
    record = reply.body
    assert isinstance(record, dict)
    body = record | {"id": number}
    if "identifier" in record:  # of a very restricted person nothing but the number is shown
        told, *others = record["identifier"]
        body["identifier"] = [told | {"value": number}, *others]
    changes = [
        replace(change, id=number, body=body) if change.id == record["id"] else change
        for change in reply.changes
    ]
    return reply._replace(body=body, changes=tuple(changes))


def _of_identity(operation: Operation, record: Json) -> Operation:
    """A test of a whole item as a test that it is the one that the record has of its id or url.

    A published example tests the name of the published Jane Smith with a suffix that she has not.
    """
    if operation.op != "test" or not is_item(operation) or not isinstance(operation.value, dict):
        return operation
    part = operation.parts[0]
    told = operation.value.get(LISTS[part])
    items = record.get(part, ()) if told is not None else ()
    held = (item for item in items if item.get(LISTS[part]) == told)
    return operation._replace(value=next(held, operation.value))


def _has_its_shape(difference: Difference) -> bool:
    """Whether what was written can be finished: the rest is answered as it was sent."""
    if difference.new is None:
        return False
    try:
        SHAPES[difference.part](difference.new, difference.field)
    except Problem:
        return False
    return True
