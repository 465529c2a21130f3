"""How NEMS is asked in tests: subscriptions, messages, and what was told of them."""

from typing import Any

from openroots.problem import Json
from openroots.service import Caller
from openroots.services.events.matching import matcher_of
from openroots.services.events.nems_subscribing import EXAMPLE
from openroots.services.events.told import event_of
from openroots.testing import Nation, Told
from tests.services.events.asking import HUB, JANE, feed

PERSON = f"&Patient.identifier=http://fhir.nhs.net/Id/nhs-number|{JANE}"
PRACTICE = (
    "&subscriptionRuleType=GP_GP_GP"
    "&Organization.identifier=http://fhir.nhs.net/Id/ods-organization-code|Y12345"
)
SERVICES = "urn:nhs:names:services:"
MAN = {"op": "replace", "path": "/gender", "value": "male"}
CODES = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-"
MESSAGE: Json = {
    "resourceType": "Bundle",
    "id": "0d2b4d3c-5a6b-4a1e-9d1a-1d2f3e4a5b6c",
    "meta": {"lastUpdated": "2026-11-20T10:00:00+00:00", "versionId": "3"},
    "type": "message",
    "entry": [
        {
            "resource": {
                "resourceType": "MessageHeader",
                "extension": [
                    {
                        "url": f"{CODES}RoutingDemographics-1",
                        "extension": [
                            {"url": "nhsNumber", "valueIdentifier": {"value": JANE}},
                            {"url": "birthDateTime", "valueDateTime": "2010-10-22"},
                        ],
                    },
                    {
                        "url": f"{CODES}MessageEventType-1",
                        "valueCodeableConcept": {"coding": [{"code": "new"}]},
                    },
                ],
                "event": {"system": "x", "code": "newborn-hearing-1"},
            }
        },
        {"resource": {"resourceType": "Observation", "valueString": "a result & more"}},
    ],
}


def criteria(events: str = "pds-change-of-gp-1", about: str = PERSON) -> str:
    """The criteria of a subscription to these events."""
    named = "".join(f"&MessageHeader.event={event}" for event in events.split(","))
    return f"/Bundle?type=message&serviceType=GP{named}{about}"


def nems(
    nation: Nation,
    method: str,
    path: str,
    interaction: str,
    body: Any = None,
    caller: Caller = HUB,
    type: str = "",
    **headers: str,
) -> Told:
    """Put a request to NEMS."""
    content = {"content-type": type or "application/fhir+json"} if body is not None else {}
    asids = {"fromasid": "200000000117", "toasid": "199999999999"}
    sent = {**asids, "interactionid": SERVICES + interaction, **content, **headers}
    return nation.ask(method, f"/STU3{path}", body, caller=caller, headers=sent)


def post(nation: Nation, caller: Caller = HUB, **parts: Any) -> Told:
    """Make a subscription of the example with these parts."""
    interaction = "clinicals-sync:SubscriptionsApiPost"
    return nems(nation, "POST", "/Subscription", interaction, EXAMPLE | parts, caller)


def send(nation: Nation, message: Any = MESSAGE, caller: Caller = HUB, type: str = "") -> Told:
    """Send a message."""
    path, interaction = "/Events/1/$process-message", "events:NewbornHearing_1.Write"
    return nems(nation, "POST", path, interaction, message, caller, type)


def matched(nation: Nation) -> list[tuple[Json, int]]:
    """Each event that was told, and how many subscriptions it is for."""
    db = nation.house.world.store.snapshot()
    matcher = matcher_of(db)
    events = [event for told in feed(nation) if (event := event_of(told, db))]
    return [(event, len(matcher.matching(event))) for event in events]
