"""What an event can be chosen by: its filtering, and whom it is about, as texts to compare.

For the matcher. A criterion is text, so 17 is matched by '17' and true by 'true'; of an array one
element is enough.

Source: Multicast Notification Service API, `filtering` and the criteria of its examples.
"""

from typing import Any

from openroots.fhir.patient import fold, postcode_key
from openroots.problem import Json
from openroots.services.events.cloudevent import as_cloudevent
from openroots.services.events.names import RESIDENCE, SUBJECT

Attributes = dict[str, Any]


def attributes_of(event: Json) -> Attributes:
    """Each filter of an event with its value; `subject` stands for whom it is about."""
    told = as_cloudevent(event) if isinstance(event["source"], dict) else event
    return {**(told.get("filtering") or {}), SUBJECT: told.get("subject")}


def texts_of(value: Any) -> tuple[str, ...]:
    """A value of filtering as criteria write it; null is no value."""
    if isinstance(value, str):
        return (value,)
    if value is None:
        return ()
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, list):
        return tuple(text for each in value for text in texts_of(each))
    return (str(int(value)) if float(value).is_integer() else str(value),)


def residences_of(resource: Json) -> list[str]:
    """Where somebody lives, or an organisation is, as residences are compared: by postcode and the
    name or number of the house."""
    found = []
    for address in resource.get("address") or ():
        lines = [line for line in address.get("line") or () if line]
        first = resource.get("name") if isinstance(resource.get("name"), str) else None
        house = first or (lines[0] if lines else "")
        code = postcode_key(address.get("postalCode") or "")
        if house and code:
            found.append(f"{RESIDENCE}:{code}:{fold(house)}")
    return found
