"""The criteria of a NEMS subscription, in the words of ours.

    /Bundle?type=message&serviceType=GP&MessageHeader.event=pds-change-of-gp-1
        &Patient.identifier=http://fhir.nhs.net/Id/nhs-number|9000000009

It is about one person, or follows a rule that goes by an organisation: a practice, or one that
names an area.

Source: National Events Management Service, its subscription criteria.
"""

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qsl

from openroots.identifiers import NHSNumber, ODSCode
from openroots.service import Problem
from openroots.services.events import nems_areas
from openroots.services.events.names import (
    BIRTH_NOTIFIED,
    CHANGE_OF_GP,
    DEATH_NOTIFIED,
    RECORD_CHANGE,
    SUBJECT,
)

START = "/Bundle?"
NUMBER_SYSTEMS = ("http://fhir.nhs.net/Id/nhs-number", "https://fhir.nhs.uk/Id/nhs-number")
ODS_SYSTEMS = (
    "http://fhir.nhs.net/Id/ods-organization-code",
    "https://fhir.nhs.uk/Id/ods-organization-code",
)
SERVICE_TYPES = frozenset({"GP", "CHO", "UHV", "EPCHR"})
BY_PRACTICE = "GP_GP_GP"
AGE = re.compile(r"(lt|gt)(\d{1,3})", re.ASCII)
AGES = range(151)
TAG = re.compile(r"[\w.:-]{0,100}", re.ASCII)
REGISTERED = {"RegisteredOnly": "true", "UnregisteredOnly": "false"}
PUBLISHABLE = (
    "blood-spot-test-outcome-1",
    "newborn-hearing-1",
    "nipe-outcome-1",
    "professional-contacts-1",
    "vaccinations-1",
)

# Each event of NEMS as ours, with the condition that it needs besides.
EVENTS: dict[str, tuple[str, dict[str, str]]] = {
    BIRTH_NOTIFIED: (BIRTH_NOTIFIED, {}),
    "pds-change-of-address-1": (RECORD_CHANGE, {"changed_address": "true"}),
    "pds-change-of-gp-1": (CHANGE_OF_GP, {}),
    "pds-death-notification-1": (DEATH_NOTIFIED, {}),
    "pds-record-change-1": (RECORD_CHANGE, {}),
    **{event: (event, {}) for event in PUBLISHABLE},
}
ONCE = frozenset(
    {
        "type",
        "serviceType",
        "Patient.identifier",
        "Organization.identifier",
        "subscriptionRuleType",
        "GPRegistration",
        "tag",
    }
)
KNOWN = ONCE | {"MessageHeader.event", "Patient.age"}
Given = dict[str, list[str]]
Condition = tuple[str, tuple[str, ...]]
AreaOf = Callable[[str, str], Condition]


class Translated(NamedTuple):
    """What NEMS criteria ask for: a type of ours, its conditions, and the event as NEMS has it."""

    event: str
    type: str
    conditions: tuple[Condition, ...]


def translated(text: object, area_of: AreaOf) -> list[Translated]:
    """What the criteria ask for, event by event. `area_of` says what must hold by a rule, for the
    area of an organisation. Raises Problem for what cannot be understood."""
    given = _given(text)
    events = given.get("MessageHeader.event", [])
    if not events or any(event not in EVENTS for event in events):
        raise Problem("criteria-invalid", what="MessageHeader.event")
    if given.get("type") != ["message"]:
        raise Problem("criteria-invalid", what="type")
    if given.get("serviceType", [""])[0] not in SERVICE_TYPES:
        raise Problem("criteria-invalid", what="serviceType")
    if not TAG.fullmatch(given.get("tag", [""])[0]):
        raise Problem("criteria-invalid", what="tag")
    common = [*_ages(given), *_registration(given)]
    common = [_about(given, events, area_of), *common]
    return [_translated(event, common) for event in dict.fromkeys(events)]


def tag_of(text: str) -> str:
    """The tag of criteria that were understood; "" where they have none."""
    return _given(text).get("tag", [""])[0]


def _translated(event: str, common: list[Condition]) -> Translated:
    type, own = EVENTS[event]
    conditions = [(key, (value,)) for key, value in own.items()]
    return Translated(event, type, (*conditions, *common))


def _given(text: object) -> Given:
    if not isinstance(text, str) or not text.startswith(START):
        raise Problem("criteria-invalid", what="/Bundle?type=message")
    given: Given = {}
    for name, value in parse_qsl(text[len(START) :], keep_blank_values=True):
        given.setdefault(name, []).append(value)
    if given.keys() - KNOWN:
        raise Problem("criteria-invalid", what="a part that is not known")
    if repeated := sorted(name for name in ONCE & given.keys() if len(given[name]) > 1):
        raise Problem("criteria-invalid", what=repeated[0])
    return given


def _about(given: Given, events: list[str], area_of: AreaOf) -> Condition:
    """One person with any number of events, or a rule with one."""
    person, rule = given.get("Patient.identifier"), given.get("subscriptionRuleType")
    if (person is None) == (rule is None):
        raise Problem("criteria-invalid", what="Patient.identifier or subscriptionRuleType")
    if person is not None:
        return SUBJECT, (_number(person[0]),)
    assert rule is not None
    if rule[0] not in {BY_PRACTICE, *nems_areas.RULES} or len(events) > 1:
        raise Problem("criteria-invalid", what="subscriptionRuleType")
    code = _organisation(given.get("Organization.identifier", [""])[0])
    return ("generalpractitioner", (code,)) if rule == [BY_PRACTICE] else area_of(rule[0], code)


def _number(text: str) -> str:
    system, _, number = text.partition("|")
    try:
        if system in NUMBER_SYSTEMS:
            return str(NHSNumber(number))
    except ValueError:
        pass
    raise Problem("criteria-invalid", what="Patient.identifier")


def _organisation(text: str) -> str:
    system, _, code = text.partition("|")
    try:
        if system in ODS_SYSTEMS:
            return str(ODSCode(code))
    except ValueError:
        pass
    raise Problem("criteria-invalid", what="Organization.identifier")


def _ages(given: Given) -> list[Condition]:
    """Every age that is younger and older than asked: at most one of each."""
    asked = given.get("Patient.age", [])
    if not asked:
        return []
    ages = [AGE.fullmatch(text) for text in asked]
    signs = [age[1] for age in ages if age]
    if len(signs) != len(asked) or len(set(signs)) < len(signs):
        raise Problem("criteria-invalid", what="Patient.age")
    bounds = {age[1]: int(age[2]) for age in ages if age}
    below, above = bounds.get("lt", AGES.stop), bounds.get("gt", -1)
    return [("subjectage", tuple(str(age) for age in AGES if above < age < below))]


def _registration(given: Given) -> list[Condition]:
    asked = given.get("GPRegistration")
    if asked is None:
        return []
    if asked[0] not in REGISTERED:
        raise Problem("criteria-invalid", what="GPRegistration")
    return [("registered", (REGISTERED[asked[0]],))]
