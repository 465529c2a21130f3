"""Whether what a service would keep as a FHIR resource is one: what R4 itself asks, and no profile.

For `effect`, after a service's own rules and the standards in force have had their say, and before
anything is committed. Elements, how often each is there, types, formats, required codes and
invariants are looked at. Extensions are held to their form only: what a published API puts into
one is its own affair, and published behaviour wins.

Source: FHIR R4 4.0.1, section 3.1.0.11 (Validation).
"""

import asyncio
import threading
from typing import TYPE_CHECKING

import orjson

from openroots.gateway.exchange import Exchange
from openroots.problem import Json, Problem
from openroots.service import Reply
from openroots.storage import Change, Store

if TYPE_CHECKING:
    from openroots.fhir.validation import Validator


MOST_WRITTEN = "Patient"
_one_by_one = threading.Lock()  # who is second finds what the first has made


class Checked:
    """What checks the resources of one world's writes; ready once the first is written."""

    def __init__(self) -> None:
        self._validator: Validator | None = None

    async def check(self, exchange: Exchange, reply: Reply, store: Store) -> None:
        """Raises Problem where a resource that would be kept is none of R4."""
        service = exchange.service
        for change in reply.changes if service.fhir else ():
            if change.body is None or change.body.get("resourceType") != change.type:
                continue
            if self._validator is None:
                self._validator = await asyncio.to_thread(_ready_for, change.type)
            body = _without(change.body, service.beside)
            if self._validator.base_faults(self._touched(body, change)):
                await asyncio.to_thread(self._refuse, body, change, store)
            exchange.trail.add("validate", f"{change.type} is as R4 asks")

    def _touched(self, body: Json, change: Change) -> Json:
        """As much of the resource as can have faults that it did not have before.

        A list that is still the very same holds none, unless what it refers to may have gone. What
        stands alone is left: it is judged in no time, and may be one of the values of an element of
        which there is one.
        """
        assert self._validator is not None
        was = change.was
        if was is None or not self._validator.judges_apart(change.type):
            return body
        both = body.keys() | was.keys()
        if "contained" in both:
            return body
        return {
            name: part
            for name, part in body.items()
            if part.__class__ is not list or part is not was.get(name) or f"_{name}" in both
        }

    def _refuse(self, body: Json, change: Change, store: Store) -> None:
        """Look again at the resource as it is once it is written, where a value such as NHSNumber
        is text. What was wrong before, as of a record from elsewhere, is no fault of this write."""
        assert self._validator is not None
        known: set[tuple[str, str]] = set()
        if change.expect and (row := store.snapshot().get(change.type, change.id)):
            known = {(each.place, each.rule) for each in self._validator.base_faults(row.body)}
        for each in self._validator.base_faults(orjson.loads(orjson.dumps(body))):
            if (each.place, each.rule) not in known:
                told = {"place": each.place, "found": each.words, "expected": each.expected}
                raise Problem("resource-invalid", **told)


def make_ready() -> None:
    """Have the definitions loaded before the first record is written, so that nobody waits for
    them. For the server, on a thread, once it answers: a tenth of a second."""
    _ready_for(MOST_WRITTEN)


def _ready_for(type: str) -> "Validator":
    """The validator, with a type compiled."""
    from openroots.fhir.validation import standard_validator

    with _one_by_one:
        validator = standard_validator()
        validator.prepare(type)
    return validator


def _without(body: Json, names: tuple[str, ...]) -> Json:
    if not names:
        return body
    return {name: value for name, value in body.items() if name not in names}
