"""Verbs about people: find some to test with, load them from a file, make some, write them to one.

Source: none.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urlencode

import click

from openroots.cli.client import Server, asks
from openroots.cli.data import people as find
from openroots.cli.reading import shown
from openroots.cli.terminal import (
    BAD,
    CONFLICT,
    GOOD,
    USAGE,
    Json,
    Stop,
    mark,
    say,
    some,
)

if TYPE_CHECKING:
    from openroots.loading.reading import Found

AT_ONCE = 200  # people in one request
AT_ONCE_BYTES = 1 << 20
SHOWN = 20  # refusals that are printed
LISTED = 1000  # refusals that are held in memory
PAGE = 200

FIND = "find"


class _FindsByItself(click.Group):
    """A group in which what names no verb is for `find`: people --restricted."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments, with `find` where there is no verb."""
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help")):
            args = [FIND, *args]
        return super().parse_args(ctx, args)


@click.group(cls=_FindsByItself)
def people() -> None:
    """Test people: find, load, make and export them.

    Without a verb it finds: openroots people --restricted.
    """


people.add_command(find, FIND)


def _show_loaded(answer: Json) -> None:
    count = some(answer["kept"], "person", "people")
    if answer["check"]:
        say(f"{mark(GOOD)} {some(answer['fit'], 'person', 'people')} could be loaded; none was")
    else:
        say(f"{mark(GOOD)} {count} loaded")
    for one in answer["refused"][:SHOWN]:
        mend = f". {one['mend']}" if one["mend"] else ""
        say(f"{answer['unit']} {one['line']}: {one['why']}{mend}", f"{mark(BAD)} ", "    ")
    if (more := answer["wrong"] - min(len(answer["refused"]), SHOWN)) > 0:
        say(f"{mark(BAD)} and {more} more; --report FILE writes all")


@people.command("load")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--allow-any-number", is_flag=True, help="Take NHS numbers that may be somebody's.")
@click.option("--check", is_flag=True, help="Keep nobody; tell only what is wrong.")
@click.option("--report", type=click.Path(path_type=Path), help="Write here who was refused, why.")
@click.option("--no-progress", is_flag=True, help="Do not tell how far it has come.")
@asks(_show_loaded, failed=lambda answer: answer["wrong"] > 0)
def load(
    server: Server,
    file: Path,
    allow_any_number: bool,
    check: bool,
    report: Path | None,
    no_progress: bool,
) -> Json:
    """Load people from CSV, from FHIR as NDJSON, or from a FHIR Bundle.

    Each is checked as a new record is. Who is wrong is told by line, and the others are kept; the
    exit code is 1 then. docs/people.md has the columns.
    """
    from openroots.loading.failures import wrong
    from openroots.loading.reading import records
    from openroots.problem import Problem

    loading = _Loading(server, any_number=allow_any_number, check=check)
    with ExitStack() as files:
        loading.report = files.enter_context(_written(report)) if report else None
        opened = files.enter_context(file.open("rb"))
        size = file.stat().st_size
        tell = files.enter_context(shown(size, "records read", wanted=not no_progress))
        try:
            for some_records in _parts(records(opened)):
                tell(loading.send(some_records), opened.tell())
        except Problem as problem:
            told = wrong(0, problem)
            raise Stop(f"{file}: {told.why}{loading.so_far}", told.mend, USAGE) from problem
        except OSError as error:
            cause = f"{file} cannot be read: {error.strerror or error}{loading.so_far}"
            raise Stop(cause, "Make it readable.", USAGE) from error
    return loading.told()


