"""Applications are registered, changed and given other keys, from the next request on."""

import pytest

from openroots.identity.applications import fingerprint
from openroots.identity.keypairs import new_pair
from openroots.testing import KEY, open_nation
from tests.gateway.door import Door

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
ASHBY = "ashby-practice-system"
P9 = "urn:nhsd:apim:user-nhs-login:P9:personal-demographics-service"
MINE = {"name": "My system", "ods_code": "Y12345", "setting": "hospital"}


@pytest.fixture
def door(openroots):
    return Door(openroots)


def test_a_registered_application_is_known_by_its_key(openroots, door):
    """An application that was registered has a key and a secret, which are shown that once and are
    kept as hashes, and is subscribed to every product that is open to all."""
    made = door.post("/applications", MINE)
    assert openroots.ask("GET", JANE, headers={"apikey": made["key"]}).status == 200
    assert "personal-demographics-service" in made["products"]
    assert not [product for product in made["products"] if product.startswith("privileged-")]
    shown = door.get("/applications/my-system")
    assert (shown["name"], shown["status"]) == ("My system", "approved")
    assert not {"key", "secret", "secrets"} & shown.keys()
    stored = openroots.house.world.store.snapshot().read([("Application", "my-system")])
    assert fingerprint(made["secret"]) in str(stored)
    assert made["secret"] not in str(stored)
    status, told = door.ask("POST", "/applications", MINE)
    assert (status, told["error"]) == (409, "there is an application 'my-system' already")


def test_each_product_is_of_the_environment_that_the_world_is(door, tmp_path):
    """A sandbox offers products of the sandbox, a live installation those of production."""
    live = open_nation(tmp_path, mode="live")
    for at, environment in ((door, "sandbox"), (Door(live), "prod")):
        offered = at.get("/products")["products"]
        assert {product["environment"] for product in offered} == {environment}
    live.close()


def test_a_revoked_application_is_refused_from_its_next_request_on(openroots, door):
    """Neither its key nor a token that it holds is good once an application is revoked. Once it is
    approved again its key is; the token, which may have been stolen, is not, nor was it before."""
    by_key, by_token = {"apikey": KEY}, openroots.token(ASHBY)
    for status, answered in (
        ("approved", [200, 200]),
        ("revoked", [401, 401]),
        ("revoked", [401, 401]),
        ("approved", [200, 401]),
    ):
        door.post(f"/applications/{ASHBY}", {"status": status})
        told = [openroots.ask("GET", JANE, headers=each).status for each in (by_key, by_token)]
        assert told == answered
    assert openroots.ask("GET", JANE, headers=openroots.token(ASHBY)).status == 200


def test_a_new_key_is_good_beside_the_old_one_until_that_is_ended(openroots, door):
    """Rotation refuses no valid request; ending the old key refuses it at once."""
    second = door.post(f"/applications/{ASHBY}/rotate-key")["key"]
    statuses = [openroots.ask("GET", JANE, headers={"apikey": k}).status for k in (KEY, second)]
    assert statuses == [200, 200]
    third = door.post(f"/applications/{ASHBY}/rotate-key", {"end": True})["key"]
    keys = (KEY, second, third)
    statuses = [openroots.ask("GET", JANE, headers={"apikey": key}).status for key in keys]
    assert statuses == [401, 401, 200]


def test_a_rotation_is_finished_without_another_key(openroots, door):
    """Of API keys and secrets as of signing keys, the newest goes on and the others end; what
    else could be meant is asked."""
    rotate = f"/applications/{ASHBY}/rotate-key"
    second, keys = door.post(rotate)["key"], [new_pair(f"key-{number}").public for number in "12"]
    for key in keys:
        door.post(rotate, {"jwk": key})
    door.post(rotate, {"finish": "secret"})
    statuses = [openroots.ask("GET", JANE, headers={"apikey": k}).status for k in (KEY, second)]
    assert statuses == [401, 200]
    [application] = openroots.house.world.store.snapshot().read([("Application", ASHBY)]).values()
    assert len(application.body["secrets"]) == 1
    assert door.post(rotate, {"finish": "jwk"})["jwks"]["keys"] == keys[1:]
    assert door.post(rotate, {"finish": "jwk"})["jwks"]["keys"] == keys[1:]
    status, told = door.ask("POST", rotate, {"finish": "all"})
    assert (status, told["mend"]) == (400, "Give jwk or secret.")


