"""What ran out is renewed: by refresh tokens that work once each."""

import asyncio
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from openroots.storage import Change
from openroots.testing import Nation, Told
from tests.services.authorisation.desk import (
    APP,
    FORM,
    OTHER,
    TOKEN,
    application,
    assertion,
    code_for,
    credentials,
    post,
    reads,
    redeem,
    renew,
    words,
)

WRONG = (401, "invalid_grant", "refresh_token is invalid")


def test_each_refresh_token_gives_the_next_one(shared: Nation) -> None:
    """The count goes up, and the old access token goes on until it ends."""
    first = redeem(shared, code_for(shared))
    second = renew(shared, first.body["refresh_token"])
    third = renew(shared, second.body["refresh_token"])
    assert [told.body["refresh_count"] for told in (first, second, third)] == ["0", "1", "2"]
    assert [reads(shared, told) for told in (first, second, third)] == [200, 200, 200]


def test_a_refresh_token_that_comes_twice_ends_everything(shared: Nation) -> None:
    """Whether the thief was first or the owner, both lose what they have."""
    first = redeem(shared, code_for(shared))
    second = renew(shared, first.body["refresh_token"])
    assert words(renew(shared, first.body["refresh_token"])) == WRONG
    assert words(renew(shared, second.body["refresh_token"])) == WRONG
    assert [reads(shared, told) for told in (first, second)] == [401, 401]


@pytest.mark.parametrize("text", [None, ""])
def test_a_refresh_token_must_be_sent(shared: Nation, text: str | None) -> None:
    """It is told by itself."""
    told = words(renew(shared, text))
    assert told == (400, "invalid_request", "refresh_token is missing")


def test_what_is_none_or_another_clients_is_refused(shared: Nation) -> None:
    """An access token is none; another client's harms the owner's nothing."""
    tokens = redeem(shared, code_for(shared))
    assert words(renew(shared, "none")) == WRONG
    assert words(renew(shared, tokens.body["access_token"])) == WRONG
    mine = {"client_id": OTHER.key, "client_secret": OTHER.secret}
    assert words(renew(shared, tokens.body["refresh_token"], **mine)) == WRONG
    assert renew(shared, tokens.body["refresh_token"]).status == 200


def test_renewing_ends_when_the_first_would_have(openroots: Nation) -> None:
    """However often it was renewed meanwhile; then the person logs in again."""
    tokens = redeem(openroots, code_for(openroots))
    for left in ("32399", "21599", "10799"):
        openroots.wall.advance(timedelta(hours=3))  # type: ignore[attr-defined]
        tokens = renew(openroots, tokens.body["refresh_token"])
        assert tokens.body["refresh_token_expires_in"] == left
    openroots.wall.advance(timedelta(hours=3))  # type: ignore[attr-defined]
    told = renew(openroots, tokens.body["refresh_token"])
    assert words(told) == (401, "invalid_grant", "refresh token refresh period has expired")


def test_a_refresh_token_can_be_made_to_end_sooner(openroots: Nation) -> None:
    """And never later."""
    short = redeem(openroots, code_for(openroots), _refresh_token_expiry_ms="60000")
    assert short.body["refresh_token_expires_in"] == "60"
    openroots.wall.advance(timedelta(seconds=60))  # type: ignore[attr-defined]
    assert words(renew(openroots, short.body["refresh_token"])) == WRONG
    long = redeem(openroots, code_for(openroots), _refresh_token_expiry_ms="999999999999")
    assert long.body["refresh_token_expires_in"] == "43199"


