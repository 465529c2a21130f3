"""Feeds: what changes next as a calendar, as an Atom feed, and as a table.

For those who would rather be told by their own calendar or reader. Whatever text comes from
people is escaped for the format that it goes into.

Source: RFC 5545 (iCalendar), RFC 4287 (Atom), RFC 4180 (CSV); OWASP, "CSV Injection".
"""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

FOLD = 75  # octets of a line of a calendar
RISKY = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula


class Event(NamedTuple):
    """One thing that happens on a day, or has happened at a moment."""

    id: str
    on: date
    title: str
    words: str
    link: str
    at: datetime


def calendar(name: str, events: Iterable[Event]) -> bytes:
    """The events as an iCalendar, each as long as its day."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//OpenRoots//Standards register//EN",
        f"X-WR-CALNAME:{_value(name)}",
    ]
    for event in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_value(event.id)}@openroots",
            f"DTSTAMP:{event.at:%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{event.on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{event.on + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_value(event.title)}",
            f"DESCRIPTION:{_value(event.words)}",
            f"URL:{event.link}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def atom(name: str, link: str, now: datetime, events: Iterable[Event]) -> bytes:
    """The events as an Atom feed, the newest first."""
    entries = sorted(events, key=lambda event: (event.at, event.id), reverse=True)
    told = "".join(map(_entry, entries))
    updated = max([event.at for event in entries], default=now)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"  <id>{escape(link)}</id>\n  <title>{_clean(name)}</title>\n"
        f"  <updated>{updated.isoformat()}</updated>\n"
        f"  <link rel={quoteattr('self')} href={quoteattr(link)}/>\n"
        "  <author><name>OpenRoots</name></author>\n"
        f"{told}</feed>\n"
    ).encode()


def table(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The rows as comma-separated values, in which no spreadsheet finds a formula."""
    names, written = list(columns), io.StringIO()
    out = csv.writer(written)
    out.writerow(names)
    for row in rows:
        out.writerow([_cell(row.get(name)) for name in names])
    return written.getvalue().encode()


def _entry(event: Event) -> str:
    return (
        f"  <entry>\n    <id>urn:openroots:{escape(event.id)}</id>\n"
        f"    <title>{_clean(event.title)}</title>\n"
        f"    <updated>{event.at.isoformat()}</updated>\n"
        f"    <link href={quoteattr(event.link)}/>\n"
        f'    <summary type="text">{_clean(event.words)}</summary>\n  </entry>\n'
    )


def _clean(text: str) -> str:
    """Text as XML may hold it: escaped, and without the characters that XML has no way to say."""
    held = "".join(sign for sign in text if sign in "\t\n\r" or sign >= " ")
    return escape(held)


def _value(text: str) -> str:
    for sign, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(sign, written)
    return "".join(sign for sign in text if sign >= " ")


def _folded(line: str) -> str:
    """The line in pieces of no more octets than a calendar takes, no character torn apart."""
    pieces: list[str] = []
    piece = ""
    for sign in line:
        if len((piece + sign).encode()) > (FOLD if not pieces else FOLD - 1):
            pieces.append(piece)
            piece = ""
        piece += sign
    return "\r\n ".join([*pieces, piece])


def _cell(value: Any) -> str:
    text = "" if value is None else ", ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(RISKY) else text
