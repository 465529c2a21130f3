"""Which codes a value set holds, as far as that can be said without a terminology server.

For bindings. A value set is condensed to the codes that it takes from each code system, and the
systems of which nothing can be said here: SNOMED CT, dm+d, LOINC and whatever else is not brought
in full. A code of those is not checked, and is said not to have been.

    {"u": url, "s": {system: [codes]}, "o": [systems that are not checked]}

and, where there are such, "c": the systems whose codes are alike in capitals and small letters.

Source: FHIR R4 4.0.1, ValueSet.compose and CodeSystem.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any

Json = dict[str, Any]
# Codes by system, and the systems of which nothing can be said; "*" for any.
Found = tuple[dict[str, set[str]], set[str]]

# Whose content is licensed to its users, or is so large that it is loaded for itself.
ELSEWHERE = frozenset(
    {
        "http://snomed.info/sct",
        "https://dmd.nhs.uk",
        "http://loinc.org",
        "http://unitsofmeasure.org",
        "http://www.nlm.nih.gov/research/umls/rxnorm",
        "http://www.ama-assn.org/go/cpt",
        "http://dicom.nema.org/resources/ontology/DCM",
    }
)
NEVER_LISTED = ("http://snomed.info/", "http://loinc.org", "https://dmd.nhs.uk")
MOST_CODES = 5000  # of one system in one value set
DEEPEST = 16  # value sets that include one another


class CodeSystem:
    """The codes of a system and which are beneath which. `complete` where all are there."""

    def __init__(self, resource: Json) -> None:
        self.complete = resource.get("content") == "complete"
        self.any_case = resource.get("caseSensitive") is False
        self.properties: dict[str, dict[str, Any]] = {}
        self.above: dict[str, set[str]] = {}
        self._take(resource.get("concept", ()), ())

    def _take(self, concepts: Iterable[Json], parents: tuple[str, ...]) -> None:
        waiting = [(concept, parents) for concept in concepts]
        while waiting:
            concept, above = waiting.pop(0)
            code = concept["code"]
            self.above.setdefault(code, set()).update(above)
            said = {each["code"]: _value(each) for each in concept.get("property", ())}
            self.properties.setdefault(code, {}).update(said)
            for each in concept.get("property", ()):
                if each["code"] == "subsumedBy":
                    self.above[code].add(_value(each))
            beneath = (*above, code)
            waiting += [(child, beneath) for child in concept.get("concept", ())]

    def chosen(self, filters: Iterable[Json]) -> set[str] | None:
        """The codes that pass these filters; None where one of them cannot be judged here."""
        codes = set(self.above)
        for each in filters:
            passed = self._passed(each)
            if passed is None:
                return None
            codes &= passed
        return codes

    def _passed(self, given: Json) -> set[str] | None:
        named, how, value = given.get("property", ""), given.get("op"), given.get("value", "")
        if how in ("is-a", "descendent-of", "is-not-a") and named in ("concept", "code"):
            beneath = {code for code in self.above if value in self._all_above(code)}
            if how == "is-not-a":
                return set(self.above) - beneath - {value}
            return beneath | ({value} if how == "is-a" else set())
        if how == "=":
            return {code for code, said in self.properties.items() if said.get(named) == value}
        if how == "in":
            return set(value.split(",")) if named in ("concept", "code") else None
        return None

    def _all_above(self, code: str) -> set[str]:
        found: set[str] = set()
        waiting = list(self.above.get(code, ()))
        while waiting:
            parent = waiting.pop()
            if parent not in found:
                found.add(parent)
                waiting += self.above.get(parent, ())
        return found


def _value(said: Json) -> Any:
    return next((value for key, value in said.items() if key.startswith("value")), None)


class Values:
    """The codes of a value set: by system, and of which systems nothing can be said."""

    __slots__ = ("_any_case", "_plain", "codes", "unchecked", "url")

    def __init__(self, condensed: Json) -> None:
        self.url: str = condensed["u"]
        self.codes = {system: frozenset(codes) for system, codes in condensed["s"].items()}
        self.unchecked = frozenset(condensed["o"])
        self._any_case = {
            system: frozenset(code.casefold() for code in condensed["s"].get(system, ()))
            for system in condensed.get("c", ())
        }
        self._plain: tuple[str, ...] | None = None

    def has(self, system: str | None, code: str) -> bool:
        """Whether this code of this system is of the set, in whatever case where that is alike."""
        if system is None:
            return False
        if code in self.codes.get(system, ()):
            return True
        return code.casefold() in self._any_case.get(system, ())

    def in_order(self) -> tuple[str, ...]:
        """The same as `plain` in the order of the alphabet."""
        if self._plain is None:
            self._plain = tuple(sorted(self.plain()))
        return self._plain

    def plain(self) -> frozenset[str]:
        """Every code, whatever its system: what an element of type `code` may be."""
        return frozenset().union(*self.codes.values())


def listed(
    value_set: Json,
    systems: Mapping[str, CodeSystem],
    value_sets: Callable[[str], Json | None],
    depth: int = 0,
) -> Json:
    """The value set condensed. `value_sets` gives those that it includes, condensed or not."""
    codes: dict[str, set[str]] = {}
    unchecked: set[str] = set()
    compose = value_set.get("compose", {})
    if not compose:
        codes, unchecked = _expanded(value_set.get("expansion", {}))
    for include in compose.get("include", ()):
        found, unknown = _included(include, systems, value_sets, depth)
        unchecked |= unknown
        for system, some in found.items():
            codes.setdefault(system, set()).update(some)
    for exclude in compose.get("exclude", ()):
        found, unknown = _included(exclude, systems, value_sets, depth)
        for system, some in found.items():
            codes[system] = codes.get(system, set()) - some
        for system in [one for one in codes if "*" in unknown or one in unknown]:
            unchecked.add(system)  # which of its codes are left is not known
            del codes[system]
    any_case = [name for name in sorted(codes) if name in systems and systems[name].any_case]
    return {
        "u": value_set["url"],
        "s": {system: sorted(some) for system, some in sorted(codes.items()) if some},
        "o": sorted(unchecked),
    } | ({"c": any_case} if any_case else {})


def _expanded(expansion: Json) -> Found:
    """The codes of a value set that is told by its expansion alone; of one that is not whole, and
    of one that is not told at all, nothing can be said."""
    codes: dict[str, set[str]] = {}
    waiting, count = list(expansion.get("contains", ())), 0
    while waiting:
        one = waiting.pop()
        waiting += one.get("contains", ())
        count += 1
        if "code" in one and not one.get("abstract"):
            codes.setdefault(one["system"], set()).add(one["code"])
    whole = count and "extension" not in expansion and expansion.get("total", count) <= count
    return codes, set() if whole else {"*"}


def _included(
    include: Json,
    systems: Mapping[str, CodeSystem],
    value_sets: Callable[[str], Json | None],
    depth: int,
) -> Found:
    """What is of the system and in all the value sets that one include names."""
    parts = [_of_system(include, systems)] if "system" in include else []
    for url in include.get("valueSet", ()):
        other = value_sets(url.partition("|")[0]) if depth < DEEPEST else None
        if other is None:
            parts.append(({}, {"*"}))
            continue
        told = other if "s" in other else listed(other, systems, value_sets, depth + 1)
        codes = {system: set(codes) for system, codes in told["s"].items()}
        parts.append((codes, set(told["o"])))
    return reduce(_in_both, parts) if parts else ({}, set())


def _in_both(one: Found, other: Found) -> Found:
    """The codes that are in both, and the systems of which one of them may have what the other
    has."""
    codes = {
        system: one[0][system] & other[0][system] for system in one[0].keys() & other[0].keys()
    }
    return codes, _unsure(one, other) | _unsure(other, one)


def _unsure(one: Found, other: Found) -> set[str]:
    """The systems of the one of which nothing can be said in the other."""
    named = {*one[0], *one[1]}
    return named if "*" in other[1] else named & other[1]


def _of_system(include: Json, systems: Mapping[str, CodeSystem]) -> Found:
    system = include.get("system")
    if system is None:
        return {}, set()
    if system.startswith(NEVER_LISTED):
        return {}, {system}
    if concepts := include.get("concept"):
        return {system: {concept["code"] for concept in concepts}}, set()
    if system in ELSEWHERE:
        return {}, {system}
    known = systems.get(system)
    chosen = known.chosen(include.get("filter", ())) if known and known.complete else None
    if chosen is None or len(chosen) > MOST_CODES:
        return {}, {system}
    return {system: chosen}, set()
