"""A fault: one trouble that is made on purpose, where it strikes, and how often.

For the step that makes it, the tooling and tests. What a client sends as a fault is read here, and
refused where it can never strike.

    {"endpoint": "demographics.*", "do": "fail", "row": "unavailable", "every": 3}
    {"endpoint": "GET */Patient/{id}", "do": "slow", "ms": 2000, "share": 0.2, "seed": 7}

Source: none.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from openroots.problem import Json
from openroots.service import Endpoint, Service

FAIL, SLOW, DROP, LOSE = "fail", "slow", "drop", "lose"
STALE, EXPIRED, LIMITED = "stale", "expired", "limited"
DUPLICATE, REORDER = "duplicate", "reorder"
KINDS = {
    FAIL: "the request is refused with a row of the failures of its API; see --row",
    SLOW: "the request waits before it is looked at; see --ms",
    DROP: "the connection is closed without an answer, and nothing is done",
    LOSE: "the request is answered, and the connection closed before the answer leaves",
    STALE: "somebody else was first: what was sent with If-Match is refused",
    EXPIRED: "the token that was sent has expired",
    LIMITED: "the application has asked too much",
    DUPLICATE: "a webhook is sent an event twice",
    REORDER: "an event reaches its subscriber after the one that follows it",
}
UNAVAILABLE = "unavailable"
ROWS = {STALE: "conflict", EXPIRED: "token-expired", LIMITED: "quota-exceeded"}
OF_SIGNALS = frozenset({DUPLICATE, REORDER})
WORDED = frozenset({FAIL, *ROWS})  # refused in the words of a row
USUAL_MS = 1000
LONGEST = 60_000  # milliseconds that a fault holds up a request
MOST_SEED = 2**63 - 1
MOST = 1_000_000  # of anything that is counted
LONGEST_PATTERN = 200

# What a row may need for its words, where the fault does not say.
COUNTED = {"most": 300, "minutes": 1, "seconds": 5}
USUAL = {
    **{"application": "this application", "api": "it", **COUNTED},
    "cause": "This is a trouble that was made on purpose.",
}


@dataclass(slots=True)
class Fault:
    """Every n-th request to the endpoints of this pattern fails with a row, or is otherwise `do`ne.

    The pattern is of ids ("demographics.*") or of methods and paths ("GET */Patient/{id}"); where
    signals are troubled, of their types. `share` (0 to 1) strikes at random in the place of every
    n-th, and the same requests for the same `seed`. `application` names the only one that is
    struck, `times` how often at most; "" and 0 bound nothing. `fields` are for the words of the
    row. `met` counts the requests so far, and `struck` those that were hit.
    """

    endpoint: str
    row: str = UNAVAILABLE
    every: int = 1
    fields: Mapping[str, object] = field(default_factory=dict)
    do: str = FAIL
    application: str = ""
    share: float = 0
    seed: int = 0
    ms: int = USUAL_MS
    times: int = 0
    id: str = ""
    met: int = 0
    struck: int = 0

    @property
    def told(self) -> str:
        """The name of what fails, or of what is done."""
        return self.row if self.do == FAIL else ROWS.get(self.do, self.do)

    @property
    def kept(self) -> Json:
        """What is kept of it: all but the counts, and what says nothing."""
        told = {name: getattr(self, name) for name in KEPT}
        waits = self.do == SLOW
        return {name: value for name, value in told.items() if (waits if name == "ms" else value)}

    def is_for(self, endpoint: Endpoint) -> bool:
        """Whether it is for requests to this endpoint."""
        if self.do in OF_SIGNALS:
            return False
        return fnmatchcase(endpoint.id, self.endpoint) or fnmatchcase(
            f"{endpoint.method} {endpoint.service.base}{endpoint.path}", self.endpoint
        )

    def strikes(self) -> bool:
        """Whether this is one that is struck. Each call counts as a request."""
        if self.times and self.struck >= self.times:
            return False
        self.met += 1
        if self.share:
            hit = Random(f"{self.seed}/{self.met}").random() < self.share
        else:
            hit = self.met % self.every == 0
        self.struck += hit
        return hit


KEPT = tuple(each.name for each in fields(Fault) if each.name not in ("met", "struck"))


class CannotBe(ValueError):
    """A fault that can never strike, or says what no fault can: the member, and what it may be."""

    def __init__(self, name: str, given: object, wanted: str, example: str) -> None:
        super().__init__(f"{name}: {str(given)[:80]!r} is not {wanted}; give {example}")
        self.name = name
        self.given = str(given)[:80]
        self.wanted = wanted
        self.example = example


def check(fault: Fault, services: Iterable[Service]) -> None:
    """Raises CannotBe where no endpoint fits a fault, or one of its parts can have no effect."""
    if fault.do in OF_SIGNALS:
        _check_parts(fault)
        return
    fitting = [
        one.service for service in services for one in service.endpoints if fault.is_for(one)
    ]
    if not fitting:
        example = "demographics.* or GET */Patient/{id}"
        raise CannotBe("endpoint", fault.endpoint, "a pattern that any endpoint fits", example)
    check_words(fault, fitting)


def check_words(fault: Fault, services: Iterable[Service]) -> None:
    """Raises CannotBe where one of these services has no such row, or its words need more fields,
    or none of them has a place for what is told; and where one part leaves another no meaning."""
    _check_parts(fault)
    places = frozenset[str]().union(*(_places(fault, service) for service in services))
    if strange := sorted(set(fault.fields) - places):
        what = f"told of by {fault.told}"
        raise CannotBe("fields", strange[0], what, ", ".join(sorted(places)) or "none")


def _check_parts(fault: Fault) -> None:
    """Raises CannotBe for a part that another leaves without a meaning."""
    if fault.share and fault.every != 1:
        wanted = "for a fault that strikes each n-th request"
        raise CannotBe("share", fault.share, wanted, "every or share, and not both")
    if fault.do != FAIL and fault.row != UNAVAILABLE:
        raise CannotBe("row", fault.row, f"for {fault.do}: only fail has rows", "it with do: fail")
    if fault.do != SLOW and fault.ms != USUAL_MS:
        raise CannotBe("ms", fault.ms, f"for {fault.do}: only slow waits", "it with do: slow")
    if fault.seed and not fault.share:
        wanted = "for a fault that leaves nothing to chance"
        raise CannotBe("seed", fault.seed, wanted, "it with a share")
    if fault.do in OF_SIGNALS and fault.application:
        wanted = f"for {fault.do}: events are nobody's"
        raise CannotBe("application", fault.application, wanted, "the types of events alone")
    if fault.do in OF_SIGNALS and fault.fields:
        raise CannotBe("fields", ", ".join(fault.fields), f"told of by {fault.do}", "none")


def _places(fault: Fault, service: Service) -> frozenset[str]:
    """The fields that this service has a place for. Raises CannotBe where it has no such row, or
    a place that nothing is told for."""
    row = service.failures.get(ROWS.get(fault.do, fault.row))
    if row is None:
        given = f"{fault.row} of {service.name}"
        raise CannotBe("row", given, "a row of its failures", "one of those that its docs list")
    if missing := sorted(row.places - USUAL.keys() - fault.fields.keys()):
        wanted = f"enough for {fault.row}, which tells of {missing[0]}"
        given = ", ".join(fault.fields) or "nothing"
        raise CannotBe("fields", given, wanted, f'{{"{missing[0]}": "..."}}')
    return row.places if fault.do in WORDED else frozenset()


def read(given: Mapping[str, Any]) -> Fault:
    """The fault that this JSON asks for. Raises CannotBe for the first thing that cannot be."""
    if strange := set(given) - set(KEPT):
        raise CannotBe(min(strange), given[min(strange)], "part of a fault", ", ".join(KEPT))
    made: Json = dict(_texts(given))
    made |= _numbers(given)
    if made.get("do", FAIL) not in KINDS:
        raise CannotBe("do", made["do"], "a kind of fault", ", ".join(KINDS))
    if not made.get("endpoint"):
        raise CannotBe("endpoint", "", "a pattern of endpoints", "demographics.*")
    made["fields"] = _fields({} if given.get("fields") is None else given["fields"])
    if "share" in given:
        made["share"] = _share(given["share"])
    return Fault(**made)


def _texts(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("endpoint", "row", "do", "application", "id"):
        value = given.get(name)
        if value is None:
            continue
        if not isinstance(value, str) or not _is_plain(value):
            raise CannotBe(name, value, f"text of {LONGEST_PATTERN} characters at most", "text")
        yield name, value


def _numbers(given: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    bounds = {"every": (1, MOST), "seed": (0, MOST_SEED), "ms": (0, LONGEST), "times": (0, MOST)}
    for name, (least, most) in bounds.items():
        value = given.get(name)
        if value is None:
            continue
        if type(value) is not int or not least <= value <= most:
            wanted = f"a whole number from {least} to {most}"
            raise CannotBe(name, value, wanted, str(max(least, 1)))
        yield name, value


def _share(value: Any) -> float:
    if type(value) not in (int, float) or not 0 < value <= 1:
        raise CannotBe("share", value, "a number above 0, and 1 at most", "0.2")
    return float(value)


def _fields(value: Any) -> dict[str, object]:
    if not isinstance(value, dict) or len(value) > len(KEPT):
        raise CannotBe("fields", value, "an object of texts and numbers", '{"seconds": 7}')
    for name, one in value.items():
        if name in COUNTED and (type(one) is not int or not 0 <= one <= MOST):
            wanted = f"for {name}, which is a whole number from 0 to {MOST}"
            raise CannotBe("fields", one, wanted, f'{{"{name}": {COUNTED[name]}}}')
        if not _is_plain(one):
            wanted = f"a number or a text of {LONGEST_PATTERN} characters at most"
            raise CannotBe("fields", one, wanted, f'{{"{name[:80]}": "..."}}')
    return dict(value)


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_PATTERN and value.isprintable()
    return isinstance(value, int)
