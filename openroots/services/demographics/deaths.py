"""Deaths to come: a made-up person whose death is notified once the world's time has come to it.

For whoever makes such people: the tooling, and the loading of files.

    Due  number, at (a moment of the world's time)

Source: PDS FHIR API, "Update patient details": an informal notice of death.
"""

from datetime import UTC, datetime, time, timedelta

from openroots.fhir import dates
from openroots.fhir import patient as about
from openroots.problem import Json
from openroots.service.coming import arranged, moment_of
from openroots.services.demographics import service
from openroots.services.demographics.changes import differences
from openroots.services.demographics.finishing import Chance, finished
from openroots.services.demographics.signals import told_by
from openroots.storage import Change, Row, Signal, Snapshot

DUE = "Due"
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
                    }
                ]
            },
        }
    ],
}


def dies_tomorrow(patient: Change, today: datetime) -> Change:
    """What is to be kept so that the death of a newcomer is notified tomorrow."""
    midnight = datetime.combine(today.date() + timedelta(days=1), time(), UTC)
    return arranged(DUE, patient.id, midnight, patient.subject, number=patient.id)


@service.comes(DUE)
def notified(death: Row, db: Snapshot, chance: Chance) -> tuple[list[Change], list[Signal]]:
    """What notifies a death that is due; nothing, where the person is not here any more, or has
    died before."""
    row = db.get("Patient", death.body["number"])
    if row is None or "deceasedDateTime" in row.body:
        return [], []
    old, at = row.body, moment_of(death)
    draft = old | {
        "deceasedDateTime": at.isoformat(),
        "extension": [*old.get("extension", ()), INFORMAL],
    }
    new = finished(draft, differences(old, draft), dates.in_uk(at), chance)
    new["meta"] = old["meta"] | {"versionId": str(row.version + 1)}
    told = told_by(differences(old, new), row.subject, f"{service.base}/Patient/{row.id}")
    return [Change("Patient", row.id, new, row.version, row.subject, labels=row.labels)], list(told)
