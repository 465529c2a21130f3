"""Who asks: what is wrong with a key, a token or their absence; and what a registration grants."""

import shutil

import pytest

from openroots.gateway.access import attributes_of, registration
from openroots.testing import KEY, open_nation

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
MNS = "/multicast-notification-service/subscriptions"
REQUEST_ID = (b"x-request-id", b"60e0b220-8136-4ca5-ae46-1d97ef59d068")
GRANT = {"pds": {"app-restricted": {"update": True}}}
APPLICATION = {"id": "mine", "name": "Mine", "ods_code": "Y12345", "setting": "hospital"}


@pytest.fixture
def strict(openroots_seeded, tmp_path):
    """A world in which every request must say who asks."""
    shutil.copytree(openroots_seeded, tmp_path / "strict")
    nation = open_nation(tmp_path / "strict", auth="real")
    yield nation
    nation.close()


def ask(nation, *headers, path=JANE):
    """Ask with these very headers, empty ones among them."""
    gateway = nation.house.gateway
    exchange = gateway.begin(gateway.service(path), "GET", path, b"", [REQUEST_ID, *headers])
    answer = nation.run(gateway.answer(exchange))
    return answer.status, exchange.failure


@pytest.mark.parametrize(
    ("authorization", "words"),
    [
        (None, "Missing Authorization header"),
        (b"", "Empty Authorization header"),
        (b"Bearer", "Missing access token"),
        (b"Bearer ", "Missing access token"),
        (b"bearer", "Missing access token"),
        (b"Bearer abc", "Invalid Access Token"),
        (b"Basic abc", "Invalid Access Token"),
        (b"abc", "Invalid Access Token"),
    ],
)
def test_each_way_of_not_being_known_has_its_own_words(strict, authorization, words):
    """Where a token is asked for, its header missing, empty, without a token or with one that was
    never issued is each told in the published words."""
    headers = [] if authorization is None else [(b"authorization", authorization)]
    status, failure = ask(strict, *headers)
    assert (status, failure.code, failure.issue) == (401, "ACCESS_DENIED", "forbidden")
    assert (failure.display, failure.words) == ("Access Denied - Unauthorised", words)


def test_a_known_key_is_enough(strict):
    """The key of a registered application is answered, whatever stands in Authorization."""
    known = (b"apikey", KEY.encode())
    assert ask(strict, known)[0] == 200
    assert ask(strict, known, (b"authorization", b"Bearer abc"))[0] == 200


def test_plain_apis_tell_of_tokens_as_the_platform_does(strict):
    """MNS tells of a missing and of an unknown token by the platform's own fault codes."""
    headers = {"X-Correlation-ID": "1", "Content-Type": "application/fhir+json"}
    body = {"resourceType": "Subscription"}
    missing = strict.ask("POST", MNS, body, headers={**headers, "Authorization": "Bearer"})
    unknown = strict.ask("POST", MNS, body, headers={**headers, "Authorization": "Bearer abc"})
    assert missing.status == unknown.status == 401
    assert missing.body["fault"] == {
        "faultstring": "Missing access token",
        "detail": {"errorcode": "oauth.v2.MissingAccessToken"},
    }
    assert unknown.body["fault"] == {
        "faultstring": "Invalid access token",
        "detail": {"errorcode": "oauth.v2.InvalidAccessToken"},
    }


@pytest.mark.parametrize("variables", [GRANT, '{"pds":{"app-restricted":{"update":true}}}'])
def test_attributes_are_read_as_the_platform_keeps_them(variables):
    """Flow variables may be a JSON object or the text of one, and cannot be changed afterwards."""
    attributes = attributes_of({"attributes": {"apim-app-flow-vars": variables}})
    grant = attributes["apim-app-flow-vars"]["pds"]
    assert grant["app-restricted"]["update"] is True
    with pytest.raises(TypeError):
        grant["app-restricted"] = {}
    assert attributes_of({}) == {}


@pytest.mark.parametrize("variables", ["{", "7", 7, ["pds"]])
def test_attributes_that_cannot_be_read_are_not_registered(variables):
    """An application whose flow variables are no JSON object is refused at its registration."""
    attributes = {"apim-app-flow-vars": variables}
    with pytest.raises(ValueError, match=r"."):
        registration({**APPLICATION, "attributes": attributes}, "key")


def test_an_application_is_known_with_its_name_and_attributes(strict):
    """Whoever gives the key of an application has that application's name and attributes."""
    change = registration(
        {**APPLICATION, "attributes": {"apim-app-flow-vars": GRANT}}, "key of mine"
    )
    strict.holds(*change)
    gateway = strict.house.gateway
    headers = [REQUEST_ID, (b"apikey", b"key of mine")]
    exchange = gateway.begin(gateway.service(JANE), "GET", JANE, b"", headers)
    strict.run(gateway.answer(exchange))
    assert exchange.caller.name == "Mine"
    assert exchange.caller.attributes == {"apim-app-flow-vars": GRANT}
