"""The row about finding people in a large nation.

Source: none.
"""

from bench.asking import known_people, searches
from bench.load import Plan, apart
from bench.nation import nation
from bench.reading import told
from bench.row import Row
from bench.server import openroots

PEOPLE, SOUGHT = 100_000, 2000
RATE, SECONDS, CALLERS = 500, 20, 64
EMPTY = b'"total":0'


def search() -> Row:
    """Searches by callers who do not wait for each other, for people spread over the nation.

    Everybody who is sought is there: a search that finds nobody is cheaper.
    """
    with openroots(nation(PEOPLE), people=PEOPLE) as server:
        people = known_people(server.port, SOUGHT, PEOPLE)
        warm = Plan(server.port, searches(people, len(people)), callers=8, keeps_bodies=True)
        if any(EMPTY in body for body in apart(warm).bodies):
            raise RuntimeError("somebody who is there was not found")
        asked = searches(people, RATE * SECONDS)
        busy = server.busy()
        outcome = apart(Plan(server.port, asked, CALLERS, RATE, SECONDS * 2, seed=1948))
        each = (server.busy() - busy) / len(outcome.answered) * 1e6
    work = f"search by family name and birth date among {PEOPLE:,} people, open loop at {RATE}/s"
    fast = outcome.percentile(50) < 0.0015 and outcome.percentile(99) < 0.010
    reached = fast and not outcome.refused
    measured = f"{told(outcome)}; {each:.0f} us of CPU each"
    return Row(work, "p50 < 1.5 ms, p99 < 10 ms", measured, reached=reached)
