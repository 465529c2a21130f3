"""Search parameters: which values a resource is found by, in straight Python as in FHIRPath."""

from typing import Any

import pytest

from openroots.fhir.definitions import TYPES, Contradiction, Definitions, Node
from openroots.fhir.path import Context, PathSyntaxError
from openroots.fhir.path.expression import Expression
from openroots.fhir.path.parser import parse
from openroots.fhir.path.types import SHAPES, Types
from openroots.fhir.searching import SearchParameter, compile_searches, published, span_of
from openroots.fhir.searching.steps import alternatives, steps
from openroots.fhir.searching.straight import adding_of
from openroots.fhir.searching.values import Found
from openroots.fhir.validation.types import ElementTypes
from tests.fhir.path.people import OBSERVATION, PATIENT

CODES = [("http://example.org/codes", "weight"), ("http://example.org/old", "w")]
EFFECTIVE = ("2020-05-06T06:08:09.000Z", "2020-05-06T06:08:09.999Z")
KG = (72.5, 72.5, "http://unitsofmeasure.org", "kg")
ODD: list[Any] = [
    None,
    7,
    "text",
    [],
    {},
    True,
    float("nan"),
    {"a": 1},
    [None],
    [[]],
    [{"value": []}],
]


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    return Definitions()


@pytest.fixture(scope="module")
def types(definitions: Definitions) -> ElementTypes:
    return ElementTypes(definitions)


def values(kind: str, expression: str, resource: Any, types: Types = SHAPES) -> list[Any]:
    """What a resource is found by, by one parameter."""
    parameter = SearchParameter("p", kind, expression)
    return [
        value
        for _, value in compile_searches(resource["resourceType"], [parameter], types)(resource)
    ]


@pytest.mark.parametrize(
    ("kind", "expression", "found"),
    [
        ("token", "Patient.identifier", [("https://fhir.nhs.uk/Id/nhs-number", "9990000018")]),
        ("token", "Patient.active", [(None, "true")]),
        ("token", "Patient.gender", [(None, "female")]),
        ("token", "Patient.telecom.where(system='email')", [("", "ada@example.org")]),
        ("token", "Patient.deceased.exists() and Patient.deceased != false", [(None, "false")]),
        ("string", "Patient.name.family | Practitioner.name.family", ["Example"]),
        ("string", "Patient.name", ["Example", "Ada", "Bea", "Addie", "Addie"]),
        ("string", "Patient.address", ["1 High St", "Anytown", "ZZ99 3CZ"]),
        ("string", "Patient.name.given[0]", ["Ada"]),
        ("string", "Patient.name[0].given", ["Ada", "Bea"]),
        ("date", "Patient.birthDate", [("1980-02-29T00:00:00.000Z", "1980-02-29T23:59:59.999Z")]),
        ("reference", "Patient.generalPractitioner", [("Organization", "Z12345", "")]),
        ("reference", "Patient.managingOrganization", []),
        ("token", "Patient.extension('http://example.org/colour')", [(None, "green")]),
        ("uri", "Patient.identifier.system", ["https://fhir.nhs.uk/Id/nhs-number"]),
        ("string", "Practitioner.name.family", []),
        ("token", "Resource.id", [(None, "9990000018")]),
    ],
)
def test_a_patient_is_found_by(
    kind: str, expression: str, found: list[Any], types: ElementTypes
) -> None:
    assert values(kind, expression, PATIENT, types) == found
    assert values(kind, expression, PATIENT) == found


@pytest.mark.parametrize(
    ("kind", "expression", "found"),
    [
        ("quantity", "(Observation.value as Quantity)", [KG]),
        ("quantity", "Observation.value.ofType(Quantity)", [KG]),
        ("quantity", "Observation.value.as(Quantity)", [KG]),
        ("string", "(Observation.value as string)", []),
        ("string", "(Observation.component.value as string)", ["first"]),
        ("token", "Observation.code", CODES),
        ("date", "Observation.effective", [EFFECTIVE]),
    ],
)
def test_an_observation_is_found_by(
    kind: str, expression: str, found: list[Any], types: ElementTypes
) -> None:
    assert values(kind, expression, OBSERVATION, types) == found
    assert values(kind, expression, OBSERVATION) == found


