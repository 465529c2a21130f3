"""Slices: which items of an element are of which kind, and how many there may be of each.

For profiles. A slice tells its items by its discriminators: a value, a pattern, a type, whether an
element is there, or whether a profile is met. An item is of the first slice that it fits.

Source: FHIR R4 4.0.1, section 5.1.0.14 (Slicing) and ElementDefinition.slicing.
"""

from collections.abc import Callable
from sys import maxsize
from typing import TYPE_CHECKING, Any, NamedTuple

from openroots.fhir.definitions import Node, Slicing
from openroots.fhir.validation.discriminator import (
    Fits,
    Step,
    ends_of,
    exists,
    holding,
    meets,
    never,
    of_type,
    passes,
    refers_to,
    same_as,
    steps_of,
    url_of_profile,
    values_at,
)
from openroots.fhir.validation.places import Place
from openroots.fhir.validation.run import Check, Run

if TYPE_CHECKING:
    from openroots.fhir.validation.overlay import Overlays

Json = dict[str, Any]

BY_URL = Slicing("", False, (("value", "url"),))
BY_TYPE = Slicing("", False, (("type", "$this"),))
DEFAULT = "@default"


class One(NamedTuple):
    """A slice: what fits it, what its items are held to, and how many there may be."""

    name: str
    fits: Fits
    checks: list[Check]
    node: Node
    by: str
    text: str | None


