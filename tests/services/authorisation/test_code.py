"""A person logs in and comes back with a code: each step of the way, and who stands in it."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from openroots.storage import Change
from openroots.testing import Nation
from tests.gateway.door import Door
from tests.services.authorisation.desk import (
    APP,
    CALLBACK,
    CIS2,
    DOCTOR,
    JANE,
    JAYNE,
    OTHER,
    TOKEN,
    application,
    authorize,
    code_for,
    path_of,
    post,
    query_of,
    reads,
    redeem,
    renew,
    words,
)

VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
WITH_PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
ISSUER = "http://localhost/oauth2"
WRONG_CODE = (400, "invalid_grant", "authorization_code is invalid")


def test_a_member_of_staff_logs_in_and_their_application_reads(openroots: Nation) -> None:
    """From the application to the login page, back to it with a code, and to tokens."""
    begun = authorize(openroots, state="a b&c", acr_values="AAL2_ANY")
    assert urlsplit(begun.headers["location"]).path == "/oauth2-mock/simulated_auth/cis2/authorize"
    sent = query_of(begun)
    assert (sent["acr_values"], sent["max_age"]) == ("AAL2_ANY", "300")
    back = post(openroots, path_of(begun), {"username": DOCTOR})
    answer = openroots.ask("GET", path_of(back))
    assert answer.headers["location"].startswith(f"{CALLBACK}?")
    told = query_of(answer)
    assert (told["state"], told["iss"]) == ("a b&c", ISSUER)
    tokens = redeem(openroots, told["code"])
    assert {name: tokens.body[name] for name in tokens.body if "token" not in name} == {
        "expires_in": "599",
        "issued_at": tokens.body["issued_at"],
        "refresh_count": "0",
    }
    assert tokens.body["refresh_token_expires_in"] == "43199"
    assert reads(openroots, tokens) == 200


def test_a_patient_logs_in_and_reads_their_own_record_alone(openroots: Nation) -> None:
    """At P9, as NHS login knows them; the refresh token lasts an hour."""
    tokens = redeem(openroots, code_for(openroots, JANE))
    assert tokens.body["refresh_token_expires_in"] == "3599"
    assert (reads(openroots, tokens), reads(openroots, tokens, JAYNE)) == (200, 403)


@pytest.mark.parametrize(("user", "level"), [(JANE, "P5"), (JANE, "P0"), (DOCTOR, "aal1")])
def test_a_level_that_no_product_has_gets_no_token(shared: Nation, user: str, level: str) -> None:
    """Levels are taken for what they are; the words are those that are published."""
    told = redeem(shared, code_for(shared, user, level))
    assert words(told) == (
        401,
        "unauthorized_client",
        "you have tried to request authorization but your application is not configured to use "
        "this authorization grant type",
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"client_id": None}, (400, "invalid_request", "client_id is missing")),
        ({"client_id": "nobody"}, (401, "invalid_request", "client_id is invalid")),
        ({"redirect_uri": None}, (400, "invalid_request", "redirect_uri is missing")),
        *(
            ({"redirect_uri": wrong}, (400, "invalid_request", "redirect_uri is invalid"))
            for wrong in (
                "https://evil.example/callback",
                f"{CALLBACK}/",
                f"{CALLBACK}?a=b",
                f"{CALLBACK}#a",
                f"{CALLBACK}/../other",
                f"{CALLBACK}%0d%0aSet-Cookie: a=b",
                f"{CALLBACK}\r\nSet-Cookie: a=b",
                CALLBACK.upper(),
                CALLBACK.replace("localhost", "localhost@evil.example"),
                CALLBACK.replace("localhost", "127.0.0.1"),
                CALLBACK.replace(":8080", ":8081"),
                "//localhost:8080/callback",
                "javascript:alert(1)",
            )
        ),
    ],
)
def test_nobody_is_sent_where_the_client_is_not_known_to_be(
    shared: Nation, changed: dict[str, str | None], expected: tuple[int, str, str]
) -> None:
    """What is wrong with client or redirect URI is told here; no redirect leaves."""
    told = authorize(shared, **changed)
    assert words(told) == expected
    assert "location" not in told.headers


@pytest.mark.parametrize(
    ("changed", "error", "description"),
    [
        ({"state": None}, "invalid_request", "state is missing"),
        ({"response_type": None}, "invalid_request", "response_type is missing"),
        ({"response_type": "token"}, "unsupported_response_type", "response_type is invalid"),
        ({"response_type": "code id_token"}, "unsupported_response_type",
         "response_type is invalid"),
        ({"code_challenge": CHALLENGE}, "invalid_request",
         "code_challenge_method is invalid - must be 'S256'"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request",
         "code_challenge_method is invalid - must be 'S256'"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request",
         "code_challenge is invalid"),
        ({"code_challenge_method": "S256"}, "invalid_request", "code_challenge is invalid"),
        ({"response_mode": "fragment"}, "invalid_request",
         "response_mode is invalid - must be 'query'"),
        ({"request": "a.b.c"}, "request_not_supported",
         "request is not supported - send each parameter"),
        ({"request_uri": "https://example.com/r"}, "request_uri_not_supported",
         "request_uri is not supported - send each parameter"),
    ],
)  # fmt: skip
def test_what_is_wrong_otherwise_is_told_to_the_application(
    shared: Nation, changed: dict[str, str | None], error: str, description: str
) -> None:
    """By a redirect, with the state if there is one, and with who answers (RFC 9207)."""
    told = authorize(shared, **changed)
    expected = {"error": error, "error_description": description, "iss": ISSUER}
    if "state" not in changed:
        expected["state"] = "of mine"
    assert query_of(told) == expected


def test_each_parameter_comes_once(shared: Nation) -> None:
    """Two redirect URIs, or two clients, are one too many."""
    path = path_of(authorize(shared)).partition("?")[2]
    twice = f"/oauth2/authorize?client_id={APP.key}&redirect_uri={CALLBACK}&redirect_uri=https://e"
    assert words(shared.ask("GET", twice))[0] == 400
    login = f"/oauth2-mock/simulated_auth/cis2/authorize?{path}&client_id=other"
    assert words(shared.ask("GET", login))[0] == 400


@pytest.mark.parametrize("query", ["", "?state=unknown&code=a", "?code=a", "?state="])
def test_who_comes_back_without_a_state_of_ours_is_refused(shared: Nation, query: str) -> None:
    """Nobody can have somebody else finish a login that they never began."""
    told = shared.ask("GET", f"/oauth2/callback{query}")
    assert words(told) == (400, "invalid_request", "Invalid state parameter.")


def test_a_login_is_finished_once_and_by_who_logged_in(openroots: Nation) -> None:
    """A code of the login page that is none, or a login that took too long, gives no code."""
    state = query_of(authorize(openroots))["state"]
    wrong = openroots.ask("GET", f"/oauth2/callback?state={state}&code=none")
    assert (query_of(wrong)["error"], query_of(wrong)["iss"]) == ("access_denied", ISSUER)
    assert words(openroots.ask("GET", f"/oauth2/callback?state={state}&code=none"))[0] == 400
    back = path_of(post(openroots, path_of(authorize(openroots)), {"username": DOCTOR}))
    assert "code" in query_of(openroots.ask("GET", back))
    assert words(openroots.ask("GET", back))[2] == "Invalid state parameter."
    late = path_of(post(openroots, path_of(authorize(openroots)), {"username": DOCTOR}))
    openroots.wall.advance(timedelta(minutes=10))  # type: ignore[attr-defined]
    assert words(openroots.ask("GET", late))[2] == "Invalid state parameter."


def test_a_code_that_comes_twice_ends_what_it_gave(openroots: Nation) -> None:
    """One of the two who had it stole it, so neither keeps anything, now or hours later."""
    code = code_for(openroots)
    tokens = redeem(openroots, code)
    assert reads(openroots, tokens) == 200
    openroots.wall.advance(timedelta(minutes=9))  # type: ignore[attr-defined]
    assert words(redeem(openroots, code)) == WRONG_CODE
    assert reads(openroots, tokens) == 401
    assert words(renew(openroots, tokens.body["refresh_token"]))[1] == "invalid_grant"
    code = code_for(openroots)
    tokens = redeem(openroots, code)
    openroots.wall.advance(timedelta(hours=3))  # type: ignore[attr-defined]
    assert words(redeem(openroots, code)) == WRONG_CODE
    assert words(renew(openroots, tokens.body["refresh_token"]))[1] == "invalid_grant"


def test_a_code_is_for_one_client_ten_minutes_and_one_address(openroots: Nation) -> None:
    """Another's, an old one and one for another redirect URI are refused; the right client can go
    on to use it."""
    code = code_for(openroots)
    mine = {"client_id": OTHER.key, "client_secret": OTHER.secret}
    assert words(redeem(openroots, code, **mine)) == WRONG_CODE
    elsewhere = redeem(openroots, code, redirect_uri="https://example.com/callback")
    assert words(elsewhere) == (400, "invalid_request", "redirect_uri is invalid")
    assert redeem(openroots, code).status == 200
    old = code_for(openroots)
    openroots.wall.advance(timedelta(minutes=10))  # type: ignore[attr-defined]
    assert words(redeem(openroots, old)) == WRONG_CODE


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"redirect_uri": None}, (400, "invalid_request", "redirect_uri is missing")),
        ({"redirect_uri": "http://x"}, (400, "invalid_request", "redirect_uri is invalid")),
        ({"code": None}, (400, "invalid_request", "authorization_code is missing")),
        ({"code": "none"}, WRONG_CODE),
    ],
)
def test_what_a_code_comes_with_is_told_in_the_published_words(
    shared: Nation, changed: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    """Each is missing or wrong by itself."""
    assert words(redeem(shared, "any", **changed)) == expected


def test_a_code_that_was_asked_for_with_a_challenge_needs_its_verifier(shared: Nation) -> None:
    """None, another and a broken one are refused; so is one where there was no challenge."""
    code = code_for(shared, **WITH_PKCE)
    assert words(redeem(shared, code))[2] == "code_verifier is missing"
    for wrong in ("w" * 43, "short", VERIFIER + "é", CHALLENGE):
        told = redeem(shared, code, code_verifier=wrong)
        assert words(told) == (400, "invalid_grant", "code_verifier is invalid")
    assert redeem(shared, code, code_verifier=VERIFIER).status == 200
    bare = code_for(shared)
    assert words(redeem(shared, bare, code_verifier=VERIFIER))[1] == "invalid_grant"


def test_scopes_asked_for_at_the_beginning_bound_the_tokens(shared: Nation) -> None:
    """Those of the level of the login only; others are refused when the code is redeemed."""
    mine = "urn:nhsd:apim:user-nhs-id:aal3:personal-demographics-service"
    tokens = redeem(shared, code_for(shared, scope=f"nhs-cis2 {mine}"))
    assert reads(shared, tokens) == 200
    wrong = "urn:nhsd:apim:user-nhs-login:P9:personal-demographics-service"
    told = redeem(shared, code_for(shared, JANE, level="P5", scope=wrong))
    assert words(told)[1] == "unauthorized_client"


def test_what_was_granted_must_still_be_so(openroots: Nation) -> None:
    """Who has left gets no token for a code, and their tokens open nothing."""
    tokens = redeem(openroots, code_for(openroots))
    openroots.holds(Change("StaffUser", DOCTOR, None, expect=1))
    assert reads(openroots, tokens) == 401
    assert words(renew(openroots, tokens.body["refresh_token"]))[:2] == (401, "invalid_grant")


def test_an_application_that_was_revoked_can_send_nobody(openroots: Nation) -> None:
    """From the next request on."""
    body, version = application(openroots)
    openroots.holds(Change("Application", APP.id, {**body, "status": "revoked"}, version))
    assert words(authorize(openroots))[:2] == (401, "access_denied")
    assert words(redeem(openroots, "any"))[:2] == (401, "access_denied")


def test_a_secret_in_the_address_is_not_looked_at(shared: Nation) -> None:
    """What stands in the query of the token endpoint counts for nothing."""
    path = f"{TOKEN}?grant_type=client_credentials&client_id={APP.key}&client_secret={APP.secret}"
    assert words(post(shared, path, {"a": "b"}))[2] == "grant_type is missing"


def test_a_code_of_who_left_before_it_was_used_is_none(openroots: Nation) -> None:
    """They logged in, and then worked here no more."""
    code = code_for(openroots)
    Door(openroots).post(f"/staff/{DOCTOR}/end")
    assert words(redeem(openroots, code)) == WRONG_CODE


def test_the_login_of_an_application_by_itself_is_none_of_ours(shared: Nation) -> None:
    """A code that a login service gave to an application for itself proves nobody to us."""
    asked = {"response_type": "code", "client_id": APP.key, "redirect_uri": CALLBACK, "state": "s"}
    theirs = query_of(post(shared, f"{CIS2}/authorize?{urlencode(asked)}", {"username": DOCTOR}))
    ours = query_of(authorize(shared))["state"]
    told = {"code": theirs["code"], "state": ours}
    back = query_of(shared.ask("GET", f"/oauth2/callback?{urlencode(told)}"))
    assert (back["error"], "code" in back) == ("access_denied", False)
