"""By what an application proved who it is: once that has ended, nothing got by it is good.

Source: RFC 6749 section 2.3; RFC 7662 section 2.2.
"""

import asyncio

import pytest

from openroots.identity.keypairs import new_pair
from openroots.testing import Nation
from tests.gateway.door import Door
from tests.services.authorisation.desk import (
    APP,
    CALLBACK,
    DOCTOR,
    FORM,
    JWT_BEARER,
    OF_PDS,
    TOKEN,
    assertion,
    authorize,
    claims,
    code_for,
    credentials,
    exchange,
    id_token,
    jose,
    path_of,
    post,
    query_of,
    reads,
    redeem,
    renew,
    words,
)

ME = {"client_id": APP.key, "client_secret": APP.secret}
ROTATE = f"/applications/{APP.id}/rotate-key"
TWO_WAYS = "The client must be authenticated in one way only"


def signed(nation: Nation) -> dict[str, str]:
    """The fields by which a client proves who it is, without a secret."""
    return {"client_assertion_type": JWT_BEARER, "client_assertion": assertion(nation)}


def test_a_client_proves_who_it_is_in_one_way(shared: Nation) -> None:
    """At every grant: an assertion beside a secret, in the form or the header, is refused."""
    for extra in ({"client_secret": APP.secret}, {"client_secret": "wrong"}):
        assert words(credentials(shared, **extra))[2] == TWO_WAYS
        assert words(exchange(shared, id_token(shared), **extra))[2] == TWO_WAYS
    form = {"grant_type": "client_credentials", **signed(shared)}
    assert words(post(shared, TOKEN, form, authorization="Basic YTpi"))[2] == TWO_WAYS


def test_who_sends_a_secret_where_an_assertion_is_asked_for_is_told_so(shared: Nation) -> None:
    """There is one way only here: what is missing is told in the published words."""
    asked = f"Missing or invalid client_assertion_type - must be '{JWT_BEARER}'"
    form = {"grant_type": "client_credentials", **ME}
    assert words(post(shared, TOKEN, form)) == (400, "invalid_request", asked)
    form = {"grant_type": "client_credentials"}
    assert words(post(shared, TOKEN, form, authorization="Basic YTpi"))[2] == asked


def test_what_was_got_by_a_secret_ends_with_it(openroots: Nation) -> None:
    """As what was got by a key does; the next secret renews it."""
    tokens = redeem(openroots, code_for(openroots))
    door = Door(openroots)
    second = door.post(ROTATE)
    assert reads(openroots, tokens) == 200
    third = door.post(ROTATE, {"end": True})
    assert reads(openroots, tokens) == 401
    refresh = tokens.body["refresh_token"]
    old = {"client_id": second["key"], "client_secret": second["secret"]}
    assert renew(openroots, refresh, **old).status == 401
    new = {"client_id": third["key"], "client_secret": third["secret"]}
    assert reads(openroots, renew(openroots, refresh, **new)) == 200


def test_a_secret_is_good_until_it_is_ended(openroots: Nation) -> None:
    """However often another was made beside it."""
    door = Door(openroots)
    for _ in range(3):
        door.post(ROTATE)
    assert redeem(openroots, code_for(openroots)).status == 200


def test_what_is_renewed_with_a_new_key_is_good(openroots: Nation) -> None:
    """Also where the tokens before were got with a key that has ended."""
    tokens = exchange(openroots, id_token(openroots))
    pair = new_pair("second")
    Door(openroots).post(ROTATE, {"jwk": pair.public, "end": True})
    assert reads(openroots, tokens) == 401
    form = {"client_id": None, "client_secret": None, "client_assertion_type": JWT_BEARER}
    text = jose.signed(claims(openroots), pair.private, "second")
    again = renew(openroots, tokens.body["refresh_token"], **form, client_assertion=text)
    assert again.status == 200, again.body
    assert reads(openroots, again) == 200


def test_another_key_of_the_same_name_is_another_key(openroots: Nation) -> None:
    """What was got with the key that it replaces ends, whatever the two are called."""
    tokens = credentials(openroots)
    assert reads(openroots, tokens) == 200
    pair = new_pair(f"{APP.id}-1")
    Door(openroots).post(ROTATE, {"jwk": pair.public, "end": True})
    assert reads(openroots, tokens) == 401
    assert words(credentials(openroots))[1] == "public_key error"
    text = jose.signed(claims(openroots), pair.private, f"{APP.id}-1")
    assert reads(openroots, credentials(openroots, text)) == 200


