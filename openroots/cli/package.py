"""Verbs about FHIR packages: add one, so that its profiles are known, and list those that are.

    openroots package add fhir.r4.ukcore.tgz

What a package defines is kept in the state folder, condensed, under the package's name.

Source: FHIR NPM Package Specification (hl7.org/fhir/packages.html).
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openroots.cli.flags import setting_flags, settings_from
from openroots.cli.terminal import (
    CONFLICT,
    FILE,
    GOOD,
    USAGE,
    WARNING,
    Json,
    Stop,
    faint,
    mark,
    prints,
    say,
    some,
    table,
)

if TYPE_CHECKING:
    from openroots.fhir.validation import Validator

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")


@click.group()
def package() -> None:
    """FHIR packages to validate by."""


def _counts(told: Json) -> str:
    return f"{some(told['definitions'], 'definition')}, {some(told['values'], 'value set')}"


def _show_added(answer: Json) -> None:
    say(f"{mark(GOOD)} {answer['name']} {answer['version']}: {_counts(answer)}")
    for words in answer["left_out"]:
        say(words, f"{mark(WARNING)} left out: ", "    ")


@package.command("add")
@click.argument("file", type=FILE)
@prints(_show_added)
@setting_flags("state")
def add(file: Path, **flags: Any) -> Json:
    """Add a package, FILE.tgz, whose profiles are then known.

    A definition that contradicts itself or its base is left out, and named.
    """
    state = settings_from(flags).state
    made = _read(file)
    from openroots.fhir.added import PACKAGES

    folder = state / PACKAGES
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = folder / f"{made['name']}-{made['version']}.json"
        making = kept.with_suffix(".making")
        import orjson  # here, as the command is to be quick

        making.write_bytes(orjson.dumps(made))
        making.replace(kept)
    except OSError as error:
        cause = f"{folder} cannot be written: {error.strerror or error}"
        raise Stop(cause, "Make it writable, or name another with --state.", CONFLICT) from error
    return _described(made)


def _show_list(answer: Json) -> None:
    table([(each["name"], each["version"], _counts(each)) for each in answer["packages"]])
    if not answer["packages"]:
        say(faint("None but what the program brings: FHIR R4 4.0.1, UK Core 2.0.0."))


@package.command("list")
@prints(_show_list)
@setting_flags("state")
def list_packages(**flags: Any) -> Json:
    """The packages that were added here."""
    return {"packages": [_described(each) for each in _kept(settings_from(flags).state)]}


def validator_with(state: Path, files: Iterable[str]) -> "Validator":
    """A validator that knows what the program brings, what was added, and these files."""
    from openroots.fhir.definitions import Definitions
    from openroots.fhir.validation import Validator, standard_validator

    made = [*_kept(state), *(_read(Path(file)) for file in files)]
    added: list[Json] = [entry for each in made for entry in each["entries"]]
    return Validator(Definitions(added=added)) if added else standard_validator()


def _kept(state: Path) -> list[Json]:
    from openroots.fhir.added import PACKAGES, Unusable, read_kept

    try:
        return [read_kept(path) for path in sorted((state / PACKAGES).glob("*.json"))]
    except Unusable as error:
        raise Stop(str(error), "Remove it, and add it again.", USAGE) from error


def _read(file: Path) -> Json:
    from openroots.fhir.definitions import Definitions
    from openroots.fhir.package import NotAPackage, condense_all, contradictions, read_package

    try:
        given = read_package(file.read_bytes())
    except NotAPackage as error:
        raise Stop(f"{file}: {error}", "Name a FHIR package for R4, a .tgz.", USAGE) from error
    except OSError as error:
        raise Stop(f"{file} cannot be read", "Name a file that can be.", USAGE) from error
    if not NAME.fullmatch(given.name) or not NAME.fullmatch(given.version or "0"):
        raise Stop(f"{file}: its name or version has odd signs", "Name another.", USAGE)
    condensed = condense_all(given.resources)
    wrong = contradictions(condensed, Definitions(added=condensed.entries()))
    for url in wrong:
        del condensed.structures[url]
    left_out = [*condensed.refused, *wrong.values()]
    if not condensed.entries() and not left_out:
        raise Stop(f"{file}: it defines nothing to validate by", "Name a FHIR package.", USAGE)
    told = {"name": given.name, "version": given.version or "0", "left_out": left_out}
    return told | {"entries": condensed.entries()}


def _described(made: Json) -> Json:
    kinds = ["e" in entry for entry in made["entries"]]
    told = {"definitions": kinds.count(True), "values": kinds.count(False)}
    return {name: made[name] for name in ("name", "version", "left_out")} | told