def test_the_old_keys_end_however_many_there_are(openroots, door):
    """Of many applications, each with a key, the one whose keys are ended has none left, and each
    is listed."""
    made = [
        door.post("/applications", MINE | {"id": f"system-{at}", "name": f"System {at}"})
        for at in range(60)
    ]
    assert len(door.get("/applications")["applications"]) >= 60
    for one in made[::6]:
        door.post(f"/applications/{one['id']}/rotate-key", {"end": True})
        assert openroots.ask("GET", JANE, headers={"apikey": one["key"]}).status == 401
    assert openroots.ask("GET", JANE, headers={"apikey": made[1]["key"]}).status == 200


def test_nobody_is_registered_with_a_set_of_no_keys(door):
    """It is a slip, as an application may be registered without a set; one that is there already is
    left without any key that way."""
    none = {"jwks": {"keys": []}}
    status, told = door.ask("POST", "/applications", MINE | none)
    assert (status, told["error"][:28]) == (400, "the key set holds no key, so")
    assert "leave jwks out" in told["mend"]
    assert door.ask("GET", "/applications/my-system")[0] == 404
    assert door.post(f"/applications/{ASHBY}", none)["jwks"] == none["jwks"]


def test_signing_keys_are_added_and_ended(door):
    """A new public key stands beside the old one, or in its place where that is ended."""
    keys = [new_pair(f"key-{number}").public for number in range(2)]
    for key, end, wanted in ((keys[0], False, 2), (keys[1], True, 1)):
        told = door.post(f"/applications/{ASHBY}/rotate-key", {"jwk": key, "end": end})
        assert len(told["jwks"]["keys"]) == wanted
    assert told["jwks"]["keys"][0]["kid"] == "key-1"


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"name": ""}, "name: '' is not text of 1 to 200 characters"),
        ({"id": "Mine!"}, "id: 'Mine!' is not 3 to 63 of a-z, 0-9 and -"),
        ({"ods_code": "y1"}, "ods_code: 'y1' is not an ODS code"),
        ({"setting": "shop"}, "setting: 'shop' is not a care setting"),
        ({"products": ["none"]}, "products: 'none' is not a product"),
        ({"products": "all"}, "products: 'all' is not a list of texts"),
        ({"status": "fine"}, "status: 'fine' is not a status"),
        ({"attributes": {"apim-app-flow-vars": "{"}}, "is not an object of attributes"),
        ({"attributes": {"purposes": 5}}, "attributes.purposes: '5' is not purposes of use: TREAT"),
        ({"attributes": {"purposes": None}}, "attributes.purposes: 'None' is not purposes of use"),
        ({"attributes": {"purposes": ["TREAT", 5]}}, "is not purposes of use"),
        ({"attributes": {"purposes": "treat"}}, "attributes.purposes: 'treat' is not purposes"),
        ({"redirect_uris": ["http://example.com/"]}, "is not an https address"),
        ({"redirect_uris": ["https://example.com/*"]}, "is not an https address"),
        ({"redirect_uris": ["https://example.com/#x"]}, "is not an https address"),
        ({"redirect_uris": ["https://example.com/café"]}, "in ASCII"),
        ({"redirect_uris": ["https://exämple.com/"]}, "in ASCII"),
        ({"redirect_uris": ["https://example.com\\.example.org/"]}, "is not an https address"),
        ({"jwks_url": "ftp://example.com/"}, "is not an https address"),
        ({"jwks_url": "https://us:pw@example.com/"}, "is not an https address"),
        ({"jwks": []}, 'the key set is no JSON Web Key Set: it has no list "keys"'),
    ],
)
def test_what_cannot_be_registered_is_named(door, given, wrong):
    """Each value that cannot be is refused with its name, and nothing is registered."""
    status, told = door.ask("POST", "/applications", {**MINE, **given})
    assert status == 400
    assert wrong in told["error"]
    assert door.ask("GET", "/applications/my-system")[0] == 404


