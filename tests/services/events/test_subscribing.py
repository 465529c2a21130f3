"""Subscriptions: made, read, listed, changed and removed by whoever owns them."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from openroots.problem import Json
from openroots.services.events import service
from openroots.services.events.names import SUBSCRIPTION_CHANGED
from openroots.testing import Nation
from tests.services.events.asking import (
    HUB,
    OTHER,
    QUEUE,
    SUBSCRIPTION,
    application,
    ask,
    errors,
    subscribe,
    subscription,
)

NOBODYS = "236a1d4a-5d69-4fa9-9c7f-e72bf505aa5b"


def test_a_subscription_is_created_and_read(openroots: Nation) -> None:
    """It has a random UUID, is active at once, and is otherwise as it was sent."""
    told = ask(openroots, "POST", "/subscriptions", SUBSCRIPTION)
    assert told.status == 201
    assert UUID(told.body["id"]).version == 4
    read = ask(openroots, "GET", f"/subscriptions/{told.body['id'].upper()}")
    assert (read.status, read.headers["content-type"]) == (200, "application/fhir+json")
    assert read.body == SUBSCRIPTION | {"id": told.body["id"], "status": "active"}
    assert openroots.signals() == [SUBSCRIPTION_CHANGED]


def test_what_is_not_looked_at_is_kept(openroots: Nation) -> None:
    """A subscription may hold more than this API names: its owner reads it again."""
    body = SUBSCRIPTION | {"end": "2027-04-05T17:31:00.000Z", "extension": [{"url": "x"}]}
    body |= {"hydration": {"enabled": True, "headers": {"a": "b"}}, "id": "mine"}
    id = ask(openroots, "POST", "/subscriptions", body).body["id"]
    read = ask(openroots, "GET", f"/subscriptions/{id}").body
    assert read == body | {"id": id, "status": "active"}


WRONG: list[tuple[Json, str]] = [
    ({"resourceType": "Patient"}, "resourceType"),
    ({"status": "active"}, "status"),
    ({"end": "tomorrow"}, "end"),
    ({"reason": None}, "reason"),
    ({"criteria": "pds-record-change-2"}, "criteria"),
    ({"criteria": "eventType=no-such-event-1"}, "criteria"),
    ({"criteria": "eventType='pds-record-change-2' AND colour='red'"}, "criteria"),
    ({"criteria": 7}, "criteria"),
    ({"channel": "message"}, "channel"),
    ({"channel": SUBSCRIPTION["channel"] | {"type": "email"}}, "channel.type"),
    ({"channel": SUBSCRIPTION["channel"] | {"payload": "text/plain"}}, "channel.payload"),
    ({"hydration": {"enabled": "yes"}}, "hydration"),
    ({"hydration": {"enabled": True, "headers": {"a": 1}}}, "hydration"),
]


@pytest.mark.parametrize(("parts", "part"), WRONG)
def test_what_is_wrong_is_told_by_part(openroots: Nation, parts: Json, part: str) -> None:
    """Each part that is not in form is named, whether it is sent to make or to change one."""
    id = subscribe(openroots, "eventType=mns-test-signal-1")
    for method, path in (("POST", "/subscriptions"), ("PUT", f"/subscriptions/{id}")):
        assert list(errors(ask(openroots, method, path, SUBSCRIPTION | parts))) == [part]


def test_several_parts_are_told_together(openroots: Nation) -> None:
    """Whoever gets much wrong is told of all of it."""
    told = ask(openroots, "POST", "/subscriptions", {"resourceType": "Subscription"})
    assert list(errors(told)) == ["status", "reason", "criteria", "channel"]


def test_the_published_words(openroots: Nation) -> None:
    """What is no Subscription is told so in the words that are published."""
    told = ask(openroots, "POST", "/subscriptions", {"resourceType": "Bundle"})
    words = "Please provide the correct resource type for this endpoint"
    assert errors(told) == {"resourceType": words}


@pytest.mark.parametrize("body", [b"[]", b"7", b"null", b'"x"'])
def test_a_body_that_is_no_object_is_refused(shared: Nation, body: bytes) -> None:
    """A subscription is an object."""
    assert "resourceType" in errors(ask(shared, "POST", "/subscriptions", body))


@pytest.mark.parametrize(
    ("type", "endpoint", "status"),
    [("rest-hook", "https://example.com/hook", 201), ("message", f"{QUEUE}changes", 400)],
)
def test_cloud_events_go_to_webhooks_alone(
    openroots: Nation, type: str, endpoint: str, status: int
) -> None:
    """What goes to queues and mailboxes is published: there, no such payload is."""
    channel = {"type": type, "endpoint": endpoint, "payload": "application/cloudevents+json"}
    body = SUBSCRIPTION | {"channel": channel}
    assert ask(openroots, "POST", "/subscriptions", body).status == status


ENDPOINTS = [
    ("message", "mesh://MYMAILBOXOT101?workflow_id=MY_WORKFLOW_1.1-A", True),
    ("message", "arn:aws:sqs:eu-west-2:123456789012:queue1", True),
    ("message", "arn:aws:sqs:eu-west-1:123456789012:queue1", False),
    ("message", "mesh://MYMAILBOX", False),
    ("message", "https://example.com/hook", False),
    ("rest-hook", "https://example.com/hook?key=1", True),
    ("rest-hook", "http://localhost:8080/hook", True),
    ("rest-hook", "http://127.0.0.1/hook", True),
    ("rest-hook", "http://[::1]:80/hook", True),
    ("rest-hook", "http://example.com/hook", False),
    ("rest-hook", "https://me:secret@example.com/", False),
    ("rest-hook", "https://example.com/#part", False),
    ("rest-hook", "https:///hook", False),
    ("rest-hook", "https://example.com:99999/", False),
    ("rest-hook", "https://exa mple.com/", False),
    ("rest-hook", "https://127.1/", False),
    ("rest-hook", "https://2130706433/", False),
    ("rest-hook", "https://a..b/", False),
    ("rest-hook", "https://my_host.example.:8443/", True),
    ("rest-hook", "ftp://example.com/", False),
    ("rest-hook", "mesh://X?workflow_id=Y", False),
]


@pytest.mark.parametrize(("type", "endpoint", "taken"), ENDPOINTS)
def test_where_events_can_be_sent(shared: Nation, type: str, endpoint: str, taken: bool) -> None:
    """Mailboxes and queues as published, and web addresses of type rest-hook."""
    body = subscription(type=type, endpoint=endpoint)
    told = ask(shared, "POST", "/subscriptions", body)
    assert told.status == (201 if taken else 400)
    if not taken:
        assert list(errors(told)) == ["channel.endpoint"]


def test_a_queue_takes_one_subscription_of_each_type(openroots: Nation) -> None:
    """A second one is refused with the id of the first, whether made or changed into."""
    first = subscribe(openroots, "eventType=pds-record-change-2", endpoint=f"{QUEUE}one")
    told = ask(openroots, "POST", "/subscriptions", subscription(endpoint=f"{QUEUE}one"))
    words = f"A matching SQS subscription already exists with id: {first}"
    assert (told.status, told.body) == (409, {"errors": words})
    second = subscribe(openroots, "eventType=pds-change-of-gp-2", endpoint=f"{QUEUE}one")
    body = subscription(endpoint=f"{QUEUE}one")
    told = ask(openroots, "PUT", f"/subscriptions/{second}", body)
    words = f"A matching subscription already exists with id: {first}"
    assert (told.status, told.body) == (409, {"errors": words})
    assert ask(openroots, "PUT", f"/subscriptions/{first}", body).status == 204


def test_a_queue_is_taken_once_however_many_ask_at_once(openroots: Nation) -> None:
    """Of many who ask at the same moment one is told that it is theirs."""
    body = subscription(endpoint=f"{QUEUE}one")
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, openroots, "POST", "/subscriptions", body) for _ in range(16)]
    statuses = [each.result().status for each in asked]
    assert (statuses.count(201), statuses.count(409)) == (1, 15)


def test_a_mailbox_takes_any_number(openroots: Nation) -> None:
    """Only queues are for one subscription of a type."""
    for _ in range(2):
        subscribe(openroots, "eventType=pds-record-change-2", endpoint="mesh://A?workflow_id=B")


def test_an_update_takes_the_place_of_what_was_there(openroots: Nation) -> None:
    """It is answered with nothing, and tells whoever delivers."""
    id = subscribe(openroots, "eventType=pds-record-change-2")
    body = subscription("eventType=pds-change-of-gp-2", endpoint=f"{QUEUE}new")
    told = ask(openroots, "PUT", f"/subscriptions/{id}", body)
    assert (told.status, told.raw) == (204, b"")
    assert "content-type" not in told.headers  # of nothing
    read = ask(openroots, "GET", f"/subscriptions/{id}").body
    assert read == body | {"id": id, "status": "active"}
    assert openroots.signals() == [SUBSCRIPTION_CHANGED] * 2


def test_a_deleted_subscription_is_gone(openroots: Nation) -> None:
    """It is answered with nothing, and afterwards not found; its queue is free."""
    id = subscribe(openroots, "eventType=pds-record-change-2", endpoint=f"{QUEUE}one")
    told = ask(openroots, "DELETE", f"/subscriptions/{id}")
    assert (told.status, told.raw) == (204, b"")
    assert "content-type" not in told.headers  # of nothing
    for method in ("GET", "DELETE"):
        told = ask(openroots, method, f"/subscriptions/{id}")
        assert (told.status, told.body) == (404, {"errors": "Not found"})
    subscribe(openroots, "eventType=pds-record-change-2", endpoint=f"{QUEUE}one")


def test_a_subscription_exists_for_its_owner_alone(openroots: Nation) -> None:
    """To another application, of the same organisation even, there is none."""
    id = subscribe(openroots, "eventType=pds-record-change-2")
    for method, body in (("GET", None), ("PUT", subscription()), ("DELETE", None)):
        told = ask(openroots, method, f"/subscriptions/{id}", body, OTHER)
        assert (told.status, told.body) == (404, {"errors": "Not found"})
    assert ask(openroots, "GET", "/subscriptions", caller=OTHER).body["entry"] == []
    assert ask(openroots, "GET", f"/subscriptions/{id}").status == 200


@pytest.mark.parametrize("id", ["1", "0e381025-985f-1696-a460-6c375b76e4d0", "x" * 36])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_id_that_is_none(shared: Nation, method: str, id: str) -> None:
    """An id that is no UUID of version 4 is told to be none."""
    body = SUBSCRIPTION if method == "PUT" else None
    told = ask(shared, method, f"/subscriptions/{id}", body)
    words = "Please provide a valid subscription ID in UUID4 format"
    assert (told.status, told.body) == (400, {"errors": words})


def test_a_list_comes_in_pages(openroots: Nation) -> None:
    """Entries are bare subscriptions, fifty to a page; the link `next` leads to the rest."""
    ids = {subscribe(openroots, "eventType=mns-test-signal-1") for _ in range(53)}
    first = ask(openroots, "GET", "/subscriptions")
    assert first.headers["content-type"] == "application/fhir+json"
    assert (first.body["resourceType"], first.body["type"]) == ("Bundle", "searchset")
    own, following = first.body["link"]
    assert own == {"relation": "self", "url": "/subscriptions"}
    second = ask(openroots, "GET", following["url"]).body
    assert [link["relation"] for link in second["link"]] == ["self"]
    found = [*first.body["entry"], *second["entry"]]
    assert len(found) == 53
    assert {each["id"] for each in found} == ids
    assert {each["resourceType"] for each in found} == {"Subscription"}


@pytest.mark.parametrize("token", ["", "x", "%C3%A9", "MQ==", "AAAA"])
def test_a_place_to_go_on_that_is_none(shared: Nation, token: str) -> None:
    """A continue_from that was not given is refused."""
    told = ask(shared, "GET", f"/subscriptions?continue_from={token}")
    assert (told.status, told.body) == (400, {"errors": "The continue_from field was not valid"})


def test_an_application_subscribes_to_what_it_may(openroots: Nation) -> None:
    """Permissions to subscribe name types; those to publish do not count."""
    mine = application(permissions="events:subscribe:pds-change-of-gp-2,events:create:*")
    subscribe(openroots, "eventType=pds-change-of-gp-2", mine)
    told = ask(openroots, "POST", "/subscriptions", subscription(), mine)
    assert (told.status, told.body) == (403, {"errors": "Unauthorised"})


def test_a_type_of_ones_own_has_filters_of_its_own(openroots: Nation) -> None:
    """What a permission names is a type, and only its publisher knows what it can be chosen by."""
    mine = application(permissions=("events:subscribe:my-own-1",))
    subscribe(openroots, "eventType='my-own-1' AND colour='red'", mine)


def test_the_ready_made_application_may_publish_and_subscribe(openroots: Nation) -> None:
    """larkfield-events-hub is known by its key; the practice's system has no product."""
    for key, status in (("larkfield-events-key", 201), ("ashby-practice-key", 502)):
        told = ask(openroots, "POST", "/subscriptions", SUBSCRIPTION, None, apikey=key)
        assert told.status == status


