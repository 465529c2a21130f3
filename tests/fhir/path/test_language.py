"""The language: what each operator and function gives, case by case."""

import pytest

from tests.fhir.path.asked import told
from tests.fhir.path.functions import BOUNDARIES, FUNCTIONS
from tests.fhir.path.operators import OPERATORS
from tests.fhir.path.people import PATIENT


@pytest.mark.parametrize(("expression", "found"), [*OPERATORS, *FUNCTIONS, *BOUNDARIES])
def test_an_expression_gives_what_the_language_says(expression: str, found: list[str]) -> None:
    assert told(expression, PATIENT) == found
