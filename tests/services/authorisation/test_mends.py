"""Each refusal of the authorisation server tells, in its trail, exactly how to mend it."""

import pytest

from openroots.identity import jose
from openroots.services.authorisation.failures import FAILURES
from openroots.testing import Nation
from tests.services.authorisation.desk import (
    ADDRESS,
    APP,
    OTHER,
    TOKEN,
    assertion,
    claims,
    credentials,
    post,
    private_key,
    unsigned,
)


def refused(nation: Nation) -> tuple[str, str]:
    """What the newest trail says that a request was refused for, and how to mend it."""
    [(_, _, words, mend)] = [step for step in nation.trails()[-1]["steps"] if step[0] == "refused"]
    return words, mend


def test_no_refusal_is_without_a_mend() -> None:
    """Whichever row refuses a request, it says what to do."""
    assert [name for name, row in FAILURES.items() if not row.mend] == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"aud": "https://elsewhere.example/oauth2/token"}, ADDRESS),
        ({"exp": 1}, "at most now + 300"),
        ({"exp": 2**40}, "set the client's clock right"),
        ({"iss": APP.id, "sub": APP.id}, "its API key, not its id"),
        ({"sub": "x"}, "both iss and sub"),
        ({"jti": None}, "new UUID for each assertion"),
        ({"iat": 2**40}, "Say in iat"),
    ],
)
def test_a_claim_that_is_wrong_is_mended_by_what_the_trail_says(
    shared: Nation, changed: dict[str, object], named: str
) -> None:
    """The mend names the claim's own right value."""
    credentials(shared, assertion(shared, **changed))
    assert named in refused(shared)[1]


def test_a_key_that_is_not_registered_can_be_registered_by_what_the_trail_says(
    shared: Nation,
) -> None:
    """Who signs with another's key is told which command names the right ones."""
    text = jose.signed(claims(shared, APP), private_key(shared, OTHER), f"{OTHER.id}-1")
    credentials(shared, text)
    words, mend = refused(shared)
    assert "no matching public key" in words
    assert "openroots app rotate-key ID --jwk FILE" in mend


def test_the_words_in_a_trail_are_those_that_the_client_was_told(shared: Nation) -> None:
    """Which algorithm it must be is not left out."""
    header = {"alg": "RS256", "typ": "JWT", "kid": f"{APP.id}-1"}
    told = credentials(shared, unsigned(header, claims(shared), b"x"))
    assert told.body["error_description"] in refused(shared)[0]


def test_a_grant_type_that_is_missing_is_named(shared: Nation) -> None:
    """Each of the four is, as it is to be sent."""
    post(shared, TOKEN, {})
    assert "grant-type:token-exchange" in refused(shared)[1]
