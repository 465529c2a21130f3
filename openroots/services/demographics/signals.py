"""What the service tells subscribers, decided from a record before and after a change.

Source: the signal catalogue of the Multicast Notification Service (event types of PDS).
"""

from collections.abc import Iterable

from openroots.fhir.patient import DEATH_NOTIFICATION
from openroots.services.demographics.changes import Difference
from openroots.services.demographics.operations import UPDATABLE
from openroots.storage import Signal

RECORD_CHANGE = "pds-record-change-2"
CHANGE_OF_GP = "pds-change-of-gp-2"
DEATH_NOTIFIED = "pds-death-notification-2"
BIRTH_NOTIFIED = "pds-birth-notification-1"

EMITS = {
    RECORD_CHANGE: "Anything in a person's record has changed, or the record is new.",
    CHANGE_OF_GP: "The person is registered with another GP practice, or with none any more.",
    DEATH_NOTIFIED: "A death has been notified, or what is known of it has changed.",
    BIRTH_NOTIFIED: "A birth has been notified, and the child has a record.",
}

CARD = "Coverage"  # kept apart from the record, of which it is a part all the same

# The parts of a record, and the extensions by url, of which a change gives rise to each signal.
WATCHED: dict[str, frozenset[str]] = {
    CHANGE_OF_GP: frozenset({"generalPractitioner"}),
    DEATH_NOTIFIED: frozenset({"deceasedDateTime", DEATH_NOTIFICATION}),
    RECORD_CHANGE: UPDATABLE | {CARD},
}


def told_by(changes: Iterable[Difference], subject: str, dataref: str) -> tuple[Signal, ...]:
    """The signals that changes give rise to: none where nothing says other than it did."""
    changed: set[str] = set()
    for part, _, old, new in changes:
        if old != new:
            changed.add(part)
            if part == "extension":
                changed.add((new or old)["url"])
    return tuple([Signal(type, subject, dataref) for type in _given_for(changed)])


def causes() -> dict[str, list[str]]:
    """What a change of each part, or of an extension with a rule of its own, gives rise to."""
    named = sorted(frozenset().union(*WATCHED.values()))
    return {
        name: _given_for({name, "extension"} if name == DEATH_NOTIFICATION else {name})
        for name in named
    }


def _given_for(changed: set[str]) -> list[str]:
    return [type for type, watched in WATCHED.items() if not watched.isdisjoint(changed)]
