"""Expressions on resources: elements, their types, what stands beside them, FHIR's functions."""

from typing import Any

import pytest

from openroots.fhir.definitions import Definitions
from openroots.fhir.path import Context, Node, NotCheckable, PathError, compile_expression
from openroots.fhir.validation.types import ElementTypes
from tests.fhir.path.asked import told
from tests.fhir.path.people import OBSERVATION, PATIENT

YES, NO, NOTHING = ["true"], ["false"], list[str]()


@pytest.fixture(scope="module")
def typed() -> Context:
    return Context(types=ElementTypes(Definitions()))


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("Patient.name.family", ["Example"]),
        ("name.family", ["Example"]),
        ("Observation.status", NOTHING),
        ("Resource.id", ["9990000018"]),
        ("DomainResource.active", YES),
        ("name.given", ["Ada", "Bea", "Addie"]),
        ("name.where(use = 'nickname').given.count()", ["2"]),
        ("name.given.extension.value", ["?"]),
        ("name.where(use = 'usual').given[1]", ["Bea"]),
        ("name.select(use | given.first()).count()", ["4"]),
        ("deceased", NO),
        ("deceased.exists() and deceased != false", NO),
        ("multipleBirth + 1", ["3"]),
        ("birthDate.id", ["b"]),
        ("birthDate.extension('http://example.org/time').value", ["1980-02-29T08:00:00Z"]),
        ("birthDate.hasValue()", YES),
        ("name.hasValue()", NO),
        ("active.getValue() is System.Boolean", YES),
        ("extension('http://example.org/colour').value", ["green"]),
        ("extension.where(url = 'http://example.org/height').value.unit", ["m"]),
        ("hasExtension('http://example.org/colour')", YES),
        ("valueString", NOTHING),
        ("nothing.of.the.kind", NOTHING),
        ("contained.name", ["The Surgery"]),
        ("generalPractitioner.resolve().name", ["The Surgery"]),
        ("managingOrganization.resolve() is Organization", YES),
        ("children().count() = 21", YES),
        ("name.descendants().count()", ["14"]),
        ("text.div.htmlChecks()", YES),
        ("telecom.sort(rank).value", ["ada@example.org", "01632 960001"]),
        ("telecom.sort(-rank).system", ["phone", "email"]),
        ("%resource.id = %context.id", YES),
        ("%rootResource.id", ["9990000018"]),
        ("%ucum", ["http://unitsofmeasure.org"]),
        ("%`vs-administrative-gender`", ["http://hl7.org/fhir/ValueSet/administrative-gender"]),
        ("%`ext-patient-birthTime`", ["http://hl7.org/fhir/StructureDefinition/patient-birthTime"]),
        ("name.trace('names').count()", ["2"]),
        ("name.exists(use = 'usual')", YES),
        ("name.use.subsetOf('usual' | 'nickname' | 'old')", YES),
        ("iif(name.exists(), name.first().given.first(), 'none')", ["Ada"]),
        ("name.repeat(given)", ["Ada", "Bea", "Addie"]),
        ("checkModifiers('http://example.org/m').id", ["9990000018"]),
    ],
)
def test_a_patient_is_asked(expression: str, found: list[str]) -> None:
    told_of = told(expression, PATIENT)
    assert [item for item in told_of if item != "{}"] == found


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("value.unit", ["kg"]),
        ("value > 72 'kg'", YES),
        ("value = 72500 'g'", YES),
        ("value is Quantity", YES),
        ("(value as Quantity).value", ["72.5"]),
        ("value.ofType(string)", NOTHING),
        ("component.value.ofType(integer)", ["2"]),
        ("(component.value as string)", ["first"]),
        ("effective < @2020-05-06T06:08:10Z", YES),
        ("effective.toString().length() >= 8", YES),
        ("code.coding.code", ["weight", "w"]),
        ("code.coding.where(system.endsWith('old')).code", ["w"]),
        ("component.code.where(coding.intersect(%resource.code.coding).exists()).empty()", YES),
        ("value.type().name", ["Quantity"]),
        ("Observation.type().name", ["Observation"]),
        ("Observation.type().namespace", ["FHIR"]),
    ],
)
def test_an_observation_is_asked(expression: str, found: list[str]) -> None:
    assert told(expression, OBSERVATION) == found


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("gender is code", YES),
        ("gender is string", YES),
        ("gender.is(FHIR.code)", YES),
        ("active is boolean", YES),
        ("active.is(Boolean).not()", YES),
        ("active.is(System.Boolean).not()", YES),
        ("birthDate is date", YES),
        ("birthDate.type().name", ["date"]),
        ("name.first() is HumanName", YES),
        ("name.given.first() is string", YES),
        ("contact.first() is BackboneElement", YES),
        ("contact.period is Element", YES),
        ("identifier.system is uri", YES),
        ("descendants().ofType(uri).count()", ["5"]),
        ("descendants().as(date).count()", ["1"]),
        ("contained.first() is DomainResource", YES),
        ("Patient is Patient", YES),
        ("Patient is Resource", YES),
    ],
)
def test_with_definitions_each_element_has_its_type(
    expression: str, found: list[str], typed: Context
) -> None:
    assert told(expression, PATIENT, typed) == found


