"""What becomes of tokens: asked about, taken back, ended; and kept nowhere in clear."""

import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest
from joserfc import jws
from joserfc.jwk import RSAKey

from openroots.identity import jose
from openroots.identity.issuers import KID, login_pair
from openroots.register.relationship import person_of
from openroots.services.authorisation.authorize import PLATFORM
from openroots.storage import Change
from openroots.testing import Nation, open_nation, openroots_nation
from tests.gateway.door import Door
from tests.services.authorisation.desk import (
    APP,
    DOCTOR,
    JANE,
    JWT_BEARER,
    OTHER,
    application,
    assertion,
    code_for,
    credentials,
    exchange,
    id_token,
    post,
    reads,
    redeem,
    renew,
    vouched,
    words,
)

ME = {"client_id": APP.key, "client_secret": APP.secret}
OTHERS = {"client_id": OTHER.key, "client_secret": OTHER.secret}
EVENT = "http://schemas.openid.net/event/backchannel-logout"


def test_an_access_token_is_taken_back_at_once(shared: Nation) -> None:
    """By whose it is; the answer is the same for a token that is nobody's or another's."""
    told = credentials(shared)
    token = {"token": told.body["access_token"]}
    assert post(shared, "/oauth2/revoke", OTHERS | token).status == 200
    assert reads(shared, told) == 200
    assert post(shared, "/oauth2/revoke", ME | token).status == 200
    assert reads(shared, told) == 401
    assert post(shared, "/oauth2/revoke", ME | {"token": "none"}).status == 200


def test_a_refresh_token_that_is_taken_back_takes_all_with_it(shared: Nation) -> None:
    """Everything that came of the same login."""
    first = redeem(shared, code_for(shared))
    second = renew(shared, first.body["refresh_token"])
    token = {"token": second.body["refresh_token"]}
    post(shared, "/oauth2/revoke", OTHERS | token)
    assert reads(shared, first) == 200
    post(shared, "/oauth2/revoke", ME | token)
    assert [reads(shared, first), reads(shared, second)] == [401, 401]
    assert words(renew(shared, token["token"]))[1] == "invalid_grant"


def test_a_client_can_ask_whether_its_own_token_is_good(shared: Nation) -> None:
    """Of another's it learns nothing."""
    tokens = redeem(shared, code_for(shared))
    asked = {"token": tokens.body["access_token"]}
    told = post(shared, "/oauth2/introspect", ME | asked).body
    assert (told["active"], told["client_id"], told["sub"]) == (True, APP.key, DOCTOR)
    assert told["exp"] - told["iat"] == 599
    assert post(shared, "/oauth2/introspect", OTHERS | asked).body == {"active": False}
    _, given = shared.token(APP.id)["authorization"].split()
    for who, active in ((ME, True), (OTHERS, False)):
        told = post(shared, "/oauth2/introspect", who | {"token": given}).body
        assert told["active"] is active
    refresh = {"token": tokens.body["refresh_token"]}
    post(shared, "/oauth2/revoke", ME | refresh)
    assert post(shared, "/oauth2/introspect", ME | asked).body == {"active": False}


@pytest.mark.parametrize("path", ["/oauth2/revoke", "/oauth2/introspect"])
def test_a_client_must_say_who_it_is_and_which_token(shared: Nation, path: str) -> None:
    """By a secret or an assertion."""
    assert words(post(shared, path, {"token": "a"}))[2] == "client_id is missing"
    assert words(post(shared, path, ME))[2] == "token is missing"
    signed = {
        "token": "a",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion(shared),
    }
    assert words(post(shared, path, signed | ME))[0] == 400
    assert post(shared, path, signed).status == 200


@pytest.mark.parametrize("path", ["/oauth2/revoke", "/oauth2/introspect"])
def test_an_assertion_is_good_once_wherever_it_was_sent(shared: Nation, path: str) -> None:
    """Whoever reads one on its way to either of these gets no token for it."""
    text = assertion(shared)
    form = {"client_assertion_type": JWT_BEARER, "client_assertion": text, "token": "none"}
    assert post(shared, path, form).status == 200
    assert words(credentials(shared, text))[:2] == (400, "invalid_request")
    assert words(post(shared, path, form))[:2] == (400, "invalid_request")


