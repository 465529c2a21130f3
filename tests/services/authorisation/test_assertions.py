"""An application proves who it is by an assertion that it signs: each way in which that fails."""

from datetime import timedelta
from hashlib import sha512
from hmac import digest

import orjson
import pytest
from joserfc import jws
from joserfc.jwk import RSAKey

from openroots.identity import jose
from openroots.identity.keypairs import new_pair
from openroots.storage import Change
from openroots.testing import Nation
from tests.services.authorisation.desk import (
    APP,
    OTHER,
    TOKEN,
    application,
    assertion,
    bearer,
    claims,
    credentials,
    post,
    private_key,
    reads,
    unsigned,
    words,
)

KID = f"{APP.id}-1"
GOOD = {"alg": "RS512", "typ": "JWT", "kid": KID}
REQUEST, KEY = "invalid_request", "public_key error"


def test_a_signed_assertion_gets_a_token_that_opens_an_api(openroots: Nation) -> None:
    """Its life is told as text, and nothing on the way keeps a copy of it."""
    told = credentials(openroots)
    issued = str(int(openroots.wall.now().timestamp() * 1000))
    body = told.body
    assert len(body.pop("access_token")) == 28
    assert body == {"expires_in": "599", "token_type": "Bearer", "issued_at": issued}
    assert (told.headers["cache-control"], told.headers["pragma"]) == ("no-store", "no-cache")
    assert reads(openroots, told) == 200


def test_the_public_key_is_no_secret_to_sign_with(shared: Nation) -> None:
    """Key confusion: a MAC with the public key as its secret opens nothing."""
    pem = RSAKey.import_key(private_key(shared)).as_pem(private=False)
    for alg in ("HS512", "RS512"):
        text = unsigned({**GOOD, "alg": alg}, claims(shared))[:-1]
        mac = digest(pem, text.encode(), sha512)
        forged = f"{text}.{unsigned({}, {}, mac).rpartition('.')[2]}"
        assert credentials(shared, forged).status in (400, 401)


@pytest.mark.parametrize("field", ["jwk", "jku", "x5u", "x5c"])
def test_a_token_cannot_bring_its_own_key(shared: Nation, field: str) -> None:
    """A key that the header holds or points to is not looked at."""
    mine = new_pair(KID)
    told = claims(shared)
    header = {"jwk": mine.public, "x5c": ["MII"]}.get(field, "https://elsewhere.example/keys")
    text = jws.serialize_compact(
        {**GOOD, field: header},
        orjson.dumps(told),
        RSAKey.import_key(mine.private),
        algorithms=["RS512"],
    )
    assert words(credentials(shared, text)) == (401, KEY, "JWT signature verification failed")


@pytest.mark.parametrize("spoil", ["signature", "claims", "another's key", "no signature"])
def test_a_signature_that_does_not_fit_is_refused(openroots: Nation, spoil: str) -> None:
    """And the jti is not spent by it: the application can go on to use it."""
    good = assertion(openroots, jti="mine")
    head, body, signature = good.split(".")
    other = jose.signed(jose.opened(good).claims, private_key(openroots, OTHER), KID)
    spoilt = {
        "signature": f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        "claims": f"{head}.{unsigned({}, claims(openroots, more=1)).split('.')[1]}.{signature}",
        "another's key": other,
        "no signature": f"{head}.{body}.",
    }
    told = credentials(openroots, spoilt[spoil])
    assert words(told) == (401, KEY, "JWT signature verification failed")
    assert credentials(openroots, good).status == 200


def test_an_assertion_works_once(openroots: Nation) -> None:
    """Whoever overheard it gets nothing for it; another application may use the same jti."""
    text = assertion(openroots, jti="once")
    assert credentials(openroots, text).status == 200
    again = credentials(openroots, text)
    assert words(again) == (400, REQUEST, "Non-unique 'jti' claim in client_assertion JWT")
    renamed = credentials(openroots, assertion(openroots, jti="once"))
    assert words(renamed)[2] == "Non-unique 'jti' claim in client_assertion JWT"
    assert credentials(openroots, assertion(openroots, OTHER, jti="once")).status == 200


def test_an_assertion_works_once_whatever_its_request_id(openroots: Nation) -> None:
    """A request that comes twice is not answered twice with a token that is kept nowhere."""
    same = {"x-request-id": "60e0b220-8136-4ca5-ae46-1d97ef59d068"}
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion(openroots),
    }
    first, second = (post(openroots, TOKEN, form, **same) for _ in range(2))
    assert (first.status, second.status) == (200, 400)


