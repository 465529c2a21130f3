"""Lint: what is wrong with a programme before anybody relies on it, each with file and line.

For whoever writes one, and for `openroots programme lint`. Beside what does not parse: stages that
cannot be reached or left, facts that nobody defined, questions that wait for each other, dates that
cannot be met, and more questions than the programme allowed itself. A made-up case is then taken
through three years of days, twice, and must come to the same dates.

Source: none.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from typing import NamedTuple

from openroots.register.condition import Condition
from openroots.register.lifecycle import least_days
from openroots.register.programme import (
    Programme,
    Question,
    StageRule,
    Step,
    parse_programme,
    programme_files,
)
from openroots.register.simulation import simulated

HEAD = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]")
KEY = re.compile(r"\s*([\w.-]+)\s*=")
ORDER = ("published", "warn_from", "enforce_from", "due")
YEARS = 3
FOREVER = date(9000, 1, 1)
# Of what types of fact an operator can tell something; one that is not named here, of every type.
FITTING = {
    "gte": ("number",),
    "lte": ("number",),
    "before": ("date",),
    "after": ("date",),
    "matches": ("text", "url", "choice"),
}


class Fault(NamedTuple):
    """One thing that is wrong, and where: "standards.toml:41: stage[3]: ..."."""

    file: str
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.words}"


def readable() -> dict[str, Programme]:
    """The programmes that the program brings, by id, as far as they can be read."""
    found: dict[str, Programme] = {}
    for name, text in programme_files().items():
        with suppress(ValueError):
            one = parse_programme(text, name)
            found[one.id] = one
    return found


def lint(text: str, name: str, others: Mapping[str, Programme] | None = None) -> list[Fault]:
    """Everything that is wrong with the programme of a file, in the order of its lines.

    `others` are the programmes beside it, whose facts need not be asked again.
    """
    try:
        programme = parse_programme(text, name)
    except ValueError as error:
        words = str(error).removeprefix(f"{name}: ")
        return [Fault(name, line_of(text, words), words)]
    found = [
        Fault(name, line_of(text, words), words)
        for check in CHECKS
        for words in check(programme, others or {})
    ]
    return sorted(found, key=lambda fault: fault.line)


def _stages(programme: Programme, others: Mapping[str, Programme]) -> Iterator[str]:
    known = programme.stage
    if len(known) < len(programme.stages):
        yield "stage[1]: two stages have the same id"
    if not programme.stages or programme.stages[0].after:
        yield "stage[1]: there is no first stage, which comes after none"
    reached = _reached(programme.stages)
    for number, stage in enumerate(programme.stages, 1):
        for before in stage.after:
            if before not in known:
                yield f"stage[{number}].after: '{before}' is no stage"
        if number > 1 and not stage.after:
            yield f"stage[{number}]: '{stage.id}' has no way in: name what it comes after"
        elif stage.id not in reached and known.keys() >= set(stage.after):
            yield f"stage[{number}]: '{stage.id}' cannot be reached"


def _reached(stages: tuple[StageRule, ...]) -> set[str]:
    reached = {stages[0].id} if stages else set()
    for _ in stages:
        reached |= {stage.id for stage in stages if reached & set(stage.after)}
    return reached


def _facts(programme: Programme, others: Mapping[str, Programme]) -> Iterator[str]:
    for number, stage in enumerate(programme.stages, 1):
        for need in stage.needs:
            yield from _unknown(programme, need, f"stage[{number}].needs")
            yield from _unfit(programme, need, f"stage[{number}].needs")
    for place, question in _questions(programme):
        if question.fact not in programme.fact:
            yield f"{place}.fact: '{question.fact}' is no fact of this programme"
        for name, condition in (("when", question.when), ("accept", question.accept)):
            if condition:
                yield from _unknown(programme, condition, f"{place}.{name}")
                yield from _unfit(programme, condition, f"{place}.{name}")
    keys = [fact.key for fact in programme.facts]
    for number, fact in enumerate(programme.facts, 1):
        if fact.key in keys[: number - 1]:
            yield f"fact[{number}].key: '{fact.key}' is a fact already"
        for other in others.values():
            same = other.fact.get(fact.key)
            if other.id != programme.id and same and same.type != fact.type:
                yield f"fact[{number}].type: '{fact.key}' is {same.type} in {other.id}"


def _unknown(programme: Programme, condition: Condition, place: str) -> Iterator[str]:
    for key in condition.facts():
        if key not in programme.fact:
            yield f"{place}: '{key}' is no fact of this programme"


def _unfit(programme: Programme, condition: Condition, place: str) -> Iterator[str]:
    """Tests that no value of the fact's type can pass, or that tell nothing of it."""
    for test in condition.tests():
        fact = programme.fact.get(test.fact)
        if fact is None:
            continue
        if fact.type not in FITTING.get(test.operator, (fact.type,)):
            yield f"{place}: '{test.fact}' is {fact.type}, of which '{test.operator}' tells nothing"
        elif test.operator in ("is", "any"):
            for value in test.wanted if test.operator == "any" else (test.wanted,):
                if not fact.can_be(value):
                    yield f"{place}: '{test.fact}' is {fact.type}, and never {value!r}"


def _twice(programme: Programme, others: Mapping[str, Programme]) -> Iterator[str]:
    parts = [(f"part[{number}]", part.id) for number, part in enumerate(programme.parts, 1)]
    for named in (parts, [(place, question.id) for place, question in _questions(programme)]):
        for number, (place, id) in enumerate(named):
            if id in (other for _, other in named[:number]):
                yield f"{place}.id: '{id}' is there already"
    for number, step in enumerate(programme.ladder, 1):
        if step in programme.ladder[: number - 1]:
            yield f"ladder[{number}]: is there already"


