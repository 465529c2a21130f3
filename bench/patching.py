"""The row about durable updates.

Source: none.
"""

from bench.asking import known_people, patches
from bench.load import Plan, apart
from bench.reading import told
from bench.row import Row
from bench.server import PEOPLE, openroots, scratch

RATE, SECONDS, CALLERS = 1500, 10, 64
WARM = 500


def patch() -> Row:
    """Updates by callers who do not wait for each other, spread over the whole nation."""
    with scratch() as folder, openroots(folder) as server:
        people = known_people(server.port, PEOPLE)
        requests = patches(people, WARM + RATE * SECONDS)
        apart(Plan(server.port, requests[:WARM], callers=8))
        busy = server.busy()
        plan = Plan(server.port, requests[WARM:], CALLERS, RATE, SECONDS * 3, seed=1948)
        outcome = apart(plan)
        each = (server.busy() - busy) / len(plan.requests) * 1e6
    work = f"durable PATCH, {CALLERS} callers, open loop (Poisson) at {RATE:,}/s for {SECONDS} s"
    answered = len(outcome.answered) / outcome.seconds
    measured = f"{answered:,.0f}/s, {told(outcome)}; {each:.0f} us of CPU each"
    reached = outcome.percentile(99) < 0.050 and not outcome.refused
    return Row(work, f"{RATE:,}/s with p99 < 50 ms", measured, reached=reached)
