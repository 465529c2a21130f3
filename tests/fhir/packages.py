"""Where the tests find FHIR packages that are no part of this repository.

Where the environment variable OPENROOTS_TEST_PACKAGES names a folder with them, the tests that
need them run; otherwise they skip with one line.
"""

import os
from pathlib import Path

import pytest

UK_CORE = "fhir.r4.ukcore-2.0.0.tgz"


def package_file(name: str) -> Path:
    """The package of this name; the test is skipped where there is none."""
    folder = os.environ.get("OPENROOTS_TEST_PACKAGES")
    found = sorted(Path(folder).rglob(name)) if folder else []
    if not found:
        pytest.skip(f"OPENROOTS_TEST_PACKAGES names no folder with {name}")
    return found[0]
