"""Objects that come in one layout often are judged by a function of that layout, and alike."""

from itertools import permutations
from typing import Any

import pytest

from openroots.fhir.definitions import TYPES
from openroots.fhir.validation import Finding, Validator, standard_validator
from openroots.fhir.validation.layouts import MOST, MOST_COUNTED, OFTEN, Layouts
from tests.fhir.validation.corpus import faults
from tests.fhir.validation.making import Maker

NAMES = ("use", "text", "family", "given", "prefix", "suffix")
TYPES_LAID_OUT = ("Bundle", "Composition", "MedicationRequest", "Observation", "Patient")


@pytest.mark.parametrize("type", TYPES_LAID_OUT)
def test_a_layout_that_is_met_often_is_judged_as_when_it_was_new(type: str) -> None:
    """Good resources and spoilt ones: the same findings, in the same order."""
    definitions = standard_validator().definitions
    good = Maker(definitions).resource(type)
    each = [good, *(f.resource for f in faults(good, definitions.tree(TYPES + type), definitions))]
    validator = Validator(definitions)
    rounds = [[validator.validate(one) for one in each] for _ in range(OFTEN + 2)]
    assert rounds[0] == rounds[-1] == [standard_validator().validate(one) for one in each]


def test_layouts_are_written_for_the_first_that_are_often_met_and_no_more() -> None:
    """Whoever sends names in ever new orders is answered, and takes no more memory."""
    validator = Validator()
    name = dict.fromkeys(NAMES, "a") | {"use": "usual", "given": ["a"]}
    name |= {"prefix": ["a"], "suffix": ["a"]}
    orders = [{key: name[key] for key in order} for order in permutations(NAMES)]
    for _ in range(OFTEN + 1):
        assert judged(validator, orders[: MOST + 20]) == set()
    layouts = validator._of_type["HumanName"]
    assert len(layouts) == MOST
    assert judged(validator, orders) == set()
    assert held(layouts) <= MOST + MOST_COUNTED + 1


def test_names_that_a_type_does_not_have_are_not_kept() -> None:
    validator = Validator()
    for _ in range(OFTEN + 2):
        assert judged(validator, [{"family": "a", "x" * 1000: 1}]) == {"unknown-element"}
    assert held(validator._of_type["HumanName"]) == 0


def judged(validator: Validator, names: list[dict[str, Any]]) -> set[str]:
    """The rules that a Patient of these names breaks."""
    found: tuple[Finding, ...] = validator.validate({"resourceType": "Patient", "name": names})
    return {each.rule for each in found if each.fails}


def held(layouts: Layouts) -> int:
    """How many layouts are remembered, written or counted."""
    return len(layouts) + len(layouts._met)
