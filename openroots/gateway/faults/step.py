"""The step of the pipeline that makes troubles on purpose, so that a client can be tried with them.

`app.py` puts it in place for made-up worlds only. It strikes once it is known who asks, and before
anything is answered. Three kinds of fault meet here: those that a test put, those that are kept
with the world, and one that a request asks for by itself.

    X-OpenRoots-Fault: unavailable        X-OpenRoots-Fault: slow; ms=2000

Source: none.
"""

import asyncio
from collections.abc import Awaitable, Iterable
from fnmatch import fnmatchcase

from openroots.gateway.exchange import Exchange
from openroots.gateway.faults.fault import (
    COUNTED,
    DROP,
    DUPLICATE,
    EXPIRED,
    KINDS,
    LONGEST,
    LOSE,
    OF_SIGNALS,
    REORDER,
    SLOW,
    STALE,
    UNAVAILABLE,
    USUAL,
    CannotBe,
    Fault,
    check,
    check_words,
    read,
)
from openroots.problem import Json, Problem
from openroots.service import Endpoint, Service
from openroots.world import World

HEADER = "x-openroots-fault"
ANSWERED_WITH = b"x-openroots-fault"
NUMBERS = frozenset({"ms", *COUNTED})
KINDS_BY_HEADER = frozenset(KINDS) - OF_SIGNALS


class Faults:
    """The step: every fault that is in place, in the order in which they came."""

    def __init__(self) -> None:
        self._put: list[Fault] = []
        self._kept: list[Fault] = []
        self._world: World | None = None
        self._seen: object = None
        self.changing = asyncio.Lock()

    def __call__(self, exchange: Exchange) -> Awaitable[None] | None:
        """Raises Problem where a fault strikes; gives what is to be waited for where one waits."""
        if not (found := self._striking(exchange)):
            return None
        waits = sum(fault.ms for fault in found if fault.do == SLOW)
        for fault in found:
            exchange.trail.add("fault", f"{fault.told}: put in place on purpose")
        exchange.notices += ((ANSWERED_WITH, found[0].told.encode("ascii", "replace")),)
        if waits:
            return self._waited(exchange, found, min(waits, LONGEST) / 1000)
        _suffer(exchange, found)
        return None

    def watch(self, world: World) -> "Faults":
        """The same faults, with those that are kept in this world."""
        self._world = world
        return self

    def put(self, fault: Fault, services: Iterable[Service]) -> None:
        """Put a fault in place until `clear`. Raises ValueError where it can never strike."""
        check(fault, services)
        self._put.append(fault)

    def clear(self) -> None:
        """Take away the faults that were put in place. Those kept in the world stay."""
        self._put.clear()

    def in_place(self) -> list[Fault]:
        """All faults, those that are kept in the world first."""
        world = self._world
        if world is not None and world.faults is not self._seen:
            before = {fault.id: fault for fault in self._kept}
            self._kept = [before.get(each["id"]) or read(each) for each in world.faults]
            self._seen = world.faults
        return [*self._kept, *self._put] if self._put else self._kept

    def of_signal(self, type: str) -> str:
        """What is to be done to the delivery of a signal: DUPLICATE, REORDER, or "" for nothing.
        Each call counts as a delivery."""
        for fault in self.in_place():
            if fault.do in OF_SIGNALS and fnmatchcase(type, fault.endpoint) and fault.strikes():
                return fault.do
        return ""

    async def _waited(self, exchange: Exchange, found: list[Fault], seconds: float) -> None:
        """Raises Problem where the client waits no longer than it is said to, in this API."""
        endpoint = exchange.endpoint
        assert endpoint is not None
        patience = endpoint.service.patience
        most, row = patience(endpoint.method, exchange.headers) if patience else (seconds, "")
        pause = self._world.pause if self._world else asyncio.sleep
        await pause(min(seconds, most))
        if seconds > most:
            raise Problem(row, **USUAL)
        _suffer(exchange, found)

    def _striking(self, exchange: Exchange) -> list[Fault]:
        found = [one for one in self.in_place() if _meets(one, exchange) and one.strikes()]
        if HEADER in exchange.headers:
            found.append(_asked_for(exchange, exchange.headers[HEADER]))
        return found


def _meets(fault: Fault, exchange: Exchange) -> bool:
    """Whether the request is one that this fault counts."""
    assert exchange.endpoint is not None
    caller = exchange.caller
    if fault.application and (caller is None or caller.application != fault.application):
        return False
    return fault.is_for(exchange.endpoint) and _can_suffer(fault, exchange)


def _can_suffer(fault: Fault, exchange: Exchange) -> bool:
    """What was not sent cannot be stale or have expired."""
    if fault.do == STALE:
        return "if-match" in exchange.headers
    return fault.do != EXPIRED or "authorization" in exchange.headers


def _suffer(exchange: Exchange, found: list[Fault]) -> None:
    """Raises Problem for the first fault that lets the request go no further."""
    for fault in found:
        if fault.do in (DROP, LOSE):
            exchange.lost = True
        if fault.do not in (SLOW, LOSE):
            caller = exchange.caller
            own = {"application": caller.name or caller.application} if caller else {}
            row = UNAVAILABLE if fault.do == DROP else fault.told
            raise Problem(row, **{**USUAL, **own, **fault.fields})


def _asked_for(exchange: Exchange, text: str) -> Fault:
    """The fault that a request asks for. Raises Problem where it can have none such."""
    endpoint = exchange.endpoint
    assert endpoint is not None
    try:
        return _parsed(text, endpoint)
    except CannotBe as error:
        kinds = ", ".join(sorted(KINDS_BY_HEADER - {"fail"}))
        mend = f"X-OpenRoots-Fault takes a row of the failures of this API, or one of {kinds}."
        exchange.notices += ((ANSWERED_WITH, _plain(f"{error}. {mend}")),)
        exchange.trail.add("fault", "none of that name", "X-OpenRoots-Fault cannot be read", mend)
        raise Problem("not-implemented") from None


def _parsed(text: str, endpoint: Endpoint) -> Fault:
    name, *rest = (part.strip() for part in text.split(";"))
    told = {"do": name} if name in KINDS_BY_HEADER else {"row": name}
    given: dict[str, str | int] = {}
    for part in rest:
        key, equals, value = (each.strip() for each in part.partition("="))
        if not equals or key in given or key in told:
            wanted = "a name and a value that it does not have yet"
            raise CannotBe("X-OpenRoots-Fault", part, wanted, "slow; ms=2000")
        given[key] = _value(key, value)
    own: Json = {part: given.pop(part) for part in ("ms", "row") if part in given}
    fault = read({"endpoint": endpoint.id, **told, **own, "fields": given})
    check_words(fault, [endpoint.service])
    return fault


def _value(name: str, value: str) -> str | int:
    is_number = name in NUMBERS and value.isascii() and value.isdigit() and len(value) < 10
    return int(value) if is_number else value


def _plain(text: str) -> bytes:
    return "".join(char if " " <= char <= "~" else "?" for char in text).encode()


__all__ = ["DUPLICATE", "HEADER", "REORDER", "Faults"]
