"""The verb that traces many people: who of a CSV file is who in this nation.

It asks the server of the state folder, or opens the folder itself where no server has it open.

Source: PDS FHIR API, "Search for a patient", for what people are found by.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from openroots.cli.client import NotRunning, Server, asks
from openroots.cli.folder import find_server, held, is_held
from openroots.cli.opening import open_world, runner
from openroots.cli.terminal import BAD, GOOD, USAGE, Json, Stop, mark, say, some
from openroots.cli.traced_files import Row, Traced, traced_file

if TYPE_CHECKING:
    from openroots.loading.reading import Found

AT_ONCE = 500  # people in one part
LARGEST = 2 << 20  # bytes of a request: a server takes twice as many
TOLD_EVERY = 20  # parts

Asking = Callable[[Iterable[Sequence[Json]]], Iterator[list[Json]]]  # what comes of each part

WORDS = {
    "match": "matched",
    "doubt": "in doubt: one person may be them",
    "many": "in doubt: several may be them",
    "none": "not found",
    "wrong": "could not be read; the column why says what to mend",
}
IN_DOUBT = frozenset({"doubt", "many"})


def _show(answer: Json) -> None:
    say(f"{mark(GOOD)} {some(answer['read'], 'line')} done; see {answer['results']}")
    for result, words in WORDS.items():
        if count := answer["counts"].get(result, 0):
            sign = mark(BAD) if result == "wrong" else " "
            say(f"{count:>9,}  {words}", f"{sign} ")
    if not IN_DOUBT.isdisjoint(answer["counts"]):
        say(f"those in doubt, with all who may be them: {answer['doubtful']}", "  ")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path), help="Write here what came of each line.")
@click.option("--no-progress", is_flag=True, help="Do not show how far it has come.")
@asks(_show, failed=lambda answer: answer["counts"].get("wrong", 0) > 0)
def trace(server: Server, file: Path, out: Path | None, no_progress: bool) -> Json:
    """Find out who the people of a file are.

    By name, birth date and address, and whatever else its columns say.

    Beside FILE.csv it writes FILE.traced.csv, a line for each, and FILE.traced.doubtful.csv with
    all who may be those in doubt. Where it was stopped, the same command goes on. The exit code is
    1 where a line could not be read. docs/error-rates.md has the columns.
    """
    if not file.is_file():
        cause = f"{file} is a stream, and what is traced is read twice"
        raise Stop(cause, "Save it in a file, and name that.", USAGE)
    target = out or file.with_name(f"{file.stem}.traced.csv")
    if not target.name:
        raise Stop(f"--out: {target} is no file", "Name a file.", USAGE)
    with traced_file(file, target) as traced, file.open("rb") as opened:
        again = traced.begin()
        size = file.stat().st_size
        tell = _quiet if no_progress else _progress(size)
        if again and not no_progress:
            click.echo(f"Going on after {some(traced.read, 'line')}", err=True)
        with _asking(server, size) as asking:
            _trace_all(opened, traced, asking, tell)
        traced.finish()
    return {
        "file": str(file),
        "read": traced.read,
        "counts": dict(traced.counts),
        "results": str(traced.out),
        "doubtful": str(traced.doubtful),
    }


def _trace_all(file: IO[bytes], traced: Traced, asking: Asking, tell: "Tell") -> None:
    """Every line that is not yet done, a part at a time."""
    from openroots.loading.failures import wrong
    from openroots.loading.sought import sought
    from openroots.problem import Problem

    try:
        found = islice(sought(file), traced.read, None)
        under_way: deque[Sequence[Found]] = deque()
        for count, came in enumerate(asking(_parts(found, under_way)), 1):
            _keep_part(under_way.popleft(), traced, came)
            if count % TOLD_EVERY == 0:
                tell(traced.read, file.tell())
    except Problem as problem:
        traced.forget()
        told = wrong(0, problem)
        raise Stop(f"{file.name}: {told.why}", told.mend, USAGE) from problem


def _parts(
    found: "Iterator[Found]", under_way: "deque[Sequence[Found]]"
) -> Iterator[Sequence[Json]]:
    """The people of each part, which is kept among those that are under way."""
    while part := list(islice(found, AT_ONCE)):
        under_way.append(part)
        yield [one.patient for one in part if one.patient is not None]


def _keep_part(part: "Sequence[Found]", traced: Traced, came: Sequence[Json]) -> None:
    """Write what came of each line of a part."""
    outcomes = iter(came)
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
def _asking(server: Server, size: int) -> Iterator[Asking]:
    """How to have people traced: by the server, or in the folder where none has it open."""
    answers = is_held(server.state) and find_server(server.state)  # or another command has it
    if server.sandbox or server.settings.store or answers:
        yield lambda parts: (_of_server(server, part) for part in parts)
        return
    if not (server.state / "openroots.db").exists():
        raise NotRunning(server.state)
    with held(server.state), _in_folder(server, size) as asking:
        yield asking


def _of_server(server: Server, people: Sequence[Json]) -> list[Json]:
    """What it says of these people; of those who do not go into one request, half at a time."""
    if len(people) > 1 and len(json.dumps(people)) > LARGEST:
        middle = len(people) // 2
        return [*_of_server(server, people[:middle]), *_of_server(server, people[middle:])]
    return list(server.post("/people/trace", people=people)["outcomes"]) if people else []


@contextmanager
def _in_folder(server: Server, size: int) -> Iterator[Asking]:
    from openroots.cli.traced_apart import tracing
    from openroots.gateway.tooling.desk import operator_entry

    with runner() as loop:
        house = open_world(server.settings, loop, err=True)

        def asking(parts: Iterable[Sequence[Json]]) -> Iterator[list[Json]]:
            for done in trace_parts(parts):
                about = operator_entry("tooling.people-trace", house.world, subjects=done.subjects)
                loop.run(house.journal.keep(about))
                yield done.told

        try:
            with tracing(server.settings, size) as trace_parts:
                yield asking
        finally:
            loop.run(house.close())


Tell = Callable[[int, int], None]  # lines done, and how far into the file that is


def _progress(size: int) -> Tell:
    def tell(read: int, at: int) -> None:
        click.echo(f"{read:,} lines traced, {100 * at // max(size, 1)} % of the file", err=True)

    return tell


def _quiet(read: int, at: int) -> None:
    """Tell nobody."""
