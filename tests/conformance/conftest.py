"""What these tests share: the published description of PDS, where there is one."""

import pytest

from openroots.problem import Json
from tests.conformance.published import described


@pytest.fixture(scope="session")
def published() -> Json:
    """The published OpenAPI document of PDS."""
    return described("pds.json")
