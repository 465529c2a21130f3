"""Contradiction: two clauses, of which one demands what the other forbids, asked of the same.

For lint. What two conditions ask of the same fact in any case is compared, where it can be told
without trying: whether it is there, which of a few values it has, within which bounds it lies. What
is one of several ways, a pattern, a shape, a profile or a check in Python is taken to agree.

Source: none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import chain, product
from typing import Any

from openroots.register.bearer import Bearer
from openroots.register.clause import Applies, Clause
from openroots.register.condition import OPERATORS, Condition
from openroots.register.standard import SETTINGS, Standard
from openroots.register.timeline import Mode, stretch_at, timeline

BINDING = (Mode.WARN, Mode.REFUSE)
BOUNDS = (("gte", "lte"), ("after", "before"))  # the least that is asked, and the most

Demand = tuple[Condition, bool]  # a test of one fact, and whether it must hold or must not


def contradictions(standard: Standard, others: Mapping[str, Standard]) -> Iterator[tuple[int, str]]:
    """Each clause of a standard, by its number, that cannot be met beside another, of this one or
    of these, for as long as both bind the same; with what is to be said of it."""
    beside = [other for other in others.values() if other.id != standard.id]
    for number, clause in enumerate(standard.clauses, 1):
        for other in (standard, *beside):
            known = standard.clauses[: number - 1] if other is standard else other.clauses
            for against in known:
                if not _contradict(clause, against):
                    continue
                if found := _bound_by_both(standard, clause, other, against):
                    setting, since = found
                    named = f"clause {against.id} of {other.id}"
                    yield number, f"nothing from {setting} can meet it and {named}, from {since} on"


def _contradict(one: Clause, other: Clause) -> bool:
    return (
        one.on == other.on
        and _overlap(one.applies, other.applies)
        and any(_exclude(*pair) for pair in product(_demands(one), _demands(other)))
    )


def _overlap(one: Applies, other: Applies) -> bool:
    """Whether both can be about the same request or record."""
    bounds = [(_services(one), _services(other)), (one.endpoints, other.endpoints)]
    bounds.append((one.types, other.types))
    return all(not mine or not theirs or mine & theirs for mine, theirs in bounds)


def _services(applies: Applies) -> frozenset[str]:
    named = frozenset(endpoint.partition(".")[0] for endpoint in applies.endpoints)
    return applies.services or named


def _demands(clause: Clause) -> list[Demand]:
    """What a clause asks in any case. Where it recognises a use, it asks that there be none."""
    asked = clause.condition
    return list(_always(asked, not clause.recognises)) if asked else []


def _always(asked: Condition, holds: bool) -> Iterator[Demand]:
    if asked.operator == "present":
        yield replace(asked, wanted=asked.wanted is holds), True
    elif asked.fact:
        yield asked, holds
    elif asked.operator == "not":
        yield from _always(asked.parts[0], not holds)
    elif (asked.operator == "all") is holds or len(asked.parts) == 1:
        for part in asked.parts:
            yield from _always(part, holds)


def _exclude(one: Demand, other: Demand) -> bool:
    (test, holds), (against, other_holds) = one, other
    if test.fact != against.fact or not (holds or other_holds):
        return False
    if holds and other_holds:
        return _apart(test, against)
    return _implies(test, against) if holds else _implies(against, test)


def _apart(one: Condition, other: Condition) -> bool:
    """Whether no fact passes both tests."""
    if not (_is_needed(one) or _is_needed(other)):
        return False
    if "present" in (one.operator, other.operator):
        return _is_unwanted(one) or _is_unwanted(other)
    if values := _values(one) or _values(other):
        test = other if _values(one) else one
        return not any(map(OPERATORS[test.operator][1](test.wanted), values))
    return any(_beyond(one, other, pair) or _beyond(other, one, pair) for pair in BOUNDS)


def _implies(one: Condition, other: Condition) -> bool:
    """Whether each fact that passes the one test passes the other."""
    if one == other:
        return True
    values = _values(one) if _is_needed(one) else ()
    return bool(values) and all(map(OPERATORS[other.operator][1](other.wanted), values))


def _beyond(least: Condition, most: Condition, pair: tuple[str, str]) -> bool:
    if (least.operator, most.operator) != pair or type(least.wanted) is not type(most.wanted):
        return False
    return bool(least.wanted > most.wanted)


def _is_needed(test: Condition) -> bool:
    return test.wanted is True if test.operator == "present" else not test.missing_ok


def _is_unwanted(test: Condition) -> bool:
    return test.operator == "present" and not test.wanted


def _values(test: Condition) -> tuple[Any, ...]:
    """The few values that a fact can have that passes, where it names them."""
    named: Mapping[str, tuple[Any, ...]] = {"is": (test.wanted,), "any": test.wanted}
    return named.get(test.operator, ())


def _bound_by_both(
    standard: Standard, clause: Clause, other: Standard, against: Clause
) -> tuple[str, str] | None:
    """The care setting and the day from which somebody is bound by both; None where nobody is."""
    for bearer in _bearers(standard, other):
        mine = timeline(standard, standard.founding, bearer, clause=clause)
        theirs = timeline(other, other.founding, bearer, clause=against)
        moments = sorted({stretch.start for stretch in (*mine, *theirs)})
        for moment in moments:
            modes = (stretch_at(stretches, moment).mode for stretches in (mine, theirs))
            if all(mode in BINDING for mode in modes):
                return bearer.setting, _day(moment)
    return None


def _bearers(*standards: Standard) -> Iterator[Bearer]:
    """One of each kind that these tell apart."""
    founding = [mandate for standard in standards for mandate in standard.founding]
    stages = [stage for standard in standards for stage in standard.stages]
    typed = [one.organisation_types for one in founding] + [
        one.organisation_types for one in stages
    ]
    types = sorted({"", *chain.from_iterable(typed)})
    regions = sorted({"", *chain.from_iterable(one.regions for one in founding)})
    yield from (Bearer(*one) for one in product(SETTINGS, types, regions))


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
