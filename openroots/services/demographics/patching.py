"""Changing one Patient by JSON Patch.

Everything that can be wrong with a patch is found before anything is changed; then one new version
of the record is made, and the signals that tell of it.

Source: PDS FHIR API, "Update patient details"; the order of the checks is that of its test servers.
"""

from typing import Any

from openroots.fhir import patch
from openroots.fhir.dates import in_uk
from openroots.fhir.patch import Operation
from openroots.problem import Json
from openroots.service import Access, Problem, Reply, Request
from openroots.services.demographics import described, service
from openroots.services.demographics.attributes import may_update
from openroots.services.demographics.changes import Edit
from openroots.services.demographics.failures.writing import PATCHES, RULES, VALUES, VERSIONS
from openroots.services.demographics.finishing import finished
from openroots.services.demographics.former import left_behind
from openroots.services.demographics.headers import (
    IF_MATCH,
    PATCH_TYPES,
    check_if_match,
    check_number,
    check_patch_type,
    check_person,
    check_role,
    check_version,
)
from openroots.services.demographics.indexing import found_alike
from openroots.services.demographics.operations import is_identity, is_within_item, patched
from openroots.services.demographics.reading import FINDING, find_patient, refuse_unchangeable
from openroots.services.demographics.rules import (
    PATIENT_PARTS,
    check_permitted,
    check_rules,
    check_shapes,
)
from openroots.services.demographics.signals import told_by
from openroots.services.demographics.views import may_hide, shown, with_what_was_hidden
from openroots.storage import Change, Row, Snapshot

LAST_HOUR = 23


@service.interaction(
    "patch",
    "Patient",
    access=frozenset({Access.HEALTHCARE_WORKER, Access.PATIENT}),
    also=may_update,
    refused="update-refused",
    about="id",
    takes=PATCH_TYPES,
    body_schema=described.PATCH,
    largest=1 << 18,
    opening=(check_number, check_if_match, check_patch_type),
    asking=(check_role,),
    headers=(IF_MATCH,),
    reads=3,
    fails=(*FINDING, *VERSIONS, *PATCHES, *VALUES, *RULES),
    example={"patches": [{"op": "replace", "path": "/gender", "value": "male"}]},
)
def patch_patient(request: Request, db: Snapshot) -> Reply:
    """Update patient details.

    The body is {"patches": [...]}. Either all of them are applied to the version that If-Match
    names, and the answer is the record as it then is, or none. Any other member of the body, or of
    an operation, is passed over, as its published schema and RFC 6902 have it.
    """
    row, operations = asked_of(request, db)
    old = row.body
    hides = may_hide(row.raw)
    seen = shown(request.caller, old, row.labels) if hides else old
    edit = updated(seen, operations, request)
    answer = edit.new
    answer["meta"] = answer.get("meta", {}) | {"versionId": str(row.version + 1)}
    new = with_what_was_hidden(answer, seen, old)
    kept = row.subject, row.holder, row.labels
    alike = found_alike(old, new)
    change = Change("Patient", row.id, new, row.version, *kept, was=old, found_as_before=alike)
    past = left_behind(edit.parts, new, row, db)
    signals = told_by(edit.differences, row.subject, f"{service.base}/Patient/{row.id}")
    told = shown(request.caller, answer, row.labels) if hides else answer
    return Reply(told, version=row.version + 1, changes=(change, *past), signals=signals)


def asked_of(request: Request, db: Snapshot) -> tuple[Row, tuple[Operation, ...]]:
    """The record that a patch is for, and its operations.

    Raises Problem where this caller may not change it, or not from the version that they name.
    """
    check_person(request)
    row = find_patient(request.params["id"], db)
    refuse_unchangeable(row, request.params["id"])
    patches = _patches(request.body)
    check_version(request, row.version)
    return row, patch.parse(patches)


def updated(record: Json, operations: tuple[Operation, ...], request: Request) -> Edit:
    """What the operations make of a record, with every rule kept. Today is the day in the UK.

    Raises Problem where an operation cannot be applied, or a rule would be broken.
    """
    refuse_to_patients(request, operations)
    # The day can be another than in UTC only in the last hour: the others are spared the reckoning.
    time = in_uk(request.time) if request.time.hour == LAST_HOUR else request.time
    written = Edit(record, patched(record, operations), time)
    check_shapes(written)
    check_permitted(written, request.caller.access)
    new = finished(written.new, written.differences, time, request.chance)
    edit = written.ending_in(new)
    check_rules(edit)
    return edit


def _patches(body: Any) -> Any:
    """The operations in a body, not yet looked at. Raises Problem where there are none."""
    patches = body.get("patches") if isinstance(body, dict) else None
    if not patches:
        raise Problem("no-patches")
    return patches


def refuse_to_patients(request: Request, operations: tuple[Operation, ...]) -> None:
    """Raises Problem where a patient names a part that is not theirs to change, or half a thing."""
    if request.caller.access is not Access.PATIENT:
        return
    for operation in operations:
        if operation.parts[0] not in PATIENT_PARTS or _is_half(operation):
            raise Problem("field-refused")


def _is_half(operation: Operation) -> bool:
    """Whether it writes only some of what patients must send as a whole."""
    return (
        operation.parts[0] in ("telecom", "extension")
        and operation.op in ("add", "replace")
        and is_within_item(operation)
        and not is_identity(operation)
    )
