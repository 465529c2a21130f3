"""One judging of one resource: what was noted, and what the checks need to know of the whole.

For the checks. `tell` notes the row, the place and the fields; `findings` makes the words.

Source: none.
"""

from collections.abc import Callable, Iterator
from typing import Any

from openroots.fhir.validation.findings import ERROR, FATAL, MOST, ROWS, Finding
from openroots.fhir.validation.places import Place, path_of, quoted

Json = dict[str, Any]
Check = Callable[[Any, Place, "Run"], None]
Noted = tuple[str, Place, Json]  # the row, the place, the fields

LATER = "later"  # the row of what was left for later
OF_BINDINGS = frozenset({"code-other", "no-code-other", "not-checked", "values-unknown", LATER})


class TooMuch(Exception):
    """There is more to tell than anybody would read."""


class Run:
    """What has been noted so far. `resource` is the one that is looked at; `holder` the one in
    which it is contained, or itself; `inside` what that contains, by id; `bundle` what is known
    of the bundle that it is in; `place` where the resource itself stands; `met` which profiles
    were met by which resources that are referred to; `told_types` which type each reference
    names; `since` how much had been noted when it was begun to look at the resource. Where it
    is `plain`, extensions are not held to their definitions."""

    __slots__ = (
        "bundle",
        "holder",
        "inside",
        "met",
        "noted",
        "overruled",
        "place",
        "plain",
        "resource",
        "since",
        "told_types",
    )

    def __init__(self, resource: Json) -> None:
        self.resource = resource
        self.holder = resource
        self.inside: dict[str, Json] = {}
        self.bundle: Any = None
        self.place: Place = (None, "", -1)
        self.plain = False
        self.since = 0
        self.overruled: dict[Place, int] = {}
        self.noted: list[Noted] = []
        self.met: dict[tuple[str, int], bool] = {}
        self.told_types: dict[str, str] = {}

    def tell(self, row: str, at: Place, **fields: Any) -> None:
        """Note a finding. Raises TooMuch where there are too many already."""
        if len(self.noted) >= MOST:
            raise TooMuch
        self.noted.append((row, at, fields))

    def leave_for_later(self, check: Check, value: Any, at: Place) -> None:
        """Have a check of a binding made when the findings are asked for, if it still counts then:
        it tells of nothing by which the resource is not valid."""
        self.tell(LATER, at, check=check, value=value)

    def overrule(self, at: Place) -> None:
        """Forget what was noted so far of the binding at a place: a profile has another there."""
        self.overruled[at] = len(self.noted)

    def beside(self) -> "Run":
        """Another run over the same resource, in which something is tried."""
        other = Run(self.resource)
        other.holder, other.inside = self.holder, self.inside
        other.bundle, other.place, other.met = self.bundle, self.place, self.met
        other.told_types = self.told_types
        return other

    def failing(self) -> bool:
        """Whether anything was noted by which the resource is not valid."""
        return any(_fails(noted) for noted in self.noted)

    def findings(self) -> tuple[Finding, ...]:
        """What was noted, in words; each once."""
        kept = self.noted
        if kept and self.overruled:
            kept = [
                noted
                for i, noted in enumerate(kept)
                if noted[0] not in OF_BINDINGS or i >= self.overruled.get(noted[1], 0)
            ]
        if self.plain:
            kept = [noted for noted in kept if _fails(noted)]
        return () if not kept else tuple(dict.fromkeys(self._told(kept)))

    def _told(self, kept: list[Noted]) -> Iterator[Finding]:
        for row, at, fields in kept:
            if row == LATER:
                closer = self.beside()
                fields["check"](fields["value"], at, closer)
                yield from (finding(*noted) for noted in closer.noted)
            else:
                yield finding(row, at, fields)


def _fails(noted: Noted) -> bool:
    row, _, fields = noted
    return row != LATER and fields.get("severity", ROWS[row].severity) in (ERROR, FATAL)


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
