"""Verbs about programmes: lint, count, entries, replay.

    openroots programme lint                       those that the program brings
    openroots programme lint my-programme.toml my-standard.toml
    openroots programme count login-onboarding --on 2020-02-04
    openroots programme entries > register.jsonl
    openroots programme replay register.jsonl

Source: none.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from openroots.cli.client import Server, asks, with_state
from openroots.cli.flags import setting_flags, settings_from
from openroots.cli.on_date import on_date
from openroots.cli.opening import opening_store
from openroots.cli.terminal import (
    BAD,
    FAILED,
    FILE,
    GOOD,
    NOT_FOUND,
    Json,
    Stop,
    day,
    faint,
    mark,
    prints,
    say,
    some,
    table,
    until_nobody_reads,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openroots.fhir.added import Added
    from openroots.register.lint import Fault
    from openroots.settings import Settings
    from openroots.storage import Snapshot

T = TypeVar("T")


@click.group()
def programme() -> None:
    """The ways that standards, suppliers and others take."""


def _show_faults(answer: Json) -> None:
    for file in answer["files"]:
        for fault in file["faults"]:
            say(fault["words"], f"{mark(BAD)} {file['file']}:{fault['line']}  ", "    ")
        if not file["faults"]:
            say(file["file"], f"{mark(GOOD)} ")
    say(faint(some(answer["faults"], "fault")))


@programme.command("lint")
@click.argument("files", type=FILE, nargs=-1)
@prints(_show_faults, failed=lambda answer: answer["faults"] > 0)
@setting_flags("state")
def lint(files: tuple[Path, ...], **flags: Any) -> Json:
    """What is wrong with programmes and standards, by file and line.

    Without FILES, those that the program brings. Profiles of packages that were added are known. No
    server is needed.
    """
    from openroots.fhir.added import PACKAGES, Added
    from openroots.register.definition import text_of
    from openroots.register.programme import programme_files
    from openroots.register.standard import standard_files

    own = {**programme_files(), **standard_files()}
    texts = {str(file): text_of(file) for file in files} or own
    told = []
    packages = Added(settings_from(flags).state / PACKAGES)
    for name, found in _faults(texts, packages):
        told.append(
            {"file": name, "faults": [{"line": each.line, "words": each.words} for each in found]}
        )
    return {"files": told, "faults": sum(len(each["faults"]) for each in told)}


def _faults(texts: dict[str, str], packages: "Added") -> "Iterator[tuple[str, list[Fault]]]":
    """What is wrong with each file, beside what the program brings and the others given along."""
    from openroots.register import lint as programmes
    from openroots.register.lint_standards import is_standard, lint_standard, readable
    from openroots.services import served

    standards = {name: text for name, text in texts.items() if is_standard(text)}
    beside, others, known = readable(standards), programmes.readable(), served()
    for name, text in texts.items():
        if name in standards:
            yield name, lint_standard(text, name, beside, known, packages)
        else:
            yield name, programmes.lint(text, name, others)


def _show_count(answer: Json) -> None:
    say(answer["sentence"])
    table([(stage["count"], stage["words"]) for stage in answer["stages"]])
    say(faint(f"{answer['programme']}, as on {day(answer['on'])}"))


@programme.command("count")
@click.argument("id")
@on_date("As on this date; today's unless told.")
@asks(_show_count)
def count(server: Server, id: str, on: str | None) -> Json:
    """How many cases of a programme stand at each stage. As in "7 connected, 11 coming"."""
    from urllib.parse import quote

    return server.get(f"/programmes/{quote(id, safe='')}", on=on)


@programme.command("entries")
@with_state
def entries(server: Server) -> None:
    """Every entry of the register, a line of JSON each. It can be made again from them."""
    from openroots.register.replay import entries_in

    def tell(db: "Snapshot") -> None:
        for entry in entries_in(db):
            sys.stdout.buffer.write(entry.line() + b"\n")

    with until_nobody_reads():
        _with_store(server.settings, tell)


def _show_replayed(answer: Json) -> None:
    counted = f"{some(answer['entries'], 'act')} made {some(answer['resources'], 'resource')}"
    beside = {None: "", True: ", byte by byte as they are stored", False: ", not as is stored"}
    sign = mark(BAD if answer["same"] is False else GOOD)
    say(counted + beside[answer["same"]], f"{sign} ", "  ")
    for name in answer["differs"]:
        say(name, "  ", "    ")
    say(faint(f"SHA-256 {answer['sha256']}"), "  ", "  ")


@programme.command("replay")
@click.argument("file", type=FILE, required=False)
@prints(_show_replayed, failed=lambda answer: answer["same"] is False)
@with_state
def replay(server: Server, file: Path | None) -> Json:
    """Make the register again from its entries. The SHA-256 of what they make is told.

    Without FILE, from the store, where what is made is compared with what is stored. No server is
    needed, and none is disturbed.
    """
    from openroots.register.replay import Sum, entry_from, replayed

    if file is None:
        return _with_store(server.settings, _compared)
    total = Sum()
    try:
        with file.open("rb") as lines:
            for made in replayed(entry_from(line) for line in lines):
                total.add(made)
    except ValueError as error:
        mend = "openroots programme entries prints them whole."
        raise Stop(f"{file}: {error}", mend, FAILED) from error
    return _summed(total.entries, total.resources, total.hex())


def _compared(db: "Snapshot") -> Json:
    from openroots.register.replay import Made, Sum, entries_in, replayed, rows_in

    total, differs = Sum(), []
    for made, row in zip(replayed(entries_in(db)), rows_in(db), strict=True):
        total.add(made)
        if made != Made(row.type, row.id, row.version, row.raw):
            differs.append(f"{row.type} {row.id}")
    told = _summed(total.entries, total.resources, total.hex())
    return {**told, "same": not differs, "differs": differs}


def _summed(entries: int, resources: int, sha256: str) -> Json:
    return {
        **{"entries": entries, "resources": resources, "sha256": sha256},
        **{"same": None, "differs": []},
    }


def _with_store(settings: "Settings", do: "Callable[[Snapshot], T]") -> T:
    """What is found in the store of the settings, beside a server that may use it."""
    from openroots.opening import reading
    from openroots.settings import without_password
    from openroots.storage import NoStore

    with opening_store():
        try:
            return reading(settings, do)
        except NoStore as error:
            where = without_password(settings.store) or settings.state
            mend = "Name the folder of a world with --state; openroots up makes one."
            raise Stop(f"there is no world in {where}", mend, NOT_FOUND) from error
