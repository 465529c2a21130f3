"""Who asks: what is wrong with a key, a token or their absence; and what each of them opens."""

from datetime import timedelta

import pytest

from openroots.gateway.registration import registration
from openroots.storage import Change
from openroots.testing import KEY, openroots_nation
from tests.gateway.door import Door

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
APP = "ashby-practice-system"
MNS = "/multicast-notification-service/subscriptions"
REQUEST_ID = (b"x-request-id", b"60e0b220-8136-4ca5-ae46-1d97ef59d068")
GRANT = {"pds": {"app-restricted": {"update": True}}}
APPLICATION = {"id": "mine", "name": "Mine", "ods_code": "Y12345", "setting": "hospital"}


@pytest.fixture
def strict(openroots_seeded):
    """A world in which every request must say who asks."""
    with openroots_nation(openroots_seeded, auth="real") as nation:
        yield nation


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


def test_a_key_alone_is_not_enough_where_tokens_are_asked_for(strict):
    """PDS is asked with a token: the key of an application, without one, is no proof of it."""
    status, failure = ask(strict, (b"apikey", KEY.encode()))
    assert (status, failure.words) == (401, "Missing Authorization header")


def test_a_token_is_held_to_whatever_key_comes_with_it(openroots):
    """Where no token is asked for, one that is sent must be good all the same."""
    known = (b"apikey", KEY.encode())
    assert ask(openroots, known)[0] == 200
    status, failure = ask(openroots, known, (b"authorization", b"Bearer abc"))
    assert (status, failure.words) == (401, "Invalid Access Token")


def test_plain_apis_tell_of_tokens_as_the_platform_does(strict):
    """MNS tells of a missing and of an unknown token by the platform's own fault codes. An empty
    header holds none."""
    headers = {"X-Correlation-ID": "1", "Content-Type": "application/fhir+json"}
    body = {"resourceType": "Subscription"}
    missing = strict.ask("POST", MNS, body, headers={**headers, "Authorization": "Bearer"})
    unknown = strict.ask("POST", MNS, body, headers={**headers, "Authorization": "Bearer abc"})
    empty = strict.ask("POST", MNS, body, headers={**headers, "Authorization": ""})
    assert missing.status == unknown.status == empty.status == 401
    assert empty.body == missing.body
    assert missing.body["fault"] == {
        "faultstring": "Missing access token",
        "detail": {"errorcode": "oauth.v2.MissingAccessToken"},
    }
    assert unknown.body["fault"] == {
        "faultstring": "Invalid access token",
        "detail": {"errorcode": "oauth.v2.InvalidAccessToken"},
    }


def test_a_token_that_is_good_for_one_api_is_not_for_another(openroots):
    """Also where it has just been: who was known is remembered for each API by itself."""
    pds = "personal-demographics-service"
    Door(openroots).post(f"/applications/{APP}", {"products": [pds]})
    token = openroots.token(APP) | {"X-Correlation-ID": "1"}
    asked = [(JANE, 200), (f"{MNS}/any", 401), (JANE, 200)]
    for path, status in asked:
        assert openroots.ask("GET", path, headers=token).status == status


def test_a_key_opens_what_its_application_is_subscribed_to(strict):
    """Where a key is enough, it is so for those subscribed, as a token is; what was taken back is
    refused from the next request on."""
    by_key, path = (b"apikey", KEY.encode()), "/explanations/nobody-asked-so"
    door, product = Door(strict), f"/applications/{APP}"
    products = door.get(product)["products"]
    others = [each for each in products if each != "explanations"]
    for held, status in ((products, 404), (others, 401), (products, 404)):
        door.post(product, {"products": held})
        answered, failure = ask(strict, by_key, path=path)
        assert answered == status, failure