@pytest.mark.parametrize(
    ("given", "example"),
    [
        ({"redirect_uris": ["x"]}, "https://example.com/callback"),
        ({"jwks_url": "x"}, "https://example.com/jwks.json"),
    ],
)
def test_the_example_of_an_address_is_one_of_its_kind(door, given, example):
    """Nobody is told to have their keys fetched from where logins come back to."""
    assert door.ask("POST", "/applications", {**MINE, **given})[1]["mend"] == f"Give {example}."


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"d": "AQAB"}, "holds a private key"),
        ({"kid": ""}, 'holds a key without a "kid"'),
        ({"kid": None}, 'holds a key without a "kid"'),
        ({"kty": "oct"}, "holds a key that is not RSA"),
        ({"alg": "RS256"}, "for something else than signing with RS512"),
        ({"use": "enc"}, "for something else than signing with RS512"),
        ({"n": "AQAB"}, "holds a key"),
        ({"n": 7}, "holds a key that cannot be read"),
    ],
)
def test_a_key_that_cannot_stand_for_an_application_is_refused(door, change, wrong):
    """Private, short, foreign and unreadable keys are refused, each with its reason."""
    key = {**new_pair("mine").public, **change}
    status, told = door.ask("POST", f"/applications/{ASHBY}/rotate-key", {"jwk": key})
    assert (status, wrong in told["error"]) == (400, True), told


def test_two_keys_of_one_id_are_refused(door):
    """Which of two keys was meant could not be told."""
    key = new_pair("mine").public
    told = door.ask("POST", "/applications", {**MINE, "jwks": {"keys": [key, key]}})
    assert (told[0], 'two keys of one "kid"' in told[1]["error"]) == (400, True)


def test_an_application_is_registered_once(door):
    """A second one of the same id is told that others were first."""
    door.post("/applications", MINE)
    assert door.ask("POST", "/applications", MINE)[0] == 409


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("", {**MINE, "redirect_uri": "https://example.com/back"}),
        (f"/{ASHBY}", {"Status": "revoked"}),
        (f"/{ASHBY}/rotate-key", {"end_old": True}),
    ],
)
def test_a_mistyped_name_changes_nothing_and_is_said(door, path, given):
    """Nobody is left to believe that they revoked an application, or ended its key."""
    before = door.get("/applications")
    status, told = door.ask("POST", f"/applications{path}", given)
    assert (status, "is no part of" in told["error"]) == (400, True)
    assert door.get("/applications") == before


def test_tokens_are_given_for_the_asking_where_people_are_made_up(tmp_path):
    """A live installation gives no token but through its authorisation server, and says so."""
    nation = open_nation(tmp_path, mode="live")
    status, told = Door(nation).ask("POST", "/tokens", {"application": ASHBY})
    nation.close()
    assert (status, told["error"]) == (403, "in this mode no token is given for the asking")
    assert "/oauth2/token" in told["mend"]


@pytest.mark.parametrize(
    ("asked", "status", "wrong"),
    [
        ({"application": "nobody"}, 404, "no application is called 'nobody'"),
        ({"as": "staff:1"}, 404, "there is no such staff here"),
        ({"as": "citizen:9111231130"}, 404, "there is no such citizen here"),
        ({"as": "citizen:"}, 400, "as: 'citizen:' is not"),
        ({"as": "robot:1"}, 400, "as: 'robot:1' is not"),
        ({"scope": "openid"}, 400, "'openid' is not a scope of its products for itself alone"),
        ({"scope": P9}, 400, f"'{P9}' is not a scope of its products for itself alone"),
    ],
)
def test_a_token_is_given_for_somebody_who_is_there(door, asked, status, wrong):
    """What is asked for and cannot be is told, with how to mend it."""
    told = door.ask("POST", "/tokens", {"application": ASHBY, **asked})
    assert (told[0], wrong in told[1]["error"]) == (status, True), told


def test_no_token_is_given_for_an_application_that_was_revoked(door):
    """It is known and listed, so it is not told to be unknown."""
    door.post(f"/applications/{ASHBY}", {"status": "revoked"})
    told = door.ask("POST", "/tokens", {"application": ASHBY})
    assert (told[0], told[1]["error"]) == (409, f"the application '{ASHBY}' was revoked")


def test_a_scope_of_an_application_that_has_none_is_refused(door):
    """Somebody who asks for one is told that its products have none for that kind of user."""
    made = door.post("/applications", {**MINE, "products": ["national-events-management-service"]})
    asked = {"application": made["id"], "as": "citizen:9000000009", "scope": "openid"}
    status, told = door.ask("POST", "/tokens", asked)
    assert (status, "no scope" in told["mend"]) == (400, True), told
