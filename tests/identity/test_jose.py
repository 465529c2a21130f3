"""Signed tokens: opened without trust, and checked with a key that is known otherwise."""

from contextlib import suppress
from string import ascii_letters, digits

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA512
from hypothesis import given
from hypothesis import strategies as st

from openroots.identity import jose
from openroots.identity.keypairs import KeyPair, new_pair
from openroots.jws import text

LETTERS = f"{ascii_letters}{digits}-_"


@pytest.fixture(scope="module")
def pair() -> KeyPair:
    """A key of an application."""
    return new_pair("mine")


def test_what_was_signed_is_opened_and_checked(pair: KeyPair) -> None:
    """With the public half; another's key checks nothing."""
    token = jose.opened(jose.signed({"a": 1}, pair.private, "mine"))
    assert (token.header["kid"], token.claims) == ("mine", {"a": 1})
    assert jose.is_signed(token, pair.public)
    assert not jose.is_signed(token, {**pair.public, "n": new_pair("other").public["n"]})


@pytest.mark.parametrize("junk", ["=", "==", "!", " ", "\n", "+", "/", "A", "é", "."])
def test_a_signature_with_anything_more_is_none(pair: KeyPair, junk: str) -> None:
    """At its end or within it."""
    token = jose.signed({"a": 1}, pair.private, "mine")
    for changed in (token + junk, f"{token[:-9]}{junk}{token[-9:]}"):
        with suppress(jose.Malformed):
            assert not jose.is_signed(jose.opened(changed), pair.public)


def test_no_two_texts_are_one_token(pair: KeyPair) -> None:
    """The last letter of a part says more bits than there are bytes: those must be 0."""
    token = jose.signed({"a": 1}, pair.private, "mine")
    for last in set(LETTERS) - {token[-1]}:
        assert not jose.is_signed(jose.opened(token[:-1] + last), pair.public)
    header, claims, signature = token.split(".")
    assert claims[-1] == "Q"
    with pytest.raises(jose.Malformed):
        jose.opened(f"{header}.{claims[:-1]}R.{signature}")


@pytest.mark.parametrize(
    "changed",
    [
        {"kty": "oct"},
        {"kty": "EC"},
        {"alg": "RS256"},
        {"n": ""},
        {"n": "AQAB"},
        {"n": "é"},
        {"e": "AA"},
        {"e": None},
        {"n": 7},
    ],
)
def test_a_key_that_is_none_for_this_checks_nothing(
    pair: KeyPair, changed: dict[str, object]
) -> None:
    """Whatever is wrong with it, nothing is raised: it was registered by somebody else."""
    token = jose.opened(jose.signed({}, pair.private, "mine"))
    assert not jose.is_signed(token, {**pair.public, **changed})


@pytest.mark.parametrize(("bits", "good"), [(1024, False), (2048, True)])
def test_a_short_key_checks_nothing_though_it_signed(bits: int, good: bool) -> None:
    """A set at an address may hold any key, and 1024 bits are too few to trust."""
    private = generate_private_key(65537, bits)
    numbers = private.public_key().public_numbers()
    said = ".".join(map(text, (b'{"alg":"RS512"}', b"{}")))
    token = jose.opened(f"{said}.{text(private.sign(said.encode(), PKCS1v15(), SHA512()))}")
    key = {"kty": "RSA", "n": text(numbers.n.to_bytes(bits // 8)), "e": "AQAB"}
    assert jose.is_signed(token, key) == good


@pytest.mark.parametrize("missing", ["kty", "n", "e"])
def test_a_key_that_is_not_whole_checks_nothing(pair: KeyPair, missing: str) -> None:
    """One of its parts is not there."""
    token = jose.opened(jose.signed({}, pair.private, "mine"))
    part = {name: value for name, value in pair.public.items() if name != missing}
    assert not jose.is_signed(token, part)


@given(st.text(alphabet="abcAB01-_.=+/ é\n", max_size=80) | st.text(max_size=40))
def test_any_text_is_opened_or_malformed(text: str) -> None:
    """Nothing else is raised, whatever is sent."""
    with suppress(jose.Malformed):
        jose.opened(text)


@pytest.mark.parametrize("keys", [None, 7, [], [7], [{}], [{"kid": "mine", "use": "enc"}]])
def test_a_key_is_named_in_a_set_or_not(keys: object) -> None:
    """What is no list of keys has none of that name."""
    assert jose.key_named("mine", {"keys": keys}) is None
    assert jose.key_named("mine", {"keys": [{"kid": "mine"}]}) == {"kid": "mine"}


def test_of_two_keys_with_one_id_the_one_that_can_sign_so_is_meant() -> None:
    """A set may hold a key of another kind by the same id, before or after it."""
    other, own = {"kid": "mine", "kty": "EC"}, {"kid": "mine", "kty": "RSA"}
    assert jose.key_named("mine", {"keys": [other, own]}) == own
    assert jose.key_named("mine", {"keys": [other]}) is None
