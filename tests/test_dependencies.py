"""What others' code the program needs: few, each known to docs/decisions/0008, all permissive.

Source: the licence each distribution declares of itself (core metadata 2.4).
"""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, files, metadata
from typing import Any

import pytest

from tests.source import ROOT

PINNED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
NAME = re.compile(r"^[A-Za-z0-9._-]+")
# Whoever ships a program that holds such code must give away more than that code.
COPYLEFT = re.compile(r"\b(?:[AL]?GPL|GNU|Affero|EUPL|SSPL|CC-BY-SA)", re.IGNORECASE)
DECISION = ROOT / "docs" / "decisions" / "0008-dependencies.md"


def pinned(lock: str) -> list[str]:
    """The distributions that a lock file pins."""
    return PINNED.findall((ROOT / lock).read_text("utf-8"))


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_every_dependency_has_a_permissive_licence(lock: str) -> None:
    licences = {name: licence for name in pinned(lock) if (licence := _licence(name)) is not None}
    assert {name for name, licence in licences.items() if not licence} == set()
    assert {name for name, licence in licences.items() if COPYLEFT.search(licence)} == set()


def test_each_dependency_is_there_for_a_reason_that_is_written_down() -> None:
    text = DECISION.read_text("utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(one for extra in extras.values() for one in extra)]
    names = {found.group() for one in wanted if (found := NAME.match(one))}
    assert {name for name in names if f"| {name} |" not in text} == set()


def test_no_reason_is_kept_for_a_dependency_that_is_gone() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(one for extra in extras.values() for one in extra)]
    names = {found.group() for one in wanted if (found := NAME.match(one))}
    explained = re.findall(r"^\| ([a-z][\w.-]*) \|", DECISION.read_text("utf-8"), re.MULTILINE)
    assert set(explained) - names == set()


def _licence(name: str) -> str | None:
    """What a distribution says of its licence; None where it is not installed on this platform."""
    try:
        told: Any = metadata(name)
    except PackageNotFoundError:
        return None
    if expression := told.get("License-Expression"):
        return str(expression)
    classifiers = [one for one in told.get_all("Classifier") or () if one.startswith("License ::")]
    # Some give the whole text where a name belongs; its first line names it.
    named = (told.get("License") or "").strip() or _licence_file(name)
    return "; ".join(filter(None, [*classifiers, named.partition("\n")[0]]))


def _licence_file(name: str) -> str:
    """The text of the licence that lies beside what a distribution says of itself."""
    texts = [each for each in files(name) or () if "LICEN" in each.name.upper()]
    return texts[0].read_text("utf-8").strip() if texts else ""
