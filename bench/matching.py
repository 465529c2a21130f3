"""The row about the matcher: which of ten thousand subscriptions an event is for.

In process and alone, on one core. Most subscriptions are of a practice, some for an age besides or
instead, a few of a list of three hundred people; an event is for one or two of them.

Source: none.
"""

from random import Random
from statistics import median
from time import perf_counter

from bench.row import Row
from openroots.problem import Json
from openroots.services.events.matching import Condition, Matcher, Wanted

SUBSCRIPTIONS, EVENTS, ROUNDS = 10_000, 20_000, 5
WANTED = 50_000  # events a second
TYPES = ("pds-record-change-2", "pds-change-of-gp-2", "pds-death-notification-2")
PRACTICES, AGES, PEOPLE, ON_A_LIST = 4_000, 100, 1_000_000, 300


def match() -> Row:
    """Events matched in a second."""
    chance = Random(1948)
    began = perf_counter()
    matcher = Matcher(_subscription(nth, chance) for nth in range(SUBSCRIPTIONS))
    compiled = perf_counter() - began
    events = [_event(nth, chance) for nth in range(EVENTS)]
    rates = [_rate(matcher, events) for _ in range(ROUNDS)]
    rate, found = median(rates), sum(len(matcher.matching(event)) for event in events)
    measured = (
        f"{rate:,.0f} events/s, each for {found / EVENTS:.1f} subscriptions; all of them "
        f"compiled in {compiled * 1000:.0f} ms"
    )
    work = f"match events with {SUBSCRIPTIONS:,} subscriptions"
    return Row(work, f"{WANTED:,} events/s", measured, reached=rate >= WANTED)


def _rate(matcher: Matcher, events: list[Json]) -> float:
    began = perf_counter()
    for event in events:
        matcher.matching(event)
    return len(events) / (perf_counter() - began)


def _subscription(nth: int, chance: Random) -> Wanted:
    conditions: list[Condition] = [("generalpractitioner", frozenset({_practice(chance)}))]
    if nth % 3 == 0:
        conditions.append(("subjectage", frozenset({str(chance.randrange(AGES))})))
    if nth % 50 == 1:
        conditions = [("subjectage", frozenset({str(chance.randrange(AGES))}))]
    if nth % 500 == 0:
        people = frozenset(_number(chance) for _ in range(ON_A_LIST))
        conditions = [("subject", people)]
    return Wanted(f"s{nth}", chance.choice(TYPES), tuple(conditions))


def _event(nth: int, chance: Random) -> Json:
    practice, number = _practice(chance), _number(chance)
    return {
        "specversion": "1.0",
        "id": str(nth),
        "source": "uk.nhs.personal-demographics-service",
        "type": chance.choice(TYPES),
        "time": "2026-11-21T12:00:00.000Z",
        "subject": number,
        "filtering": {
            "changed_name": False,
            "changed_address": True,
            "subjectage": chance.randrange(AGES),
            "generalpractitioner": practice,
            "registeredgpodscode": practice,
            "nhsnumber": number,
        },
    }


def _practice(chance: Random) -> str:
    return f"Q{chance.randrange(PRACTICES):05}"


def _number(chance: Random) -> str:
    return f"999{chance.randrange(PEOPLE):07}"