def test_an_application_is_known_with_its_name_and_attributes(openroots):
    """Whoever gives the key of an application has that application's name and attributes."""
    change = registration(
        {**APPLICATION, "attributes": {"apim-app-flow-vars": GRANT}}, "key of mine"
    )
    openroots.holds(*change)
    gateway = openroots.house.gateway
    headers = [REQUEST_ID, (b"apikey", b"key of mine")]
    exchange = gateway.begin(gateway.service(JANE), "GET", JANE, b"", headers)
    openroots.run(gateway.answer(exchange))
    assert exchange.caller.name == "Mine"
    assert exchange.caller.attributes == {"apim-app-flow-vars": GRANT}


def bearer(nation, *who):
    return [(name.encode(), text.encode()) for name, text in nation.token(*who).items()]


@pytest.mark.parametrize(
    ("whom", "status"),
    [
        ("", 200),
        ("staff:910000000012", 200),
        ("citizen:9000000009", 200),
        ("citizen:900 000 0009", 200),
        ("citizen:9000000017", 403),
    ],
)
def test_a_token_says_in_which_mode_its_bearer_asks(strict, whom, status):
    """A token of an application, of a member of staff and of the patient reads a record; that of
    another patient does not."""
    assert ask(strict, *bearer(strict, "ashby-practice-system", whom))[0] == status


def test_what_a_token_was_given_on_must_still_be_so(strict):
    """A token is refused from the next request on once its application is revoked, has lost the
    product, or its member of staff has left."""
    application = strict.house.world.store.snapshot().read([("Application", APP)])[
        ("Application", APP)
    ]
    staff = bearer(strict, APP, "staff:910000000012")
    alone = bearer(strict, APP)
    assert [ask(strict, *staff)[0], ask(strict, *alone)[0]] == [200, 200]
    strict.holds(Change("StaffUser", "910000000012", None, expect=1))
    assert [ask(strict, *staff)[0], ask(strict, *alone)[0]] == [401, 200]
    strict.holds(Change("Application", APP, {**application.body, "products": []}, expect=1))
    assert ask(strict, *alone)[1].words == "Invalid ApiKey for given resource"
    strict.holds(Change("Application", APP, {**application.body, "status": "revoked"}, expect=2))
    assert ask(strict, *alone)[1].words == "Invalid Access Token"


def test_a_token_that_is_not_taken_is_told_why_and_how_to_mend_it(strict):
    """Of what is the same words on the wire, a trail tells a wrong scheme, a text that is no token,
    a login that has ended, an application that is revoked and a member of staff who has left."""

    def mend(*headers):
        status, failure = ask(strict, *headers)
        assert (status, failure.words) == (401, "Invalid Access Token")
        return failure.mend

    said, application = f"/applications/{APP}", Door(strict)
    doctor, alone = bearer(strict, APP, "staff:910000000012"), bearer(strict, APP)
    bare = [(name, value.removeprefix(b"Bearer ")) for name, value in alone]
    assert mend(*bare).startswith("The header Authorization begins with something else")
    assert mend((b"authorization", b"Bearer abc")).startswith("This is no token of this server")
    strict.holds(Change("StaffUser", "910000000012", None, expect=1))
    assert mend(*doctor).startswith("The member of staff works here no more")
    application.post(said, {"status": "revoked"})
    assert "openroots app approve ID" in mend(*alone)
    application.post(said, {"status": "approved"})
    assert "the application was revoked meanwhile" in mend(*alone)


def test_privileged_access_comes_with_its_product_and_goes_with_it(strict):
    """A restricted record is whole for a token that was got after the application was subscribed,
    and for no other; from the end of the subscription on the token opens nothing, and what is
    missing is told by its name."""
    product, door = "privileged-personal-demographics-service", Door(strict)
    before, path = strict.token(APP), "/personal-demographics/FHIR/R4/Patient/9000000025"
    usual = door.get(f"/applications/{APP}")["products"]
    door.post(f"/applications/{APP}", {"products": [product]})
    token = strict.token(APP)
    assert "address" in strict.ask("GET", path, headers=token).body
    door.post(f"/applications/{APP}", {"products": usual})
    assert "address" not in strict.ask("GET", path, headers=before).body
    status, failure = ask(strict, *((k.encode(), v.encode()) for k, v in token.items()), path=path)
    assert (status, f"openroots app subscribe ID {product}," in failure.mend) == (401, True)


