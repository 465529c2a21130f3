"""What these tests share: the published description, where there is one.

The description is not a part of this repository. Where the environment variable
OPENROOTS_TEST_PACKAGES names a folder with it, the tests that need it run.
"""

import json
import os
from pathlib import Path

import pytest

from openroots.problem import Json

TOKEN = {"$ref": "#/components/parameters/BearerAuthorization"}


@pytest.fixture(scope="session")
def published() -> Json:
    """The published OpenAPI document of PDS, but for tokens: one that is made up was never given,
    and is refused."""
    folder = os.environ.get("OPENROOTS_TEST_PACKAGES")
    found = sorted(Path(folder).rglob("pds.json")) if folder else []
    if not found:
        pytest.skip("OPENROOTS_TEST_PACKAGES names no folder with pds.json, the published OpenAPI")
    document: Json = json.loads(found[0].read_text())
    for path in document["paths"].values():
        for holder in (path, *path.values()):
            if isinstance(holder, dict) and TOKEN in holder.get("parameters", ()):
                holder["parameters"].remove(TOKEN)
    return document
