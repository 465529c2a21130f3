"""FHIR in XML is read as it would be in JSON; what could harm a reader is refused."""

import pytest

from openroots.fhir.reading import Unreadable, read_resource
from openroots.fhir.validation import standard_validator
from openroots.fhir.xml import NotFhirXml, read_xml

PATIENT = b"""<?xml version="1.0" encoding="UTF-8"?>
<Patient xmlns="http://hl7.org/fhir">
  <id value="made-1"/>
  <text><status value="generated"/>
    <div xmlns="http://www.w3.org/1999/xhtml"><p>Ann &amp; others</p></div></text>
  <extension url="https://example.org/a"><valueInteger value="3"/></extension>
  <active value="true"/>
  <name id="n"><given value="Ann"><extension url="https://example.org/b">
    <valueDecimal value="1.50"/></extension></given><given value="Bea"/></name>
  <multipleBirthInteger value="2"/>
  <contact><name><family value="Ashby"/></name></contact>
</Patient>"""


def _read(raw: bytes) -> object:
    return read_xml(raw, standard_validator().definitions)


def test_a_resource_in_xml_is_what_it_would_be_in_json() -> None:
    assert _read(PATIENT) == {
        "resourceType": "Patient",
        "id": "made-1",
        "text": {
            "status": "generated",
            "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>Ann &amp; others</p></div>',
        },
        "extension": [{"url": "https://example.org/a", "valueInteger": 3}],
        "active": True,
        "name": [
            {
                "id": "n",
                "given": ["Ann", "Bea"],
                "_given": [
                    {"extension": [{"url": "https://example.org/b", "valueDecimal": 1.5}]},
                    None,
                ],
            }
        ],
        "multipleBirthInteger": 2,
        "contact": [{"name": {"family": "Ashby"}}],
    }


def test_what_xml_says_and_r4_does_not_know_is_told_when_it_is_validated() -> None:
    odd = _read(PATIENT.replace(b"<active value", b"<activ value"))
    found = standard_validator().validate(odd)
    assert ("Patient.activ", "unknown-element") in [(each.place, each.rule) for each in found]


def test_a_contained_resource_is_read_as_its_own_type() -> None:
    held = b'<contained><Basic><id value="b"/></Basic></contained><active value="true"/>'
    read = _read(b'<Patient xmlns="http://hl7.org/fhir">' + held + b"</Patient>")
    assert read == {
        "resourceType": "Patient",
        "contained": [{"resourceType": "Basic", "id": "b"}],
        "active": True,
    }


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        (
            b'<gender value="male"/>\n<active value="true"/>',
            "line 2: <active> stands after <gender>",
        ),
        (b'<active value="true"/><id value="a"/>', "<id> stands after <active>"),
        (b"<name><given value='A'/><family value='B'/></name>", "<family> stands after <given>"),
        (b"<name><use value='usual'/></name><active value='true'/><name/>", "<active> stands"),
        (b"<multipleBirthInteger value='2'/><deceasedBoolean value='true'/>", "<deceasedBoolean>"),
        (b"<contact><name/><extension url='a'/></contact>", "<extension> stands after <name>"),
        (b"<contained><Basic><code/><id value='b'/></Basic></contained>", "<id> stands after"),
        (b"<contact><name/><relationship/></contact>", "<relationship> stands after <name>"),
    ],
)
def test_elements_in_another_order_than_their_definitions_are_refused(inside, words) -> None:
    """At any depth, with the line; what is not known has no order."""
    with pytest.raises(NotFhirXml, match=words):
        _read(b'<Patient xmlns="http://hl7.org/fhir">' + inside + b"</Patient>")


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        (b"<name family='Ashby'/>", "<name> has an attribute 'family'"),
        (b"<name value='Ann'/>", "<name> has an attribute 'value'"),
        (b"<active value='true' because='so'/>", "<active> has an attribute 'because'"),
        (b"<name url='https://example.org'/>", "<name> has an attribute 'url'"),
        (b"<name><id value='n'/></name>", "<id> is an attribute of <name>"),
        (b"<extension><url value='https://example.org'/></extension>", "<url> is an attribute"),
    ],
)
def test_what_is_an_attribute_is_none_of_another_element(inside, words) -> None:
    """Nothing that stands there is left out in silence, or read as what it is not."""
    with pytest.raises(NotFhirXml, match=words):
        _read(b'<Patient xmlns="http://hl7.org/fhir">' + inside + b"</Patient>")
    with pytest.raises(NotFhirXml, match="<Patient> has an attribute 'id'"):
        _read(b'<Patient xmlns="http://hl7.org/fhir" id="made-1"/>')


@pytest.mark.parametrize(
    ("type", "text", "value"),
    [
        ("Integer", "2", 2),
        ("Integer", "+2", 2),
        ("Integer", "-20", -20),
        ("Integer", "0", 0),
        *(
            ("Integer", text, text)
            for text in ("02", " 2", "1_0", "2.0", "\u0662", "-0", "9" * 5000)
        ),
        ("Decimal", "1.50", 1.5),
        ("Decimal", "-1e-3", -0.001),
        *(("Decimal", text, text) for text in (".5", "1_0.5", "nan", "inf", "01", "+1", "1.", "")),
    ],
)
def test_a_number_is_read_where_it_is_written_as_r4_writes_them(type, text, value) -> None:
    """Else it stays text, and validation tells it."""
    inside = f'<extension url="https://example.org/a"><value{type} value="{text}"/></extension>'
    read = _read(f'<Basic xmlns="http://hl7.org/fhir">{inside}</Basic>'.encode())
    assert read["extension"][0][f"value{type}"] == value
    wrong = [
        one.place for one in standard_validator().validate(read) if one.rule.startswith("wrong")
    ]
    assert ("Basic.extension[0].value" in wrong) is (value == text)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<Patient",
        b"<Patient/>",
        b'<Thing xmlns="http://hl7.org/fhir"/>',
        b'<!DOCTYPE p [<!ENTITY a "b">]><Patient xmlns="http://hl7.org/fhir"/>',
        b'<!DOCTYPE p SYSTEM "file:///etc/passwd"><Patient xmlns="http://hl7.org/fhir"/>',
        b'<Patient xmlns="http://hl7.org/fhir">words</Patient>',
        b'<Patient xmlns="http://hl7.org/fhir">&a;</Patient>',
        b'<div xmlns="http://www.w3.org/1999/xhtml"/>',
        b'<Patient xmlns="http://hl7.org/fhir">' + b"<contact>" * 200 + b"</contact>" * 200,
        b'<Patient xmlns="http://hl7.org/fhir"><contained/></Patient>',
        b'<?xml version="1.0" encoding="GBK"?><Patient xmlns="http://hl7.org/fhir"/>',
        b'<?xml version="1.0" encoding="none"?><Patient xmlns="http://hl7.org/fhir"/>',
    ],
)
def test_what_is_no_fhir_in_xml_is_refused(raw: bytes) -> None:
    with pytest.raises(NotFhirXml):
        _read(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff{}",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 10_000 + b"}",
    ],
)
def test_json_that_is_none_or_says_something_twice_is_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read_resource(raw, standard_validator().definitions)
