"""Troubles made on purpose, so that a client can be tried against them.

A step of the pipeline, which `app.py` puts in place for made-up worlds only. A fault makes every
n-th request to some endpoints fail as a row of their failures says, before they are answered.

Source: none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from openroots.gateway.exchange import Exchange
from openroots.problem import Problem
from openroots.service import Service


@dataclass(slots=True)
class Fault:
    """Every n-th request to the endpoints of this pattern ("demographics.*") fails with a row.

    `fields` are for the words of the row. `met` counts the requests so far.
    """

    endpoint: str
    row: str = "unavailable"
    every: int = 1
    fields: Mapping[str, object] = field(default_factory=dict)
    met: int = 0

    def strikes(self, endpoint: str) -> bool:
        """Whether this request to an endpoint is one that fails. Each call counts as a request."""
        if not fnmatchcase(endpoint, self.endpoint):
            return False
        self.met += 1
        return self.met % self.every == 0


class Faults:
    """The step: every fault that is in place, in the order in which they came."""

    def __init__(self) -> None:
        self._in_place: list[Fault] = []

    def __call__(self, exchange: Exchange) -> None:
        """Raises Problem where a fault strikes."""
        for fault in self._in_place:
            if exchange.endpoint is not None and fault.strikes(exchange.endpoint.id):
                exchange.trail.add("fault", f"{fault.row}: put in place on purpose")
                raise Problem(fault.row, **fault.fields)

    def put(self, fault: Fault, services: Iterable[Service]) -> None:
        """Put a fault in place. Raises ValueError where no endpoint fits it, or one has no such
        row, or the words of the row need more fields."""
        fitting = [
            endpoint.service
            for service in services
            for endpoint in service.endpoints
            if fnmatchcase(endpoint.id, fault.endpoint)
        ]
        if not fitting or fault.every < 1:
            raise ValueError(f"no endpoint is called {fault.endpoint}, or none is ever struck")
        try:
            for service in fitting:
                service.failures[fault.row].told(fault.fields)
        except KeyError as missing:
            raise ValueError(f"{fault.row}: no such row, or it needs the field {missing}") from None
        self._in_place.append(fault)

    def clear(self) -> None:
        """Take all faults away."""
        self._in_place.clear()
