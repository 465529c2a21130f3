"""Whether an event is well formed: a CloudEvent 1.0, or one in the legacy shape.

For publishing. Null stands for "not given" wherever something may be left out, as in the JSON
format of CloudEvents. An event carries no data: what it does not name here is refused.

Source: CloudEvents 1.0.2 and its JSON event format; RFC 3339, sections 5.6 and 5.7; Multicast
Notification Service API, "Publish an event".
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from openroots.identifiers import NHSNumber
from openroots.problem import Json

CLOUD_EVENTS = "application/cloudevents+json"  # one event, with all that it says in the body
Found = dict[str, dict[str, object]]  # rows of failures that hold, with the fields of their words

INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt](?:[01]\d|2[0-3]):\d{2}:\d{2}"
    r"(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})",
    re.ASCII,
)
SECONDS = len("2020-06-01T13:00:")  # where they stand
PART_OF_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)
REFERENCE = re.compile(r"""[^\s\x00-\x1f\x7f<>"{}|\\^`]{1,2000}""")
URI = re.compile(r"""[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x1f\x7f<>"{}|\\^`]{1,2000}""")
LONGEST = 2_000
ASID = "https://fhir.nhs.uk/Id/nhsSpineASID"


def is_text(value: object) -> bool:
    """Whether it is text that says something, without control characters."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST and value.isprintable()


def is_instant(value: object) -> bool:
    """Whether it is a moment to the second or finer, with its offset."""
    return isinstance(value, str) and moment_of(value) is not None


def moment_of(text: str) -> datetime | None:
    """The moment that a text tells of; None where it tells of none.

    A leap second, which comes after the last second of a month in UTC, is told as that last one:
    clocks of computers have no other for it.
    """
    if not INSTANT.fullmatch(text):
        return None
    before = text[:SECONDS] + "59" + text[SECONDS + 2 :]
    is_leap = text.startswith("60", SECONDS)
    try:
        moment = datetime.fromisoformat((before if is_leap else text).upper())
        return None if is_leap and not _ends_a_month(moment) else moment
    except (ValueError, OverflowError):
        return None


def _ends_a_month(moment: datetime) -> bool:
    """Whether the next second is in another month, in UTC."""
    there = moment.astimezone(UTC)
    return (there + timedelta(seconds=1)).month != there.month


def is_filtering(value: object) -> bool:
    """Whether it is what subscribers can choose by: scalars, arrays of texts and integers."""
    if not isinstance(value, dict):
        return False
    return all(_is_scalar(each) or _is_array(each) for each in value.values())


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _is_array(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, str | int) and not isinstance(each, bool) for each in value
    )


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


# What each attribute must be; those of REQUIRED must be there.
ATTRIBUTES: Mapping[str, Callable[[object], bool]] = {
    "id": is_text,
    "source": _matches(REFERENCE),
    "specversion": lambda value: value == "1.0",
    "type": is_text,
    "time": is_instant,
    "subject": is_text,
    "dataref": _matches(URI),
    "versionid": is_text,
    "filtering": is_filtering,
}
REQUIRED = frozenset({"id", "source", "specversion", "type", "time"})


def wrong_in(event: Any) -> Found:
    """What is wrong with a CloudEvent: rows of the failures table, with their fields."""
    if not isinstance(event, dict):
        return {"not-an-event": {}}
    found: Found = {}
    for name, holds in ATTRIBUTES.items():
        value = event.get(name)
        if (name in REQUIRED) if value is None else not holds(value):
            found[f"{name}-invalid"] = {}
    strange = sorted(event.keys() - ATTRIBUTES.keys())
    if strange:
        found["attribute-unexpected"] = {"attribute": strange[0]}
    return found


def wrong_in_legacy(event: Any) -> Found:
    """What is wrong with an event in the legacy shape."""
    if not isinstance(event, dict):
        return {"not-an-event": {}}
    found: Found = {f"{name}-invalid": {} for name in _wrong_parts(event)}
    strange = sorted(event.keys() - {"id", "type", "subject", "source", "time", "data"})
    if strange:
        found["attribute-unexpected"] = {"attribute": strange[0]}
    return found


def _wrong_parts(event: Json) -> Iterator[str]:
    for name in ("id", "type", "time"):
        if not ATTRIBUTES[name](event.get(name)):
            yield name
    if not _is_legacy_subject(event.get("subject")):
        yield "subject"
    if not _is_organisation(event.get("source")):
        yield "source"
    if not _is_pointer(event.get("data")):
        yield "data"


def _is_legacy_subject(subject: Any) -> bool:
    if not isinstance(subject, dict) or not is_text(subject.get("familyName")):
        return False
    born = subject.get("dob")
    return isinstance(born, str) and bool(PART_OF_DATE.fullmatch(born)) and _is_number(subject)


def _is_number(subject: Json) -> bool:
    number = subject.get("nhsNumber")
    try:
        return isinstance(number, str) and bool(NHSNumber(number))
    except ValueError:
        return False


def _is_pointer(data: Any) -> bool:
    """Whether it is nothing, or says where to read more by text."""
    if not isinstance(data, dict):
        return data is None
    given = [data.get(name, "") for name in ("fullUrl", "versionId")]
    return all(each == "" or is_text(each) for each in given)


def _is_organisation(source: Any) -> bool:
    identifier = source.get("identifier") if isinstance(source, dict) else None
    return (
        isinstance(identifier, dict)
        and isinstance(source.get("name"), str)
        and identifier.get("system") == ASID
        and is_text(identifier.get("value"))
    )


def is_legacy(event: Json) -> bool:
    """Whether a published event is in the legacy shape."""
    return isinstance(event.get("source"), dict)


def as_cloudevent(event: Json) -> Json:
    """A published event as a CloudEvent, whatever its shape: without what is null."""
    if not is_legacy(event):
        return {name: value for name, value in event.items() if value is not None}
    data = event.get("data") or {}
    found = {
        "specversion": "1.0",
        "id": event["id"],
        "source": f"{ASID}/{event['source']['identifier']['value']}",
        "type": event["type"],
        "time": event["time"],
        "subject": event["subject"]["nhsNumber"],
        "dataref": data.get("fullUrl"),
        "versionid": data.get("versionId"),
        "filtering": _legacy_filtering(data),
    }
    return {name: value for name, value in found.items() if value}


def _legacy_filtering(data: Json) -> Json:
    names = ("registrationEncounterCode", "deathNotificationStatus", "nhsNumberStatus")
    return {name.lower(): data[name] for name in names if isinstance(data.get(name), str)}
