"""What every object is held to: where it is told, in an element of several types."""

from typing import Any

import pytest

from tests.fhir.validation.test_validator import GOOD, errors

Json = dict[str, Any]


@pytest.mark.parametrize(
    ("given", "place", "rule"),
    [
        ({"deceasedBoolean": None}, "Patient.deceased", "null"),
        ({"_deceasedBoolean": {}}, "Patient.deceased", "ele-1"),
        ({"_deceasedDateTime": {"ext": 1}}, "Patient.deceased.ext", "unknown-element"),
        ({"deceasedString": "a"}, "Patient.deceasedString", "unknown-element"),
    ],
)
def test_what_is_wrong_with_a_choice_is_told_at_the_element_that_is_chosen_for(
    given: Json, place: str, rule: str
) -> None:
    assert (place, rule) in errors({**GOOD, **given})
