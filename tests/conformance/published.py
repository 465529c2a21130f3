"""The published descriptions, which are not a part of this repository.

Where the environment variable OPENROOTS_TEST_PACKAGES names a folder with them, the tests that need
one run.
"""

import json
import os
from pathlib import Path

import pytest

from openroots.problem import Json

TOKEN = {"$ref": "#/components/parameters/BearerAuthorization"}


def described(name: str) -> Json:
    """A published OpenAPI document, but for tokens: one that is made up was never given, and is
    refused. Skips the test where there is none."""
    folder = os.environ.get("OPENROOTS_TEST_PACKAGES")
    found = sorted(Path(folder).rglob(name)) if folder else []
    if not found:
        pytest.skip(f"OPENROOTS_TEST_PACKAGES names no folder with {name}, the published OpenAPI")
    document: Json = json.loads(found[0].read_text())
    for path in document["paths"].values():
        for holder in (path, *path.values()):
            if isinstance(holder, dict) and "parameters" in holder:
                holder["parameters"] = [each for each in holder["parameters"] if not is_token(each)]
    return document


def is_token(parameter: Json) -> bool:
    """Whether it is the access token that a request brings."""
    return parameter == TOKEN or parameter.get("name") == "Authorization"