def test_a_composite_puts_together_values_of_one_element() -> None:
    parts = (("token", "code"), ("quantity", "value.as(Quantity)"))
    parameter = SearchParameter("code-value", "composite", "Observation", parts)
    assert compile_searches("Observation", [parameter])(OBSERVATION) == [
        ("code-value", (("http://example.org/codes", "weight"), KG)),
        ("code-value", (("http://example.org/old", "w"), KG)),
    ]


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2020", "2020-01-01T00:00:00.000Z", "2020-12-31T23:59:59.999Z"),
        ("2020-02", "2020-02-01T00:00:00.000Z", "2020-02-29T23:59:59.999Z"),
        ("2021-02-28", "2021-02-28T00:00:00.000Z", "2021-02-28T23:59:59.999Z"),
        ("2020-05-06T07:08:09Z", "2020-05-06T07:08:09.000Z", "2020-05-06T07:08:09.999Z"),
        ("2020-05-06T07:08:09.5+01:00", "2020-05-06T06:08:09.500Z", "2020-05-06T06:08:09.599Z"),
        ("2020-01-01T00:00:00+01:00", "2019-12-31T23:00:00.000Z", "2019-12-31T23:00:00.999Z"),
        ("2020-05-06T07:08", "2020-05-06T07:08:00.000Z", "2020-05-06T07:08:59.999Z"),
    ],
)
def test_a_date_is_found_for_as_long_as_it_may_mean(written: str, first: str, last: str) -> None:
    assert span_of(written) == (first, last)


@pytest.mark.parametrize(
    "written",
    ["", "20", "2021-02-29", "2020-13", "0000", "2020-05-06T25:00:00Z", "2020-1-1", "２０２０"],
)
def test_what_is_no_date_is_found_by_none(written: str) -> None:
    assert span_of(written) is None


@pytest.mark.parametrize(
    ("period", "span"),
    [
        ({"start": "2020"}, ("2020-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z")),
        ({"end": "2020"}, ("0001-01-01T00:00:00.000Z", "2020-12-31T23:59:59.999Z")),
        (
            {"start": "2020", "end": "2021"},
            ("2020-01-01T00:00:00.000Z", "2021-12-31T23:59:59.999Z"),
        ),
        ({}, None),
    ],
)
def test_a_period_is_found_from_its_start_to_its_end(period: Any, span: Any) -> None:
    resource = {"resourceType": "Encounter", "period": period}
    assert values("date", "Encounter.period", resource) == ([] if span is None else [span])


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("Patient/9990000018", ("Patient", "9990000018", "")),
        ("Patient/a-b.c/_history/2", ("Patient", "a-b.c", "")),
        ("https://example.org/fhir/Patient/1", ("Patient", "1", "https://example.org/fhir")),
        ("urn:uuid:5b0f", ("", "", "urn:uuid:5b0f")),
        ("https://example.org/a|1", ("", "", "https://example.org/a|1")),
    ],
)
def test_a_reference_is_found_by_what_it_points_at(reference: str, found: Any) -> None:
    resource = {"resourceType": "Account", "subject": [{"reference": reference}]}
    assert values("reference", "Account.subject", resource) == [found]
    to_patient = values("reference", "Account.subject.where(resolve() is Patient)", resource)
    assert to_patient == ([found] if found[0] == "Patient" else [])


@pytest.mark.parametrize(
    ("quantity", "found"),
    [
        ({"value": 5, "comparator": "<"}, (None, 5, "", "")),
        ({"value": 5, "comparator": ">="}, (5, None, "", "")),
        ({"low": {"value": 1, "code": "a"}, "high": {"value": 2}}, (1, 2, "", "a")),
        ({"value": 9.99, "currency": "GBP"}, (9.99, 9.99, "urn:iso:std:iso:4217", "GBP")),
    ],
)
def test_a_quantity_is_found_between_its_ends(quantity: Any, found: Any) -> None:
    assert values("quantity", "Invoice.total", {"resourceType": "Invoice", "total": quantity}) == [
        found
    ]


def test_what_has_another_shape_is_asked_as_fhirpath() -> None:
    expression = "Patient.name.where(use = 'usual' and family.exists()).given.first()"
    assert steps(parse(expression)) is None
    assert values("string", expression, PATIENT) == ["Ada"]


def test_names_and_texts_enter_the_code_as_literals_only() -> None:
    hostile = "x'); raise SystemExit(('"
    quoted = hostile.replace("'", "\\'")
    parameter = SearchParameter(hostile, "string", f"Patient.`{hostile}`.where(a = '{quoted}').b")
    resource = {"resourceType": "Patient", hostile: [{"a": hostile, "b": "found"}]}
    assert compile_searches("Patient", [parameter])(resource) == [(hostile, "found")]