def _loops(programme: Programme, others: Mapping[str, Programme]) -> Iterator[str]:
    """Questions that are asked only once another is answered, which waits for them in turn."""
    waits: dict[str, set[str]] = {}
    for _, question in _questions(programme):
        if question.when:
            waits.setdefault(question.fact, set()).update(question.when.facts())
    for place, question in _questions(programme):
        if question.when and _leads_to(question.fact, question.fact, waits, set()):
            yield f"{place}.when: '{question.fact}' waits for itself, and is never asked"


def _leads_to(start: str, goal: str, waits: Mapping[str, set[str]], seen: set[str]) -> bool:
    for following in waits.get(start, set()) - seen:
        if following == goal or _leads_to(following, goal, waits, seen | {following}):
            return True
    return False


def _dates(programme: Programme, others: Mapping[str, Programme]) -> Iterator[str]:
    if programme.switch_date and programme.switch_date < programme.valid_from:
        yield "switch_date: is before valid_from"
    for number, stage in enumerate(programme.stages, 1):
        if stage.days < 0 or stage.days_binding < 0:
            yield f"stage[{number}].days: no stage is shorter than a moment"
        if least_days(stage, binding=True) > YEARS * 365:
            yield f"stage[{number}].days: longer than {YEARS} years"
        if stage.exit and not 0 <= stage.exit["pass_rate"] <= 1:
            yield f"stage[{number}].exit: a pass_rate is a share from 0 to 1"
    yield from _ladder(programme.ladder)
    notices = [step for step in programme.ladder if step.at == "enforce_from" and step.days < 0]
    for step in notices:
        if -step.days > programme.notice_days:
            number = programme.ladder.index(step) + 1
            most = programme.notice_days
            yield f"ladder[{number}].days: is told before the notice, which is of {most} days"


def _ladder(ladder: tuple[Step, ...]) -> Iterator[str]:
    places = [(ORDER.index(step.at), step.days) for step in ladder]
    for number, (before, place) in enumerate(zip(places, places[1:], strict=False), 2):
        if place < before:
            yield f"ladder[{number}]: comes before the step above it"


def _burden(programme: Programme, others: Mapping[str, Programme]) -> Iterator[str]:
    known = {key for other in others.values() if other.id != programme.id for key in other.fact}
    asked = [
        (place, question)
        for place, question in _questions(programme)
        if question.fact in programme.fact and not programme.fact[question.fact].source
    ]
    twice = {question.fact for _, question in asked}
    if len(twice) < len(asked):
        yield "part[1]: the same fact is asked for twice"
    typed = [question for _, question in asked if question.fact not in known]
    if len(typed) > programme.asked_most:
        yield f"asked_most: {len(typed)} questions are to be typed, {programme.asked_most} allowed"


def _calendar(programme: Programme, others: Mapping[str, Programme]) -> Iterator[str]:
    begin = programme.valid_from
    try:
        end = begin + timedelta(days=YEARS * 366)
        if simulated(programme, begin, end) != simulated(programme, begin, end):
            yield "stage[1]: the same days do not give the same dates"
        overdue = list(_overdue(programme, begin, end))
    except OverflowError:
        yield "valid_from: the calendar ends before all of its days are over"
        return
    for stage, days in overdue:
        number = list(programme.stage).index(stage) + 1
        yield f"stage[{number}]: is not reached within {YEARS} years, but after {days} days"


def _overdue(programme: Programme, begin: date, end: date) -> Iterator[tuple[str, int]]:
    for stage, day in simulated(programme, begin, FOREVER).reached.items():
        if day > end:
            yield stage, (day - begin).days


def _questions(programme: Programme) -> Iterator[tuple[str, Question]]:
    for part_number, part in enumerate(programme.parts, 1):
        for number, question in enumerate(part.questions, 1):
            yield f"part[{part_number}].question[{number}]", question


def line_of(text: str, words: str) -> int:
    """The line of a file that a fault is about, as far as its place leads: 1 for the whole file."""
    lines = text.splitlines()
    if found := re.search(r"\(at line (\d+)", words):
        return int(found[1])
    at, path, within, keys = 0, "", "", ""
    for word in words.partition(": ")[0].split("."):
        name, _, nth = word.rstrip("]").partition("[")
        path, keys = f"{path}.{name}".strip("."), f"{keys}.{name}".strip(".")
        heads = [number for number in _part(lines, at, within) if _head(lines[number]) == path]
        if nth and int(nth) <= len(heads):
            at, within, keys = heads[int(nth) - 1], path, ""
    return _line_of_key(lines, at, within, keys) + 1


def _part(lines: list[str], at: int, path: str) -> Iterator[int]:
    """The lines of the table that begins at a line, with the tables in it."""
    for number in range(at, len(lines)):
        head = _head(lines[number])
        if path and number > at and head and not head.startswith(f"{path}."):
            return
        yield number


def _line_of_key(lines: list[str], at: int, path: str, keys: str) -> int:
    table, wanted, best = path, f"{path}.{keys}".strip("."), at
    for number in _part(lines, at, path):
        if (head := _head(lines[number])) and number > at:
            table = head
            best = number if wanted == head else best
        key = KEY.match(lines[number])
        told = f"{table}.{key[1]}".strip(".") if key else ""
        if told and (wanted == told or wanted.startswith(f"{told}.")):
            return number
    return best


def _head(line: str) -> str:
    found = HEAD.match(line)
    return found[1] if found else ""


CHECKS: tuple[Callable[[Programme, Mapping[str, Programme]], Iterator[str]], ...] = (
    _stages,
    _facts,
    _twice,
    _loops,
    _dates,
    _burden,
    _calendar,
)
