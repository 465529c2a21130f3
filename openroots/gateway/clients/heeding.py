"""Judges whether a client does what an answer tells it: mend, narrow, use something newer.

Source: PDS FHIR API, errors and "Search for a patient"; RFC 9745 (Deprecation), RFC 8594 (Sunset).
"""

from collections.abc import Iterator

from openroots.gateway.clients.call import Call
from openroots.gateway.clients.rule import Seen, Watched, against, for_it

REFUSED = frozenset({400, 403, 405, 413, 415, 422})
TOO_MANY_MATCHES = "TOO_MANY_MATCHES"
WARNINGS = ("deprecation", "sunset")
EACH_TIME = frozenset({"x-request-id", "x-correlation-id"})


def corrected(watched: Watched) -> Iterator[Seen]:
    """What was refused for what it is, is not sent again as it was."""
    for call in watched.calls:
        if call.status not in REFUSED:
            continue
        others = [each for each in watched.after(call) if each.name == call.name]
        if same := next((each for each in others if _as_it_was(each, call)), None):
            told = f"sent again as it was, though {call.status} refused trail {call.id}"
            yield against(same, told)
        elif others:
            yield for_it(others[0], f"sent otherwise after the refusal of trail {call.id}")


def narrowed(watched: Watched) -> Iterator[Seen]:
    """A search that finds too many people is asked otherwise, and not again."""
    for call in watched.calls:
        if call.issue != TOO_MANY_MATCHES:
            continue
        later = next((each for each in watched.after(call) if each.name == call.name), None)
        if later is None:
            continue
        if later.work == call.work:
            yield against(later, f"the same search as trail {call.id}, which found too many")
        else:
            yield for_it(later, f"another search than trail {call.id}, which found too many")


def replaced(watched: Watched) -> Iterator[Seen]:
    """What is warned of is done otherwise from then on."""
    for call in watched.calls:
        if not _is_warned(call):
            continue
        later = next((each for each in watched.after(call) if each.name == call.name), None)
        if later is None:
            continue
        if _is_warned(later):
            yield against(
                later, f"warned again, as trail {call.id} was: openroots why tells of what"
            )
        else:
            yield for_it(later, f"not warned any more, as trail {call.id} was")


def _is_warned(call: Call) -> bool:
    return any(call.told(header) for header in WARNINGS)


def _as_it_was(call: Call, refused: Call) -> bool:
    """Whether the two are the same in all that the API looks at."""
    if call.work != refused.work:
        return False
    rules = call.endpoint.rules if call.endpoint else ()
    looked_at = {rule.key for rule in rules} | {"authorization", "apikey", "content-type"}
    return all(
        (call.headers.get(name) is None) == (refused.headers.get(name) is None)
        if name in EACH_TIME
        else call.headers.get(name) == refused.headers.get(name)
        for name in looked_at
    )
