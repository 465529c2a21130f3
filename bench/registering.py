"""The rows about the register: a look-up in the rulebook, its compilation, a count by stage, and
the making of a register from its entries.

In process. The rulebook holds thirty standards that are mandated in every care setting, and what
eases them for a hundred applications; five thousand applications ask forty APIs in turn. The
register holds a hundred thousand cases, which are counted through the gateway as of a past day. The
replay reads a million entries from a file, twice, and makes the same hundred thousand cases.

Source: none.
"""

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice
from statistics import median, quantiles
from time import perf_counter, perf_counter_ns

import orjson

from bench.row import Row
from bench.server import scratch
from openroots.problem import Json
from openroots.register.decision import Decision
from openroots.register.exemption import Exemption
from openroots.register.kept import CASE
from openroots.register.replay import Entry, Made, Sum, entry_from, replayed
from openroots.register.rulebook import Rulebook, compile_rulebook
from openroots.register.standard import SETTINGS, Standard, parse_standard
from openroots.storage import Change
from openroots.testing import open_nation

APPLICATIONS, APIS, STANDARDS, EASED = 5_000, 40, 30, 100
LOOK_UP_GOAL, MEMORY_GOAL, COMPILE_GOAL = 2.0, 20.0, 1.0  # microseconds, MB, seconds
CASES, COUNT_GOAL, AT_ONCE, TIMES = 100_000, 0.5, 5_000, 5
MOVES, REPLAY_GOAL = 10, 60.0
STAGES = ("approved", "coming", "connected")
PAST = "2018-01-01"
DECIDED = datetime(2026, 1, 1, tzinfo=UTC)
STANDARD = """
id = "made-{number}"
version = "1.0"
title = "A standard made up to be looked up"
sort = "technical"
force = "regard"
publisher = "OpenRoots"
why = "So that there is one."
sources = ["none"]
stage = [{{ stage = "published", from = 2026-01-01 }}]

[[clause]]
id = "1"
on = "request"
words = "Calls say who they are."
expected = "Calls say who they are."
mend = "Send the header X-Who."
condition = {{ fact = "header.x-who", present = true }}
"""


def rulebook_look_up() -> Row:
    """What binds one application at one API."""
    tracemalloc.start()
    rulebook = _rulebook()
    asked = list(_asked())
    before = tracemalloc.get_traced_memory()[0]
    for each in asked:
        rulebook.rules(*each)
    megabytes = (tracemalloc.get_traced_memory()[0] - before) / 1e6
    tracemalloc.stop()
    took = [_microseconds(rulebook, each) for each in asked]
    figures = f"{median(took):.2f} us, p99 {quantiles(took, n=100)[-1]:.2f} us"
    work = f"rulebook: look up {APPLICATIONS:,} applications x {APIS} APIs, {STANDARDS} standards"
    return Row(
        work,
        f"<= {LOOK_UP_GOAL:.0f} us, <= {MEMORY_GOAL:.0f} MB",
        f"{figures}; {megabytes:.1f} MB",
        reached=median(took) <= LOOK_UP_GOAL and megabytes <= MEMORY_GOAL,
    )


def rulebook_compile() -> Row:
    """From what is decided to a rulebook that has answered for every care setting."""
    made = []
    for _ in range(TIMES):
        begun = perf_counter()
        rulebook = _rulebook()
        for setting in SETTINGS:
            rulebook.rules("api-0", "read", setting)
        made.append(perf_counter() - begun)
    return Row(
        f"rulebook: read and compile {STANDARDS} standards and {STANDARDS + EASED} decisions",
        f"< {COMPILE_GOAL:.0f} s",
        f"{min(made) * 1000:.0f} ms",
        reached=min(made) < COMPILE_GOAL,
    )


def register_count() -> Row:
    """A register counted by stage as of a past day."""
    path = f"/standards-register/programmes/login-onboarding?on={PAST}"
    with scratch() as folder:
        nation = open_nation(folder / "state", people=5)
        for begin in range(0, CASES, AT_ONCE):
            nation.holds(*(_case(number) for number in range(begin, begin + AT_ONCE)))
        took = []
        for _ in range(TIMES):
            begun = perf_counter()
            told = nation.ask("GET", path).body
            took.append(perf_counter() - begun)
        nation.close()
    return Row(
        f"register: {CASES:,} cases counted by stage as of a past day",
        f"< {COUNT_GOAL * 1000:.0f} ms",
        f"{min(took) * 1000:.0f} ms ({told['sentence']})",
        reached=min(took) < COUNT_GOAL,
    )


