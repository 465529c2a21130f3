"""What is published for R4 compiles: each invariant and each search parameter.

And the invariants, asked of good and bad elements, say what their words say.
"""

import re
from typing import Any

import pytest

from openroots.fhir.definitions import Definitions
from openroots.fhir.path import Context, Node, compile_expression
from openroots.fhir.path.patterns import Regex
from openroots.fhir.path.types import KNOWN
from openroots.fhir.validation.types import ElementTypes

PATTERN = re.compile(r"(?:matches|replaceMatches)\('((?:[^'\\]|\\.)*)'")


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    return Definitions()


@pytest.fixture(scope="module")
def invariants(definitions: Definitions) -> dict[str, str]:
    """The published expressions by key. One key may stand for several: the last is as good."""
    found = {}
    for url in definitions.names("structure"):
        for element in (definitions.structure(url) or {})["e"]:
            found |= {rule[0]: rule[3] for rule in element.get("r", ())}
    return found


def test_every_invariant_compiles(invariants: dict[str, str]) -> None:
    assert len(invariants) > 240
    for expression in invariants.values():
        compile_expression(expression)


def test_no_invariant_needs_what_regular_expressions_here_do_not_offer(
    invariants: dict[str, str],
) -> None:
    """Those of R4 and UK Core can do without word boundaries, Unicode classes and looking round."""
    patterns = {each for told in invariants.values() for each in PATTERN.findall(told)}
    assert len(patterns) == 8
    for pattern in patterns:
        Regex(pattern.encode().decode("unicode_escape"))


def test_every_type_can_be_asked_for(definitions: Definitions) -> None:
    """The types that an expression may name are those of R4, and few besides."""
    names = definitions.resources | definitions.types | definitions.primitives
    assert names <= KNOWN
    assert len(KNOWN - names) < 10
    for name in names:
        compile_expression(f"$this.ofType(FHIR.{name})")


def test_every_search_parameter_compiles(definitions: Definitions) -> None:
    found = {
        parameter["expression"]
        for type in definitions.resources
        for parameter in definitions.searches(type)
    }
    assert len(found) > 1_300
    for expression in found:
        compile_expression(expression)


UCUM = "http://unitsofmeasure.org"
STATUS = "http://terminology.hl7.org/CodeSystem/condition-clinical"
ORGANIZATION = {"resourceType": "Organization", "id": "o"}
DATED = {"whenPrepared": "2020-01-02", "whenHandedOver": "2020-01-01"}


@pytest.mark.parametrize(
    ("key", "type", "good", "bad"),
    [
        ("pat-1", "Patient.contact", {"name": {"text": "A"}}, {"relationship": []}),
        ("per-1", "Period", {"start": "2020", "end": "2020-05"}, {"start": "2021", "end": "2020"}),
        ("cpt-2", "ContactPoint", {"value": "1", "system": "phone"}, {"value": "1"}),
        ("rng-2", "Range", {"low": {"value": 1}, "high": {"value": 2}}, None),
        ("qty-3", "Quantity", {"code": "mg", "system": UCUM}, {"code": "mg"}),
        ("age-1", "Age", {"value": 3, "code": "a", "system": UCUM}, {"value": 0, "code": "a"}),
        ("cnt-3", "Count", {"value": 3, "code": "1"}, {"value": 3.5, "code": "1"}),
        ("att-1", "Attachment", {"data": "AA==", "contentType": "x"}, {"data": "AA=="}),
        ("ext-1", "Extension", {"url": "u", "valueCode": "x"}, {"url": "u"}),
        ("ele-1", "HumanName", {"id": "a", "text": "b"}, {"id": "a"}),
        ("obs-6", "Observation", {"valueString": "x"}, {"valueInteger": 1, "dataAbsentReason": {}}),
        ("obs-3", "Observation.referenceRange", {"text": "x"}, {"type": {"text": "x"}}),
        ("con-4", "Condition", {"id": "a"}, {"abatementDateTime": "2020"}),
        ("ref-1", "Reference", {"reference": "#o"}, {"reference": "#p"}),
        ("dom-3", "Patient", {"managingOrganization": {"reference": "#o"}}, {"id": "a"}),
        ("dom-6", "Patient", {"text": {"div": "<div>a</div>"}}, {"text": {"status": "empty"}}),
        (
            "bdl-3",
            "Bundle",
            {"type": "batch", "entry": [{"request": {}}]},
            {"type": "batch", "entry": [{}]},
        ),
        (
            "bdl-7",
            "Bundle",
            {"entry": [{"fullUrl": "a"}, {"fullUrl": "b"}]},
            {"type": "batch", "entry": [{"fullUrl": "a"}] * 2},
        ),
        (
            "bdl-11",
            "Bundle",
            {"type": "message"},
            {"type": "document", "entry": [{"resource": ORGANIZATION}]},
        ),
        ("que-2", "Questionnaire", {"item": [{"linkId": "a"}]}, {"item": [{"linkId": "a"}] * 2}),
        (
            "que-7",
            "Questionnaire.item.enableWhen",
            {"operator": "exists", "answerBoolean": True},
            {"operator": "exists", "answerInteger": 1},
        ),
        (
            "csd-1",
            "CodeSystem",
            {"concept": [{"code": "a"}]},
            {"concept": [{"code": "a", "concept": [{"code": "a"}]}]},
        ),
        ("eld-2", "ElementDefinition", {"min": 1, "max": "2"}, {"min": 3, "max": "2"}),
        ("eld-19", "ElementDefinition", {"path": "Patient.value[x]"}, {"path": " "}),
        ("mdd-1", "MedicationDispense", {"whenPrepared": "2020"}, DATED),
        (
            "ras-2",
            "RiskAssessment.prediction",
            {"probabilityDecimal": 5.5},
            {"probabilityDecimal": 101},
        ),
        ("tim-9", "Timing.repeat", {"offset": 3, "when": ["AC"]}, {"offset": 3, "when": ["C"]}),
        ("vsd-2", "ValueSet.compose.include", {"system": "u"}, {"concept": [{"code": "a"}]}),
    ],
)
def test_an_invariant_tells_good_from_bad(
    invariants: dict[str, str], key: str, type: str, good: Any, bad: Any
) -> None:
    types = ElementTypes(Definitions())
    expression = compile_expression(invariants[key])
    whole = {"resourceType": "Patient", "contained": [ORGANIZATION]}
    for element, answer in ((good, True), (bad, False)):
        if element is None:
            continue
        if key == "dom-3":
            element = whole | element
        is_resource = "." not in type and key.startswith(("bdl", "obs-6"))
        context = Context(resource=element if is_resource else whole, root=whole, types=types)
        if key == "dom-3":
            context = Context(types=types)
        assert (expression.holds(Node(element, type), context) is not False) is answer
