"""Reading and replacing a patient's coverage: the European Health Insurance Card (EHIC) they hold.

A patient has one card or none. Its versions are counted from 1, which is "none yet", so that a
first card too is written over a version that the client has read.

Source: PDS FHIR API, "Get a patient's coverage" and "Update a patient's coverage".
"""

import orjson

from openroots.fhir.bundle import Entry, searchset
from openroots.fhir.dates import in_uk
from openroots.fhir.patient import VERY_RESTRICTED
from openroots.identifiers import NHSNumber
from openroots.problem import Json
from openroots.service import Access, Problem, Reply, Request
from openroots.services.demographics import described, service
from openroots.services.demographics.card import card_in, is_whole, subscriber_of
from openroots.services.demographics.changes import Difference
from openroots.services.demographics.headers import (
    IF_MATCH,
    check_if_match,
    check_own,
    check_version,
)
from openroots.services.demographics.reading import find_patient, refuse_unchangeable
from openroots.services.demographics.signals import CARD, told_by
from openroots.storage import Change, Row, Signal, Snapshot, Unchanged

COVERAGE = "Coverage"
SUBSCRIBER = "subscriber:identifier"
NO_CARD_YET = 1  # the version of a patient's coverage before the first card

PATIENTS = frozenset({Access.PATIENT})
FINDS = ("resource-id-invalid", "not-own-record", "not-found", "invalidated")
REPLACING = ("if-match-missing", "version-differs", "superseded", "record-sensitive")
VALUES = ("value-missing", "value-invalid", "too-few-values", "too-many-values")

EXAMPLE: Json = {
    "resourceType": COVERAGE,
    "status": "active",
    "subscriber": {
        "identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9000000009"}
    },
    "identifier": [
        {
            "value": "29401395498043123948",
            "assigner": {"identifier": {"system": "urn:iso:std:iso:3166", "value": "FRA"}},
        }
    ],
    "payor": [{"identifier": {"value": "92847ADGJL"}}],
    "beneficiary": {"identifier": {"value": "178705ABC"}},
    "period": {"end": "2030-12-31"},
}


@service.interaction(
    "search",
    COVERAGE,
    access=PATIENTS,
    query={SUBSCRIBER: "The NHS number of whoever holds the card."},
    query_schemas={SUBSCRIBER: described.SUBSCRIBER},
    needs=(SUBSCRIBER,),
    given={SUBSCRIBER: "9000000009"},
    stray="coverage-search-invalid",
    several=(SUBSCRIBER,),
    tells={"ETag": "The version of the coverage, which an update is to name."},
    reads=4,
    fails=(*FINDS, "coverage-search-invalid"),
)
def read_coverage(request: Request, db: Snapshot) -> Reply:
    """Get a patient's coverage.

    Of a superseded number, that of the record that took its place. The ETag is what an update is
    to name, also where there is no card yet.
    """
    number = _asked(request)
    check_own(request.caller, number)
    patient = find_patient(number, db)
    held = _held(patient, db)
    return _told(request, patient, held.body if held else None)


@service.interaction(
    "create",
    COVERAGE,
    access=PATIENTS,
    takes=("application/json", "application/fhir+json", "application/json-patch+json"),
    body_schema=described.COVERAGE,
    gives="Bundle",
    largest=1 << 16,
    opening=(check_if_match,),
    headers=(IF_MATCH,),
    reads=4,
    fails=(*FINDS, *REPLACING, *VALUES, "coverage-malformed"),
    example=EXAMPLE,
)
def write_coverage(request: Request, db: Snapshot) -> Reply:
    """Update a patient's coverage.

    The card that is sent takes the place of the one that the record holds, if it holds one.
    """
    card = card_in(request.body, in_uk(request.time).date())
    number = subscriber_of(card)
    check_own(request.caller, number)
    patient = find_patient(number, db)
    refuse_unchangeable(patient, number)
    held = _held(patient, db)
    before = held.body if held else None
    check_version(request, version_of(before))
    after = card | {"meta": {"versionId": str(version_of(before) + 1)}}
    return _told(request, patient, after)._replace(
        status=201,
        changes=(_change(after, patient, held),),
        guards=(Unchanged("Patient", patient.id, patient.version),),
        signals=_signals(before, after, patient),
    )


def version_of(card: Json | None) -> int:
    """The version of a patient's coverage as it is told, with a card or without."""
    return NO_CARD_YET if card is None else int(card["meta"]["versionId"])


def _asked(request: Request) -> NHSNumber:
    """The NHS number that a search names. Raises Problem where that is not one number."""
    values = request.query.get(SUBSCRIBER, ())
    if len(values) != 1 or not values[0]:
        raise Problem("coverage-search-invalid")
    try:
        return NHSNumber(values[0])
    except ValueError as error:
        raise Problem("resource-id-invalid") from error


def _held(patient: Row, db: Snapshot) -> Row | None:
    return db.get(COVERAGE, patient.id)


def _told(request: Request, patient: Row, card: Json | None) -> Reply:
    """The Bundle of the card that a patient holds; an empty one where it is not to be shown."""
    version = version_of(card)
    shown = card is not None and VERY_RESTRICTED not in patient.labels and is_whole(card)
    entries = [_entry(request, patient, card)] if card and shown else []
    return Reply(searchset(entries, request.time, {"versionId": str(version)}), version=version)


def _entry(request: Request, patient: Row, card: Json) -> Entry:
    url = f"{request.origin}{service.base}/{COVERAGE}?{SUBSCRIBER}={patient.id}"
    return Entry(url, orjson.dumps(_without_version(card)))


def _change(card: Json, patient: Row, held: Row | None) -> Change:
    expect = held.version if held else 0
    return Change(
        COVERAGE, patient.id, card, expect, patient.subject, patient.holder, patient.labels
    )


def _signals(before: Json | None, after: Json, patient: Row) -> tuple[Signal, ...]:
    """That the record has changed, as the card is a part of it: not where it is the same card."""
    old = before and _without_version(before)
    change = Difference(CARD, -1, old, _without_version(after))
    return told_by([change], patient.subject, f"{service.base}/Patient/{patient.id}")


def _without_version(card: Json) -> Json:
    return {name: value for name, value in card.items() if name != "meta"}
