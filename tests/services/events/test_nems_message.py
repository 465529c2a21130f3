"""The message by which a subscriber of NEMS is told of a change of a record."""

from xml.etree import ElementTree

import pytest

from openroots.problem import Json
from openroots.services.events.nems_message import message_of
from openroots.services.events.stu3_xml import read
from tests.services.events.asking import EVENT

ORIGIN = "https://trust.example"
FHIR = "{http://hl7.org/fhir}"
HEADER_META = f"{FHIR}entry/{FHIR}resource/{FHIR}MessageHeader/{FHIR}meta"


def meta_of(event: Json) -> list[tuple[str, str]]:
    """The members of the header's meta, in their order."""
    root = ElementTree.fromstring(message_of(event, {"criteria": ""}, ORIGIN))
    meta = root.find(HEADER_META)
    assert meta is not None
    return [(part.tag.removeprefix(FHIR), part.attrib["value"]) for part in meta]


@pytest.mark.parametrize("versionid", ['W/"16"', '"16"', "16"])
def test_messages_about_one_record_can_be_put_in_order_by_its_version(versionid: str) -> None:
    """The header's meta has the version before the time, as FHIR orders them."""
    told = meta_of(EVENT | {"versionid": versionid})
    assert told == [("versionId", "16"), ("lastUpdated", EVENT["time"])]


@pytest.mark.parametrize("versionid", [None, "of my own making", 'W/"' + "1" * 65 + '"'])
def test_what_is_no_version_is_not_told_as_one(versionid: str | None) -> None:
    """An event that names none, or one that FHIR cannot hold, has its time alone."""
    assert meta_of(EVENT | {"versionid": versionid}) == [("lastUpdated", EVENT["time"])]


def test_a_message_says_whom_to_ask_about_it() -> None:
    """Its source has a contact, which the profile wants, before the endpoint, as FHIR orders
    them."""
    header = read(message_of(EVENT, {"criteria": ""}, ORIGIN))["entry"][0]["resource"]
    assert list(header["source"]) == ["contact", "endpoint"]
    [contact] = header["source"]["contact"]
    assert contact == {"system": "url", "value": "https://trust.example/"}


def test_a_message_of_an_event_that_points_nowhere_has_no_focus() -> None:
    """FHIR has no empty values."""
    raw = message_of(EVENT | {"dataref": None}, {"criteria": ""}, ORIGIN)
    assert b'value=""' not in raw
    assert "focus" not in read(raw)["entry"][0]["resource"]