def test_a_reference_is_resolved_by_what_the_context_gives() -> None:
    surgery = {"resourceType": "Organization", "id": "Z12345", "name": "The other surgery"}
    context = Context(resolve={"Organization/Z12345": surgery}.get)
    found = told("generalPractitioner.resolve().name", PATIENT, context)
    assert found == ["The other surgery", "The Surgery"]


def test_what_needs_a_terminology_or_a_profile_is_asked_of_the_context() -> None:
    context = Context(
        member_of=lambda code, url: code == "female" and url == "http://example.org/vs",
        conforms=lambda resource, url: resource["id"] == "9990000018" and url.endswith("p"),
        subsumes=lambda general, special: general["code"] < special["code"],
    )
    coding = "code.coding.last().subsumes(%resource.code.coding.first())"
    assert told("gender.memberOf('http://example.org/vs')", PATIENT, context) == YES
    assert told("conformsTo('http://example.org/p')", PATIENT, context) == YES
    assert told(coding, OBSERVATION, context) == YES
    assert told(coding.replace("subsumes", "subsumedBy"), OBSERVATION, context) == NO


@pytest.mark.parametrize(
    "expression",
    [
        "gender.memberOf('http://example.org/vs')",
        "conformsTo('http://example.org/p')",
        "slice('a', 'b')",
    ],
)
def test_what_nothing_given_can_answer_is_said_not_to_be_checkable(expression: str) -> None:
    with pytest.raises(NotCheckable, match=r"\(\)"):
        told(expression, PATIENT)


def test_what_is_traced_is_heard_by_the_listener_alone(capsys: pytest.CaptureFixture[str]) -> None:
    heard: list[tuple[str, list[Any]]] = []
    context = Context(trace=lambda name, items: heard.append((name, items)))
    assert told("name.given.trace('given').count()", PATIENT, context) == ["4"]
    assert heard[0][0] == "given"
    assert heard[0][1][:2] == ["Ada", "Bea"]
    assert capsys.readouterr() == ("", "")


def test_variables_of_the_context_can_be_named_and_others_are_refused() -> None:
    context = Context(variables={"limit": 5, "people": [PATIENT, PATIENT]})
    assert told("%limit + 1", None, context) == ["6"]
    assert told("%people.name.family", None, context) == ["Example", "Example"]
    with pytest.raises(PathError, match="no variable %other"):
        told("%other", None, context)


def test_a_primitive_is_asked_with_its_type_and_what_stands_beside_it() -> None:
    birth = Node("1980-02-29", "date", PATIENT["_birthDate"])
    assert told("hasValue() and extension.exists() and $this < @1990", birth) == YES
    assert (
        told("hasValue() or (children().count() > id.count())", Node(None, "date", {"id": "b"}))
        == NO
    )


def test_an_expression_is_a_condition() -> None:
    def holds(text: str) -> bool | None:
        return compile_expression(text).holds(PATIENT)

    assert holds("name.exists() and active") is True
    assert holds("name.empty()") is False
    assert holds("deceased and {}") is False
    assert holds("nothing") is None
    assert holds("name.first()") is True


@pytest.mark.parametrize(
    ("div", "allowed"),
    [
        ('<div xmlns="http://www.w3.org/1999/xhtml"><p class="a">Said <b>so</b></p></div>', True),
        ("<div>Said</div>", True),
        ('<div><img src="a.png" alt="a"/></div>', True),
        ("<div> </div>", False),
        ("<div><p>Not closed</div>", False),
        ("<p>No div</p>", False),
        ("<div><script>alert(1)</script>x</div>", False),
        ('<div onclick="x()">x</div>', False),
        ('<div><a href=" java&#9;script:x()">x</a></div>', False),
        ("<div>&nbsp;x</div>", False),
        ('<!DOCTYPE div [<!ENTITY a "b">]><div>&a;</div>', False),
        ("<div>" * 300 + "x" + "</div>" * 300, False),
        ("\ud800", False),
    ],
)
def test_a_narrative_holds_formatting_only(div: str, allowed: bool) -> None:
    assert told("text.div.htmlChecks()", {"text": {"div": div}}) == [str(allowed).lower()]
