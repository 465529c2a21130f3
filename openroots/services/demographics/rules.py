"""The business rules of PDS: what a change to a person's record must keep to, field by field.

Only what a change touches is held to the rules: records are older than some of them. Each rule
is a function of an Edit; `RULES` is their order, and so which of several faults is told.

Source: PDS FHIR API, "Update patient details", the business rules of each field.
"""

import re
from collections.abc import Callable
from typing import Any

from openroots.fhir import dates
from openroots.fhir import patient as about
from openroots.problem import Json, Problem
from openroots.service import Access
from openroots.services.demographics.address_rules import (
    addresses_are_complete,
    addresses_have_a_key_of_each_type,
)
from openroots.services.demographics.changes import Difference, Edit
from openroots.services.demographics.finishing import holder_of_period
from openroots.services.demographics.operations import LISTS
from openroots.services.demographics.parts import EXTENSIONS, MOST_GIVEN, PARTS, PHARMACIES
from openroots.services.demographics.shapes import by_url, refuse_unexpected

NAME_CHARACTERS = re.compile("[A-Za-z0-9 '.\\-\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f]*")
# As browsers check them; the letters of any language may be in one.
LABEL = r"[^\W_]([\w-]*[^\W_])?"
EMAIL = re.compile(rf"(?!\.|.*\.[.@])[\w.!#$%&'*+/=?^`{{|}}~-]+@({LABEL}\.)+[^\W_][\w-]*[^\W_]")

# What cannot be taken away again, once a record has it.
PERMANENT = ("gender", "birthDate", "deceasedDateTime")
SHAPES = PARTS | {"extension": by_url(EXTENSIONS)}

PATIENT_PARTS = frozenset({"address", "contact", "telecom", "extension"})
PATIENT_EXTENSIONS = frozenset({*PHARMACIES, about.COMMUNICATION, about.BIRTH_PLACE})


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
    """Raises Problem for the first rule that the change breaks, of those for what it touches."""
    touched = edit.parts
    for parts, rule in RULES:
        if not parts.isdisjoint(touched):
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
    """A gender, a birth date, a death and a GP can be replaced but not taken away, and so can the
    usual name; to take one away and give another is not to replace it."""
    for part in PERMANENT:
        if part in edit.old and part not in edit.new:
            raise Problem("removal-refused", field=part)
    if about.death_status(edit.old) and not about.death_status(edit.new):
        raise Problem("removal-refused", field="deathNotificationStatus")
    for part, _, old, new in edit.differences:
        if new is None and part == "generalPractitioner":
            raise Problem("removal-refused", field=part)
        if new is None and part == "name" and old.get("use") == "usual":
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
    for part in LISTS:
        for _, _, old, new in edit.written(part) if part in edit.parts else ():
            kind = _kind(part, new)
            if not kind or (old is not None and _kind(part, old) == kind):
                continue
            if [_kind(part, other) for other in edit.new[part]].count(kind) > 1:
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


def given_names_are_few(edit: Edit) -> None:
    """A name has at most five given names, also once those of several words are told apart."""
    for item in edit.written("name"):
        if len(item.new.get("given", ())) > MOST_GIVEN:
            raise Problem("too-many-values", field=f"{item.field}/given", most=MOST_GIVEN)


def life_is_in_order(edit: Edit) -> None:
    """Nobody is born or dies in the future, or dies before they are born: on a summer's night a
    death is told as of the day before, in UTC, and a birth as of the day in the UK."""
    today = edit.time.date().isoformat()
    born, died = edit.new.get("birthDate", ""), about.death_day(edit.new)
    if "birthDate" in edit.parts and born > today:
        raise Problem("date-in-future", field="birthDate")
    if "deceasedDateTime" in edit.parts and died > today:
        raise Problem("date-in-future", field="deceasedDateTime")
    if died and dates.uk_day(edit.new["deceasedDateTime"]) < born:
        raise Problem("death-before-birth")


def deaths_are_notified(edit: Edit) -> None:
    """A death has a date and a notification; once that is formal, neither changes."""
    dated = "deceasedDateTime" in edit.parts
    if not dated and about.DEATH_NOTIFICATION not in map(_url, edit.differences):
        return
    old, new = about.death_status(edit.old), about.death_status(edit.new)
    if old == about.FORMAL_DEATH:
        part = "deceasedDateTime" if dated else "deathNotificationStatus"
        raise Problem("death-formal", field=part)
    if new == about.FORMAL_DEATH:
        raise Problem("formal-death-refused")
    if bool(new) != ("deceasedDateTime" in edit.new):
        raise Problem("death-incomplete")


def _url(difference: Difference) -> Any:
    """Of which extension the difference is; None for what is no extension."""
    if difference.part != "extension":
        return None
    return (difference.new or difference.old).get("url")


def periods_are_sound(edit: Edit) -> None:
    """What begins has begun by today, and ends no sooner than it begins. Of a newcomer it may begin
    later, as is published of what a create takes."""
    today = edit.time.date().isoformat()
    for item in edit.differences:
        if not isinstance(item.new, dict):
            continue
        period = holder_of_period(item.new).get("period", {})
        before = holder_of_period(item.old or {}).get("period", {})
        start, end = period.get("start", ""), period.get("end")
        if edit.old and start > today and start != before.get("start"):
            raise Problem("date-in-future", field=f"{_field_of_period(item)}/start")
        if end is not None and end < start:
            raise Problem("period-reversed", field=_field_of_period(item))


def _field_of_period(item: Difference) -> str:
    return f"{item.field}/identifier/period" if "identifier" in item.new else f"{item.field}/period"


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
        if not any(map(str.strip, item.new["valueAddress"].values())):
            raise Problem("too-few-values", field=f"{item.field}/valueAddress", least=1)


def _of(*parts: str) -> frozenset[str]:
    return frozenset(parts)


# Each rule, and the parts of a record that it is about: where none of them has changed, it holds.
RULES: tuple[tuple[frozenset[str], Callable[[Edit], None]], ...] = (
    (_of("name", "telecom"), kinds_stay),
    (_of(*PERMANENT, "extension", "generalPractitioner", "name"), nothing_permanent_is_removed),
    (_of(*LISTS), one_of_a_kind),
    (_of("name"), names_are_writable),
    (_of("name"), given_names_are_few),
    (_of("birthDate", "deceasedDateTime"), life_is_in_order),
    (_of("deceasedDateTime", "extension"), deaths_are_notified),
    (_of(*LISTS, "managingOrganization"), periods_are_sound),
    (_of("address"), addresses_are_complete),
    (_of("address"), addresses_have_a_key_of_each_type),
    (_of("generalPractitioner"), practices_have_no_end),
    (_of("telecom", "contact"), emails_can_be_sent_to),
    (_of("extension"), contact_times_have_a_method),
    (_of("extension"), birth_places_say_something),
)