class Slices:
    """The slices of one element."""

    def __init__(self, node: Node, overlays: "Overlays") -> None:
        usual = BY_URL if node.name in ("extension", "modifierExtension") else BY_TYPE
        self._slicing = node.slicing or usual
        self._node = node
        self._overlays = overlays
        self._all = [self._one(name, each) for name, each in node.slices.items()]
        self._by_name = self._telling_name()
        self._closed = self._slicing.rules == "closed"
        self._at_end = self._slicing.rules == "openAtEnd"
        self._within = self._slices_of_slices()
        plain = not (self._closed or self._at_end or self._slicing.ordered or self._within)
        self._plain_names = self._by_name if plain else None
        self._counted = [
            (number, one.node.min, maxsize if one.node.max is None else one.node.max)
            for number, one in enumerate(self._all)
            if one.node.min or (one.node.max is not None and "x" in one.node.said)
        ]
        self.ask_anything = bool(self._slicing.by) and (
            self._slicing.rules != ""
            or any(one.checks or one.node.min or "x" in one.node.said for one in self._all)
        )

    def check(self, values: list[Any], at: Place, run: Run) -> None:
        """Put each item into its slice, hold it to that, and count."""
        if self._plain_names is not None:
            self._check_plainly(values, *self._plain_names, at, run)
            return
        counts = [0] * len(self._all)
        order, after_others = -1, False
        for i, value in enumerate(values):
            place = (at[0], at[1], i) if self._node.many else at
            number = self._number_of(value, place, run)
            if number < 0:
                after_others = True
                if self._closed:
                    told = ", ".join(self._node.slices)
                    fields = {"name": at[1], "slices": told, "source": self._node.source}
                    run.tell("slice-other", place, **fields)
                continue
            if number < order and self._slicing.ordered or after_others and self._at_end:
                self._tell_order(self._all[number].name, place, run)
            order = max(order, number)
            counts[number] += 1
            for check in self._all[number].checks:
                check(value, place, run)
            if number in self._within:
                self._take_within(value, number, place, run, counts)
        for number, least, most in self._counted:
            if not least <= counts[number] <= most:
                _tell_count(self._all[number], counts[number], at, run)

    def _check_plainly(
        self, values: list[Any], name: str, texts: dict[Any, int], at: Place, run: Run
    ) -> None:
        """The same where one text tells the slice, and order and others do not matter."""
        numbers = []
        for i, value in enumerate(values):
            given = value.get(name) if value.__class__ is dict else None
            number = texts.get(given) if given.__class__ is str else None
            if number is not None:
                numbers.append(number)
                for check in self._all[number].checks:
                    check(value, (at[0], at[1], i) if self._node.many else at, run)
        for number, least, most in self._counted:
            if not least <= numbers.count(number) <= most:
                _tell_count(self._all[number], numbers.count(number), at, run)

    def _take_within(self, value: Any, number: int, at: Place, run: Run, counts: list[int]) -> None:
        """Put an item of a slice into the slices of that, too."""
        taken = False
        for inner in self._within[number]:
            one = self._all[inner]
            if one.fits(value, at, run):
                taken = True
                counts[inner] += 1
                for check in one.checks:
                    check(value, at, run)
                if inner in self._within:
                    self._take_within(value, inner, at, run, counts)
        outer = self._all[number].node
        if not taken and outer.slicing is not None and outer.slicing.rules == "closed":
            told = ", ".join(self._all[inner].name for inner in self._within[number])
            run.tell("slice-other", at, name=at[1], slices=told, source=outer.source)

    def _slices_of_slices(self) -> dict[int, list[int]]:
        """Which slices are slices of which, by their names: a/b of a, and a/b/c of a/b."""
        numbers = {one.name: number for number, one in enumerate(self._all)}
        within: dict[int, list[int]] = {}
        for name, number in numbers.items():
            if (outer := name.rpartition("/")[0]) in numbers:
                within.setdefault(numbers[outer], []).append(number)
        return within

    def _telling_name(self) -> tuple[str, dict[str, int]] | None:
        """Where each slice is told by one text of one element: its name, and which text means
        which slice."""
        if len(self._slicing.by) != 1 or self._slicing.by[0][0] not in ("value", "pattern"):
            return None
        steps = steps_of(self._slicing.by[0][1])
        if steps is None or len(steps) != 1 or steps[0][0] != "name":
            return None
        texts: dict[str, int] = {}
        for number, one in enumerate(self._all):
            text = one.text
            if text is None or "/" in one.name or text in texts:
                return None
            texts[text] = number
        return steps[0][1], texts

    def _number_of(self, value: Any, at: Place, run: Run) -> int:
        if self._by_name is not None:
            given = value.get(self._by_name[0]) if value.__class__ is dict else None
            return self._by_name[1].get(given, -1) if given.__class__ is str else -1
        for number, one in enumerate(self._all):
            if "/" not in one.name and one.name != DEFAULT and one.fits(value, at, run):
                return number
        for number, one in enumerate(self._all):
            if one.name == DEFAULT:
                return number
        return -1

    def _tell_order(self, name: str, at: Place, run: Run) -> None:
        told = ", ".join(self._node.slices)
        run.tell("slice-order", at, slice=name, slices=told, source=self._node.source)

    def _one(self, name: str, node: Node) -> One:
        outer = self._node.slices.get(name.rpartition("/")[0])
        slicing = (outer.slicing if outer else None) or self._slicing
        told: list[str] = []
        texts: list[Any] = []
        fits = [self._fits(how, path, node, told, texts) for how, path in slicing.by]
        code = node.types[0].code if node.types else ""

        def all_fit(value: Any, at: Place, run: Run) -> bool:
            return bool(fits) and all(each(value, at, run) for each in fits)

        checks = self._overlays.of_value(node, code)
        text = texts[0] if len(texts) == 1 and texts[0].__class__ is str else None
        return One(name, all_fit, checks, node, "; ".join(told), text)

    def _fits(self, how: str, path: str, node: Node, told: list[str], texts: list[Any]) -> Fits:
        """What an item must be so that it fits a slice by one discriminator."""
        steps = steps_of(path)
        if steps is None:
            return never
        ends = list(ends_of(node, steps))
        if how in ("value", "pattern"):
            return self._of_values(steps, ends, told, texts, path)
        ends = ends or [node]
        if how == "exists":
            told.append(f"{path} is {'not ' if ends[0].max == 0 else ''}there")
            return exists(steps, ends[0].max != 0)
        away = bool(steps) and steps[-1][0] == "resolve"
        if how == "type":
            kinds = self._kinds(ends, away)
            told.append(f"{path} is of the type {', '.join(sorted(kinds))}")
            return refers_to(steps[:-1], kinds) if away else of_type(steps, kinds)
        urls = [
            url
            for end in ends
            for type in end.types
            for url in (type.targets if away else type.profiles)
        ]
        told.append(f"{path} meets {' or '.join(urls)}")
        return self._of_profiles(steps, urls, away)

    def _kinds(self, ends: list[Node], away: bool) -> frozenset[str]:
        """The types that may be at the end of a path; `away`, that may be referred to there."""
        types = [type for end in ends for type in end.types]
        if not away:
            return frozenset(type.code for type in types)
        targets = [target for type in types for target in type.targets]
        known = [self._overlays.definitions.structure(target) or {} for target in targets]
        return frozenset(str(each.get("t")) for each in known)

    def _of_values(
        self, steps: list[Step], ends: list[Node], told: list[str], texts: list[Any], path: str
    ) -> Fits:
        """What fits where a value is as one end of the path fixes it; where none does, where it
        is as all of them ask."""
        tests: list[Callable[[Any], bool]] = []
        checks: list[Check] = []
        for end in ends:
            if test := self._test(end, told, texts, path):
                tests.append(test)
            elif end.said or end.slices or end.constrained():
                texts.append(None)
                checks += self._overlays.of_value(end, end.types[0].code if end.types else "")
        if tests:
            return passes(steps, tests)
        return meets(steps, checks) if checks else never

    def _test(
        self, end: Node, told: list[str], texts: list[Any], path: str
    ) -> Callable[[Any], bool] | None:
        """The test of a value that a definition fixes, or has a pattern for; None where it does
        neither."""
        if end.fixed is not None:
            texts.append(end.fixed.value)
            told.append(f"{path} is {end.fixed.value!r}"[:200])
            return same_as(end.fixed.value)
        if end.pattern is not None:
            texts.append(end.pattern.value)
            told.append(f"{path} holds {end.pattern.value!r}"[:200])
            return holding(end.pattern.value)
        if end.name == "url" and (url := url_of_profile(self._overlays.definitions, end)):
            texts.append(url)
            return same_as(url)
        return None

    def _of_profiles(self, steps: list[Step], urls: list[str], away: bool) -> Fits:
        """What fits where one of the profiles is met, by the value or by what it refers to."""
        validator = self._overlays.validator

        def fits(value: Any, at: Place, run: Run) -> bool:
            return any(
                validator.meets_elsewhere(url, each, run)
                if away
                else validator.meets(url, each, at, run)
                for each in values_at(value, steps, run)
                for url in urls
            )

        return fits if urls else never


def _tell_count(one: One, count: int, at: Place, run: Run) -> None:
    node = one.node
    fields = {"slice": one.name, "name": at[1], "count": count, "source": node.source}
    if count < node.min:
        run.tell("slice-few", at, **fields, least=node.min, by=one.by or "as its definition says")
    else:
        run.tell("slice-many", at, **fields, most=node.max)