def register_replay() -> Row:
    """A register made again from its entries, twice, to the bytes of its cases."""
    with scratch() as folder:
        file, right = folder / "register.jsonl", Sum()
        with file.open("wb") as out:
            for number in range(CASES):
                for entry in _entries(number):
                    out.write(entry.line() + b"\n")
                right.add(_whole(number))
        took, sums = [], {right.hex()}
        for _ in range(2):
            begun, made = perf_counter(), Sum()
            with file.open("rb") as lines:
                for one in replayed(map(entry_from, lines)):
                    made.add(one)
            took.append(perf_counter() - begun)
            sums.add(made.hex())
    same = "the same bytes" if len(sums) == 1 else "OTHER BYTES"
    return Row(
        f"register: {CASES * MOVES:,} entries replayed, to the same bytes",
        f"< {REPLAY_GOAL:.0f} s",
        f"{min(took):.1f} s ({same})",
        reached=max(took) < REPLAY_GOAL and len(sums) == 1,
    )


def _entries(number: int) -> Iterator[Entry]:
    """The entries of one case: that it was opened, and nine moves."""
    body, moves = dict(_case(number).body or {}), _moves(number * 7 % 2000)
    yield Entry(CASE, body["id"], 1, {**body, "moves": moves[:1]})
    for nth, move in enumerate(moves[1:], 2):
        yield Entry(CASE, body["id"], nth, more={"moves": [move]})


def _whole(number: int) -> Made:
    body = {**(_case(number).body or {}), "moves": _moves(number * 7 % 2000)}
    return Made(CASE, body["id"], MOVES, orjson.dumps(body))


@cache
def _moves(day: int) -> list[Json]:
    first = date(2015, 1, 1) + timedelta(days=day)
    return [_move(STAGES[nth % 3], first + timedelta(days=30 * nth)) for nth in range(MOVES)]


def _rulebook() -> Rulebook:
    return compile_rulebook(
        [_standard(number) for number in range(STANDARDS)],
        [_mandate(number) for number in range(STANDARDS)],
        [_waiver(number) for number in range(EASED)],
    )


def _standard(number: int) -> Standard:
    return parse_standard(STANDARD.format(number=number), f"made-{number}.toml")


def _mandate(number: int) -> Decision:
    return Decision(
        id=f"decided-{number:08d}",
        standard=f"made-{number}",
        kind="mandate",
        decided_at=DECIDED,
        by="bench",
        reason="made up",
        settings=tuple(SETTINGS),
        published=date(2026, 1, 1),
        warn_from=date(2026, 6, 1),
        enforce_from=date(2027, 1, 1),
    )


def _waiver(number: int) -> Exemption:
    standard, application = f"made-{number % STANDARDS}", f"application-{number}"
    return Exemption(
        f"waiver-{number:08d}",
        standard,
        "waiver",
        DECIDED,
        "bench",
        "made up",
        applications=(application,),
        due=date(2027, 6, 1),
    )


def _asked() -> Iterator[tuple[str, str, str, str, str, str]]:
    settings = tuple(SETTINGS)
    for number in range(APPLICATIONS):
        setting = settings[number % len(settings)]
        for api in range(APIS):
            yield f"api-{api}", "read", setting, "RO197", "Y56", f"application-{number}"


def _microseconds(rulebook: Rulebook, each: tuple[str, str, str, str, str, str]) -> float:
    begun = perf_counter_ns()
    rulebook.rules(*each)
    return (perf_counter_ns() - begun) / 1000


def _case(number: int) -> Change:
    first, id = date(2015, 1, 1) + timedelta(days=number * 7 % 2000), f"s-{number}"
    moves = [
        _move(stage, first + timedelta(days=300 * nth))
        for nth, stage in enumerate(islice(STAGES, 1 + number % 3))
    ]
    return Change(
        CASE,
        f"login-onboarding.{id}",
        {
            "id": f"login-onboarding.{id}",
            "programme": "login-onboarding",
            "version": "1",
            "subject": {"kind": "service", "id": id, "name": f"Service {number}", "owner": "Y9"},
            "opened_at": DECIDED.isoformat(),
            "moves": moves,
            **{name: [] for name in ("answers", "assessments", "themes")},
        },
        expect=0,
    )


def _move(stage: str, on: date) -> Json:
    return {
        "stage": stage,
        "on": on.isoformat(),
        "at": DECIDED.isoformat(),
        "by": "bench",
        "reason": "made up",
        "settings": [],
        "organisation_types": [],
        "source": "made up",
        "closes": None,
    }
