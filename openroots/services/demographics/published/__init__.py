"""The people whom the published documents of PDS name: each is in every fresh world.

For the seed, the start page and the `people` command. Each record is at version 2, as published.

    records      what is held of each of them         elements     what records are made of
    relations    whom they are related to, and their insurance cards

9111231130 and 9727194737 are nobody's, as documented, and so is 5182663366, the next to be given.

Source: PDS FHIR API, test scenarios and examples; numbers of its integration tests.
"""

from hashlib import sha256
from typing import NamedTuple

from openroots.fhir import patient as about
from openroots.problem import Json
from openroots.services.demographics.published.records import patients
from openroots.services.demographics.published.relations import founding_relations
from openroots.services.demographics.reading import NUMBER_STATUS
from openroots.storage import Change


class Published(NamedTuple):
    """Someone to try things with: their number, who they are, and what is to be seen there."""

    number: str
    label: str
    words: str


PUBLISHED = (
    Published("9000000009", "Jane Smith", "A full record, of someone whose death is notified."),
    Published("9000000017", "Jayne Smyth", "Found beside Jane Smith by a search for Sm*."),
    Published("9000000025", "Janet Smythe", "Restricted: no address, telephone or GP is shown."),
    Published("9000000033", "No name held", "A record that holds almost nothing."),
    Published(
        "9000000015",
        "John Paul James Smith",
        "A compound first name. Found by search only: published with a wrong check digit.",
    ),
    Published("9000000041", "Jane McMatch-Single", "Found when the published twin is created."),
    Published("9000000068", "Louisa McMatch-Multiple", "One of two who match the same details."),
    Published("9000000076", "Louisa McMatch-Multiple", "The other of the two."),
    Published("9733162868", "Lena Vogel", "The holder of a German health insurance card."),
    Published("9727022820", "Rowan Tiller", "Restricted; number of the integration tests."),
    Published("9727024610", "Vera Marsh", "Very restricted: nothing but the number is shown."),
    Published("9732019395", "Susan Pemberton", "The record that took the place of 5900053636."),
    Published("5900053636", "Superseded number", "Answered with the record of 9732019395."),
    Published("9990003343", "Invalidated number", "Was issued, and is nobody's any more."),
)


def founding_people() -> tuple[list[Change], list[Change]]:
    """Two generations of changes, to be committed in turn: versions 1 and 2 of every record, then
    what hangs on them."""
    first = [_change(patient, 1) for patient in patients()]
    second = [_change(patient, 2) for patient in patients()]
    return first + _numbers_no_longer_used(), second + founding_relations(second)


def person_key(number: str) -> str:
    """The stable key of the published person who first had this number."""
    return "p" + sha256(f"published person {number}".encode()).hexdigest()[:11]


def _change(patient: Json, version: int) -> Change:
    body = patient | {"meta": {"versionId": str(version), **patient["meta"]}}
    labels = about.security_codes(patient) - {"U"}
    number = patient["id"]
    return Change("Patient", number, body, version - 1, person_key(number), labels=labels)


def _numbers_no_longer_used() -> list[Change]:
    by = "9732019395"
    superseded = {"status": "superseded", "by": by}
    return [
        Change(NUMBER_STATUS, "5900053636", superseded, 0, person_key(by)),
        Change(NUMBER_STATUS, "9990003343", {"status": "invalidated"}, 0, person_key("9990003343")),
    ]
