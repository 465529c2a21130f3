"""What an assertion must say of itself, and the words for each way in which it does not."""

import httpx
import pytest

from openroots.testing import Nation
from tests.services.authorisation.desk import (
    ADDRESS,
    APP,
    OTHER,
    assertion,
    claims,
    credentials,
    unsigned,
    words,
)

KID = f"{APP.id}-1"
GOOD = {"alg": "RS512", "typ": "JWT", "kid": KID}
REQUEST, KEY = "invalid_request", "public_key error"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"iss": None}, (400, "Missing or non-matching 'iss'/'sub' claims in {jwt} JWT")),
        ({"sub": None}, (400, "Missing or non-matching 'iss'/'sub' claims in {jwt} JWT")),
        ({"sub": "other"}, (400, "Missing or non-matching 'iss'/'sub' claims in {jwt} JWT")),
        ({"iss": 7, "sub": 7}, (400, "Missing or non-matching 'iss'/'sub' claims in {jwt} JWT")),
        ({"iss": "x", "sub": "x"}, (401, "Invalid 'iss'/'sub' claims in {jwt} JWT")),
        ({"jti": None}, (400, "Missing 'jti' claim in {jwt} JWT")),
        *(
            (
                {"jti": wrong},
                (400, "Invalid 'jti' claim in {jwt} JWT - must be a unique string value such as a "
                 "GUID"),
            )
            for wrong in (7, "", " ", ["a"], {"a": 1}, False, "a" * 257)
        ),
        ({"aud": None}, (401, "Missing or invalid 'aud' claim in {jwt} JWT")),
        ({"aud": "https://elsewhere.example/oauth2/token"},
         (401, "Missing or invalid 'aud' claim in {jwt} JWT")),
        ({"aud": f"{ADDRESS}/"}, (401, "Missing or invalid 'aud' claim in {jwt} JWT")),
        ({"aud": []}, (401, "Missing or invalid 'aud' claim in {jwt} JWT")),
        ({"aud": [ADDRESS, "https://elsewhere.example"]},
         (401, "Missing or invalid 'aud' claim in {jwt} JWT")),
        ({"aud": {"a": ADDRESS}}, (401, "Missing or invalid 'aud' claim in {jwt} JWT")),
        ({"exp": None}, (400, "Missing 'exp' claim in {jwt} JWT")),
        *(
            ({"exp": wrong}, (400, "Invalid 'exp' claim in {jwt} JWT - must be an integer"))
            for wrong in ("soon", "1795262500", 1795262500.5, True, [], {})
        ),
        ({"exp": 1}, (400, "Invalid 'exp' claim in {jwt} JWT - JWT has expired")),
        ({"exp": -(2**62)}, (400, "Invalid 'exp' claim in {jwt} JWT - JWT has expired")),
        *(
            ({"exp": end},
             (400, "Invalid 'exp' claim in {jwt} JWT - more than 5 minutes in future"))
            for end in (2**62, 2**63, 2.0**64, 1e30)
        ),
        ({"exp": -1e30}, (400, "Invalid 'exp' claim in {jwt} JWT - JWT has expired")),
        ({"nbf": 1795262400 + 61}, (400, "Invalid 'nbf' claim in {jwt} JWT - in the future")),
        ({"iat": "now"}, (400, "Invalid 'iat' claim in {jwt} JWT - must be a number")),
    ],
)  # fmt: skip
def test_a_claim_that_is_wrong_is_told_in_the_published_words(
    shared: Nation, changed: dict[str, object], expected: tuple[int, str]
) -> None:
    """Whoever sent it reads which claim it is; nothing is given."""
    status, description = expected
    told = credentials(shared, assertion(shared, **changed))
    assert words(told) == (status, REQUEST, description.format(jwt="client_assertion"))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"kid": None}, (400, "Missing 'kid' header in client_assertion JWT")),
        ({"kid": ""}, (400, "Missing 'kid' header in client_assertion JWT")),
        ({"kid": 7}, (400, "Missing 'kid' header in client_assertion JWT")),
        *(
            ({"kid": wrong},
             (401, "Invalid 'kid' header in client_assertion JWT - no matching public key"))
            for wrong in ("other", "../../keys/login", "' OR 1=1 --", "\x00", "ferndale-records-1",
                          "/dev/null", f"{OTHER.id}-1")
        ),
        ({"typ": None}, (400, "Invalid 'typ' header in client_assertion JWT - must be 'JWT'")),
        ({"typ": "at+jwt"}, (400, "Invalid 'typ' header in client_assertion JWT - must be 'JWT'")),
        *(
            ({"alg": wrong},
             (400, "Invalid 'alg' header in client_assertion JWT - unsupported JWT algorithm - "
              "must be 'RS512'"))
            for wrong in ("none", "None", "HS256", "HS512", "RS256", "rs512", "PS512", "ES512",
                          None, ["RS512"])
        ),
    ],
)  # fmt: skip
def test_a_header_that_is_wrong_is_told_in_the_published_words(
    shared: Nation, header: dict[str, object], expected: tuple[int, str]
) -> None:
    """Whatever it says of key, type or algorithm, but what it must say, is refused."""
    named = {name: value for name, value in (GOOD | header).items() if value is not None}
    told = credentials(shared, unsigned(named, claims(shared), b"signature"))
    assert words(told) == (expected[0], REQUEST, expected[1])


