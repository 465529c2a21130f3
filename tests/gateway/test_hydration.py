"""What an event points to is sent along with it, to who asked for that and may have it."""

import asyncio
import json

import pytest
from aiohttp import web

from openroots.delivery.addresses import is_public, is_public_or_own
from openroots.delivery.source import Reading
from openroots.gateway.hydration import LARGEST, Hydration
from openroots.testing import openroots_nation
from tests.services.events.asking import subscription

ORIGIN = "http://here.example"
JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
MNS = "/multicast-notification-service/subscriptions"
QUEUE = "arn:aws:sqs:eu-west-2:123456789012:whole"
SIGNED = "AWS4-HMAC-SHA256 Credential=open-access/20261121/eu-west-2/sqs/aws4_request"


@pytest.fixture(scope="module")
def nation(openroots_seeded):
    """One world for tests that only look."""
    with openroots_nation(openroots_seeded) as nation:
        yield nation


def found(nation, url, application="open-access", permit=is_public_or_own, **headers):
    """What is found at a URL for an application."""
    hydration = Hydration(nation.house.gateway, ORIGIN, permit)
    return nation.run(hydration.found(Reading(url, headers, application)))


def test_what_is_here_is_read_as_who_subscribed(nation):
    """They get what they would get themselves, and it is audited as theirs."""
    assert found(nation, ORIGIN + JANE)["id"] == "9000000009"
    before = len(nation.audit())
    assert found(nation, ORIGIN + JANE, "larkfield-events-hub")["id"] == "9000000009"
    assert [each["application"] for each in nation.audit()[before:]] == ["larkfield-events-hub"]
    assert found(nation, ORIGIN + JANE, apikey="nobody's") is None
    assert found(nation, ORIGIN + JANE, "removed since") is None


@pytest.mark.parametrize("path", ["/none", "/", "/personal-demographics/FHIR/R4/Patient/1", "x"])
def test_where_nothing_is_nothing_is_found(nation, path):
    assert found(nation, ORIGIN + path) is None


ANSWERS = {
    "whole": (lambda: web.json_response({"resourceType": "Patient", "id": "1"}), "1"),
    "html": (lambda: web.Response(text="<p>"), None),
    "list": (lambda: web.json_response([1]), None),
    "away": (lambda: web.Response(status=302, headers={"location": "/whole"}), None),
    "gone": (lambda: web.Response(status=404), None),
    "endless": (lambda: web.Response(body=b" " * (LARGEST + 1)), None),
}


def test_what_is_elsewhere_is_asked_for_with_the_headers_of_the_subscription(nation):
    """Within bounds: no redirect is followed, no endless body is read, no private address asked."""
    heard = []

    async def take(request):
        heard.append(request.headers)
        return ANSWERS[request.match_info["path"]][0]()

    async def all_of_it():
        app = web.Application()
        app.router.add_get("/{path}", take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await (site := web.TCPSite(runner, "127.0.0.1", 0)).start()
        port = site._server.sockets[0].getsockname()[1]
        got = {}
        for permit in (is_public_or_own, is_public):
            hydration = Hydration(nation.house.gateway, ORIGIN, permit)
            for path in ANSWERS:
                url = f"http://127.0.0.1:{port}/{path}"
                told = await hydration.found(Reading(url, {"X-Mine": "yes", "Host": "x"}, "app"))
                got[permit, path] = told["id"] if told else None
        await runner.cleanup()
        return got

    got = asyncio.run(all_of_it())
    assert {path: got[is_public_or_own, path] for path in ANSWERS} == {
        path: id for path, (_, id) in ANSWERS.items()
    }
    assert not any(got[is_public, path] for path in ANSWERS)
    assert len(heard) == len(ANSWERS)
    assert {(each["x-mine"], each["host"] == "x") for each in heard} == {("yes", False)}


def test_it_is_the_second_entry_of_what_is_delivered(openroots):
    """For who enabled it; the event is delivered all the same where nothing is found."""
    sqs = {"authorization": SIGNED, "content-type": "application/x-amz-json-1.0"}
    asked_for = subscription(endpoint=QUEUE)
    body = {**asked_for, "hydration": {"enabled": True}}
    made = openroots.ask("POST", MNS, body, headers={"x-correlation-id": "1"})
    assert made.status == 201
    patch = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
    assert openroots.ask("PATCH", JANE, patch, headers={"if-match": 'W/"2"'}).status == 200
    asked = {"QueueUrl": "http://localhost/sqs/123456789012/whole", "WaitTimeSeconds": 10}
    target = {"x-amz-target": "AmazonSQS.ReceiveMessage"}
    got = openroots.ask("POST", "/sqs/", asked, headers=sqs | target).body["Messages"]
    first, second = json.loads(got[0]["Body"])["entry"]
    assert first["resource"]["resourceType"] == "Parameters"
    assert (second["resource"]["gender"], second["request"]["method"]) == ("male", "GET")
    assert second["fullUrl"].endswith(JANE)