def test_nothing_that_was_given_before_a_revocation_comes_back_with_an_approval(
    openroots: Nation,
) -> None:
    """Neither tokens, nor a code or a refresh token that would get some, nor the way to a code;
    the key and the secret are good again, for what is asked for from now on."""
    waiting = path_of(authorize(openroots, scope="nhs-cis2"))
    code, tokens = code_for(openroots), redeem(openroots, code_for(openroots))
    exchanged, alone = exchange(openroots, id_token(openroots)), credentials(openroots)
    door = Door(openroots)
    for status in ("revoked", "approved"):
        door.post(f"/applications/{APP.id}", {"status": status})
    back = post(openroots, waiting, {"username": DOCTOR})
    late = query_of(openroots.ask("GET", path_of(back)))["code"]
    assert [reads(openroots, told) for told in (tokens, exchanged, alone)] == [401] * 3
    assert {words(redeem(openroots, each))[1] for each in (code, late)} == {"invalid_grant"}
    for told in (tokens, exchanged):
        refresh = told.body["refresh_token"]
        assert words(renew(openroots, refresh))[2] == "refresh_token is invalid"
        for name in ("refresh_token", "access_token"):
            asked = post(openroots, "/oauth2/introspect", ME | {"token": told.body[name]})
            assert asked.body == {"active": False}
    again = redeem(openroots, code_for(openroots))
    assert reads(openroots, renew(openroots, again.body["refresh_token"])) == 200


def test_a_token_that_would_be_refused_is_not_said_to_be_good(openroots: Nation) -> None:
    """Neither one that was got with a key that has ended, nor for products that were taken away;
    of several products, those are told that are left."""
    token = credentials(openroots).body["access_token"]
    door = Door(openroots)
    products = door.get(f"/applications/{APP.id}")["products"]
    for left in ([OF_PDS], []):
        door.post(f"/applications/{APP.id}", {"products": left})
        told = post(openroots, "/oauth2/introspect", ME | {"token": token}).body
        assert told["active"] == bool(left)
        assert told.get("scope", "") == "".join(f"urn:nhsd:apim:app:level3:{one}" for one in left)
    door.post(f"/applications/{APP.id}", {"products": products})
    door.post(ROTATE, {"jwk": new_pair("second").public, "end": True})
    told = post(openroots, "/oauth2/introspect", ME | {"token": token}).body
    assert told == {"active": False}


@pytest.mark.parametrize("by", ["secret", "assertion"])
def test_who_logged_in_for_a_code_is_told_however_the_client_proved_itself(
    shared: Nation, by: str
) -> None:
    """It is combined authentication by secret and by assertion, and after a renewal too."""
    no_secret = {"client_id": None, "client_secret": None}
    how = no_secret | signed(shared) if by == "assertion" else {}
    tokens = redeem(shared, code_for(shared), **how)
    how = no_secret | signed(shared) if by == "assertion" else {}
    for told in (tokens, renew(shared, tokens.body["refresh_token"], **how)):
        bearer = {"authorization": f"Bearer {told.body['access_token']}"}
        assert shared.ask("GET", "/oauth2/userinfo", headers=bearer).status == 200


def test_wrong_secrets_that_come_at_once_are_told_as_such(openroots: Nation) -> None:
    """As many as may be tried are wrong, and the rest too many: none is told of the others."""

    async def all_at_once() -> list[int]:
        gateway = openroots.house.gateway
        body = (
            f"grant_type=authorization_code&client_id={APP.key}&client_secret=x"
            f"&redirect_uri={CALLBACK}&code=x"
        )
        headers = [(name.encode(), value.encode()) for name, value in FORM.items()]
        asked = [
            gateway.begin(gateway.service(TOKEN), "POST", TOKEN, b"", list(headers), body.encode())
            for _ in range(40)
        ]
        answers = await asyncio.gather(*map(gateway.answer, asked))
        return [answer.status for answer in answers]

    statuses = openroots.run(all_at_once())
    assert set(statuses) == {401, 429}
    assert statuses.count(401) == 20
