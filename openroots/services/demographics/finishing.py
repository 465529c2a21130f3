"""What the service itself does to a record that a client has changed: ids, dates, tidiness.

Every part that a client wrote has been found of the right shape before it comes here.

Source: PDS FHIR API, "Business rules for period" and the rules of each field.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from openroots.fhir import dates
from openroots.fhir import patient as about
from openroots.problem import Json
from openroots.services.demographics.changes import Difference
from openroots.services.demographics.codes import CODED, CONTACT_ROLES, PASSING, CodeSystem
from openroots.services.demographics.operations import LISTS
from openroots.services.demographics.parts import PHARMACIES

Chance = Callable[[int], bytes]

TITLES = ("Mr", "Mrs", "Ms", "Dr", "Rev", "Sir", "Lady", "Lord")
DATED = ("name", "address", "telecom", "contact")
ORGANISATIONS = ("generalPractitioner", "managingOrganization")
OTHER_CONTACT_SYSTEMS = about.UK_CODES + "OtherContactSystem"
STATUS_SINCE = "systemEffectiveDate"
PAF_DIGITS = 8
HOLDS_CODES = (about.DEATH_NOTIFICATION, about.COMMUNICATION, about.CONTACT_PREFERENCE)


def finished(new: Json, changes: Iterable[Difference], time: datetime, chance: Chance) -> Json:
    """The new record with each part that was changed made as the service keeps it."""
    kept = new.copy()
    lists: dict[str, list[Any]] = {}
    for difference in changes:
        part = difference.part
        if difference.new is None:
            continue
        if part in LISTS:
            items = lists.get(part) or lists.setdefault(part, new[part].copy())
            items[difference.place] = _finished_item(difference, time, chance)
        elif part == "managingOrganization":
            kept[part] = _dated(difference, time)
        elif part == "deceasedDateTime":
            kept[part] = dates.with_offset(difference.new)
    kept.update(lists)
    return kept


def _finished_item(difference: Difference, time: datetime, chance: Chance) -> Json:
    if difference.part == "extension":
        return _finished_extension(difference.new, time)
    item = _dated(difference, time)
    if "prefix" in item:
        item["prefix"] = [*filter(None, map(tidy_title, item["prefix"]))]
    if "given" in item:
        item["given"] = given_apart(item["given"])
    if "line" in item:
        item["line"] = [line for line in item["line"] if line.strip()]
    if "relationship" in item:
        item["relationship"] = [_worded(each, CONTACT_ROLES) for each in item["relationship"]]
    if difference.part == "telecom":
        item = _of_other_system(item)
    if difference.part == "contact":
        item["telecom"] = [*map(_of_other_system, _points(difference))]
    if difference.part == "address" and "extension" in item:
        item["extension"] = [*map(_with_its_zeroes, item["extension"])]
    item = {name: value for name, value in item.items() if value != []}
    return item if "id" in item else {"id": new_id(chance), **item}


def _dated(difference: Difference, time: datetime) -> Json:
    """A copy of a part; what is new, or replaced as a whole, holds from today unless it says
    otherwise, or must. Of a telecom, a period without a start begins today."""
    item: Json = difference.new.copy()
    if difference.part in ORGANISATIONS:
        item = {"type": "Organization", **item, "identifier": _by_ods_code(item["identifier"])}
    today = {"start": time.date().isoformat()}
    if difference.part == "telecom" and "period" in item:
        return item | {"period": today | item["period"]}
    was_dated = difference.old is None or "period" in holder_of_period(difference.old)
    must_say = difference.part == "address" and item["use"] in PASSING
    if not was_dated or must_say or "period" in holder_of_period(item):
        return item
    if difference.part in DATED:
        item["period"] = today
    else:
        item["identifier"] = item["identifier"] | {"period": today}
    return item


def holder_of_period(item: Json) -> Json:
    """Where the period of an item is: in itself, or in the identifier of an organisation."""
    identifier: Json = item.get("identifier", item)
    return identifier


def _by_ods_code(identifier: Json) -> Json:
    """The identifier of an organisation: that its value is an ODS code is added where it is not
    said, since readers go by the system."""
    return {"system": about.ODS_ORGANISATION, **identifier}


def _points(contact: Difference) -> list[Json]:
    """The telecoms of a contact, without ids that a client sent for them: ids are the service's to
    give, and it gives these none. Those that the record has, or a file of people, stay."""
    had = contact.old or (contact.new if "id" in contact.new else {"telecom": []})
    ids = {point.get("id") for point in had["telecom"]}
    return [
        {name: value for name, value in point.items() if name != "id" or value in ids}
        for point in contact.new["telecom"]
    ]


def _of_other_system(point: Json) -> Json:
    """A way to reach somebody: where it is by another system, such as a textphone, of which code
    system that is, is added where it is not said."""
    if "extension" not in point:
        return point
    told = [
        each | {"valueCoding": {"system": OTHER_CONTACT_SYSTEMS, **each["valueCoding"]}}
        for each in point["extension"]
    ]
    return point | {"extension": told}


def _with_its_zeroes(key: Json) -> Json:
    """An address key as it is published: one of PAF may have been sent without leading zeroes."""
    if about.extension(key, "type")["valueCoding"]["code"] != "PAF":
        return key
    digits = about.extension(key, "value")["valueString"].zfill(PAF_DIGITS)
    parts = [
        part | {"valueString": digits} if part["url"] == "value" else part
        for part in key["extension"]
    ]
    return key | {"extension": parts}


def _finished_extension(item: Json, time: datetime) -> Json:
    if item["url"] in PHARMACIES:
        identifier = _by_ods_code(item["valueReference"]["identifier"])
        undated = {name: value for name, value in identifier.items() if name != "period"}
        return item | {"valueReference": {"identifier": undated}}
    if item["url"] not in HOLDS_CODES:
        return item
    parts = [*map(_in_its_words, item["extension"])]
    if item["url"] == about.DEATH_NOTIFICATION:
        told = about.extension(item, STATUS_SINCE).get("valueDateTime", dates.utc_text(time))
        [status] = [part for part in parts if part["url"] != STATUS_SINCE]
        parts = [status, {"url": STATUS_SINCE, "valueDateTime": dates.in_utc(told)}]
    return item | {"extension": parts}


def _in_its_words(part: Json) -> Json:
    """A part that is a code as its code system has it: a client may have called it otherwise, or
    changed the code alone. Of which system it is, is added where it is not said."""
    if part["url"] not in CODED:
        return part
    return part | {
        "valueCodeableConcept": _worded(part["valueCodeableConcept"], CODED[part["url"]])
    }


def _worded(concept: Json, system: CodeSystem) -> Json:
    [coding] = concept["coding"]
    display = system.words[coding["code"]]
    return concept | {"coding": [{"system": system.url, **coding, "display": display}]}


def tidy_title(title: str) -> str:
    """A title without the full stops at its end, and the common ones in their usual capitals."""
    bare = title.rstrip(". ")
    return next((title for title in TITLES if title.lower() == bare.lower()), bare)


def given_apart(given: list[str]) -> list[str]:
    """Given names as they are kept: the first may be of several words, each further one is one.

    In a name a space is the only blank that there may be.
    """
    names = [words for name in given if (words := [*filter(None, name.split(" "))])]
    first = [" ".join(words) for words in names[:1]]
    return first + [word for words in names[1:] for word in words]


def new_id(chance: Chance) -> str:
    """An id for a new item: eight capital hexadecimal digits."""
    return chance(4).hex().upper()
