"""How much may be asked: quotas by the minute and spikes within a second, of each application and
of an API as a whole.

A step of the pipeline, which `app.py` puts in place where limits are wanted. Services declare
their limits; here they are counted. Every request counts, so that no more than `most` are let
through within any span of `seconds`, wherever the span begins; one that is refused counts for
nothing. Time is the wall's.

Counts are kept in the memory of one process, and forgotten when it stops. Workers that serve the
same world ask their keeper, so that all of them together let through no more than one would.

Source: NHS England API platform, rate limits; RateLimit header fields for HTTP (IETF draft) for
the headers, which the platform has not.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple, Protocol

from openroots.gateway.exchange import Exchange
from openroots.problem import Problem
from openroots.service import Caller, Endpoint, Limit

A_MINUTE = 60
UNITS = {"second": 1, "minute": A_MINUTE, "hour": 3600, "day": 86400}
RATE_LIMITING = "ratelimiting"  # an attribute of applications
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

    def count(self, names: Sequence[Name], at: float) -> Counted | Awaitable[Counted]:
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
        self._names: dict[tuple[str, str], tuple[object, tuple[Name, ...]]] = {}

    def __call__(self, exchange: Exchange) -> Awaitable[None] | None:
        """Raises Problem where it is one too many."""
        names = self._names_of(exchange)
        counted = self._counter.count(names, exchange.wall.timestamp())
        if isinstance(counted, Counted):
            _judge(exchange, names, counted)
            return None
        return _judge_later(exchange, names, counted)

    def _names_of(self, exchange: Exchange) -> tuple[Name, ...]:
        endpoint, caller = exchange.endpoint, exchange.caller
        assert endpoint is not None
        assert caller is not None
        asked = endpoint.id, caller.application
        attributes, names = self._names.get(asked, (None, ()))
        if attributes is not caller.attributes:
            names = names_of(endpoint, caller)
            self._names[asked] = caller.attributes, names
        return names


def names_of(endpoint: Endpoint, caller: Caller) -> tuple[Name, ...]:
    """The limits that this caller keeps to at this endpoint, the first of them their own."""
    own, service = caller.application, endpoint.service
    agreed = agreed_limits(caller.attributes.get(RATE_LIMITING), service.product)
    places = ((service.name, service.limits), (endpoint.id, endpoint.limits))
    return tuple(
        Name(f"{place}/{limit.most}/{limit.seconds}/{own if limit.each else ''}", limit)
        for place, limits in places
        for limit in (agreed.get(each.row, each) if each.each else each for each in limits)
        if limit is not None
    )


def agreed_limits(agreed: Any, product: str) -> dict[str, Limit | None]:
    """The limits agreed with one application for one API, by row, in the place of the usual; None
    where there is to be none. Raises ValueError for what cannot be read as such.

        {"personal-demographics-service": {"quota": {"limit": "600", "interval": "1",
         "timeunit": "minute"}, "spikeArrest": {"ratelimit": "20ps"}}}
    """
    if agreed is None:
        return {}
    try:
        own = dict(agreed.get(product, {}))
        return {row: _agreed(own[name], read) for name, row, read in AGREED if name in own}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{RATE_LIMITING} of {product} cannot be read") from error


def _agreed(own: Mapping[str, Any], read: Callable[[Mapping[str, Any]], Limit]) -> Limit | None:
    return read(own) if str(own.get("enabled", True)).lower() == "true" else None


def _quota(agreed: Mapping[str, Any]) -> Limit:
    seconds = int(agreed.get("interval", 1)) * UNITS[agreed.get("timeunit", "minute")]
    return Limit(_positive(agreed["limit"]), _positive(seconds), "quota-exceeded", each=True)


def _spike(agreed: Mapping[str, Any]) -> Limit:
    """ "20ps" is 20 a second, "600pm" is 600 a minute."""
    rate = agreed["ratelimit"]
    seconds = {"ps": 1, "pm": A_MINUTE}[rate[-2:]]
    return Limit(_positive(rate[:-2]), seconds, "spike-arrested", each=True)


def _positive(number: Any) -> int:
    if (value := int(number)) < 1:
        raise ValueError("a limit lets something through")
    return value


AGREED = (("quota", "quota-exceeded", _quota), ("spikeArrest", "spike-arrested", _spike))


async def _judge_later(
    exchange: Exchange, names: Sequence[Name], counting: Awaitable[Counted]
) -> None:
    _judge(exchange, names, await counting)


def _judge(exchange: Exchange, names: Sequence[Name], counted: Counted) -> None:
    caller = exchange.caller
    assert caller is not None
    exchange.notices += _notices(names, counted)
    if limit := counted.refused:
        raise Problem(
            limit.row,
            application=caller.name or caller.application,
            most=limit.most,
            minutes=limit.seconds // A_MINUTE,
            seconds=max(1, ceil(counted.seconds)),
        )
    exchange.trail.add("limits", f"{counted.left} more may be asked now" if names else "none here")


def _notices(names: Sequence[Name], counted: Counted) -> tuple[tuple[bytes, bytes], ...]:
    """What the answer says of the first limit: how much it is, and how much of it is left."""
    if not names:
        return ()
    limit = names[0].limit
    policy = b'"%s";q=%d;w=%d' % (limit.row.encode(), limit.most, limit.seconds)
    left = b'"%s";r=%d' % (limit.row.encode(), max(0, counted.left))
    return ((b"ratelimit-policy", policy), (b"ratelimit", left))
