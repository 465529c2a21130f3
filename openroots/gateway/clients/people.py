"""Judges what a client does with what it learns of a person: another number, no number, a flag.

Source: PDS FHIR API, "Get patient details", "Restricted patients" and error INVALIDATED_RESOURCE.
"""

from collections.abc import Iterator

from openroots.fhir.patient import SENSITIVE
from openroots.gateway.clients.call import Call
from openroots.gateway.clients.rule import Seen, Watched, against, for_it

PATIENT = "Patient/"
INVALIDATED = "INVALIDATED_RESOURCE"


def followed(watched: Watched) -> Iterator[Seen]:
    """A record that comes back under another number is asked for by that one from then on."""
    for call in watched.calls:
        old, new = _asked(call), str(call.answer.get("id", ""))
        if not call.reads or call.answer.get("resourceType") != "Patient" or old in ("", new):
            continue
        for later in watched.after(call):
            if later.names(old):
                yield against(later, f"by the number that trail {call.id} was told is superseded")
            elif later.names(new):
                yield for_it(later, f"by the number that trail {call.id} was answered with")


def dropped(watched: Watched) -> Iterator[Seen]:
    """A number that was invalidated is not used again."""
    for call in watched.calls:
        if call.issue != INVALIDATED or not (number := _asked(call)):
            continue
        later = list(watched.after(call))
        used = next((each for each in later if each.names(number)), None)
        if used is not None:
            yield against(used, f"by the number that trail {call.id} was told is invalid")
        elif later:
            yield for_it(call, "the number was not used again")


def respected(watched: Watched) -> Iterator[Seen]:
    """A restricted person's record is not changed."""
    for call in watched.calls:
        if not _is_restricted(call):
            continue
        record = f"{PATIENT}{call.answer.get('id')}"
        later = list(watched.after(call))
        changing = (each for each in later if each.record == record and not each.reads)
        if (change := next(changing, None)) is not None:
            yield against(change, f"of somebody whom trail {call.id} showed to be restricted")
        elif later:
            yield for_it(call, "the record was not changed")


def _asked(call: Call) -> str:
    """The number by which a record was asked for; "" where none was."""
    record = call.record
    return record.removeprefix(PATIENT) if record.startswith(PATIENT) else ""


def _is_restricted(call: Call) -> bool:
    try:
        codes = {each["code"] for each in call.answer["meta"]["security"]}
    except (KeyError, TypeError):
        return False
    return call.answer.get("resourceType") == "Patient" and not codes.isdisjoint(SENSITIVE)