def test_scopes_never_grow_when_renewed(openroots: Nation) -> None:
    """What the first token had not, the next cannot ask for; nor what no product grants now."""
    mine = "urn:nhsd:apim:user-nhs-id:aal3:personal-demographics-service"
    more = mine.replace("nhs-id", "nhs-cis2")
    tokens = redeem(openroots, code_for(openroots, scope=f"nhs-cis2 {mine}"))
    refused = renew(openroots, tokens.body["refresh_token"], scope=f"{mine} {more}")
    assert words(refused)[:2] == (400, "invalid_scope")
    assert renew(openroots, tokens.body["refresh_token"]).status == 200
    tokens = redeem(openroots, code_for(openroots))
    body, version = application(openroots)
    openroots.holds(Change("Application", APP.id, {**body, "products": []}, version))
    assert words(renew(openroots, tokens.body["refresh_token"]))[0] == 401


def test_nothing_is_renewed_of_a_product_that_was_given_up(openroots: Nation) -> None:
    """Though another is held by now: to that the person who logged in never let it."""
    tokens = redeem(openroots, code_for(openroots))
    body, version = application(openroots)
    product = {"id": "later", "scopes": ["urn:nhsd:apim:user-nhs-cis2:aal3:later"]}
    held = Change("Application", APP.id, {**body, "products": ["later"]}, version)
    openroots.holds(Change("Product", "later", product, 0), held)
    assert words(renew(openroots, tokens.body["refresh_token"]))[:2] == (401, "unauthorized_client")


def together(nation: Nation, form: dict[str, str], count: int) -> list[int]:
    """The statuses of so many requests with this form that are sent at once."""

    async def ask() -> list[int]:
        each = (nation._ask("POST", TOKEN, urlencode(form).encode(), None, FORM)
                for _ in range(count))  # fmt: skip
        return sorted([told.status for told in await asyncio.gather(*each)])

    return nation.run(ask())


def scopes_of(nation: Nation, told: Told) -> list[str]:
    """Those of the access token, as introspection tells them."""
    me = {"client_id": APP.key, "client_secret": APP.secret, "token": told.body["access_token"]}
    found: str = post(nation, "/oauth2/introspect", me).body["scope"]
    return found.split()


def test_who_renews_for_fewer_scopes_can_have_the_others_the_next_time(openroots: Nation) -> None:
    """A refresh token that was renewed is for the scopes of the one that was sent (RFC 6749)."""
    tokens = redeem(openroots, code_for(openroots))
    whole = scopes_of(openroots, tokens)
    fewer = renew(openroots, tokens.body["refresh_token"], scope=whole[0])
    again = renew(openroots, fewer.body["refresh_token"])
    assert (scopes_of(openroots, fewer), scopes_of(openroots, again)) == (whole[:1], whole)


def test_of_many_at_once_one_is_served(openroots: Nation) -> None:
    """An assertion, and a code: nobody gets two tokens for one by being quick."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion(openroots),
    }
    assert together(openroots, form, 8) == [200] + [400] * 7
    code = {
        "grant_type": "authorization_code",
        "client_id": APP.key,
        "client_secret": APP.secret,
        "redirect_uri": "http://localhost:8080/callback",
        "code": code_for(openroots),
    }
    assert together(openroots, code, 8) == [200] + [400] * 7


def test_of_two_who_renew_at_once_neither_keeps_anything(openroots: Nation) -> None:
    """One is served and the other shows that the token was copied."""
    tokens = redeem(openroots, code_for(openroots))
    form = {
        "grant_type": "refresh_token",
        "client_id": APP.key,
        "client_secret": APP.secret,
        "refresh_token": tokens.body["refresh_token"],
    }
    assert together(openroots, form, 2) == [200, 401]
    assert reads(openroots, tokens) == 401
    assert credentials(openroots).status == 200


def test_wrong_secrets_are_counted_however_many_come_at_once(openroots: Nation) -> None:
    """Thirty at once are twenty failures and ten refusals, or fewer failures: never more."""
    form = {"grant_type": "refresh_token", "client_id": APP.key, "client_secret": "wrong"}
    told = together(openroots, form, 30)
    assert told.count(401) <= 20
    assert set(told) <= {401, 409, 429}
