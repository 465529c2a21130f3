"""Judges what a client does when it cannot be served: it waits, and it does not ask for ever.

Source: PDS FHIR API, errors 429 and 503; RFC 9110 section 10.2.3 (Retry-After); RFC 6585 section 4.
"""

from collections.abc import Iterator

from openroots.gateway.clients.call import Call
from openroots.gateway.clients.rule import Seen, Watched, against, for_it

TOO_MANY = 429
TOLERANCE = 0.1  # seconds: clocks of two machines do not tick alike
MOST_TRIES = 10
WITHIN = 60  # seconds


def backed_off(watched: Watched) -> Iterator[Seen]:
    """Nothing is asked again before the time that the answer gave: of the same API, where it had
    been asked too much; else the same request."""
    for call in watched.calls:
        if not call.retry_after:
            continue
        again = next((each for each in watched.after(call) if _held_up(each, call)), None)
        if again is None:
            continue
        waited = again.waited(call)
        told = f"sent {waited:.1f} s after {call.status}, which asked for {call.retry_after} s"
        enough = waited >= call.retry_after - TOLERANCE
        yield for_it(again, told) if enough else against(again, told)


def bounded(watched: Watched) -> Iterator[Seen]:
    """What goes on failing is sent a few times and then given up, or much less often."""
    tries: dict[tuple[str, str, bytes | str], list[Call]] = {}
    for call in watched.calls:
        if call.unknown or call.status == TOO_MANY:
            tries.setdefault(call.work, []).append(call)
        elif call.work in tries:
            yield from _counted(tries.pop(call.work))
    for failed in tries.values():
        yield from _counted(failed)


def _held_up(call: Call, refused: Call) -> bool:
    if refused.status == TOO_MANY:
        return call.service == refused.service
    return call.work == refused.work


def _counted(failed: list[Call]) -> Iterator[Seen]:
    """What a row of failures of the same request tells."""
    for first, last in zip(failed, failed[MOST_TRIES:], strict=False):
        if last.waited(first) < WITHIN:
            told = f"failed more than {MOST_TRIES} times in {WITHIN} s, and was sent again"
            yield against(last, told)
            return
    yield for_it(failed[-1], f"sent {len(failed)} times in a row while it failed")
