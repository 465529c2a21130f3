"""Dates, times and moments as far as they are known: 2015, 2015-02, @T14:30.

For comparisons, which give no answer where what is known does not settle it. Seconds and their
fractions are one precision. A moment without a zone is taken to be in UTC.

Source: FHIRPath N1 2.0.0, sections 4.1.5 to 4.1.7, 6.1 and 6.2.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

Parts = tuple[int | Decimal, ...]

DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
CLOCK = re.compile(r"(\d{2})(?::(\d{2})(?::(\d{2}(?:\.\d+)?))?)?", re.ASCII)
ZONE = re.compile(r"(?:Z|([+-])(\d{2}):(\d{2}))$", re.ASCII)
LOOKS_DATED = re.compile(
    r"\d{4}(-\d\d(-\d\d(T\d\d(:\d\d){0,2}(\.\d+)?(Z|[+-]\d\d:\d\d)?)?)?)?$", re.ASCII
)


@dataclass(frozen=True, slots=True, eq=False)
class Temporal:
    """A Date, DateTime or Time. `parts` are what is known, from the largest unit down; `offset`
    is the zone in minutes, None where none is given."""

    kind: str
    parts: Parts
    offset: int | None = None

    def __str__(self) -> str:
        cut = 0 if self.kind == "Time" else 3
        day = "-".join(f"{part:0{4 if n == 0 else 2}d}" for n, part in enumerate(self.parts[:cut]))
        clock = ":".join(_two(part) for part in self.parts[cut:])
        if self.kind == "Time" or not clock:
            return clock or day
        return f"{day}T{clock}{_zone(self.offset)}"


def temporal(kind: str, text: str) -> Temporal | None:
    """A Date, DateTime or Time from its text; None where it is not in form or does not exist."""
    if kind == "Time":
        clock = CLOCK.fullmatch(text)
        return _checked(Temporal("Time", _parts(clock))) if clock else None
    day, mark, rest = text.partition("T")
    known = DATE.fullmatch(day)
    if known is None or (kind == "Date" and mark):
        return None
    if not rest:
        return _checked(Temporal(kind, _parts(known)))
    zone = ZONE.search(rest)
    clock = CLOCK.fullmatch(rest[: zone.start()] if zone else rest)
    if clock is None or len(_parts(known)) < 3:
        return None
    return _checked(Temporal(kind, _parts(known) + _parts(clock), _offset(zone)))


def looks_dated(text: str) -> bool:
    """Whether a text has the form of a date or dateTime."""
    return LOOKS_DATED.match(text) is not None


def compare(left: Temporal, right: Temporal) -> int | None:
    """-1, 0 or 1 as left is before, at or after right; None where what is known does not say."""
    if (left.kind == "Time") != (right.kind == "Time"):
        return None
    one, other = left.parts, right.parts
    if len(one) > 3 and len(other) > 3 and (left.offset or 0) != (right.offset or 0):
        one, other = _in_utc(left), _in_utc(right)
    for here, there in zip(one, other, strict=False):
        if here != there:
            return -1 if here < there else 1
    return 0 if len(one) == len(other) else None


def key(value: Temporal) -> tuple[object, ...]:
    """What two have in common if, and only if, they are equal and known as far."""
    parts = _in_utc(value) if len(value.parts) > 3 and value.offset else value.parts
    return ("Time" if value.kind == "Time" else "Date", *parts)


def from_moment(moment: datetime) -> Temporal:
    """A moment of the clock as a DateTime, with its zone."""
    zone = moment.utcoffset() or timedelta()
    return Temporal("DateTime", _of_datetime(moment), int(zone.total_seconds()) // 60)


def as_kind(value: Temporal, kind: str) -> Temporal | None:
    """A Date as a DateTime, or the day of a DateTime; None where there is no such reading."""
    if value.kind == kind:
        return value
    if "Time" in (value.kind, kind):
        return None
    return Temporal(kind, value.parts[:3]) if kind == "Date" else Temporal(kind, value.parts)


def plus(value: Temporal, months: int, seconds: Decimal) -> Temporal | None:
    """So many months or seconds later, as far as it is known; None outside the years 1 to 9999."""
    try:
        moved = _moved(value, months, seconds)
    except (OverflowError, ValueError):
        return None
    parts = _as_written(_of_datetime(moved), value.parts[-1])
    if value.kind == "Time":
        return Temporal("Time", parts[3 : 3 + len(value.parts)])
    return Temporal(value.kind, parts[: len(value.parts)], value.offset)


def _as_written(parts: Parts, last: int | Decimal) -> Parts:
    """With as many digits after the second as there were."""
    second = Decimal(parts[-1])
    if not isinstance(last, Decimal) or second.same_quantum(last) or second % 1:
        return parts
    return (*parts[:-1], second.quantize(last))


def _moved(value: Temporal, months: int, seconds: Decimal) -> datetime:
    """A Time goes round the clock: it is moved on a day in the middle."""
    parts = (2000, 1, 2, *value.parts) if value.kind == "Time" else value.parts
    start = _datetime(parts)
    if value.kind == "Time":
        seconds %= 86400
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    day = min(start.day, monthrange(year, month + 1)[1])
    micro = int(seconds * 1_000_000)
    return start.replace(year=year, month=month + 1, day=day) + timedelta(microseconds=micro)


def _parts(found: re.Match[str]) -> Parts:
    known = [group for group in found.groups() if group is not None]
    if found.re is CLOCK and len(known) == 3:
        return (int(known[0]), int(known[1]), Decimal(known[2]))
    return tuple(int(part) for part in known)


def _checked(value: Temporal) -> Temporal | None:
    parts = (2000, 1, 1, *value.parts) if value.kind == "Time" else value.parts
    if abs(value.offset or 0) > 14 * 60:
        return None
    try:
        _datetime(parts)
    except ValueError:
        return None
    return value


def _datetime(parts: Parts) -> datetime:
    whole = (*parts, *(1, 1, 1, 0, 0, 0)[len(parts) :])
    second = Decimal(whole[5])
    micro = int(second % 1 * 1_000_000)
    year, month, day, hour, minute = (int(part) for part in whole[:5])
    return datetime(year, month, day, hour, minute, int(second), micro, tzinfo=UTC)


def _of_datetime(moment: datetime) -> Parts:
    second = Decimal(moment.second)
    if moment.microsecond:
        fraction = Decimal(moment.microsecond).scaleb(-6)
        milli = fraction.quantize(Decimal("0.001"))
        second += milli if milli == fraction else fraction
    return (moment.year, moment.month, moment.day, moment.hour, moment.minute, second)


def _in_utc(value: Temporal) -> Parts:
    if not value.offset:
        return value.parts
    try:
        moved = _datetime(value.parts).replace(tzinfo=timezone(timedelta(minutes=value.offset)))
        return _of_datetime(moved.astimezone(UTC))[: len(value.parts)]
    except OverflowError:
        return value.parts


def _offset(zone: re.Match[str] | None) -> int | None:
    if zone is None:
        return None
    sign, hours, minutes = zone.groups()
    return 0 if sign is None else int(f"{sign}1") * (int(hours) * 60 + int(minutes))


def _zone(offset: int | None) -> str:
    if offset is None:
        return ""
    if offset == 0:
        return "Z"
    hours, minutes = divmod(abs(offset), 60)
    return f"{'-' if offset < 0 else '+'}{hours:02d}:{minutes:02d}"


def _two(part: int | Decimal) -> str:
    whole = f"{int(part):02d}"
    fraction = str(part).partition(".")[2]
    return f"{whole}.{fraction}" if fraction else whole