@pytest.mark.parametrize(
    "text",
    ["x", "a.b.c", "..", "e30.e30", "e30.e30.", "W10.e30.AA", "e30.W10.AA", "a=.b=.c=", "é.é.é",
     "e30.e30.AA.AA.AA", "bnVsbA.bnVsbA.AA", "e30 .e30.AA"],
)  # fmt: skip
def test_what_is_no_token_is_malformed(shared: Nation, text: str) -> None:
    """Parts that are missing, are no base64url, or hold no JSON object."""
    told = credentials(shared, text)
    assert words(told)[:2] == (400, REQUEST)
    assert told.body["error_description"] in (
        "Malformed JWT in client_assertion",
        "Missing 'kid' header in client_assertion JWT",
    )


def test_a_token_that_is_too_large_or_has_extensions_is_malformed(shared: Nation) -> None:
    """Sixteen thousand characters are enough; `crit` asks to understand what nobody does."""
    for told in (
        credentials(shared, assertion(shared, more="a" * 20_000)),
        credentials(shared, unsigned(GOOD | {"crit": ["b64"]}, claims(shared), b"a")),
        credentials(shared, unsigned(GOOD | {"b64": False}, claims(shared), b"a")),
    ):
        assert words(told) == (400, REQUEST, "Malformed JWT in client_assertion")


def test_the_type_and_the_assertion_itself_must_be_there(shared: Nation) -> None:
    """Each is told by itself, the type first."""
    told = credentials(shared, client_assertion_type=None)
    assert told.body["error_description"].startswith("Missing or invalid client_assertion_type")
    assert words(credentials(shared, "")) == (400, REQUEST, "Missing client_assertion")


def test_a_client_whose_clock_is_off_is_told_so(openroots: Nation) -> None:
    """Five minutes ahead is the most; a minute of haste is forgiven where it gains nothing."""
    now = int(openroots.wall.now().timestamp())
    assert credentials(openroots, assertion(openroots, exp=now + 301)).status == 400
    assert credentials(openroots, assertion(openroots, exp=now)).status == 400
    fast = assertion(openroots, nbf=now + 59, iat=now + 59, exp=now + 300)
    assert credentials(openroots, fast).status == 200
    openroots.move_clock("2031-01-01")
    assert credentials(openroots, assertion(openroots)).status == 200


@pytest.mark.parametrize("meant", [[ADDRESS], "http://localhost/oauth2"])
def test_an_audience_may_be_a_list_of_one_or_the_issuer(shared: Nation, meant: object) -> None:
    """Both mean this server and nobody besides."""
    assert credentials(shared, assertion(shared, aud=meant)).status == 200


def test_a_form_that_is_no_text_is_told_so(shared: Nation) -> None:
    """It is the body that is wrong, not the address that it was sent to."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for form in (b"grant_type=%ff", b"grant_type=\xff"):
        told = httpx.post(f"{shared.url}/oauth2/token", content=form, headers=headers)
        assert told.status_code == 400
        assert told.json()["error"] == "invalid_request"
        assert told.json()["error_description"] == "The body is not UTF-8 text"
