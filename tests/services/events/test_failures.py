"""Every row of the failures tables: what provokes it, and with which status."""

from collections.abc import Callable
from typing import Any

import pytest

from openroots.service import Caller
from openroots.services.events import service
from openroots.services.events.nems import nems as nems_service
from openroots.testing import Nation, Told
from tests.services.events import nems as of_nems
from tests.services.events.asking import (
    HUB,
    JANE,
    OTHER,
    SUBSCRIPTION,
    application,
    ask,
    publish,
    subscribe,
)
from tests.services.events.test_publishing import LEGACY

Asked = Callable[[Nation], Told]
PLAIN = "application/json"
NOWHERE = "236a1d4a-5d69-4fa9-9c7f-e72bf505aa5b"


def event(**parts: Any) -> Asked:
    """Publishing the example with these parts."""
    return lambda nation: publish(nation, **parts)


def made(caller: Any = None, **parts: Any) -> Asked:
    """Making a subscription with these parts."""
    caller = caller or application()
    return lambda nation: ask(nation, "POST", "/subscriptions", SUBSCRIPTION | parts, caller)


def asked(method: str, path: str, body: Any = None, type: str = PLAIN) -> Asked:
    """Any other request."""
    return lambda nation: ask(nation, method, path, body, type=type)


def channel(**parts: Any) -> Asked:
    """Making a subscription with these parts of its channel."""
    return made(channel=SUBSCRIPTION["channel"] | parts)


def taken(nation: Nation) -> Told:
    """Taking a queue that is taken."""
    ask(nation, "POST", "/subscriptions", SUBSCRIPTION)
    return ask(nation, "POST", "/subscriptions", SUBSCRIPTION)


def changed_into_taken(nation: Nation) -> Told:
    """Changing a subscription so that it would take a queue twice."""
    taken(nation)
    id = subscribe(nation, "eventType=mns-test-signal-1")
    return ask(nation, "PUT", f"/subscriptions/{id}", SUBSCRIPTION)


def listed(nation: Nation, caller: Caller = HUB) -> Told:
    """Keeping a list."""
    return ask(nation, "POST", "/lists", {"numbers": [JANE]}, caller, PLAIN)


def list_in_use(nation: Nation) -> Told:
    """Deleting a list that a subscription names."""
    id = listed(nation).body["id"]
    subscribe(nation, f"eventType='pds-record-change-2' AND list='{id}'")
    return ask(nation, "DELETE", f"/lists/{id}")


def too_many_lists(nation: Nation) -> Told:
    """A hundred lists, and another."""
    for _ in range(100):
        assert listed(nation, OTHER).status == 201
    return listed(nation, OTHER)


