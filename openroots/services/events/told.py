"""The event that a signal of the feed tells of, with an id that stays the same over repeats.

For delivery. A published event is given as it was published. A change of a person's record becomes
an event made of that version and the one before: so whenever it is made, it says the same. Whom it
is about is looked up at that moment, as a number can be superseded.

Of a restricted person no event says where they live or are registered.

Source: Multicast Notification Service API, its specification and events catalogue (PDS events).
"""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256

from openroots.clock import new_uuid
from openroots.fhir.dates import in_uk
from openroots.fhir.patient import SENSITIVE, general_practice, home_address, usual_name
from openroots.problem import Json
from openroots.services.events.attributes import residences_of
from openroots.services.events.names import AREA, EVENT, HIDDEN, OURS, RESIDENCE, TEST_SIGNAL
from openroots.services.events.nems_areas import areas_of
from openroots.storage import Row, Snapshot, Told

DEMOGRAPHICS = "uk.nhs.personal-demographics-service"
OURSELVES = "uk.nhs.multicast-notification-service"
PATIENT = "Patient"
NUMBER_STATUS = "NHSNumber"  # of a number that is nobody's any more: whose record took its place


def event_of(
    told: Told, db: Snapshot, origin: str = "", hidden: Collection[str] = HIDDEN
) -> Json | None:
    """The CloudEvent of a signal, or None where it is not for subscribers.

    The snapshot may be any at or after the signal's commit. `origin` is the scheme and host at
    which subscribers reach the services. Of what events are chosen by and do not tell, those
    filters alone are worked out that are in `hidden`.
    """
    if told.signal.type.startswith(OURS):
        return None
    place, _, id = told.signal.dataref.rpartition("/")
    if place == EVENT:
        row = db.get(EVENT, id)
        return row.body if row else None
    event = _head(told, origin)
    if place.endswith(f"/{PATIENT}"):
        event |= _about_patient(told, id, db, hidden)
    return event


def event_id(told: Told) -> str:
    """The id of the event that a signal tells of: the same whenever it is asked for."""
    signal, time = told.signal, told.time.isoformat()
    text = f"{told.cursor}\n{told.t}\n{time}\n{signal.type}\n{signal.subject}\n{signal.dataref}"
    digest = sha256(text.encode()).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]  # this, and the 4, make it a UUID of version 4
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def chosen_by(number: str, time: datetime, db: Snapshot) -> Json:
    """What the record of a person says that their events can be chosen by, as it is now."""
    row = db.get(PATIENT, number)
    found = _filtering(row, row, time, HIDDEN) if row is not None else {}
    return {key: value for key, value in found.items() if not key.startswith("changed_")}


def trial_event(time: datetime, chance: Callable[[int], bytes]) -> Json:
    """An event that tells of nothing, for a subscriber to see that it is told."""
    return {
        "specversion": "1.0",
        "id": new_uuid(chance),
        "source": OURSELVES,
        "type": TEST_SIGNAL,
        "time": instant(time),
    }


def instant(moment: datetime) -> str:
    """A moment in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _head(told: Told, origin: str) -> Json:
    return {
        "specversion": "1.0",
        "id": event_id(told),
        "source": DEMOGRAPHICS,
        "type": told.signal.type,
        "time": instant(told.time),
        "dataref": f"{origin}{told.signal.dataref}",
    }


def _about_patient(told: Told, number: str, db: Snapshot, hidden: Collection[str]) -> Json:
    """What an event says of a person, from the version that its commit made and the one before."""
    rows = db.history(PATIENT, number, to=told.t, newest=2)
    subject = _current_number(number, db)
    found: Json = {"subject": subject}
    if not rows:
        return found
    now, before = rows[-1], rows[-2] if len(rows) > 1 else None
    if now.t == told.t:
        found["versionid"] = f'W/"{now.version}"'
    else:
        before = now
    filtering = found["filtering"] = _filtering(now, before, told.time, hidden)
    filtering["nhsnumber"] = subject
    return found


def _current_number(number: str, db: Snapshot) -> str:
    status = db.get(NUMBER_STATUS, number)
    return str(status.body.get("by") or number) if status else number


def _filtering(row: Row, before: Row | None, time: datetime, hidden: Collection[str]) -> Json:
    new = row.body if row.raw else {}
    old = new if before is row else before.body if before is not None and before.raw else {}
    found: Json = {"changed_name": old is not new and usual_name(new) != usual_name(old)}
    if (age := _age(new.get("birthDate", ""), time)) is not None:
        found["subjectage"] = age
    if row.labels.isdisjoint(SENSITIVE):
        was_open = before is None or before.labels.isdisjoint(SENSITIVE)
        found |= _places(new, old if was_open else new, hidden)
    return found


def _places(new: Json, old: Json, hidden: Collection[str]) -> Json:
    """Where somebody is registered and lives, and lived before: who leaves a place is told of
    there too."""
    practice = former = general_practice(new)
    moved = False
    if old is not new:
        former, moved = general_practice(old), new.get("address") != old.get("address")
    found: Json = {"changed_address": moved, "registered": bool(practice)}
    if practice:
        found["generalpractitioner"] = found["registeredgpodscode"] = practice
    if former and former != practice:
        found["formergeneralpractitioner"] = former
    for name in hidden:
        lived = (new, old) if moved else (new,)
        if places := dict.fromkeys(place for each in lived for place in LIVED_IN[name](each)):
            found[name] = list(places)
    return found


def _residences(patient: Json) -> list[str]:
    return residences_of({"address": patient.get("address", ())})


def _areas(patient: Json) -> list[str]:
    return areas_of({"address": [home_address(patient)]})


LIVED_IN: Mapping[str, Callable[[Json], list[str]]] = {RESIDENCE: _residences, AREA: _areas}


def _age(born: object, time: datetime) -> int | None:
    """In whole years, on the day in the UK; None where the day of birth is not known."""
    try:
        birthday = date.fromisoformat(str(born))
    except ValueError:
        return None
    today = in_uk(time).date()
    age = today.year - birthday.year - ((today.month, today.day) < (birthday.month, birthday.day))
    return max(age, 0)
