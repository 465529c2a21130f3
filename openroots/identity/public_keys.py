"""The public keys of a world, for whoever checks what it signed and can sign nothing.

For `audit verify`, which needs no more than the folder's public.jwks, and for whoever is shown a
rulebook or a report that another world signed. Keys of another kind in a set are passed over.

Source: RFC 7517 (JWKS; section 5, keys that are not understood), RFC 8037 (Ed25519 in JOSE).
"""

from collections.abc import Mapping
from pathlib import Path

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from openroots.jws import bytes_of
from openroots.storage import Json

KIND = ("OKP", "Ed25519")
NONE = "this is no set of Ed25519 keys"


class PublicKeys:
    """The keys of a JSON Web Key Set by their ids. Raises ValueError for what is none."""

    kid = ""

    def __init__(self, jwks: Json) -> None:
        try:
            ours = [key for key in jwks["keys"] if (key["kty"], key.get("crv")) == KIND]
            self._jwks: Json = {"keys": ours}
            self.known = {
                key["kid"]: Ed25519PublicKey.from_public_bytes(bytes_of(key["x"])) for key in ours
            }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(NONE) from error

    def sign(self, data: bytes, kid: str = "") -> bytes:
        """Nothing: raises PermissionError, as there is no private key here."""
        raise PermissionError("public keys sign nothing")

    def verify(self, data: bytes, signature: bytes, kid: str) -> bool:
        """Whether the key of this id signed these bytes."""
        return is_signed_by(self.known, data, signature, kid)

    def public(self) -> Json:
        """The set itself."""
        return self._jwks


def is_signed_by(
    known: Mapping[str, Ed25519PublicKey], data: bytes, signature: bytes, kid: str
) -> bool:
    """Whether the key of this id, which is among those known, signed these bytes."""
    if (key := known.get(kid)) is None:
        return False
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def public_keys(*files: Path) -> PublicKeys:
    """The keys in these files, of one world or of several. Raises OSError and ValueError."""
    sets = [_set_in(file).public()["keys"] for file in files]
    every = {key["kid"]: key for keys in sets for key in keys}
    return PublicKeys({"keys": list(every.values())})


def _set_in(file: Path) -> PublicKeys:
    try:
        return PublicKeys(orjson.loads(file.read_bytes()))
    except ValueError as error:
        raise ValueError(NONE) from error
