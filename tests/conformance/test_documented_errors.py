"""Every status and error code that the published description of PDS documents can be had here.

Source: PDS FHIR API, the tables of errors of its specification.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openroots.problem import Json
from openroots.testing import Nation, open_nation
from tests.conformance.errors import Asked, World, cases

ROW = re.compile(r"^\s*\|\s*(\d{3})\s*\|\s*([A-Z_]*)\s*\|", re.MULTILINE)  # of a table
IN_WORDS = re.compile(r"Error code: `([A-Z_]+)`")
CASES = list(cases())


@pytest.fixture
def world(openroots_seeded: Path, tmp_path: Path) -> Iterator[World]:
    """What opens a fresh world of a kind."""
    opened: list[Nation] = []
    kinds: dict[str, dict[str, Any]] = {
        "open": {},
        "locked": {"auth": "real"},
        "limited": {"limits": "real"},
    }

    def open_world(kind: str) -> Nation:
        shutil.copytree(openroots_seeded, tmp_path / "state")
        opened.append(open_nation(tmp_path / "state", **kinds[kind]))
        return opened[-1]

    yield open_world
    for nation in opened:
        nation.close()


@pytest.mark.parametrize(
    ("operation", "status", "code", "asked"), CASES, ids=[f"{a} {b} {c}" for a, b, c, _ in CASES]
)
def test_what_is_documented_can_be_had(
    world: World, operation: str, status: int, code: str, asked: Asked
) -> None:
    """This request to this operation is answered with this status and code."""
    told = asked.put(world)
    assert (told.status, told.code) == (status, code), told.raw


def test_every_documented_error_is_in_the_table(published: Json) -> None:
    """The tables of errors in the published description name no status or code that is not here."""
    here = {(operation, status, code) for operation, status, code, _ in CASES}
    assert set(documented(published)) - here == set()


def documented(document: Json) -> Iterator[tuple[str, int, str]]:
    """Operation, status and code ("" for a success) of everything that is documented."""
    for path, operations in document["paths"].items():
        for method in operations.keys() - {"parameters"}:
            for status, answer in operations[method]["responses"].items():
                words = answer["description"]
                in_words = [(status, "".join(IN_WORDS.findall(words)))]
                for found, code in ROW.findall(words) or in_words:
                    yield f"{method.upper()} {path}", int(found), code
