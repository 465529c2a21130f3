"""The row about the policy: a decision with 10,000 agreements, and how soon a change is in force.

In process, without HTTP. Callers of 500 organisations ask in turn for the records of people; each
decision is timed by itself, the one that was made before and the one that is made anew. Where an
agreement changes, the next decision is timed: it reads the change and makes the index anew.

Source: none.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import cycle, islice
from statistics import median, quantiles
from time import perf_counter_ns

from bench.row import Row
from bench.server import scratch
from openroots.app import open_house
from openroots.cli.opening import runner
from openroots.gateway.policy import Asking, Kept
from openroots.house import House
from openroots.problem import Json
from openroots.register.kept_agreements import changes_to
from openroots.service import Access, Caller
from openroots.settings import Settings
from openroots.storage import Author

AGREEMENTS, ORGANISATIONS, CHANGES = 10_000, 500, 20
DECISIONS = 50_000
GOAL = 5.0  # microseconds
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BY = Author("bench", "", "bench", "", NOW, NOW)


def policy() -> Row:
    """Decisions with 10,000 agreements."""
    with scratch() as folder, runner() as loop:
        settings = Settings(state=folder / "state", people=100)
        house = loop.run(open_house(settings))
        loop.run(_agree(house, [_agreement(number) for number in range(AGREEMENTS)]))
        asked = [_asking(house, number) for number in range(ORGANISATIONS)]
        _decisions(house, asked, ORGANISATIONS)
        again = _decisions(house, asked, DECISIONS)
        anew = _decisions(house, asked, DECISIONS, forget=True)
        changed = [_changed(loop.run, house, asked[0], nth) for nth in range(CHANGES)]
        loop.run(house.close())
    figures = f"{median(again):.1f} us made before, {median(anew):.1f} us made anew"
    rest = f"p99 {quantiles(again, n=100)[-1]:.1f} us; after a change {median(changed):.0f} us"
    return Row(
        f"policy: a decision with {AGREEMENTS:,} agreements",
        f"<= {GOAL:.0f} us",
        f"{figures}; {rest}",
        reached=median(again) <= GOAL,
    )


def _agreement(number: int) -> Json:
    return {
        "id": f"a{number:05}",
        "title": f"Agreement {number}",
        "parties": ["*"],
        "controllers": ["*"],
        "recipients": [_code(number)],
        "categories": ["demographics"],
        "actions": ["*"],
        "purposes": ["TREAT"],
        "basis": "invented",
        "conditions": {},
        "from": "2026-01-01",
        "to": None,
        "state": "in force",
    }


def _code(number: int) -> str:
    return f"QB{number % ORGANISATIONS:03}"


async def _agree(house: House, bodies: list[Json]) -> None:
    store = house.world.store
    await store.commit(changes_to(bodies, store.snapshot()), by=BY, across=True)


def _asking(house: House, number: int) -> Asking:
    [service] = [each for each in house.gateway.services if each.name == "demographics"]
    [endpoint] = [each for each in service.endpoints if each.name == "read-patient"]
    caller = Caller(f"app {number}", _code(number), Access.HEALTHCARE_WORKER, f"9{number:011}")
    return Asking(caller, endpoint, NOW, {"id": "9000000009"})


def _decisions(
    house: House, asked: list[Asking], count: int, *, forget: bool = False
) -> list[float]:
    """How long each took, in microseconds; with `forget`, as if it were the first of its caller."""
    store, decide = house.world.store, house.gateway.policy.decide
    db = store.snapshot()
    kept = house.gateway.policy.standing(store, db).kept
    each = _each(asked, count, kept, forget=forget)
    return [_timed(partial(decide, one, store, db)) for one in each]


def _each(asked: list[Asking], count: int, kept: Kept, *, forget: bool) -> Iterator[Asking]:
    for one in islice(cycle(asked), count):
        if forget:
            kept.clear()
        yield one


def _changed(run: Callable[..., None], house: House, asking: Asking, nth: int) -> float:
    """How long the first decision takes after an agreement was changed: it must be by that."""
    store = house.world.store
    body = {**_agreement(nth), "title": f"Changed {nth}"}
    run(_agree(house, [body]))
    return _timed(lambda: house.gateway.policy.decide(asking, store, store.snapshot()))


def _timed(done: Callable[[], object]) -> float:
    begin = perf_counter_ns()
    done()
    return (perf_counter_ns() - begin) / 1000
