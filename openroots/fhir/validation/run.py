"""One judging of one resource: what was noted, and what the checks need to know of the whole.

For the checks. `tell` notes the row, the place and the fields; `findings` makes the words.

Source: none.
"""

from collections.abc import Callable, Iterable
from typing import Any

from openroots.fhir.validation.findings import MOST, ROWS, Finding, Place, path_of, quoted

Json = dict[str, Any]
Check = Callable[[Any, Place, "Run"], None]
Noted = tuple[str, Place, Json]  # the row, the place, the fields

OF_BINDINGS = frozenset({"code-other", "no-code-other", "not-checked", "values-unknown"})


class TooMuch(Exception):
    """There is more to tell than anybody would read."""


class Run:
    """What has been noted so far. `resource` is the one that is looked at; `holder` the one in
    which it is contained, or itself; `inside` what that contains, by id; `bundle` what is known of
    the bundle that it is in; `place` where the resource itself stands; `met` which profiles were
    met by which resources that are referred to."""

    __slots__ = ("bundle", "holder", "inside", "met", "noted", "overruled", "place", "resource")

    def __init__(self, resource: Json) -> None:
        self.resource = resource
        self.holder = resource
        self.inside: dict[str, Json] = {}
        self.bundle: Any = None
        self.place: Place = (None, "", -1)
        self.overruled: dict[Place, int] = {}
        self.noted: list[Noted] = []
        self.met: dict[tuple[str, int], bool] = {}

    def tell(self, row: str, at: Place, **fields: Any) -> None:
        """Note a finding. Raises TooMuch where there are too many already."""
        if len(self.noted) >= MOST:
            raise TooMuch
        self.noted.append((row, at, fields))

    def overrule(self, at: Place) -> None:
        """Forget what was noted so far of the binding at a place: a profile has another there."""
        self.overruled[at] = len(self.noted)

    def beside(self) -> "Run":
        """Another run over the same resource, in which something is tried."""
        other = Run(self.resource)
        other.holder, other.inside = self.holder, self.inside
        other.bundle, other.place, other.met = self.bundle, self.place, self.met
        return other

    def failing(self) -> bool:
        """Whether anything was noted by which the resource is not valid."""
        return any(
            fields.get("severity", ROWS[row].severity) in ("error", "fatal")
            for row, _, fields in self.noted
        )

    def findings(self) -> tuple[Finding, ...]:
        """What was noted, in words; each once."""
        kept: Iterable[Noted] = self.noted
        if self.overruled:
            kept = (
                noted
                for i, noted in enumerate(self.noted)
                if noted[0] not in OF_BINDINGS or i >= self.overruled.get(noted[1], 0)
            )
        return tuple(dict.fromkeys(finding(*noted) for noted in kept))


def finding(row: str, at: Place, fields: dict[str, Any]) -> Finding:
    """What was noted, in words."""
    kind = ROWS[row]
    given = {**fields, "given": quoted(fields["given"])} if "given" in fields else fields
    return Finding(
        severity=fields.get("severity", kind.severity),
        code=kind.code,
        place=path_of(at),
        words=kind.words.format_map(given),
        expected=kind.expected.format_map(given),
        rule=fields.get("key", row),
        source=fields.get("source", ""),
    )
