"""The business rules of PDS: what a change to a person's record must keep to, field by field.

Only what a change touches is held to the rules: records are older than some of them. Each rule
is a function of an Edit; `RULES` is their order, and so which of several faults is told.

Source: PDS FHIR API, "Update patient details", the business rules of each field.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from openroots.fhir import patient as about
from openroots.problem import Json, Problem
from openroots.service import Access
from openroots.services.demographics.changes import Difference, differences
from openroots.services.demographics.finishing import holder_of_period
from openroots.services.demographics.operations import LISTS
from openroots.services.demographics.shapes import (
    EXTENSIONS,
    PARTS,
    PHARMACIES,
    TEMPORARY_HOMES,
    by_url,
    refuse_unexpected,
)

NAME_CHARACTERS = re.compile("[A-Za-z0-9 '.\\-\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f]*")
EMAIL = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+")
NO_PLACE = "ZZ99"  # how the postcodes begin that stand for no fixed abode and its like

# What cannot be taken away again, once a record has it.
PERMANENT = ("gender", "birthDate", "deceasedDateTime", "generalPractitioner")
SHAPES = PARTS | {"extension": by_url(EXTENSIONS)}

PATIENT_PARTS = frozenset({"address", "contact", "telecom", "extension"})
PATIENT_EXTENSIONS = frozenset({*PHARMACIES, about.COMMUNICATION, about.BIRTH_PLACE})


@dataclass(frozen=True)
class Edit:
    """A record before and after a change, and when it is made."""

    old: Json
    new: Json
    time: datetime

    @cached_property
    def differences(self) -> list[Difference]:
        """What has changed."""
        return differences(self.old, self.new)

    def written(self, part: str, url: str = "") -> Iterator[Difference]:
        """What has been added to a part or changed in it; of extensions, those of one url."""
        for difference in self.differences:
            new = difference.new
            if difference.part == part and new is not None and (not url or new["url"] == url):
                yield difference


def check_shapes(edit: Edit) -> None:
    """Raises Problem where something written is not of the form that its part has."""
    for difference in edit.differences:
        if difference.new is not None:
            SHAPES[difference.part](difference.new, difference.field)
        elif difference.part == "extension" and difference.old.get("url") not in EXTENSIONS:
            raise Problem("resource-unsupported", resource=difference.old.get("url"))


def check_permitted(edit: Edit, access: Access) -> None:
    """Raises Problem where a patient changes what patients may not."""
    if access is Access.PATIENT and not all(map(_patients_may, edit.differences)):
        raise Problem("field-refused")


def check_rules(edit: Edit) -> None:
    """Raises Problem for the first rule that the change breaks."""
    for rule in RULES:
        rule(edit)


def _patients_may(difference: Difference) -> bool:
    """Patients may change a mobile number or an email, but no other telecom, and so on."""
    states = [state for state in (difference.old, difference.new) if state is not None]
    if difference.part == "telecom":
        return all(
            state.get("system") == "email" or state.get("use") == "mobile" for state in states
        )
    if difference.part == "extension":
        return all(state.get("url") in PATIENT_EXTENSIONS for state in states)
    return difference.part in PATIENT_PARTS


def nothing_permanent_is_removed(edit: Edit) -> None:
    """A gender, a birth date, a death and a GP can be replaced but not taken away."""
    for part in PERMANENT:
        if part in edit.old and part not in edit.new:
            raise Problem("removal-refused", field=part)
    if about.death_status(edit.old) and not about.death_status(edit.new):
        raise Problem("removal-refused", field="deathNotificationStatus")
    if about.usual_name(edit.old) and not about.usual_name(edit.new):
        raise Problem("usual-name-removed")


def kinds_stay(edit: Edit) -> None:
    """A name keeps its use, and a telecom its system and use, as long as it is there."""
    for part, names in (("name", ("use",)), ("telecom", ("system", "use"))):
        for item in edit.written(part):
            for name in names:
                if item.old is not None and item.old.get(name) != item.new.get(name):
                    raise Problem("kind-changed", field=f"{item.field}/{name}")


def _kind(part: str, item: Json) -> str:
    """The kind of which a record may hold one only, or "" for items that may be many."""
    match part:
        case "name":
            return item["use"] if item["use"] in ("usual", "nickname") else ""
        case "address":
            return f"{item.get('use')} address"
        case "telecom":
            return " ".join(filter(None, (item.get("use"), item.get("system"))))
        case "generalPractitioner":
            return "general practice"
        case "extension":
            return str(item["url"])
    return ""


def one_of_a_kind(edit: Edit) -> None:
    """There is one usual name, one home address, one mobile number, one GP, and so on."""
    for item in (item for part in LISTS for item in edit.written(part)):
        kind = _kind(item.part, item.new)
        if not kind or (item.old is not None and _kind(item.part, item.old) == kind):
            continue
        if [_kind(item.part, other) for other in edit.new[item.part]].count(kind) > 1:
            row = "usual-name-added" if kind == "usual" else "kind-repeated"
            raise Problem(row, kind=kind)


def names_are_writable(edit: Edit) -> None:
    """Names are made of the characters that every system in the health service can show."""
    for item in edit.written("name"):
        for member in ("prefix", "given", "family", "suffix"):
            value = item.new.get(member, [])
            for text in [value] if isinstance(value, str) else value:
                if not NAME_CHARACTERS.fullmatch(text):
                    field = f"{item.field}/{member}"
                    raise Problem("characters-unsupported", value=text, field=field)


def life_is_in_order(edit: Edit) -> None:
    """Nobody is born or dies in the future, or dies before they are born."""
    changed = {difference.part for difference in edit.differences}
    today = edit.time.date().isoformat()
    for part in changed & {"birthDate", "deceasedDateTime"}:
        if str(edit.new[part])[:10] > today:
            raise Problem("date-in-future", field=part)
    born, died = edit.new.get("birthDate", ""), about.death_day(edit.new)
    if changed & {"birthDate", "deceasedDateTime"} and died and died < born:
        raise Problem("death-before-birth")


def deaths_are_notified(edit: Edit) -> None:
    """A death has a date and a notification; once that is formal, neither changes."""
    old, new = about.death_status(edit.old), about.death_status(edit.new)
    changed = {
        difference.part: difference
        for difference in edit.differences
        if difference.part == "deceasedDateTime"
        or (difference.part == "extension" and _url(difference) == about.DEATH_NOTIFICATION)
    }
    if changed and old == about.FORMAL_DEATH:
        part = "deceasedDateTime" if "deceasedDateTime" in changed else "deathNotificationStatus"
        raise Problem("death-formal", field=part)
    if changed and new == about.FORMAL_DEATH:
        raise Problem("formal-death-refused")
    if changed and bool(new) != ("deceasedDateTime" in edit.new):
        raise Problem("death-incomplete")


def _url(difference: Difference) -> Any:
    return (difference.new or difference.old).get("url")


def periods_are_sound(edit: Edit) -> None:
    """What begins has begun by today, and ends no sooner than it begins."""
    today = edit.time.date().isoformat()
    for item in edit.differences:
        if not isinstance(item.new, dict):
            continue
        period = holder_of_period(item.new).get("period", {})
        before = holder_of_period(item.old or {}).get("period", {})
        start, end = period.get("start", ""), period.get("end")
        if start > today and start != before.get("start"):
            raise Problem("date-in-future", field=f"{item.field}/period/start")
        if end is not None and end < start:
            raise Problem("period-reversed", field=f"{item.field}/period")


def addresses_are_complete(edit: Edit) -> None:
    """A passing address says until when and what it is; every address says where it is."""
    for item in edit.written("address"):
        use, period = item.new["use"], item.new.get("period", {})
        if use in ("temp", "billing") and "end" not in period:
            raise Problem("value-missing", field=f"{item.field}/period/end")
        if use == "temp" and "text" not in item.new:
            raise Problem("value-missing", field=f"{item.field}/text")
        if use == "temp" and item.new["text"] not in TEMPORARY_HOMES:
            raise Problem("value-invalid", value=item.new["text"], field=f"{item.field}/text")
        if not item.new.get("line") and not _is_known_without_lines(item.new):
            raise Problem("too-few-values", field=f"{item.field}/line", least=1)


def _is_known_without_lines(address: Json) -> bool:
    postcode = about.postcode_key(address.get("postalCode", ""))
    keys = [about.extension(key, "type") for key in address.get("extension", ())]
    has_paf = any(key.get("valueCoding", {}).get("code") == "PAF" for key in keys)
    return postcode.startswith(NO_PLACE) or (bool(postcode) and has_paf)


def practices_have_no_end(edit: Edit) -> None:
    """When a registration with a practice ends is not a client's to say."""
    for item in edit.written("generalPractitioner"):
        end = holder_of_period(item.new).get("period", {}).get("end")
        before = holder_of_period(item.old or {}).get("period", {}).get("end")
        if end is not None and end != before:
            refuse_unexpected(["end"])