def test_who_asked_about_a_token_stands_in_the_audit_log(openroots: Nation) -> None:
    """The application that proved who it is, and whose number it was told; so it can also have its
    request explained."""
    tokens = exchange(openroots, id_token(openroots))
    asked = ME | {"token": tokens.body["access_token"]}
    told = post(openroots, "/oauth2/introspect", asked)
    assert told.body["sub"] == JANE
    [entry] = openroots.audit()[-1:]
    assert (entry["application"], entry["access"]) == (APP.id, "application-restricted")
    subject, _ = person_of(JANE, openroots.house.world.store.snapshot())
    assert entry["subjects"] == [subject]
    for path in ("/oauth2/revoke", "/oauth2/introspect"):
        post(openroots, path, asked)
        [entry] = openroots.audit()[-1:]
        assert (entry["application"], entry["subjects"]) == (APP.id, [])


def logged_out(nation: Nation, text: str, **changed: Any) -> Any:
    """Tell the authorisation server that the session of an ID token is over."""
    usual = {"events": {EVENT: {}}, "nonce": None}
    form = {"logout_token": vouched(nation, text, **(usual | changed))}
    return post(nation, "/oauth2/backchannel_logout", form)


def test_a_logout_elsewhere_ends_everything_here(shared: Nation) -> None:
    """From the next request on; and once more is no harm."""
    text = id_token(shared, DOCTOR)
    tokens = exchange(shared, text)
    assert reads(shared, tokens) == 200
    assert logged_out(shared, text).status == 200
    assert reads(shared, tokens) == 401
    assert words(renew(shared, tokens.body["refresh_token"]))[1] == "invalid_grant"
    assert logged_out(shared, text).status == 200


def test_a_logout_must_be_one(shared: Nation) -> None:
    """Signed, with its event and session, without a nonce; of a session that is known."""
    text = id_token(shared, DOCTOR)
    assert words(logged_out(shared, text)) == (501, "invalid_request", "SID not found")
    exchange(shared, text)
    wrong = ({"events": {}}, {"events": None}, {"nonce": "a"}, {"sid": None}, {"sid": 7})
    for changed in wrong:
        assert words(logged_out(shared, text, **changed))[0] == 400
    head, body, _ = vouched(shared, text, events={EVENT: {}}, nonce=None).split(".")
    forged = post(shared, "/oauth2/backchannel_logout", {"logout_token": f"{head}.{body}.AA"})
    assert words(forged)[0] == 401
    assert words(post(shared, "/oauth2/backchannel_logout", {}))[0] in (400, 415)


@pytest.mark.parametrize("meant", [PLATFORM, [PLATFORM], APP.key, [APP.key, PLATFORM]])
def test_a_logout_may_be_told_to_us_or_to_an_application(shared: Nation, meant: Any) -> None:
    """Whichever of them is the client of the login service; it may say the session alone."""
    text = id_token(shared, DOCTOR)
    tokens = exchange(shared, text)
    assert logged_out(shared, text, aud=meant, sub=None).status == 200
    assert reads(shared, tokens) == 401


def test_a_logout_may_be_told_to_a_client_that_is_linked(openroots: Nation) -> None:
    """An application brings ID tokens that are for it, so its logouts are heeded too."""
    text = id_token(openroots, DOCTOR)
    tokens = exchange(openroots, text)
    assert words(logged_out(openroots, text, aud="at-the-login-service"))[0] == 401
    linked = {"linked_clients": ["at-the-login-service"]}
    Door(openroots).post(f"/applications/{OTHER.id}", linked)
    assert logged_out(openroots, text, aud="at-the-login-service").status == 200
    assert reads(openroots, tokens) == 401


@pytest.mark.parametrize("meant", ["another", ["another"], [PLATFORM, "another"], [], 7, ""])
def test_a_logout_that_was_told_to_somebody_else_ends_nothing(shared: Nation, meant: Any) -> None:
    """Who is no client here cannot hand on what the login service told them."""
    text = id_token(shared, DOCTOR)
    tokens = exchange(shared, text)
    told = logged_out(shared, text, aud=meant)
    assert words(told) == (401, "invalid_request", "Invalid 'aud' claim in logout_token JWT")
    assert reads(shared, tokens) == 200


