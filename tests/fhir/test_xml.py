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