def emails_can_be_sent_to(edit: Edit) -> None:
    """An email address looks like one, and has more than 6 and fewer than 90 characters."""
    for item in edit.written("telecom"):
        _check_email(item.new, item.field)
    for item in edit.written("contact"):
        for at, point in enumerate(item.new["telecom"]):
            _check_email(point, f"{item.field}/telecom/{at}")


def _check_email(point: Json, field: str) -> None:
    value = point["value"]
    if point["system"] == "email" and not (6 < len(value) < 90 and EMAIL.fullmatch(value)):
        raise Problem("value-invalid", value=value, field=f"{field}/value")


def contact_times_have_a_method(edit: Edit) -> None:
    """To say when one wishes to be reached is to say how."""
    for item in edit.written("extension", about.CONTACT_PREFERENCE):
        urls = {part["url"] for part in item.new["extension"]}
        if "PreferredContactTimes" in urls and "PreferredContactMethod" not in urls:
            raise Problem("value-missing", field=f"{item.field}/extension/PreferredContactMethod")


def birth_places_say_something(edit: Edit) -> None:
    """A place of birth has a town, a district or a country."""
    for item in edit.written("extension", about.BIRTH_PLACE):
        if not any(item.new["valueAddress"].values()):
            raise Problem("too-few-values", field=f"{item.field}/valueAddress", least=1)


RULES: tuple[Callable[[Edit], None], ...] = (
    kinds_stay,
    nothing_permanent_is_removed,
    one_of_a_kind,
    names_are_writable,
    life_is_in_order,
    deaths_are_notified,
    periods_are_sound,
    addresses_are_complete,
    practices_have_no_end,
    emails_can_be_sent_to,
    contact_times_have_a_method,
    birth_places_say_something,
)
