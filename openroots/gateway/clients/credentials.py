"""Judges how a client uses tokens: each for as long as it is good, and no longer.

Source: NHS England API platform, "Application-restricted RESTful APIs - signed JWT
authentication"; RFC 6750 section 3.1.
"""

from collections import Counter
from collections.abc import Iterator

from openroots.gateway.clients.call import Call
from openroots.gateway.clients.rule import Seen, Watched, against, for_it

TOKENS = "authorisation.get-token"
GRANT = b"grant_type=client_credentials"
SOON = 60  # seconds: a token that ends this soon may be renewed
REFUSED = 401


def reused(watched: Watched) -> Iterator[Seen]:
    """A token is used more than once, and another asked for where it was not or is good no more.
    A client that began afresh, as each test may, has one of its own."""
    uses = Counter(_bearer(call) for call in watched.calls)
    given = [call for call in watched.calls if _gives(call)]
    for before, call in zip(given, given[1:], strict=False):
        left, token = _seconds(before) - call.waited(before), _token(before)
        if left > SOON and uses[token] == 1 and not _was_refused(token, call, watched):
            told = f"a new token, though that of trail {before.id} was good for {left:.0f} s more"
            yield against(call, told)
    for call in given:
        if (count := uses[_token(call)]) > 1:
            yield for_it(call, f"this token was used {count} times")


def renewed(watched: Watched) -> Iterator[Seen]:
    """A token that was refused is not sent again; another is."""
    for call in watched.calls:
        token = _bearer(call)
        if call.status != REFUSED or not token:
            continue
        bearing = (each for each in watched.after(call) if _bearer(each))
        if (later := next(bearing, None)) is None:
            continue
        if _bearer(later) == token:
            yield against(later, f"by the token that was refused in trail {call.id}")
        else:
            yield for_it(later, f"by another token than was refused in trail {call.id}")


def _gives(call: Call) -> bool:
    """Whether it got an application a token of its own."""
    return call.name == TOKENS and bool(_token(call)) and GRANT in (call.recorded.body or b"")


def _token(call: Call) -> str:
    return str(call.answer.get("access_token", ""))


def _seconds(call: Call) -> int:
    told = str(call.answer.get("expires_in", ""))
    return int(told) if told.isascii() and told.isdigit() else 0


def _bearer(call: Call) -> str:
    """The token that it was sent with; "" where it was sent without."""
    kind, _, token = call.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _was_refused(token: str, by: Call, watched: Watched) -> bool:
    """Whether the token had been refused before this was sent."""
    return any(
        call.status == REFUSED and _bearer(call) == token and by.after(call)
        for call in watched.calls
    )
