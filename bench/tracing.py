"""The rows about tracing: how often it is wrong, and how long a batch takes.

FULL=1 asks six million queries of near-twins; otherwise a few ten thousand show the way.

Source: none.
"""

import csv
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from resource import RUSAGE_CHILDREN, getrusage
from shutil import copytree
from time import perf_counter

from bench.bounds import lower, upper
from bench.error_rates import (
    AMONG,
    FIRST,
    MATCHED,
    MISSED,
    OF_ANOTHER,
    TAKEN,
    TODAY,
    WRONG,
    Tally,
    former_of,
    measured,
)
from bench.machine import CORES
from bench.nation import nation
from bench.row import Row
from bench.server import COMMAND, scratch
from openroots.population import make, names
from openroots.population.errors import errors, spoilt
from openroots.population.told import past_of, tell

SEEDS = {False: (11, 12), True: tuple(range(57, 69))}  # one nation each
PEOPLE = {False: 2_000, True: 20_000}
ASKED = {False: 400, True: 3_600}
NEAR_TWIN = ("near, not there", "near, there", "beside")
OUTCOMES = (MATCHED, FIRST, AMONG, MISSED, WRONG)
FOUND = (MATCHED, FIRST)
FEWEST = 300  # queries of a community, for its share to say something
POINTS = 0.02


def error_rates() -> Row:
    """How often tracing takes one person for another, and how often it misses who is there."""
    full = bool(os.environ.get("FULL"))
    ask = partial(measured, PEOPLE[full], ask=ASKED[full])
    tally: Tally = Counter()
    with ProcessPoolExecutor(CORES) as processes:
        for nations, nation_tally in enumerate(processes.map(ask, SEEDS[full]), 1):
            tally.update(nation_tally)
            asked, wrong = _of_near_twins(tally)
            told = f"{nations} of {len(SEEDS[full])} nations: {wrong} wrong of {asked:,}"
            print(f"bench: {told}", file=sys.stderr, flush=True)
    bound = upper(wrong, asked)
    one, two = (share(_of(tally, group)) for group in ("one", "two"))
    other = _of(tally, OF_ANOTHER)
    words = (
        f"{wrong} wrong of {asked:,} (at most 1 in {1 / bound:,.0f} with 95 %); "
        f"told another's record word for word, and no trials: {other.total():,}, "
        f"of which {other[MATCHED]:,} matched that other; found {one:.2%} and {two:.2%}"
    )
    reached = (bound <= 1e-6 if full else not wrong) and one >= 0.98 and two >= 0.92
    work = "near-twin queries matched wrongly; right person found with one and two errors"
    return Row(work, "<= 1 in 1,000,000; >= 98 %, >= 92 %", words, _tables(tally), reached)


def _of_near_twins(tally: Tally) -> tuple[int, int]:
    """How often a near-twin was asked for or was beside, and how often that came out wrong.

    What tells another's record is no trial of these; to be wrong of that one too is counted."""
    near = sum((_of(tally, group) for group in NEAR_TWIN), Counter[str]())
    return near.total(), near[WRONG] + _of(tally, OF_ANOTHER)[WRONG]


def share(counted: Counter[str]) -> float:
    """The share of those found: matched, or first of those in doubt."""
    return sum(counted[came] for came in FOUND) / max(counted.total(), 1)


def _of(tally: Tally, group: str, kind: str = "") -> Counter[str]:
    counted: Counter[str] = Counter()
    for (asked, name, came), count in tally.items():
        if asked == group and kind in ("", name):
            counted[came] += count
    return counted


def _tables(tally: Tally) -> str:
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for group, kind, _ in tally:
        kinds[group].add(kind)
    parts = [
        f"{title}\n\n" + "\n".join(_table(tally, group, sorted(kinds[group])))
        for group, title in TITLES.items()
        if kinds[group]
    ]
    parts.append(unlike(tally, sorted(kinds["one"])))
    return "\n\n".join([*parts, *(f"Wrong: {case}." for case in sorted(kinds[TAKEN]))])


TITLES = {
    "near, not there": "**A near-twin is asked for who is in no record**",
    "near, there": "**A near-twin is asked for, and both are there**",
    "beside": "**Somebody is asked for, with a near-twin beside them**",
    OF_ANOTHER: "**No trial: what is told is, word for word, another's record alone; of that one**",
    "error": "**One error, by what it is**",
    "one": "**One error other than in the birth date, by community**",
    "two": "**Two errors in two fields other than the birth date, by community**",
}


def _table(tally: Tally, group: str, kinds: list[str]) -> Iterator[str]:
    yield f"| {group} | asked | {' | '.join(OUTCOMES)} | wrong, at most | missed, at most |"
    yield "|---" * (len(OUTCOMES) + 4) + "|"
    for kind in ("", *kinds):
        counted = _of(tally, group, kind)
        of = counted.total()
        shares = " | ".join(f"{counted[came] / of:.2%}" for came in OUTCOMES)
        bounds = f"{upper(counted[WRONG], of):.2e} | {upper(counted[MISSED], of):.2e}"
        yield f"| {kind or 'all'} | {of:,} | {shares} | {bounds} |"


def unlike(tally: Tally, communities: list[str]) -> str:
    """The communities whose people are found less often than all are, by more than two points:
    surely so, and not by chance."""
    told = []
    for group in ("one", "two"):
        usual = share(_of(tally, group))
        for kind in communities:
            counted = _of(tally, group, kind)
            found = sum(counted[came] for came in FOUND)
            if counted.total() >= FEWEST and upper(found, counted.total()) < usual - POINTS:
                least = lower(found, counted.total())
                told.append(f"{kind} with {group}: {share(counted):.2%}, at least {least:.2%}")
    return "Found less often by more than 2 points: " + ("; ".join(told) or "nobody") + "."


def batch() -> Row:
    """`openroots trace` of a file as large as the nation; FULL=1 of a million."""
    people = 1_000_000 if os.environ.get("FULL") else 20_000
    with scratch() as folder:
        state, file = folder / "state", folder / "sought.csv"
        copytree(nation(people) / "state", state)
        _write(file, people)
        begin, busy = perf_counter(), _children_busy()
        command = [COMMAND, "trace", str(file), "--state", str(state), "--no-progress"]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        took, cpu = perf_counter() - begin, _children_busy() - busy
    minutes = took * 1_000_000 / people / 60
    words = (
        f"{took:.0f} s: {took / people * 1e6:.0f} us a row, {minutes:.1f} minutes for 1,000,000; "
        f"{cpu / people * 1e6:.0f} us of CPU a row"
    )
    work = f"batch trace, {people:,} rows against {people:,} people"
    return Row(work, "< 10 min for 1,000,000", words, reached=minutes < 10)


def _children_busy() -> float:
    """The CPU time of all processes that were started and have ended, in seconds."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _write(file: Path, people: int) -> None:
    """The people of the nation as somebody told of them, each second one with an error."""
    every, chance = list(errors(names.load()[1]).values()), Random(5)
    made = (person for household in make(people, 1948, TODAY) for person in household.people)
    with file.open("w", encoding="utf-8", newline="") as opened:
        out = csv.writer(opened)
        out.writerow(
            ("reference", "family_name", "given_names", "gender", "birth_date", "postcode")
        )
        for at, person in enumerate(made):
            told, past = tell(person.patient), past_of(person.patient, former_of(person))
            if at % 2:
                told = spoilt(told, past, (chance.choice(every),), chance) or told
            given = " ".join(told.given)
            out.writerow((at, told.family, given, told.gender, told.born, told.postcode))