def test_staff_without_a_role_see_nobodys_data(strict):
    """Whatever role they name: neither who never had one, nor who lost their last one since they
    got their token. What holds nobody's data goes on answering them."""
    world, doctor = strict.house.world, "910000000012"
    named = (b"nhsd-session-urid", b"910000001022")
    words = "The user has no role in any organisation now, and staff see people's data in a role"
    nobody = bearer(strict, APP, "staff:910000000056")
    for headers in (nobody, [*nobody, named]):
        status, failure = ask(strict, *headers)
        assert (status, failure.words) == (403, f"{words} alone")
    glass = "/legitimate-relationships/relationships"
    assert ask(strict, *nobody, path=glass)[0] == 403
    assert ask(strict, *nobody, path="/explanations/none")[0] == 404
    token = bearer(strict, APP, f"staff:{doctor}")
    assert ask(strict, *token)[0] == 200
    body = world.store.snapshot().read([("StaffUser", doctor)])[("StaffUser", doctor)].body
    strict.holds(Change("StaffUser", doctor, {**body, "roles": []}, expect=1))
    assert ask(strict, *token)[0] == 403


@pytest.mark.parametrize("named", [None, "910000001011", "x", ""])
def test_staff_act_for_no_organisation_but_that_of_a_role_of_theirs(strict, named):
    """Who names none of two roles, or somebody else's, is refused, and does not act for the
    organisation of the application: PDS says so in its own words, other services in the policy's.
    What holds nobody's data goes on answering them."""
    nurse = bearer(strict, APP, "staff:910000000023")
    headers = nurse if named is None else [*nurse, (b"nhsd-session-urid", named.encode())]
    status, failure = ask(strict, *headers)
    assert (status, failure.code, failure.words.split("'")[1]) == (
        *(400, "INVALID_VALUE"),
        named or "",
    )
    status, failure = ask(strict, *headers, path="/legitimate-relationships/relationships")
    words = "It is not told in which of the user's own roles they act"
    assert (status, failure.words) == (403, words)
    assert ask(strict, *headers, path="/explanations/none")[0] == 404


def test_who_has_one_role_cannot_name_another(strict):
    """A member of staff of one hospital, at an application of a practice, breaks no glass in the
    practice's name."""
    officer = strict.token(APP, "staff:910000000045")
    asked = {"patient": "9000000009", "reason": "Unconscious"}
    glass, json = "/legitimate-relationships/break-glass", {"Content-Type": "application/json"}
    foreign = {"NHSD-Session-URID": "910000001011"}
    assert strict.ask("POST", glass, asked, headers=officer | json | foreign).status == 403
    told = strict.ask("POST", glass, asked, headers=officer | json)
    assert (told.status, told.body["organisation"]) == (201, "Y90002")


def test_a_role_left_empty_is_told_apart_from_none_named(strict):
    """Whichever is asked first: the one is refused in the published words each time, and the other
    is answered each time."""
    none = bearer(strict, APP, "staff:910000000012")
    empty = [*none, (b"nhsd-session-urid", b"")]
    told = [ask(strict, *headers) for headers in (empty, none, empty, none)]
    assert [status for status, _ in told] == [400, 200, 400, 200]
    assert told[2][1].words.startswith("Invalid value - '' in header 'NHSD-Session-URID'")


def test_a_token_ends_by_wall_time(strict):
    """599 seconds of wall time end a token; moving the world's time does not."""
    alone = bearer(strict, APP)
    strict.move_clock("2030-01-01")
    assert ask(strict, *alone)[0] == 200
    strict.wall.advance(timedelta(seconds=599))
    status, failure = ask(strict, *alone)
    assert (status, failure.words, failure.issue) == (401, "Access Token expired", "expired")
    # Where it was never of use, that is what is said of it too.
    assert ask(strict, *alone, path="/access-log/me")[1].words == "Access Token expired"
    words = "Invalid ApiKey for given resource"
    assert ask(strict, *bearer(strict, APP), path="/access-log/me")[1].words == words
