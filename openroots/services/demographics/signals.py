"""What the service tells subscribers, decided from a record before and after a change.

Source: the signal catalogue of the Multicast Notification Service (event types of PDS).
"""

from collections.abc import Callable

from openroots.fhir.patient import DEATH_NOTIFICATION, extension
from openroots.problem import Json
from openroots.storage import Signal

RECORD_CHANGE = "pds-record-change-2"
CHANGE_OF_GP = "pds-change-of-gp-2"
DEATH_NOTIFIED = "pds-death-notification-2"
NUMBER_CHANGE = "nhs-number-change-2"

EMITS = {
    RECORD_CHANGE: "Anything in a person's record has changed.",
    CHANGE_OF_GP: "The person is registered with another GP practice, or with none any more.",
    DEATH_NOTIFIED: "A death has been notified, or what is known of it has changed.",
    NUMBER_CHANGE: "The person's record has been merged into that of another NHS number.",
}

# The part of a record that each kind of signal watches.
WATCHED: dict[str, Callable[[Json], object]] = {
    CHANGE_OF_GP: lambda patient: patient.get("generalPractitioner"),
    DEATH_NOTIFIED: lambda patient: (
        patient.get("deceasedDateTime"),
        extension(patient, DEATH_NOTIFICATION),
    ),
    RECORD_CHANGE: lambda patient: patient | {"meta": None},
}


def told_by(old: Json, new: Json, subject: str, dataref: str) -> tuple[Signal, ...]:
    """The signals that a change gives rise to: none where nothing but the version has changed."""
    return tuple(
        Signal(type, subject, dataref)
        for type, watched in WATCHED.items()
        if watched(old) != watched(new)
    )
