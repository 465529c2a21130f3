"""Judges how a client names its requests: each by an id of its own, kept where it asks again.

Source: PDS FHIR API, X-Request-ID and error 503; NHS England API platform, reference guide.
"""

from collections.abc import Iterator

from openroots.gateway.clients.call import Call
from openroots.gateway.clients.rule import Seen, Watched, against, for_it
from openroots.gateway.trail import UUID

HEADER = "x-request-id"


def identified(watched: Watched) -> Iterator[Seen]:
    """Each request to an API that asks for an id has one."""
    for call in watched.calls:
        if not call.needs(HEADER):
            continue
        if UUID.fullmatch(call.request_id):
            yield for_it(call)
        else:
            yield against(call, "X-Request-ID is no UUID" if call.request_id else "it has none")


def fresh(watched: Watched) -> Iterator[Seen]:
    """No id stands for two requests, nor for one that was done already."""
    latest: dict[str, Call] = {}
    for call in watched.calls:
        if not call.request_id or call.recorded.body is None:
            continue
        before = latest.get(call.request_id)
        if before is None and latest:
            yield for_it(call)
        elif before is not None:
            yield _beside(call, before)
        latest[call.request_id] = call


def repeated(watched: Watched) -> Iterator[Seen]:
    """A write of which it is not known whether it was done is sent again under the same id."""
    for call in watched.calls:
        if call.reads or not call.unknown or not call.needs(HEADER):
            continue
        again = next((each for each in watched.after(call) if _same(each, call)), None)
        if again is None:
            continue
        if again.request_id == call.request_id:
            yield for_it(again, "sent again under the same id")
        else:
            told = f"sent again under another id, though trail {call.id} may have been done"
            yield against(again, told)


def _beside(call: Call, before: Call) -> Seen:
    """What an id that was used before tells."""
    if call.work != before.work:
        return against(call, f"its id is that of another request, trail {before.id}")
    if before.settled and call.after(before):
        return against(call, f"its id is that of trail {before.id}, which was answered")
    return for_it(call, "sent again under the same id")


def _same(call: Call, other: Call) -> bool:
    return call.work == other.work and call.if_match == other.if_match
