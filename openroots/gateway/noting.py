"""What is written down of an exchange: its audit entry, its trail and its log line.

For the pipeline. The entry is waited for; a trail and a line are written soon, and nobody waits.

Source: house rules of OpenRoots.
"""

from datetime import date
from pathlib import Path
from typing import IO

import orjson

from openroots.gateway import standards
from openroots.gateway.exchange import Exchange
from openroots.gateway.trail import covered, file_of
from openroots.gateway.wire import Answer
from openroots.problem import Json
from openroots.service import ANYBODY, Access, Caller
from openroots.storage.audit import Journal
from openroots.storage.receipt import request_hash, response_hash

LINE = orjson.OPT_APPEND_NEWLINE


class Notes:
    """Where trails and log lines of one gateway go. Of what was answered the steps are kept only
    where `explains_all` is set; of what was refused always."""

    def __init__(
        self, journal: Journal, trails: Path, lines: IO[bytes] | None, *, explains_all: bool
    ) -> None:
        self._trails = trails
        self._journal = journal
        self._lines = lines
        self._explains_all = explains_all
        self._day, self._day_file = date.min, trails

    def keep(self, exchange: Exchange, name: str, answer: Answer, seconds: float) -> None:
        """Write the trail and the log line of an exchange with the endpoint of this name."""
        kept = _trail_of(exchange, name, answer, seconds)
        if self._explains_all or exchange.failure is not None:
            kept["steps"] = exchange.trail.steps
        else:
            kept["whole"] = False
        self._journal.note(self._file(exchange.wall.date()), orjson.dumps(kept, option=LINE))
        if self._lines is not None:
            line = (
                f"{orjson.dumps(exchange.wall)[1:-1].decode()} {exchange.method} {name} "
                f"{answer.status} {kept['ms']} ms {kept['application']} {exchange.trail.id}\n"
            )
            self._journal.note(self._lines, line.encode())

    def _file(self, day: date) -> Path:
        if day != self._day:
            self._day, self._day_file = day, file_of(self._trails, day)
        return self._day_file


def _trail_of(exchange: Exchange, name: str, answer: Answer, seconds: float) -> Json:
    caller, endpoint = exchange.caller, exchange.endpoint
    return {
        "trail": exchange.trail.id,
        "wall": exchange.wall,
        "time": exchange.time,
        "application": caller.application if caller else "",
        "organisation": caller.ods_code if caller else "",
        "setting": caller.setting if caller else "",
        "endpoint": name,
        "method": exchange.method,
        "path": exchange.service.base + (endpoint.path if endpoint else "/..."),
        "status": answer.status,
        "ms": round(seconds * 1e6) / 1000,
        "request_id": covered(exchange.headers.get("x-request-id", "")),
        "correlation_id": covered(exchange.headers.get("x-correlation-id", "")),
        "t": exchange.t,
        "agreements": exchange.decision.agreements,
        "purpose": exchange.decision.purpose,
        "standards": standards.kept(exchange),
    }


def entry_of(exchange: Exchange, caller: Caller, answer: Answer, salt: bytes) -> Json:
    """The audit entry of an exchange. Hashes of what was asked and answered are salted, so that
    nobody can try all NHS numbers on them."""
    assert exchange.endpoint is not None
    asked = exchange.method, exchange.path, exchange.raw_query, exchange.body
    entry = {
        "wall": exchange.wall,
        "time": exchange.time,
        "application": caller.application,
        "organisation": caller.ods_code,
        "access": caller.access,
        "user": "" if caller.access is Access.PATIENT else caller.subject,
        "endpoint": exchange.endpoint.id,
        "subjects": exchange.subjects,
        "status": answer.status,
        "trail": exchange.trail.id,
        "t": exchange.t,
        "request": request_hash(salt, *asked),
        "response": response_hash(salt, answer.body),
        **exchange.noted,
    }
    if acting := _acting(caller):
        entry["acting"] = acting
    return entry


def _acting(caller: Caller) -> list[str]:
    """The NHS numbers of the patient who asks, and of who acts for them: they are sealed."""
    if caller.access is not Access.PATIENT or caller.subject in ("", ANYBODY):
        return []
    return [number for number in (caller.subject, caller.actor) if number]
