"""Signed JSON Web Tokens: opened without trust, then checked with a key that is known otherwise.

For the authorisation server. Only RSA signatures are taken, in the algorithm that the caller names.
What a token's own header says of keys (`jku`, `x5u`, `jwk`, `x5c`) is never followed: it is only
asked which of the registered keys is meant. Its parts are read to the last bit.

Source: RFC 7515 (JWS), RFC 7517 (JWK; 4.5 on ids), RFC 7519 (JWT), RFC 8725 (best practice).
"""

import re
from base64 import urlsafe_b64decode
from typing import Any, NamedTuple

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    RSAPublicNumbers,
)
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jws
from joserfc.jwk import RSAKey

from openroots.jws import bytes_of
from openroots.storage import Json

RS512 = "RS512"
LARGEST = 16 << 10  # characters: an ID token with another one inside has some 4,000
HASHES = {RS512: SHA512(), "RS256": SHA256()}
SMALLEST_KEY = 2048  # bits
PARTS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", re.ASCII)


class Malformed(Exception):
    """It is no signed token."""


class Opened(NamedTuple):
    """A token as it says of itself: nothing of it is proved."""

    header: Json
    claims: Json
    text: str


def opened(text: str) -> Opened:
    """What a token says. Raises Malformed where it is none, is too large, or has extensions that
    must be understood."""
    if len(text) > LARGEST or not PARTS.fullmatch(text):
        raise Malformed
    header, claims, _ = text.split(".")
    told = Opened(_object(header), _object(claims), text)
    if "crit" in told.header or told.header.get("b64", True) is not True:
        raise Malformed
    return told


def key_named(kid: object, jwks: Json) -> Json | None:
    """The key of this id in a set, if it is one for signatures by RSA, or None. One of another kind
    may have the same id."""
    keys = jwks.get("keys")
    for key in keys if isinstance(keys, list) else ():
        if isinstance(key, dict) and key.get("kid") == kid and _is_to_sign_by_rsa(key):
            return key
    return None


def _is_to_sign_by_rsa(key: Json) -> bool:
    return (key.get("kty", "RSA"), key.get("use", "sig")) == ("RSA", "sig")


def is_signed(token: Opened, key: Json, algorithm: str = RS512) -> bool:
    """Whether the holder of this key signed the token, in this algorithm."""
    if token.header.get("alg") != algorithm or key.get("alg", algorithm) != algorithm:
        return False
    said, _, signature = token.text.rpartition(".")
    try:
        # What is signed has been parsed above already: only the mathematics are left.
        _rsa(key).verify(bytes_of(signature), said.encode(), PKCS1v15(), HASHES[algorithm])
    except (InvalidSignature, ValueError, TypeError, KeyError):
        return False
    return True


def signed(claims: Json, private: bytes, kid: str) -> str:
    """A token with these claims, signed in RS512 by the private key in PEM."""
    header = {"alg": RS512, "typ": "JWT", "kid": kid}
    # It was made here: that its numbers fit each other need not be proved at each use.
    raw = load_pem_private_key(private, None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(raw, RSAPrivateKey):
        raise ValueError("not RSA")
    key = RSAKey(raw, raw)
    return jws.serialize_compact(header, orjson.dumps(claims), key, algorithms=[RS512])


def _object(part: str) -> Json:
    try:
        found = orjson.loads(bytes_of(part))
    except ValueError as error:
        raise Malformed from error
    if not isinstance(found, dict):
        raise Malformed
    return found


def _rsa(key: Json) -> RSAPublicKey:
    """The key of a JSON Web Key. Raises ValueError for one that is too short or of another kind."""
    if key["kty"] != "RSA":
        raise ValueError("not RSA")
    numbers = RSAPublicNumbers(_number(key["e"]), _number(key["n"]))
    if numbers.n.bit_length() < SMALLEST_KEY:
        raise ValueError("too short")
    return numbers.public_key()


def _number(text: Any) -> int:
    given = str(text)  # padded too: some make their key sets so, and a key is known, not proved
    return int.from_bytes(urlsafe_b64decode(given + "=" * (-len(given) % 4)), "big")
