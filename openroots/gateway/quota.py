"""How much may be asked: quotas by the minute and spikes within a second, of each application and
of an API as a whole.

A step of the pipeline, which `app.py` puts in place where limits are wanted. Services declare
their limits; here they are counted. Every request counts, so that no more than `most` are let
through within any span of `seconds`, wherever the span begins; one that is refused counts for
nothing. Time is the wall's.

Counts are kept in the memory of one process: workers that serve the same world each count for
themselves, and all forget when they stop. `Counter` is what another way of counting has to be.

Source: NHS England API platform, rate limits; RateLimit header fields for HTTP (IETF draft) for
the headers, which the platform has not.
"""

from collections import deque
from collections.abc import Sequence
from math import ceil
from typing import NamedTuple, Protocol

from openroots.gateway.exchange import Exchange
from openroots.problem import Problem
from openroots.service import Caller, Endpoint, Limit

A_MINUTE = 60
LONGEST = 3600  # seconds: a clock that was put back by more than this begins all counts again


class Name(NamedTuple):
    """A limit, and by which key what keeps to it is counted."""

    key: str
    limit: Limit


class Counted(NamedTuple):
    """What came of counting one request.

    `refused` is the limit that it would have passed, if any, and `seconds` says in how many it
    would be let through. `left` says how many more the first of the limits lets through now.
    """

    refused: Limit | None
    seconds: float
    left: int


class Counter(Protocol):
    """Counts requests against limits."""

    def count(self, names: Sequence[Name], at: float) -> Counted:
        """Count one request against all of these limits; where it is too many for any, none."""
        ...


class InMemory:
    """Counts in the memory of this process: the time of each request that may still matter."""

    def __init__(self) -> None:
        self._windows: dict[str, deque[float]] = {}
        self._latest = 0.0

    def count(self, names: Sequence[Name], at: float) -> Counted:
        """Count one request against all of these limits; where it is too many for any, none."""
        if self._latest - at > LONGEST:
            self._windows.clear()
            self._latest = at
        at = self._latest = max(at, self._latest)
        windows = [self._window(name, at) for name in names]
        left = names[0].limit.most - len(windows[0]) if names else 0
        for (_, limit), window in zip(names, windows, strict=True):
            if len(window) >= limit.most:
                return Counted(limit, window[0] + limit.seconds - at, left)
        for window in windows:
            window.append(at)
        return Counted(None, 0, left - 1)

    def _window(self, name: Name, at: float) -> deque[float]:
        """The times at which requests were counted, without those that matter no more."""
        window = self._windows.get(name.key)
        if window is None:
            window = self._windows[name.key] = deque()
        gone = at - name.limit.seconds
        while window and window[0] <= gone:
            window.popleft()
        return window


class Quota:
    """The step: whether this is one request too many, and what the answer says of how many are
    left."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._names: dict[tuple[str, str], tuple[Name, ...]] = {}

    def __call__(self, exchange: Exchange) -> None:
        """Raises Problem where it is one too many."""
        endpoint, caller = exchange.endpoint, exchange.caller
        assert endpoint is not None
        assert caller is not None
        asked = endpoint.id, caller.application
        names = self._names.get(asked)
        if names is None:
            names = self._names[asked] = names_of(endpoint, caller)
        counted = self._counter.count(names, exchange.wall.timestamp())
        exchange.notices += _notices(names, counted)
        if limit := counted.refused:
            raise Problem(
                limit.row,
                application=caller.name or caller.application,
                most=limit.most,
                minutes=limit.seconds // A_MINUTE,
                seconds=max(1, ceil(counted.seconds)),
            )
        exchange.trail.add("limits", f"{counted.left} more may be asked now")


def names_of(endpoint: Endpoint, caller: Caller) -> tuple[Name, ...]:
    """The limits that this caller keeps to at this endpoint, the first of them their own."""
    own = caller.application
    places = ((endpoint.service.name, endpoint.service.limits), (endpoint.id, endpoint.limits))
    return tuple(
        Name(f"{place}/{limit.most}/{limit.seconds}/{own if limit.each else ''}", limit)
        for place, limits in places
        for limit in limits
    )


def _notices(names: Sequence[Name], counted: Counted) -> tuple[tuple[bytes, bytes], ...]:
    """What the answer says of the first limit: how much it is, and how much of it is left."""
    if not names:
        return ()
    limit = names[0].limit
    policy = b'"%s";q=%d;w=%d' % (limit.row.encode(), limit.most, limit.seconds)
    left = b'"%s";r=%d' % (limit.row.encode(), max(0, counted.left))
    return ((b"ratelimit-policy", policy), (b"ratelimit", left))
