"""Elements of resources as values to search by.

For the code that `straight` writes. Each function adds to `found` the pairs of a parameter's name
and a value; what is not in form adds nothing. The values are plain tuples and texts:

    token       (system, code): system is "" for none, None where the element's binding implies it
    date        (first, last): the first and last millisecond that it may mean, in UTC, as text
    string      text as written
    reference   (type, id, base): of a resource here base is ""; ("", "", url) for another thing
    quantity    (least, most, system, code): least or most None is without end
    number      (least, most)
    uri         text
    special     (latitude, longitude)
    composite   a value of each part

Source: FHIR R4 4.0.1, section 3.1.1.4 (search parameter types).
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import islice, product
from typing import Any

Found = list[tuple[str, Any]]
Adding = Callable[[Found, str, Any], None]

FIRST, LAST = "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"
DAY = re.compile(r"(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])", re.ASCII)
DATE = re.compile(r"(?!0000)(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d\d))?)?", re.ASCII)
MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?", re.ASCII
)
REFERENCE = re.compile(
    r"(?:(https?://.+)/)?([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?",
    re.ASCII,
)
CONTACT_SYSTEMS = frozenset({"phone", "fax", "email", "pager", "url", "sms", "other"})
NAME_PARTS = ("family", "given", "prefix", "suffix", "text")
ADDRESS_PARTS = ("line", "city", "district", "state", "country", "postalCode", "text")
MOST_COMBINED = 10_000  # of one element: fifty codes with as many values each come to 2,500
CURRENCIES = "urn:iso:std:iso:4217"


def each(value: Any) -> Iterable[Any]:
    """The items of a list, or the only one."""
    return value if value.__class__ is list else (value,)


def add_code(found: Found, name: str, value: Any) -> None:
    """A code, whose system its binding implies; a text; a Boolean."""
    if value.__class__ is str:
        found.append((name, (None, value)))
    elif value.__class__ is bool:
        found.append((name, (None, "true" if value else "false")))


def add_identifier(found: Found, name: str, value: Any) -> None:
    """The system and value of an Identifier."""
    if value.__class__ is dict:
        _add_pair(found, name, value.get("system"), value.get("value"))


def add_coding(found: Found, name: str, value: Any) -> None:
    """The system and code of a Coding."""
    if value.__class__ is dict:
        _add_pair(found, name, value.get("system"), value.get("code"))


def add_concept(found: Found, name: str, value: Any) -> None:
    """The codings of a CodeableConcept."""
    if value.__class__ is dict and (codings := value.get("coding")) is not None:
        for coding in each(codings):
            add_coding(found, name, coding)


def add_contact(found: Found, name: str, value: Any) -> None:
    """The value of a ContactPoint, which has no system in the sense of a token."""
    if value.__class__ is dict:
        _add_pair(found, name, None, value.get("value"))


def add_token(found: Found, name: str, value: Any) -> None:
    """A token of an element whose type is told by what it holds."""
    if value.__class__ is not dict:
        add_code(found, name, value)
    elif "coding" in value:
        add_concept(found, name, value)
    elif "code" in value:
        add_coding(found, name, value)
    elif value.get("system") in CONTACT_SYSTEMS:
        add_contact(found, name, value)
    else:
        add_identifier(found, name, value)


def add_date(found: Found, name: str, value: Any) -> None:
    """A date, dateTime or instant, for as long as it may mean; a Period or Timing likewise."""
    if value.__class__ is str:
        span = span_of(value)
        if span is not None:
            found.append((name, span))
    elif value.__class__ is dict:
        span = _period(value) if "event" not in value and "repeat" not in value else _timing(value)
        if span is not None:
            found.append((name, span))


def span_of(text: str) -> tuple[str, str] | None:
    """The first and last millisecond of a date or dateTime; None where it is not one. Without a
    zone it is taken to be in UTC."""
    if len(text) == 10 and DAY.fullmatch(text):
        return text + "T00:00:00.000Z", text + "T23:59:59.999Z"
    known = DATE.fullmatch(text)
    if known is None:
        return _moment(text)
    year, month, day = known.groups()
    last = monthrange(int(year), int(month or 12))[1]
    if day is not None and not 1 <= int(day) <= last:
        return None
    begin = f"{year}-{month or '01'}-{day or '01'}T00:00:00.000Z"
    return begin, f"{year}-{month or '12'}-{day or last}T23:59:59.999Z"


def add_string(found: Found, name: str, value: Any) -> None:
    """A text; the parts of a HumanName or an Address."""
    if value.__class__ is str:
        found.append((name, value))
    elif value.__class__ is dict:
        parts = ADDRESS_PARTS if "family" not in value and "given" not in value else NAME_PARTS
        for part in dict.fromkeys(parts + NAME_PARTS):
            _add_texts(found, name, value.get(part))


def add_name(found: Found, name: str, value: Any) -> None:
    """The parts of a HumanName."""
    if value.__class__ is dict:
        for part in NAME_PARTS:
            if part in value:
                _add_texts(found, name, value[part])


def add_address(found: Found, name: str, value: Any) -> None:
    """The parts of an Address."""
    if value.__class__ is dict:
        for part in ADDRESS_PARTS:
            if part in value:
                _add_texts(found, name, value[part])


def add_reference(found: Found, name: str, value: Any) -> None:
    """What a Reference, canonical or URI points at; what is contained cannot be searched for."""
    text = value
    if value.__class__ is dict:
        text = value.get("reference")
        if "resourceType" in value:  # of a Bundle: the resource stands there itself
            text = f"{value['resourceType']}/{value.get('id')}"
    if text.__class__ is not str or not text or text[0] == "#":
        return
    found.append((name, reference_of(text)))


def reference_of(text: str) -> tuple[str, str, str]:
    """The type, id and base of a reference; its whole text as the base, where it is to no resource
    of a FHIR server."""
    type, _, id = text.partition("/")
    if id.isalnum() and id.isascii() and type.isalpha() and type[0].isupper():
        return type, id, ""
    parts = REFERENCE.fullmatch(text)
    return (parts[2], parts[3], parts[1] or "") if parts else ("", "", text)


def points_at(value: Any, type: str) -> bool:
    """Whether a Reference says that it is to a resource of this type."""
    if value.__class__ is not dict:
        return False
    text = value.get("reference")
    parts = REFERENCE.fullmatch(text) if text.__class__ is str else None
    return parts[2] == type if parts else value.get("type") == type


def add_quantity(found: Found, name: str, value: Any) -> None:
    """A Quantity or Money; a Range, from its low to its high; the origin of SampledData."""
    if value.__class__ is not dict:
        return
    if value.get("origin").__class__ is dict:
        value = value["origin"]
    if "low" in value or "high" in value:
        _add_range(found, name, value)
    elif _is_number(number := value.get("value")):
        least, most = _compared(number, value.get("comparator"))
        found.append((name, (least, most, *_unit(value))))


def add_number(found: Found, name: str, value: Any) -> None:
    """A number, or a Range from its low to its high."""
    if _is_number(value):
        found.append((name, (value, value)))
    elif value.__class__ is dict:
        ends: Found = []
        add_quantity(ends, name, value)
        found.extend((name, end[:2]) for _, end in ends)


def add_uri(found: Found, name: str, value: Any) -> None:
    """A URI."""
    if value.__class__ is str:
        found.append((name, value))


def add_special(found: Found, name: str, value: Any) -> None:
    """Where a Location is."""
    if value.__class__ is dict:
        place = value.get("latitude"), value.get("longitude")
        if all(map(_is_number, place)):
            found.append((name, place))


def add_composite(
    parts: tuple[Callable[[Any], Found], ...], found: Found, name: str, value: Any
) -> None:
    """A value of each part, of the same element, in every combination."""
    each_part = [[one for _, one in part(value)] for part in parts]
    found.extend((name, values) for values in islice(product(*each_part), MOST_COMBINED))


def _add_pair(found: Found, name: str, system: Any, code: Any) -> None:
    if code.__class__ is str:
        found.append((name, (system if system.__class__ is str else "", code)))


def _add_texts(found: Found, name: str, value: Any) -> None:
    for text in each(value):
        if text.__class__ is str:
            found.append((name, text))


def _moment(text: str) -> tuple[str, str] | None:
    parts = MOMENT.fullmatch(text)
    if parts is None:
        return None
    minute, second, fraction, zone = parts.groups()
    try:
        moment = datetime.fromisoformat(
            f"{minute}:{second or '00'}{(zone or 'Z').replace('Z', '+00:00')}"
        )
        begin = moment.astimezone(UTC).isoformat(timespec="seconds")[:19]
    except (ValueError, OverflowError):
        return None
    if second is None:
        return begin + ".000Z", begin[:17] + "59.999Z"
    milli = (fraction or "")[:3]
    return f"{begin}.{milli:0<3}Z", f"{begin}.{milli:9<3}Z"


def _period(value: dict[str, Any]) -> tuple[str, str] | None:
    start, end = value.get("start"), value.get("end")
    first = span_of(start) if start.__class__ is str else None
    last = span_of(end) if end.__class__ is str else None
    if first is None and last is None:
        return None
    return first[0] if first else FIRST, last[1] if last else LAST


def _timing(value: dict[str, Any]) -> tuple[str, str] | None:
    """From its first event to its last, or as long as it is bounded to repeat."""
    repeat = value.get("repeat")
    bounds = repeat.get("boundsPeriod") if repeat.__class__ is dict else None
    spans = [span_of(event) for event in each(value.get("event")) if event.__class__ is str]
    if bounds.__class__ is dict:
        spans.append(_period(bounds))
    known = [span for span in spans if span is not None]
    return (min(known)[0], max(last for _, last in known)) if known else None


def _add_range(found: Found, name: str, value: dict[str, Any]) -> None:
    low, high = value.get("low"), value.get("high")
    ends = [end if end.__class__ is dict else {} for end in (low, high)]
    least, most = (end["value"] if _is_number(end.get("value")) else None for end in ends)
    if least is not None or most is not None:
        found.append((name, (least, most, *_unit(ends[0] or ends[1]))))


def _compared(number: Any, comparator: Any) -> tuple[Any, Any]:
    if comparator in ("<", "<="):
        return None, number
    return (number, None) if comparator in (">", ">=") else (number, number)


def _unit(value: dict[str, Any]) -> tuple[str, str]:
    if value.get("currency").__class__ is str:
        return CURRENCIES, value["currency"]
    code = value.get("code") or value.get("unit")
    system = value.get("system")
    return system if system.__class__ is str else "", code if code.__class__ is str else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value - value == 0