@pytest.mark.parametrize(("typ", "status"), [("JWT", 200), ("logout+jwt", 200), ("at+jwt", 400)])
def test_a_logout_may_say_that_it_is_one(shared: Nation, typ: str, status: int) -> None:
    """By its type, as the specification recommends; no ID token may be of that type."""
    text = id_token(shared, DOCTOR)
    exchange(shared, text)
    claims = jose.opened(text).claims | {"events": {EVENT: {}}}
    del claims["nonce"]
    key = RSAKey.import_key(login_pair(shared.house.world.keys).private)
    header = {"alg": jose.RS512, "typ": typ, "kid": KID}
    token = jws.serialize_compact(header, orjson.dumps(claims), key, algorithms=[jose.RS512])
    assert post(shared, "/oauth2/backchannel_logout", {"logout_token": token}).status == status
    assert words(exchange(shared, token))[0] == (401 if typ == "JWT" else 400)


def test_nothing_that_opens_a_door_is_kept_in_clear(openroots: Nation) -> None:
    """No token, code, secret or assertion is in the store, a trail, the audit log or a log."""
    code, text = code_for(openroots), assertion(openroots)
    tokens = redeem(openroots, code)
    alone = credentials(openroots, text)
    redeem(openroots, code, client_secret="guessed-secret")
    openroots.trails()
    secrets = (
        *(code, text, APP.secret, "guessed-secret"),
        *(tokens.body["access_token"], tokens.body["refresh_token"]),
        alone.body["access_token"],
    )
    files = [path for path in openroots.house.settings.state.rglob("*") if path.is_file()]
    found = [
        path.name for path in files for secret in secrets if secret.encode() in path.read_bytes()
    ]
    assert found == []


def test_what_was_given_spent_and_ended_is_so_after_a_restart(openroots: Nation) -> None:
    """Tokens go on, an assertion stays used, and a session stays over."""
    text, ended = assertion(openroots), redeem(openroots, code_for(openroots))
    tokens = redeem(openroots, code_for(openroots))
    alone = credentials(openroots, text)
    post(openroots, "/oauth2/revoke", ME | {"token": ended.body["refresh_token"]})
    state = openroots.house.settings.state
    copy = state.with_name("restarted")
    openroots.run(openroots.house.journal.settled())
    shutil.copytree(state, copy)
    again = open_nation(copy)
    assert words(credentials(again, text))[2].startswith("Non-unique 'jti'")
    assert [reads(again, each) for each in (alone, tokens, ended)] == [200, 200, 401]
    assert renew(again, tokens.body["refresh_token"]).status == 200
    again.close()


def test_the_audit_log_says_who_was_given_a_token(openroots: Nation) -> None:
    """The application, and the member of staff behind it."""
    redeem(openroots, code_for(openroots))
    entry = openroots.audit()[-1]
    told = entry["application"], entry["user"], entry["access"], entry["endpoint"]
    assert told == (APP.id, DOCTOR, "healthcare-worker", "authorisation.get-token")


def test_a_world_that_keeps_nothing_gives_tokens_that_work(openroots_seeded: Path) -> None:
    """They alone are kept there."""
    with openroots_nation(openroots_seeded, stateless=True) as nation:
        text = assertion(nation)
        assert reads(nation, credentials(nation, text)) == 200
        assert words(credentials(nation, text))[2].startswith("Non-unique 'jti'")


def test_a_key_that_is_replaced_ends_the_tokens_got_with_it(openroots: Nation) -> None:
    """Those got with a key that stays go on."""
    alone = credentials(openroots)
    body, version = application(openroots)
    openroots.holds(Change("Application", APP.id, {**body, "jwks": {"keys": []}}, version))
    assert reads(openroots, alone) == 401


def test_a_refresh_token_is_good_until_it_is_used(shared: Nation) -> None:
    """A client that asks about its refresh token is told so, and of the next one after that."""
    first = redeem(shared, code_for(shared)).body
    told = post(shared, "/oauth2/introspect", ME | {"token": first["refresh_token"]}).body
    assert told["active"]
    assert told["sub"] == DOCTOR
    renew(shared, first["refresh_token"])
    spent = post(shared, "/oauth2/introspect", ME | {"token": first["refresh_token"]}).body
    assert spent == {"active": False}
