"""The standards register, and those who use it."""

import pytest

from tests.services.standards_register.office import Office


@pytest.fixture
def office(openroots):
    """The register of a fresh world, on 11 January 2027."""
    return Office(openroots).on("2027-01-11")
