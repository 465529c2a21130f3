"""What the service itself does to a record that a client has changed: ids, dates, tidiness.

Every part that a client wrote has been found of the right shape before it comes here.

Source: PDS FHIR API, "Business rules for period" and the rules of each field.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from openroots.fhir import dates
from openroots.fhir import patient as about
from openroots.problem import Json
from openroots.services.demographics.changes import Difference
from openroots.services.demographics.operations import LISTS
from openroots.services.demographics.shapes import PHARMACIES

Chance = Callable[[int], bytes]

TITLES = ("Mr", "Mrs", "Ms", "Dr", "Rev", "Sir", "Lady", "Lord")
DATED = ("name", "address", "telecom", "contact")
STATUS_SINCE = "systemEffectiveDate"


def finished(new: Json, changes: Iterable[Difference], time: datetime, chance: Chance) -> Json:
    """The new record with each part that was changed made as the service keeps it."""
    written = [each for each in changes if each.new is not None]
    lists = {each.part for each in written} & LISTS.keys()
    kept = new | {part: list(new[part]) for part in lists}
    for difference in written:
        if difference.part in lists:
            place = int(difference.field.rpartition("/")[2])
            kept[difference.part][place] = _finished_item(difference, time, chance)
    return kept


def _finished_item(difference: Difference, time: datetime, chance: Chance) -> Json:
    item: Json = difference.new
    if difference.part == "extension":
        return _finished_extension(item, time)
    item = _dated(difference, item, time)
    if "prefix" in item:
        item = item | {"prefix": [*filter(None, map(tidy_title, item["prefix"]))]}
    if "line" in item:
        item = item | {"line": [line for line in item["line"] if line.strip()]}
    item = {name: value for name, value in item.items() if value not in ([], None)}
    return item if "id" in item else {"id": new_id(chance)} | item


def _dated(difference: Difference, item: Json, time: datetime) -> Json:
    """A part that is new, or replaced as a whole, holds from today unless it says otherwise."""
    today = {"start": time.date().isoformat()}
    was_dated = difference.old is None or "period" in holder_of_period(difference.old)
    if not was_dated or "period" in holder_of_period(item):
        return item
    if difference.part in DATED:
        return item | {"period": today}
    return item | {"identifier": item["identifier"] | {"period": today}}


def holder_of_period(item: Json) -> Json:
    """Where the period of an item is: in itself, or in the identifier of an organisation."""
    identifier: Json = item.get("identifier", item)
    return identifier


def _finished_extension(item: Json, time: datetime) -> Json:
    if item["url"] in PHARMACIES:
        identifier = item["valueReference"]["identifier"]
        undated = {name: value for name, value in identifier.items() if name != "period"}
        return item | {"valueReference": {"identifier": undated}}
    if item["url"] == about.DEATH_NOTIFICATION and not about.extension(item, STATUS_SINCE):
        since = {"url": STATUS_SINCE, "valueDateTime": dates.utc_text(time)}
        return item | {"extension": [*item["extension"], since]}
    return item


def tidy_title(title: str) -> str:
    """A title without the full stops at its end, and the common ones in their usual capitals."""
    bare = title.rstrip(". ")
    return next((title for title in TITLES if title.lower() == bare.lower()), bare)


def new_id(chance: Chance) -> str:
    """An id for a new item: eight capital hexadecimal digits."""
    return chance(4).hex().upper()
