"""National Events Management Service (NEMS): MNS's predecessor, in its own words.

For systems that still speak it. A subscription here is one of ours for each event that it names; a
message is an event of ours, with the message beside it. So one who subscribed through the one is
told of what was sent through the other.

Source: National Events Management Service, FHIR STU3; its specification as of 2025-01-30.
"""

import re
from typing import Any

from openroots.problem import Json
from openroots.service import HeaderRule, Service
from openroots.services.events import service, stu3_xml
from openroots.services.events.names import CATEGORY
from openroots.services.events.nems_failures import DIALECT, FAILURES
from openroots.services.events.nems_message import FHIR_XML

FHIR_JSON = "application/fhir+json"
TYPES = (FHIR_JSON, FHIR_XML, "application/json", "application/xml", "text/xml")
ASID = re.compile(r"\d{1,20}", re.ASCII)


def _header(name: str, words: str, pattern: re.Pattern[str], example: str) -> HeaderRule:
    return HeaderRule(name, words, pattern, "header-missing", "header-invalid", example)


def interaction(pattern: str, example: str) -> tuple[HeaderRule, ...]:
    """The rule for the header by which Spine knows what is asked for."""
    asked = re.compile(f"urn:nhs:names:services:{pattern}", re.ASCII)
    words = "What is asked for, as Spine names it."
    example = f"urn:nhs:names:services:{example}"
    return (_header("InteractionID", words, asked, example),)


nems = Service(
    name="nems",
    title="National Events Management Service",
    base="/STU3",
    api="national-events-management-service",
    words="The predecessor of the Multicast Notification Service: the same events, as messages.",
    source="https://digital.nhs.uk/developer/api-catalogue/national-events-management-service-fhir",
    spec="2025-01-30",
    checked="2026-11-21",
    category=CATEGORY,
    dialect=DIALECT,
    fhir_version="3.0.1",
    headers=(
        _header("fromASID", "The system that asks.", ASID, "200000000117"),
        _header("toASID", "The system that is asked.", ASID, "199999999999"),
    ),
    own_failures=FAILURES,
    differences=(
        "Subscriptions and messages are under one base on one host.",
        "There is no directory of which council or commissioner a postcode belongs to. The area of "
        "UHV_POSTCODE_LACODE, CHO_GP_CCG and CHO_POSTCODE_CCG is the postcode area (LS of LS61 "
        "1AA) in which the organisation named has its address, and any organisation with one can "
        "be named; COUNTRYCODE goes by the country of that address, and of the practice.",
        "The practices of an area are those that are there when the subscription is made.",
        "What is delivered is in XML.",
        "A message about a change of a record names the person by NHS number only, and points to "
        "the record; it does not repeat their name and date of birth. Its contact, whom to ask "
        "about it, is the address of this server.",
        "That a mailbox belongs to the organisation of the contact is checked where there is such "
        "a mailbox; one may be made later.",
        "The MESH workflows other than CHANGEOFADDRESS_1 are ours, as is all wording of errors.",
    ),
)

service.twins.append(nems)


def resource_in(body: Any) -> Json:
    """What was sent, as JSON has it; nothing, where it is no object. Raises Problem for what is
    no FHIR in XML."""
    if isinstance(body, bytes):
        return stu3_xml.read(body)
    return body if isinstance(body, dict) else {}