def test_what_was_registered_counts_from_the_next_request_on(openroots: Nation) -> None:
    """A key that was replaced, products that ended and an application that was revoked."""
    body, version = application(openroots)
    token = credentials(openroots)
    assert reads(openroots, token) == 200
    other = {"keys": [new_pair("another").public]}
    openroots.holds(Change("Application", APP.id, {**body, "jwks": other}, version))
    assert credentials(openroots).status == reads(openroots, token) == 401
    openroots.holds(Change("Application", APP.id, {**body, "jwks": {}}, version + 1))
    assert words(credentials(openroots))[:2] == (403, KEY)
    openroots.holds(Change("Application", APP.id, {**body, "products": []}, version + 2))
    assert words(credentials(openroots))[:2] == (401, "access_denied")
    openroots.holds(Change("Application", APP.id, {**body, "status": "revoked"}, version + 3))
    assert words(credentials(openroots)) == (
        401,
        "access_denied",
        "The developer app associated with the API key is not approved or revoked",
    )


@pytest.mark.parametrize("use", [{"use": "enc"}, {"kty": "oct"}, {"alg": "RS256"}, {"n": "AQAB"}])
def test_a_registered_key_that_is_not_for_this_verifies_nothing(
    openroots: Nation, use: dict[str, str]
) -> None:
    """One for encryption, of another kind or algorithm, or shorter than 2048 bits."""
    body, version = application(openroots)
    key = {**body["jwks"]["keys"][0], **use}
    openroots.holds(Change("Application", APP.id, {**body, "jwks": {"keys": [key]}}, version))
    assert credentials(openroots).status == 401


def test_scopes_can_be_fewer_and_never_more(shared: Nation) -> None:
    """Words that are no scopes of the platform are left alone; another's scopes are refused."""
    mine = "urn:nhsd:apim:app:level3:personal-demographics-service"
    assert reads(shared, credentials(shared, scope=f"openid {mine}")) == 200
    for wrong in (
        "urn:nhsd:apim:user-nhs-login:P9:personal-demographics-service",
        "urn:nhsd:apim:app:level3:privileged-personal-demographics-service",
        f"{mine} urn:nhsd:apim:app:level3:nowhere",
    ):
        assert words(credentials(shared, scope=wrong))[:2] == (400, "invalid_scope")


def test_a_token_can_be_made_to_end_sooner_and_never_later(openroots: Nation) -> None:
    """By milliseconds; what is no such number is refused."""
    short = credentials(openroots, _access_token_expiry_ms="5000")
    assert short.body["expires_in"] == "5"
    assert credentials(openroots, _access_token_expiry_ms="999999999").body["expires_in"] == "599"
    for wrong in ("0", "-1", "soon", "1.5", "9" * 30, "٣"):
        assert words(credentials(openroots, _access_token_expiry_ms=wrong))[0] == 400
    assert reads(openroots, short) == 200
    openroots.wall.advance(timedelta(seconds=5))  # type: ignore[attr-defined]
    assert reads(openroots, short) == 401


def test_a_token_for_one_api_is_none_for_another(openroots: Nation) -> None:
    """Asked for one product's scope alone, it opens that one."""
    pds = credentials(openroots, scope="urn:nhsd:apim:app:level3:personal-demographics-service")
    headers = {**bearer(pds), "x-correlation-id": "1"}
    elsewhere = openroots.ask(
        "GET", "/multicast-notification-service/subscriptions", headers=headers
    )
    assert (reads(openroots, pds), elsewhere.status) == (200, 401)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({}, (400, REQUEST, "grant_type is missing")),
        ({"grant_type": ""}, (400, REQUEST, "grant_type is missing")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type", "grant_type is invalid")),
        ({"grant_type": "implicit"}, (400, "unsupported_grant_type", "grant_type is invalid")),
    ],
)
def test_the_grant_must_be_one_of_four(
    shared: Nation, form: dict[str, str], expected: tuple[int, str, str]
) -> None:
    """Missing and unknown ones are told apart."""
    assert words(post(shared, TOKEN, form)) == expected


def test_the_form_is_a_form_and_says_each_thing_once(shared: Nation) -> None:
    """Another type is 415, another method 405, another path 404; no field comes twice."""
    type = "Content-Type header must be application/x-www-form-urlencoded"
    assert words(shared.ask("POST", TOKEN, {})) == (415, REQUEST, type)
    asked = shared.ask("GET", TOKEN)
    assert (words(asked)[0], asked.headers["allow"]) == (405, "POST")
    assert words(shared.ask("GET", "/oauth2/nothing")) == (404, REQUEST, "Not Found")
    for name in ("grant_type", "client_assertion", "anything"):
        body = f"grant_type=client_credentials&{name}=a&{name}=b".encode()
        form = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        twice = shared.ask("POST", TOKEN, body, headers=form)
        assert (twice.status, twice.body["error"]) == (400, REQUEST)


def test_the_twin_has_an_audience_of_its_own(shared: Nation) -> None:
    """What was signed for one base is refused at the other."""
    meant = "http://localhost/oauth2-mock/token"
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    twin = "/oauth2-mock/token"
    good = post(shared, twin, {**form, "client_assertion": assertion(shared, aud=meant)})
    other = post(shared, twin, {**form, "client_assertion": assertion(shared)})
    assert (good.status, other.status) == (200, 401)