RECORD = "eventType='pds-record-change-2' AND "
CASES: dict[str, tuple[int, Asked]] = {
    "not-an-event": (400, asked("POST", "/events", [], "application/cloudevents+json")),
    "id-invalid": (400, event(id="")),
    "source-invalid": (400, event(source="")),
    "specversion-invalid": (400, event(specversion="2.0")),
    "type-invalid": (400, event(type="none-1")),
    "time-invalid": (400, event(time="now")),
    "subject-invalid": (400, event(subject="")),
    "dataref-invalid": (400, event(dataref="x")),
    "versionid-invalid": (400, event(versionid="")),
    "filtering-invalid": (400, event(filtering="x")),
    "data-invalid": (400, asked("POST", "/events", LEGACY | {"data": "x"})),
    "attribute-unexpected": (400, event(colour="red")),
    "several-invalid": (400, event(id="", time="")),
    "not-a-subscription": (400, made(resourceType="x")),
    "status-invalid": (400, made(status="x")),
    "end-invalid": (400, made(end="x")),
    "reason-invalid": (400, made(reason=1)),
    "criteria-invalid": (400, made(criteria="x")),
    "list-unknown": (400, made(criteria=f"{RECORD}list='{NOWHERE}'")),
    "residence-unknown": (400, made(criteria=f"{RECORD}residence='NOWHERE'")),
    "channel-invalid": (400, made(channel=1)),
    "channel-type-invalid": (400, channel(type="x")),
    "endpoint-invalid": (400, channel(endpoint="x")),
    "payload-invalid": (400, channel(payload="x")),
    "hydration-invalid": (400, made(hydration=1)),
    "numbers-invalid": (400, asked("POST", "/changes", {})),
    "number-invalid": (400, asked("POST", "/changes", {"numbers": ["9000000000"]})),
    "name-invalid": (400, asked("POST", "/lists", {"numbers": [JANE], "name": 1})),
    "since-invalid": (400, asked("POST", "/changes?since=x", {"numbers": [JANE]})),
    "parameter-unknown": (400, asked("POST", "/changes?sinse=x", {"numbers": [JANE]})),
    "no-correlation-id": (
        400,
        lambda nation: ask(nation, "GET", "/lists", x_correlation_id=""),
    ),
    "no-product-id": (502, made(application(product=""))),
    "unauthorised": (403, made(application(permissions=""))),
    "type-refused": (
        403,
        lambda nation: publish(nation, application(permissions="events:create:a-1")),
    ),
    "id-malformed": (400, asked("GET", "/subscriptions/1")),
    "list-id-malformed": (400, asked("GET", "/lists/1")),
    "lists-too-many": (409, too_many_lists),
    "list-in-use": (409, list_in_use),
    "not-found": (404, asked("GET", f"/lists/{NOWHERE}")),
    "continue-from-invalid": (400, asked("GET", "/subscriptions?continue_from=x")),
    "queue-taken": (409, taken),
    "subscription-taken": (409, changed_into_taken),
}

NEMS: dict[str, tuple[int, Asked]] = {
    "header-missing": (
        400,
        lambda nation: of_nems.nems(nation, "GET", "/Subscription/1", "", fromasid=""),
    ),
    "header-invalid": (400, lambda nation: of_nems.nems(nation, "GET", "/Subscription/1", "x")),
    "body-not-xml": (400, lambda nation: of_nems.send(nation, b"<", type="text/xml")),
    "subscription-invalid": (400, lambda nation: of_nems.post(nation, status="x")),
    "criteria-invalid": (400, lambda nation: of_nems.post(nation, criteria="x")),
    "message-invalid": (400, lambda nation: of_nems.send(nation, {})),
    "area-unknown": (
        400,
        lambda nation: of_nems.post(
            nation,
            criteria=of_nems.criteria(
                about=of_nems.PRACTICE.replace("GP_GP_GP", "COUNTRYCODE").replace("Y12345", "A1A1")
            ),
        ),
    ),
    "not-found": (
        404,
        lambda nation: of_nems.nems(
            nation, "GET", "/Subscription/1", "clinicals-sync:SubscriptionsApiGet"
        ),
    ),
    "unauthorised": (403, lambda nation: of_nems.post(nation, application(permissions=""))),
    "type-refused": (
        403,
        lambda nation: of_nems.send(nation, caller=application(permissions="events:create:a-1")),
    ),
    "no-product-id": (502, lambda nation: of_nems.post(nation, application(product=""))),
}


@pytest.mark.parametrize("row", CASES)
def test_a_refusal_of_mns(shared: Nation, row: str) -> None:
    """Each way to fail has its own status; the trail names its row."""
    status, asking = CASES[row]
    assert asking(shared).status == status == service.failures[row].status
    assert _row(shared) == row


@pytest.mark.parametrize("row", NEMS)
def test_a_refusal_of_nems(shared: Nation, row: str) -> None:
    """The same of NEMS."""
    status, asking = NEMS[row]
    assert asking(shared).status == status == nems_service.failures[row].status
    assert _row(shared) == row


def test_every_row_is_provoked() -> None:
    """No row is there for nothing; those of deliveries have tests of their own."""
    assert service.own_failures.keys() - CASES.keys() == {"moment-invalid"}
    assert NEMS.keys() == nems_service.own_failures.keys()


def _row(nation: Nation) -> str:
    steps = nation.trails()[-1]["steps"]
    found: str = next(step[1] for step in steps if step[0] == "refused")
    return found
