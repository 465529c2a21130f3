"""The verb `validate`: whether FHIR resources in files are valid, for people, CI and programs.

    openroots validate patient.json records/ --profile URL
    openroots validate records/ --junit report.xml --sarif report.sarif

No server is needed. Packages added with `openroots package add` are known.

Source: FHIR R4 4.0.1; JUnit's XML as CI servers read it; SARIF 2.1.0.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openroots.cli.flags import setting_flags, settings_from
from openroots.cli.terminal import (
    BAD,
    GOOD,
    NOT_FOUND,
    USAGE,
    WARNING,
    Json,
    Stop,
    faint,
    mark,
    prints,
    say,
    some,
)

if TYPE_CHECKING:
    from openroots.fhir.validation import Validator

ENDINGS = (".json", ".xml", ".ndjson")
MARKS = {"fatal": BAD, "error": BAD, "warning": WARNING}
NEW_FILE = click.Path(dir_okay=False, path_type=Path)


def _show(answer: Json) -> None:
    for file in answer["files"]:
        wrong = [each for each in file["findings"] if each["severity"] != "information"]
        if not wrong:
            say(file["file"], f"{mark(GOOD)} ")
        for each in wrong:
            place = f"{file['file']} {each['place']}"
            say(f"{place}  {each['words']}", f"{mark(MARKS[each['severity']])} ", "    ")
            if each["expected"]:
                say(faint(f"expected {each['expected']}"), "    ", "    ")
    counts = [some(len(answer["files"]), "resource"), some(answer["errors"], "error")]
    counts.append(some(answer["warnings"], "warning"))
    if told := answer["information"]:
        counts.append(f"{told} for information, such as what was not checked: --json tells")
    say(faint(", ".join(counts)))


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--profile", "profiles", multiple=True, metavar="URL", help="A profile to meet.")
@click.option("--package", "packages", multiple=True, metavar="FILE.tgz", help="A FHIR package.")
@click.option("--junit", type=NEW_FILE, metavar="FILE", help="Write a report in JUnit's XML.")
@click.option("--sarif", type=NEW_FILE, metavar="FILE", help="Write a report in SARIF.")
@prints(_show, failed=lambda answer: answer["errors"] > 0)
@setting_flags("state", "progress")
def validate(
    files: tuple[str, ...],
    profiles: tuple[str, ...],
    packages: tuple[str, ...],
    junit: Path | None,
    sarif: Path | None,
    **flags: Any,
) -> Json:
    """Whether FHIR resources in files are valid, and why not.

    A FILE is JSON, XML or NDJSON, a folder of these, or - for what comes in by the pipe.
    """
    from openroots.cli.package import validator_with
    from openroots.cli.reports import junit_report, sarif_report

    settings = settings_from(flags)
    validator = validator_with(settings.state, packages)
    told: list[Json] = []
    for name, read in _progress(list(_sources(files)), settings.progress):
        told += _judged(name, read, profiles, validator)
    if not told:
        mend = "Name a file with a resource, or a folder with .json, .xml or .ndjson in it."
        raise Stop(f"{', '.join(files)}: there is no resource to validate", mend, NOT_FOUND)
    answer = {"files": told, **_counted(told)}
    for path, report in ((junit, junit_report), (sarif, sarif_report)):
        if path is not None:
            _write(path, report(answer))
    return answer


def _counted(told: list[Json]) -> Json:
    severities = [each["severity"] for file in told for each in file["findings"]]
    return {
        "errors": sum(severity in ("error", "fatal") for severity in severities),
        "warnings": severities.count("warning"),
        "information": severities.count("information"),
    }


def _sources(files: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """The name of each file, and what reads it."""
    for name in files:
        path = Path(name)
        if name == "-":
            yield name, sys.stdin.buffer.read
        elif path.is_dir():
            for inner in sorted(path.rglob("*")):
                if inner.suffix.lower() in ENDINGS and inner.is_file():
                    yield str(inner), inner.read_bytes
        elif path.exists():  # what a shell puts in a file's place is none, and can be read
            yield name, path.read_bytes
        else:
            raise Stop(f"{name} is not there", "Name a file or a folder.", USAGE)


def _progress(sources: list[Any], wanted: bool) -> Iterator[Any]:
    """The sources, with a bar on a terminal."""
    if not wanted or not sys.stderr.isatty() or len(sources) < 2:
        yield from sources
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(sources, "Validating", console=Console(stderr=True), transient=True)


def _judged(
    name: str, read: Callable[[], bytes], profiles: tuple[str, ...], validator: "Validator"
) -> Iterator[Json]:
    """What is found of each resource of a file."""
    from openroots.fhir.reading import Unreadable, read_resource

    try:
        raw = read()
    except OSError as error:
        yield {"file": name, "findings": [_unreadable(error.strerror or str(error))]}
        return
    for called, part in _parts(name, raw):
        try:
            resource = read_resource(part, validator.definitions)
        except Unreadable as error:
            yield {**called, "findings": [_unreadable(str(error))]}
            continue
        found = validator.validate(resource, profiles)
        yield {**called, "findings": [each._asdict() for each in found]}


def _parts(name: str, raw: bytes) -> Iterator[tuple[Json, bytes]]:
    """The resources of a file, and what each is called: in NDJSON by its line too."""
    if not name.lower().endswith(".ndjson"):
        yield {"file": name}, raw
        return
    for number, line in enumerate(raw.splitlines(), 1):
        if line.strip():
            yield {"file": f"{name}:{number}", "line": number}, line


def _unreadable(words: str) -> Json:
    return {
        "severity": "fatal",
        "code": "structure",
        "place": "",
        "words": f"This cannot be read: {words}.",
        "expected": "a FHIR resource in JSON or XML",
        "rule": "unreadable",
        "source": "",
    }


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        cause = f"{path} cannot be written: {error.strerror or error}"
        raise Stop(cause, "Name another file.", USAGE) from error
