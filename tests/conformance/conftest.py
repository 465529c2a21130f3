"""What these tests share: the published description, where there is one.

The description is not a part of this repository. Where the environment variable
OPENROOTS_TEST_PACKAGES names a folder with it, the tests that need it run.
"""

import json
import os
from pathlib import Path

import pytest

from openroots.problem import Json


@pytest.fixture(scope="session")
def published() -> Json:
    """The published OpenAPI document of PDS."""
    folder = os.environ.get("OPENROOTS_TEST_PACKAGES")
    found = sorted(Path(folder).rglob("pds.json")) if folder else []
    if not found:
        pytest.skip("OPENROOTS_TEST_PACKAGES names no folder with pds.json, the published OpenAPI")
    document: Json = json.loads(found[0].read_text())
    return document
