"""How dates, numbers and names are written on a page.

For the templates, which use these functions by name.

Source: NHS digital service manual, "How to write dates" and "NHS numbers"; GOV.UK style guide.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from urllib.parse import quote

from markupsafe import Markup, escape

from openroots.problem import Json

IN_BACKTICKS = re.compile(r"`([^`]+)`")
MINUTE = timedelta(minutes=1)


def day(moment: date) -> str:
    """A date in words: "21 November 2026"."""
    return f"{moment.day} {moment:%B %Y}"


def iso_day(words: str) -> str:
    """A date written as 2026-11-21, in words; anything else as it is."""
    try:
        return day(date.fromisoformat(words))
    except ValueError:
        return words


def published(spec: str) -> str:
    """Which published API is meant, by its day or its version."""
    told = iso_day(spec)
    return (
        f"Version {spec} of the published API" if told == spec else f"The published API of {told}"
    )


def moment_day(words: str) -> str:
    """The day of a moment that is written as 2026-11-21T09:05:00+00:00, in words."""
    return iso_day(words[:10])


def moment(words: str) -> str:
    """Such a moment in words: "21 November 2026, 9:05am UTC"; anything else as it is."""
    try:
        told = datetime.fromisoformat(words).astimezone(UTC)
    except ValueError:
        return words
    return f"{day(told)}, {clock(told)}"


def clock(moment: datetime) -> str:
    """The time of day in words: "9:05am UTC"."""
    hour = moment.hour % 12 or 12
    return f"{hour}:{moment:%M}{'am' if moment.hour < 12 else 'pm'} UTC"


def shifted(by: timedelta) -> str:
    """How far the time here is from real time: "14 days ahead of real time"."""
    if abs(by) < MINUTE:
        return "the same as real time"
    days, rest = divmod(abs(by), timedelta(days=1))
    hours, minutes = divmod(rest // MINUTE, 60)
    parts = [(days, "day"), (hours, "hour"), (minutes, "minute")]
    told = [counted(count, noun) for count, noun in parts if count]
    return f"{listed(told)} {'ahead of' if by > timedelta() else 'behind'} real time"


def counted(count: int, noun: str) -> str:
    """A number of things: "1 day", "2 days"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(things: Sequence[str]) -> str:
    """Several things in a sentence: "a, b and c"; "" for none."""
    if not things:
        return ""
    *most, last = things
    return f"{', '.join(most)} and {last}" if most else last


def named(code: str) -> str:
    """A code as a name that starts a sentence: "general-practice" is "General practice"."""
    words = code.replace("-", " ")
    return words[:1].upper() + words[1:]


def grouped(number: str) -> tuple[str, str, str]:
    """An NHS number in its groups of 3, 3 and 4 digits, as it is written and read out."""
    return number[:3], number[3:6], number[6:]


def applies_to(clause: Json) -> str:
    """In a few words, what a clause of a standard is about."""
    applies = clause["appliesTo"]
    if clause["on"] == "record":
        return f"Records that are written: {', '.join(applies['types'])}"
    bound = applies["endpoints"] or applies["services"]
    return f"Requests: {', '.join(bound)}" if bound else "Every request"


def phrase(status: int) -> str:
    """What HTTP calls a status, as it stands in a sentence: "Not found", "OK"."""
    told = HTTPStatus(status).phrase
    return told if told.isupper() else told.capitalize()


def in_path(name: str) -> str:
    """A name as one part of an address, whatever letters it has: "A/B" is "A%2FB"."""
    return quote(name, safe="")


def coded(text: str) -> Markup:
    """Text in which names stand in backticks, with these shown as code."""
    return Markup(IN_BACKTICKS.sub(r"<code>\1</code>", str(escape(text))))
