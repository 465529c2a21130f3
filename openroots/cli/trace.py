"""The verb that traces many people: who of a CSV file is who in this nation.

It asks the server of the state folder, or opens the folder itself where no server has it open.

Source: PDS FHIR API, "Search for a patient", for what people are found by.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from openroots.cli.client import NotRunning, Server, asks
from openroots.cli.folder import held, is_held
from openroots.cli.opening import open_world, runner
from openroots.cli.terminal import BAD, GOOD, USAGE, Json, Stop, mark, say, some
from openroots.cli.traced_files import Row, Traced, traced_file

if TYPE_CHECKING:
    from openroots.loading.reading import Found

AT_ONCE = 500  # people in one part
TOLD_EVERY = 20  # parts

Ask = Callable[[Sequence[Json]], list[Json]]  # what comes of tracing each of these

WORDS = {
    "match": "matched",
    "doubt": "in doubt: one person may be them",
    "many": "in doubt: several may be them",
    "none": "not found",
    "wrong": "could not be read",
}


def _show(answer: Json) -> None:
    say(f"{mark(GOOD)} {some(answer['read'], 'line')} done; see {answer['results']}")
    for result, words in WORDS.items():
        if count := answer["counts"].get(result, 0):
            sign = mark(BAD) if result == "wrong" else " "
            say(f"{count:>9,}  {words}", f"{sign} ")
    if answer["doubtful"]:
        say(f"those in doubt, with all who may be them: {answer['doubtful']}", "  ")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path), help="Write here what came of each line.")
@click.option("--no-progress", is_flag=True, help="Do not tell how far it has come.")
@asks(_show, failed=lambda answer: answer["counts"].get("wrong", 0) > 0)
def trace(server: Server, file: Path, out: Path | None, no_progress: bool) -> Json:
    """Find out who the people of a file are.

    By name, birth date and address, and whatever else its columns say.

    Beside FILE.csv it writes FILE.traced.csv, a line for each, and FILE.traced.doubtful.csv with
    all who may be those in doubt. Where it was stopped, the same command goes on. The exit code is
    1 where a line could not be read. docs/error-rates.md has the columns.
    """
    target = out or file.with_name(f"{file.stem}.traced.csv")
    with traced_file(file, target) as traced, file.open("rb") as opened:
        again = traced.begin()
        tell = _quiet if no_progress else _progress(file.stat().st_size)
        if again and not no_progress:
            click.echo(f"Going on after {some(traced.read, 'line')}", err=True)
        with _asking(server) as ask:
            _trace_all(opened, traced, ask, tell)
        traced.finish()
    return {
        "file": str(file),
        "read": traced.read,
        "counts": dict(traced.counts),
        "results": str(traced.out),
        "doubtful": str(traced.doubtful),
    }


def _trace_all(file: IO[bytes], traced: Traced, ask: Ask, tell: "Tell") -> None:
    """Every line that is not yet done, a part at a time."""
    from openroots.loading.failures import wrong
    from openroots.loading.sought import sought
    from openroots.problem import Problem

    try:
        found = islice(sought(file), traced.read, None)
        parts = 0
        while part := list(islice(found, AT_ONCE)):
            _trace_part(part, traced, ask)
            parts += 1
            if parts % TOLD_EVERY == 0:
                tell(traced.read, file.tell())
    except Problem as problem:
        traced.forget()
        told = wrong(0, problem)
        raise Stop(f"{file.name}: {told.why}", told.mend, USAGE) from problem


def _trace_part(part: "Sequence[Found]", traced: Traced, ask: Ask) -> None:
    people = [one.patient for one in part if one.patient is not None]
    outcomes = iter(ask(people) if people else ())
    results: list[Row] = []
    doubtful: list[Row] = []
    for one in part:
        if one.patient is None:
            told = one.wrong
            why = f"{told.why}. {told.mend}" if told else ""
            reference = one.said.get("reference", "").strip()
            results.append((one.line, reference, "wrong", "", "", why))
            continue
        outcome, reference = next(outcomes), one.patient["reference"]
        score = f"{outcome['score']:.4f}" if "score" in outcome else ""
        result = outcome["result"], outcome.get("number", ""), score, ""
        results.append((one.line, reference, *result))
        for rank, other in enumerate(outcome.get("found", ()), 1):
            told_of = other["number"], f"{other['score']:.4f}", other["why"]
            doubtful.append((one.line, reference, rank, *told_of))
    traced.counts.update(str(row[2]) for row in results)
    traced.keep(results, doubtful, len(part))


@contextmanager
def _asking(server: Server) -> Iterator[Ask]:
    """How to have people traced: by the server, or in the folder where none has it open."""
    if server.sandbox or server.settings.store or is_held(server.state):
        yield lambda people: list(server.post("/people/trace", people=people)["outcomes"])
        return
    if not (server.state / "openroots.db").exists():
        raise NotRunning(server.state)
    with held(server.state), _in_folder(server) as ask:
        yield ask


@contextmanager
def _in_folder(server: Server) -> Iterator[Ask]:
    from openroots.gateway.tooling.desk import operator_entry
    from openroots.loading.sought import wanted_of
    from openroots.loading.traced import all_subjects
    from openroots.loading.traced import trace as traced_in

    with runner() as loop:
        house = open_world(server.settings, loop, err=True)
        db = house.world.store.snapshot()

        def ask(people: Sequence[Json]) -> list[Json]:
            outcomes = traced_in([wanted_of(one) for one in people], db)
            subjects = all_subjects(outcomes)
            entry = operator_entry("tooling.people-trace", house.world, subjects=subjects)
            loop.run(house.journal.keep(entry))
            return [outcome.told() for outcome in outcomes]

        try:
            yield ask
        finally:
            loop.run(house.close())


Tell = Callable[[int, int], None]  # lines done, and how far into the file that is


def _progress(size: int) -> Tell:
    def tell(read: int, at: int) -> None:
        click.echo(f"{read:,} lines traced, {100 * at // max(size, 1)} % of the file", err=True)

    return tell


def _quiet(read: int, at: int) -> None:
    """Tell nobody."""