def test_a_mistake_in_a_parameter_is_told_when_it_is_compiled() -> None:
    with pytest.raises(PathSyntaxError):
        compile_searches("Patient", [SearchParameter("p", "token", "Patient.name.")])
    with pytest.raises(ValueError, match="kind sound is unknown"):
        compile_searches("Patient", [SearchParameter("p", "sound", "Patient.name")])


@pytest.mark.parametrize("type", ["Patient", "Observation", "MedicationRequest", "Bundle"])
def test_json_that_is_no_resource_is_found_by_nothing_and_breaks_nothing(
    type: str, definitions: Definitions, types: ElementTypes
) -> None:
    parameters = published(definitions.searches(type) + definitions.searches("Resource"))
    for known in (types, SHAPES):
        extract = compile_searches(type, parameters, known)
        names = {name for name, _ in extract(_sample(type, definitions))}
        assert len(names) > len(parameters) / 2
        for odd in ODD:
            extract(odd)
            for name in _sample(type, definitions):
                extract({"resourceType": type, name: odd})


def test_every_published_parameter_finds_in_straight_code_what_it_finds_as_fhirpath(
    definitions: Definitions, types: ElementTypes
) -> None:
    context = Context(types=types, resolve=lambda text: {"resourceType": text.partition("/")[0]})
    apart, compared, found = [], 0, 0
    for type in sorted(definitions.resources - {"Resource", "DomainResource"}):
        resource = _sample(type, definitions)
        for parameter in published(definitions.searches(type)):
            if parameter.parts or "xtension(" in parameter.expression:
                continue  # FHIRPath gives the extension, and a search goes on to its value
            straight = compile_searches(type, [parameter], types)(resource)
            as_path = _as_path(parameter, resource, context)
            compared, found = compared + 1, found + bool(straight)
            if set(straight) != set(as_path):
                apart.append((type, parameter.name, straight, as_path))
    assert apart == []
    assert compared > 1_300
    assert found > compared * 0.9


def _as_path(parameter: SearchParameter, resource: Any, context: Context) -> Found:
    values: Found = []
    for part in alternatives(parse(parameter.expression)):
        for item in Expression(parameter.expression, part)(resource, context):
            adding_of(parameter.kind, "")(values, parameter.name, item)
    return values


SAMPLES: dict[str, Any] = {
    "boolean": True,
    "integer": 3,
    "positiveInt": 3,
    "unsignedInt": 3,
    "decimal": 1.5,
    "date": "2020-02",
    "dateTime": "2020-02-03T04:05:06Z",
    "instant": "2020-02-03T04:05:06Z",
    "time": "10:00:00",
    "Reference": {"reference": "Patient/1"},
    "ContactPoint": {"system": "email", "value": "a1"},
    "Timing": {"event": ["2020"]},
    "Extension": {"url": "http://example.org/x", "valueString": "x"},
    "Resource": {"resourceType": "Patient", "id": "1"},
}


def _sample(type: str, definitions: Definitions) -> dict[str, Any]:
    """A resource with something in every element, two levels deep, choices of the first type that
    search parameters ask for."""
    return {"resourceType": type, "id": "a1"} | _elements(
        definitions, definitions.tree(TYPES + type), 3
    )


def _elements(definitions: Definitions, node: Node, depth: int) -> dict[str, Any]:
    found = {}
    for name, kid in (node.kids or {}).items():
        if name == "id" or not kid.types or kid.content:
            continue
        for at, each in enumerate(kid.types[:3]):
            value = _value(definitions, kid, each.code, depth - 1)
            if value is not None and (at == 0 or kid.choice):
                found[kid.named(each.code)] = [value] if kid.many else value
    return found


def _value(definitions: Definitions, kid: Node, code: str, depth: int) -> Any:
    if code in SAMPLES:
        return SAMPLES[code]
    if code in definitions.primitives or code[:1].islower():
        return "composed-of" if kid.path.endswith("relatedArtifact.type") else "a1"
    if kid.kids is not None:
        return _elements(definitions, kid, depth) if depth else None
    try:
        return _elements(definitions, definitions.tree(TYPES + code), depth) if depth else None
    except Contradiction:
        return None
