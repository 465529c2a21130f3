"""Whether a JSON Web Key Set may stand for an application: public RSA keys, each with an id.

For whoever registers keys. What it refuses it says in words that tell how to mend it.

Source: RFC 7517; RFC 7518 section 3.3 (at least 2048 bits); NHS England API platform, JWKS.
"""

from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from openroots.storage import Json

MOST, LONGEST_ID = 20, 200
LEAST_BITS = 2048
PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth")


def checked(document: Any) -> Json:
    """The key set, with nothing in it but what a public key needs. Raises ValueError with what is
    wrong with it."""
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise ValueError('is no JSON Web Key Set: it has no list "keys"')
    if len(keys) > MOST:
        raise ValueError(f"holds more than {MOST} keys")
    found = [_checked_key(key) for key in keys]
    ids = [key["kid"] for key in found]
    if len(set(ids)) < len(ids):
        raise ValueError('holds two keys of one "kid"')
    return {"keys": found}


def _checked_key(key: Any) -> Json:
    if not isinstance(key, dict):
        raise ValueError("holds something that is no key")
    kid = key.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= LONGEST_ID:
        raise ValueError(f'holds a key without a "kid" of 1 to {LONGEST_ID} characters')
    if any(name in key for name in PRIVATE):
        raise ValueError("holds a private key: send the public half only, and make a new pair")
    if key.get("kty") != "RSA":
        raise ValueError("holds a key that is not RSA, which RS512 needs")
    if key.get("use", "sig") != "sig" or key.get("alg", "RS512") != "RS512":
        raise ValueError("holds a key that is for something else than signing with RS512")
    if _bits(key) < LEAST_BITS:
        raise ValueError(f"holds a key of fewer than {LEAST_BITS} bits")
    return {"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS512", "n": key["n"], "e": key["e"]}


def _bits(key: Json) -> int:
    try:
        return RSAKey.import_key({name: key[name] for name in ("kty", "n", "e")}).raw_value.key_size
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise ValueError("holds a key that cannot be read") from error
