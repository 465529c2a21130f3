"""Verbs about people: find some to test with, load them from a file, make some, write them to one.

Source: none.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

import click

from openroots.cli.client import Server, asks
from openroots.cli.new_file import begun, making
from openroots.cli.people_finding import find
from openroots.cli.reading import shown
from openroots.cli.terminal import (
    BAD,
    GOOD,
    USAGE,
    Json,
    Number,
    Stop,
    mark,
    say,
    some,
)

SHOWN = 20  # refusals that are printed
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
@click.option("--no-progress", is_flag=True, help="Do not show how far it has come.")
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
    from openroots.cli.people_loading import Loading, Parts, Report, readable
    from openroots.loading.failures import wrong
    from openroots.loading.reading import records
    from openroots.problem import Problem

    with ExitStack() as files:
        loading = Loading(server, files, any_number=allow_any_number, check=check)
        loading.report = files.enter_context(Report.begun(report)) if report else None
        opened = files.enter_context(file.open("rb"))
        size = file.stat().st_size
        tell = files.enter_context(shown(size, "records read", wanted=not no_progress))
        try:
            parts = Parts(readable(file, records(opened)))
            for part in parts:
                count = loading.send(part)
                tell(count, opened.tell() * count // (count + parts.waiting))
        except Problem as problem:
            told = wrong(0, problem)
            raise Stop(f"{file}: {told.why}{loading.so_far}", told.mend, USAGE) from problem
        except Stop as stop:
            raise Stop(f"{stop.message}{loading.so_far}", stop.mend, stop.code) from stop
    return loading.told()


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
@click.option("--count", type=Number(1, 100), help="How many times; once unless told.")
@click.option("--seed", type=Number(0), help="The same people each time.")
@OUT
@asks(_show_made)
def make(server: Server, like: str, count: int | None, seed: int | None, out: Path | None) -> Json:
    """Make people like those you have in mind."""
    given = {"count": count, "seed": seed}
    told = {name: value for name, value in given.items() if value is not None}
    with ExitStack() as files:
        written = files.enter_context(_whole(out)) if out else None  # before anybody is made
        answer = server.post("/people/make", like=like, **told)
        if written:
            _write(answer["patients"], written)
    return answer


def _show_exported(answer: Json) -> None:
    say(f"{mark(GOOD)} {some(answer['people'], 'person', 'people')} written to {answer['file']}")


@people.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--number", "numbers", multiple=True, metavar="NHSNUMBER", help="Only these.")
@asks(_show_exported)
def export(server: Server, file: Path, numbers: tuple[str, ...]) -> Json:
    """Write people as they are now to FILE, as FHIR in NDJSON. It can be loaded elsewhere."""
    count, after, first = 0, "", True
    with _whole(file) as opened:
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


@contextmanager
def _whole(file: Path) -> Iterator[IO[str]]:
    """A new file that is gone again where what was to be written did not come. Raises Stop where
    there is one already, or it cannot be written."""
    with making(file):
        opened = begun(file)
        try:
            with opened:
                yield opened
        except BaseException:
            file.unlink(missing_ok=True)
            raise
