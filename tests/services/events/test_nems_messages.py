"""Messages of NEMS: an event in a Bundle, as it is sent and as it is told."""

from typing import Any
from xml.etree import ElementTree

import orjson
import pytest

from openroots.problem import Json
from openroots.services.events.delivered import delivered_as
from openroots.services.events.nems_subscribing import EXAMPLE
from openroots.services.events.stu3_xml import read, written
from openroots.testing import Nation
from tests.services.events.asking import JANE, patch, subscribe, subscription
from tests.services.events.nems import MAN, MESSAGE, PRACTICE, criteria, matched, post, send

FHIR = "{http://hl7.org/fhir}"


def test_a_message_is_an_event(openroots: Nation) -> None:
    """It is accepted, and told to who subscribed here and there; what it holds goes
    to those alone who subscribed here."""
    post(openroots, criteria=criteria("newborn-hearing-1", PRACTICE))
    subscribe(openroots, "eventType='newborn-hearing-1' AND action='new'")
    told = send(openroots)
    assert (told.status, told.code) == (202, "DEPRECATED")
    [(event, count)] = matched(openroots)
    assert count == 2
    assert (event["id"], event["subject"], event["versionid"]) == (MESSAGE["id"], JANE, "3")
    there = delivered_as(event, subscription(payload="application/json"))
    assert b"a result" not in there.body
    here = delivered_as(event, subscription(payload="application/fhir+xml"))
    root = ElementTree.fromstring(here.body)
    assert root.find(f".//{FHIR}valueString").get("value") == "a result & more"  # type: ignore[union-attr]


def test_a_message_in_xml_is_told_to_the_letter(openroots: Nation) -> None:
    """Whoever sends XML is understood, and subscribers get the very same."""
    raw = b"\n<!-- as sent -->" + written(MESSAGE).partition(b"?>")[2]
    assert send(openroots, raw, type="application/fhir+xml").status == 202
    [(event, _)] = matched(openroots)
    assert (event["subject"], event["filtering"]["action"]) == (JANE, "new")
    assert delivered_as(event, subscription(payload="application/fhir+xml")).body == raw


def test_a_change_of_a_record_is_told_as_a_message(openroots: Nation) -> None:
    """A Bundle in XML, its MessageHeader first, which names the person and the event."""
    patch(openroots, JANE, MAN)
    [(event, _)] = matched(openroots)
    message = read(delivered_as(event, subscription(payload="application/fhir+xml")).body)
    assert (message["type"], message["id"]) == ("message", event["id"])
    header = message["entry"][0]["resource"]
    assert (header["resourceType"], header["event"]["code"]) == (
        "MessageHeader",
        "pds-record-change-1",
    )
    routing = header["extension"][0]["extension"][0]
    assert (routing["url"], routing["valueIdentifier"]["value"]) == ("nhsNumber", JANE)


def changed(path: str, value: Any) -> Json:
    """The message with another value at this path; "" takes what is there away."""
    message: Json = orjson.loads(orjson.dumps(MESSAGE))
    *holders, last = path.split("/")
    held: Any = message
    for part in holders:
        held = held[int(part) if part.isdigit() else part]
    if value == "":
        del held[last]
    else:
        held[last] = value
    return message


HEADER = "entry/0/resource"


@pytest.mark.parametrize(
    "message",
    [
        {},
        [],
        changed("type", "batch"),
        changed("entry", []),
        changed("meta/lastUpdated", "yesterday"),
        changed(f"{HEADER}/resourceType", "Patient"),
        changed(f"{HEADER}/event/code", "pds-change-of-gp-1"),
        changed(f"{HEADER}/event", "x"),
        changed(f"{HEADER}/extension", ""),
        changed(f"{HEADER}/extension/0/extension/0/valueIdentifier/value", "9000000000"),
        changed(f"{HEADER}/extension/1/valueCodeableConcept/coding/0/code", "newer"),
        changed("entry/1/resource/valueString", "a\0b"),
    ],
)
def test_a_message_that_is_none(shared: Nation, message: Any) -> None:
    """It is refused, and nothing of it is told."""
    told = send(shared, message)
    assert (told.status, told.code) == (400, "INVALID_RESOURCE")
    assert "newborn-hearing-1" not in shared.signals()


@pytest.mark.parametrize(
    "raw",
    [
        b"<Bundle",
        b"<Bundle/>",
        b"\xff\xfe",
        b'<!DOCTYPE x [<!ENTITY y "z">]><Bundle xmlns="http://hl7.org/fhir">&y;</Bundle>',
        b'<?xml version="1.0" encoding="none"?><Bundle xmlns="http://hl7.org/fhir"/>',
        b'<Bundle xmlns="http://hl7.org/fhir">' + b"<a>" * 500 + b"</a>" * 500 + b"</Bundle>",
    ],
)
def test_xml_that_is_none(shared: Nation, raw: bytes) -> None:
    """Broken XML, entities and depths without end are refused."""
    told = send(shared, raw, type="application/fhir+xml")
    assert (told.status, told.code) == (400, "INVALID_RESOURCE")


def test_json_and_xml_say_the_same() -> None:
    """What is written in XML is read again as it was."""
    assert read(written(MESSAGE)) == MESSAGE
    assert read(written(EXAMPLE)) == EXAMPLE
