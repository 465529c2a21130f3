"""The row about durable updates.

Source: none.
"""

from bench.asking import known_people, patches
from bench.load import Outcome, Plan, apart
from bench.machine import CORES
from bench.reading import told
from bench.row import Row
from bench.server import PEOPLE, openroots, scratch

RATE, SECONDS, CALLERS = 1500, 10, 64
WARM = 500


def patch() -> Row:
    """Updates by callers who do not wait for each other, spread over the whole nation, with a
    worker for each core and with one; those of each core count."""
    (several, in_words), (_, of_one) = _asked(CORES), _asked(1)
    return Row(
        f"durable PATCH, {CALLERS} callers, open loop (Poisson) at {RATE:,}/s for {SECONDS} s",
        f"{RATE:,}/s with p99 < 50 ms",
        f"with {CORES} workers {in_words}; with one {of_one}",
        reached=several.percentile(99) < 0.050 and not several.refused,
    )


def _asked(workers: int) -> tuple[Outcome, str]:
    """What came of them with so many workers, and that in words."""
    with scratch() as folder, openroots(folder, workers=workers) as server:
        people = known_people(server.port, PEOPLE)
        requests = patches(people, WARM + RATE * SECONDS)
        apart(Plan(server.port, requests[:WARM], callers=8))
        busy = server.busy()
        plan = Plan(server.port, requests[WARM:], CALLERS, RATE, SECONDS * 3, seed=1948)
        outcome = apart(plan)
        each = (server.busy() - busy) / len(plan.requests) * 1e6
    answered = len(outcome.answered) / outcome.seconds
    return outcome, f"{answered:,.0f}/s, {told(outcome)}; {each:.0f} us of CPU each"
