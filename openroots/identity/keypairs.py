"""Key pairs of applications: RSA, for the assertions that they sign.

For the command, which makes one for whoever has none yet, and for ready-made applications.

Source: RFC 7517; NHS England API platform, "application-restricted, signed JWT": RS512.
"""

from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from joserfc.jwk import RSAKey

from openroots.storage import Json

BITS = 2048


class KeyPair(NamedTuple):
    """The private half as PEM, and the public half as a JSON Web Key."""

    private: bytes
    public: Json


def new_pair(kid: str) -> KeyPair:
    """A new pair of this id."""
    key = generate_private_key(65537, BITS)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return KeyPair(pem, public_of(pem, kid))


def public_of(pem: bytes, kid: str) -> Json:
    """The public half of a private key, as a JSON Web Key. Raises ValueError where it is none."""
    load_pem_private_key(pem, None)
    public: Json = dict(RSAKey.import_key(pem).as_dict(private=False))
    return {**public, "kid": kid, "use": "sig", "alg": "RS512"}


def key_file(state: Path, kid: str) -> Path:
    """Where a private key that was made here for an application is kept, by its id."""
    return state / "keys" / "applications" / f"{kid}.pem"
