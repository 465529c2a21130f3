"""How these tests ask the Multicast Notification Service, and who they are."""

from typing import Any

from openroots.problem import Json
from openroots.service import Access, Caller
from openroots.services.events.publishing import EXAMPLE as EVENT
from openroots.services.events.subscription import EXAMPLE as SUBSCRIPTION
from openroots.storage import Told as Signalled
from openroots.testing import Nation, Told

MNS = "/multicast-notification-service"
PDS = "/personal-demographics/FHIR/R4"
JANE, JANET, JAYNE = "9000000009", "9000000025", "9000000017"
QUEUE = "arn:aws:sqs:eu-west-2:123456789012:"
ALL = "events:create:*,events:subscribe:*"

__all__ = ["EVENT", "SUBSCRIPTION"]  # the examples, which tests take from here


def application(
    id: str = "hub", permissions: Any = ALL, product: str = "P.1", **more: Any
) -> Caller:
    """A registered application with these permissions."""
    attributes = {
        "apim-app-flow-vars": {"mns": {"permissions": permissions}},
        "product-id": product,
    }
    return Caller(id, "Y12345", Access.APPLICATION, name=id, attributes=attributes | more)


HUB, OTHER = application(), application("other")


def ask(
    nation: Nation,
    method: str,
    path: str,
    body: Any = None,
    caller: Caller | None = HUB,
    type: str = "",
    **headers: str,
) -> Told:
    """Put a request to MNS, with a correlation id."""
    usual = "application/cloudevents+json" if path == "/events" else "application/fhir+json"
    content = {"content-type": type or usual} if body is not None else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {"x-correlation-id": "a-transaction", **content, **named}
    return nation.ask(method, MNS + path, body, caller=caller, headers=sent)


def publish(nation: Nation, caller: Caller | None = HUB, **parts: Any) -> Told:
    """Publish the example with these parts; None leaves one out."""
    body = {name: value for name, value in (EVENT | parts).items() if value is not None}
    return ask(nation, "POST", "/events", body, caller)


def subscription(criteria: str = "eventType=pds-record-change-2", **channel: str) -> Json:
    """A subscription in order, with these criteria and parts of its channel."""
    return {
        **SUBSCRIPTION,
        "criteria": criteria,
        "channel": {**SUBSCRIPTION["channel"], **channel},
    }


def subscribe(nation: Nation, criteria: str, caller: Caller = HUB, **channel: str) -> str:
    """The id of a new subscription, to a queue of its own unless the channel says otherwise."""
    if not channel:
        count = len(nation.signals())
        channel = {"endpoint": f"{QUEUE}queue{count}"}
    told = ask(nation, "POST", "/subscriptions", subscription(criteria, **channel), caller)
    assert told.status == 201, told.raw
    id: str = told.body["id"]
    return id


def feed(nation: Nation) -> list[Signalled]:
    """Every signal given so far."""
    return nation.run(nation.house.world.store.feed(limit=100_000))


def patch(nation: Nation, number: str, *operations: Json) -> Told:
    """Change somebody's record, whatever version it is in."""
    path = f"{PDS}/Patient/{number}"
    version = nation.ask("GET", path).headers["etag"]
    told = nation.ask("PATCH", path, {"patches": list(operations)}, headers={"if-match": version})
    assert told.status == 200, told.raw
    return told


def move(nation: Nation, number: str, lines: list[str], postcode: str) -> Told:
    """Give somebody another home."""
    home = nation.ask("GET", f"{PDS}/Patient/{number}").body["address"][0]
    parts = {"id": home["id"], "line": lines, "postalCode": postcode}
    operations = [
        {"op": "replace", "path": f"/address/0/{part}", "value": value}
        for part, value in parts.items()
    ]
    return patch(nation, number, *operations)


def errors(told: Told) -> Any:
    """What is wrong, by part, of a refused body."""
    assert told.status == 400, told.raw
    return told.body["validationErrors"]