@pytest.mark.parametrize(
    ("method", "path", "body", "name"),
    [
        ("POST", "/subscriptions", SUBSCRIPTION, "create-subscription"),
        ("GET", "/subscriptions", None, "list-subscriptions"),
        ("GET", "/subscriptions/{id}", None, "read-subscription"),
        ("PUT", "/subscriptions/{id}", SUBSCRIPTION, "update-subscription"),
        ("DELETE", "/subscriptions/{id}", None, "delete-subscription"),
    ],
)
def test_reads_are_within_budget(
    openroots: Nation, method: str, path: str, body: Any, name: str
) -> None:
    """However many subscriptions there are, an endpoint looks at the store as often as it says."""
    from openroots.service import Request
    from openroots.storage.counting import CountingSnapshot, Counts
    from openroots.testing import NOON

    ids = [subscribe(openroots, "eventType=pds-record-change-2") for _ in range(5)]
    [endpoint] = [each for each in service.endpoints if each.name == name]
    counts = Counts()
    db = CountingSnapshot(openroots.house.world.store.snapshot(), counts)
    params = {"id": ids[0]} if "{" in path else {}
    headers = {"host": "localhost"}
    endpoint.handler(Request(endpoint, params, headers, HUB, NOON, bytes, body=body), db)
    assert counts.total <= endpoint.reads
