"""Deaths to come: a made-up person whose death is notified once the world's time has come to it.

For the tooling, which makes such a person, and for the gateway, which has what is due happen.

    Due  number, at (a moment of the world's time)

Source: PDS FHIR API, "Update patient details": an informal notice of death.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from openroots.fhir import dates
from openroots.fhir import patient as about
from openroots.problem import Json
from openroots.services.demographics import service
from openroots.services.demographics.changes import differences
from openroots.services.demographics.finishing import Chance, finished
from openroots.services.demographics.signals import told_by
from openroots.storage import Change, Query, Row, Signal, Snapshot

DUE = "Due"
AT_ONCE = 1000  # that are read together
INFORMAL: Json = {
    "url": about.DEATH_NOTIFICATION,
    "extension": [
        {
            "url": "deathNotificationStatus",
            "valueCodeableConcept": {
                "coding": [
                    {
                        "system": "https://fhir.hl7.org.uk/CodeSystem/"
                        "UKCore-DeathNotificationStatus",
                        "version": "1.0.0",
                        "code": about.INFORMAL_DEATH,
                        "display": "Informal - death notice received via an update from a local "
                        "NHS Organisation such as GP or Trust",
                    }
                ]
            },
        }
    ],
}


def dies_tomorrow(patient: Change, today: datetime) -> Change:
    """What is to be kept so that the death of a newcomer is notified tomorrow."""
    midnight = datetime.combine(today.date() + timedelta(days=1), time(), UTC)
    body = {"number": patient.id, "at": midnight.isoformat()}
    return Change(DUE, patient.id, body, 0, patient.subject)


def due(db: Snapshot, now: datetime) -> list[Row]:
    """The deaths that have come by this moment and are not notified yet, the earliest first."""
    rows = [row for row in _all(db) if moment_of(row) <= now]
    return sorted(rows, key=lambda row: (moment_of(row), row.id))


def notified(death: Row, db: Snapshot, chance: Chance) -> tuple[list[Change], list[Signal]]:
    """What notifies a death that is due; only that it is done with, where the person is not here
    any more, or has died before."""
    done = Change(DUE, death.id, None, death.version, death.subject)
    row = db.read([("Patient", death.body["number"])]).get(("Patient", death.body["number"]))
    if row is None or "deceasedDateTime" in row.body:
        return [done], []
    old, at = row.body, moment_of(death)
    draft = old | {
        "deceasedDateTime": at.isoformat(),
        "extension": [*old.get("extension", ()), INFORMAL],
    }
    new = finished(draft, differences(old, draft), dates.in_uk(at), chance)
    new["meta"] = old["meta"] | {"versionId": str(row.version + 1)}
    told = told_by(differences(old, new), row.subject, f"{service.base}/Patient/{row.id}")
    change = Change("Patient", row.id, new, row.version, row.subject, labels=row.labels)
    return [done, change], list(told)


def moment_of(death: Row) -> datetime:
    """When it is due, by the world's time."""
    return datetime.fromisoformat(death.body["at"])


def _all(db: Snapshot) -> Iterator[Row]:
    after = ""
    while True:
        page = db.search(Query(DUE, limit=AT_ONCE, after=after))
        yield from page.rows
        if not (after := page.next):
            return