class _Loading:
    """A file on its way to the server, part by part, and what came of it so far."""

    def __init__(self, server: Server, **how: bool) -> None:
        self._server = server
        self._how = how
        self._counts = {"read": 0, "kept": 0, "fit": 0, "wrong": 0}
        self._refused: list[Json] = []
        self._last = 0
        self.report: IO[str] | None = None

    @property
    def so_far(self) -> str:
        """What had been done, for whoever is told that it went no further."""
        kept = some(self._counts["kept"], "person", "people")
        return f" ({kept} loaded before, up to record {self._last})" if self._last else ""

    def send(self, part: "list[Found]") -> int:
        """Have the server keep one part of the file; how many records of it have been read."""
        self._counts["read"] += len(part)
        bad = [one.wrong._asdict() for one in part if one.wrong is not None]
        good = [(one.line, one.patient) for one in part if one.patient is not None]
        answer: Json = {"kept": 0, "fit": 0, "refused": []}
        if good:
            try:
                answer = self._server.post("/people/load", records=good, **self._how)
            except Stop as stop:
                raise Stop(f"{stop.message}{self.so_far}", stop.mend, stop.code) from stop
        self._last = part[-1].line
        for name in ("kept", "fit"):
            self._counts[name] += answer[name]
        self._note(sorted([*bad, *answer["refused"]], key=lambda one: int(one["line"])))
        return self._counts["read"]

    def told(self) -> Json:
        """The counts, and the first of those who were refused."""
        return {
            **self._counts,
            "check": self._how["check"],
            "unit": "record",
            "refused": self._refused,
        }

    def _note(self, refused: list[Json]) -> None:
        self._counts["wrong"] += len(refused)
        self._refused += refused[: LISTED - len(self._refused)]
        if self.report is not None:
            self.report.writelines(f"{json.dumps(one, ensure_ascii=False)}\n" for one in refused)


def _parts(found: "Iterable[Found]") -> "Iterator[list[Found]]":
    """The records in parts that one request can hold."""
    part: list[Found] = []
    size = 0
    for one in found:
        part.append(one)
        size += len(json.dumps(one.patient))
        if len(part) >= AT_ONCE or size > AT_ONCE_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def _show_made(answer: Json) -> None:
    say(f"{mark(GOOD)} {some(len(answer['patients']), 'person', 'people')}: {answer['words']}")
    for patient in answer["patients"]:
        name = patient["name"][0]
        number = patient["id"]
        spaced = f"{number[:3]} {number[3:6]} {number[6:]}"
        whole = " ".join((*name.get("given", ()), name["family"]))
        say(f"{spaced}  {whole}, born {patient['birthDate']}, {patient['gender']}", "  ", "    ")


class _WithLikes(click.Command):
    """A command whose help lists the likenesses, found only when it is called."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The likenesses, one a line."""
        from openroots.population.alike import LIKES

        with formatter.section("Likenesses"):
            formatter.write_dl(list(LIKES.items()))


OUT = click.option("--out", type=click.Path(path_type=Path), help="Write them here, as NDJSON too.")


@people.command("make", cls=_WithLikes)
@click.option("--like", required=True, metavar="LIKE", help="family-of-5, twins, restricted ...")
@click.option("--count", type=click.IntRange(1, 100), help="How many times; once unless told.")
@click.option("--seed", type=click.IntRange(0), help="The same people each time.")
@OUT
@asks(_show_made)
def make(server: Server, like: str, count: int | None, seed: int | None, out: Path | None) -> Json:
    """Make people like those you have in mind."""
    given = {"count": count, "seed": seed}
    told = {name: value for name, value in given.items() if value is not None}
    answer = server.post("/people/make", like=like, **told)
    if out:
        with _written(out) as file:
            _write(answer["patients"], file)
    return answer


def _show_exported(answer: Json) -> None:
    say(f"{mark(GOOD)} {some(answer['people'], 'person', 'people')} written to {answer['file']}")


@people.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--number", "numbers", multiple=True, metavar="NHSNUMBER", help="Only these.")
@asks(_show_exported)
def export(server: Server, file: Path, numbers: tuple[str, ...]) -> Json:
    """Write people as they are now to FILE, as FHIR in NDJSON: it can be loaded elsewhere."""
    count, after, first = 0, "", True
    with _written(file) as opened:
        while first or after:
            first = False
            chosen = [("number", "".join(number.split())) for number in numbers]
            query = urlencode(chosen or [("limit", str(PAGE)), ("after", after)])
            answer = server.get(f"/people/export?{query}")
            _write(answer["patients"], opened)
            count, after = count + len(answer["patients"]), answer["next"]
    return {"file": str(file), "people": count}


def _write(patients: list[Json], file: IO[str]) -> None:
    file.writelines(f"{json.dumps(patient, ensure_ascii=False)}\n" for patient in patients)


def _written(file: Path) -> IO[str]:
    """A new file. Raises Stop where there is one already, or it cannot be written."""
    try:
        return file.open("x", encoding="utf-8")
    except FileExistsError as error:
        mend = "Name another file, or remove that one."
        raise Stop(f"{file} is there already", mend, CONFLICT) from error
    except OSError as error:
        cause = f"{file} cannot be written: {error.strerror or error}"
        raise Stop(cause, "Name another place.", CONFLICT) from error
