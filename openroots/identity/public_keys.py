"""The public keys of a world, for whoever checks what it signed and can sign nothing.

For `audit verify`, which needs no more than the folder's public.jwks.

Source: RFC 7517 (JWKS), RFC 8037 (Ed25519 in JOSE).
"""

from pathlib import Path

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from openroots.jws import bytes_of
from openroots.storage import Json


class PublicKeys:
    """The keys of a JSON Web Key Set by their ids. Raises ValueError for what is none."""

    kid = ""

    def __init__(self, jwks: bytes) -> None:
        try:
            self._jwks: Json = orjson.loads(jwks)
            self._known = {
                key["kid"]: Ed25519PublicKey.from_public_bytes(bytes_of(key["x"]))
                for key in self._jwks["keys"]
            }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError("this is no set of Ed25519 keys") from error

    def sign(self, data: bytes, kid: str = "") -> bytes:
        """Nothing: raises PermissionError, as there is no private key here."""
        raise PermissionError("public keys sign nothing")

    def verify(self, data: bytes, signature: bytes, kid: str) -> bool:
        """Whether the key of this id signed these bytes."""
        if (key := self._known.get(kid)) is None:
            return False
        try:
            key.verify(signature, data)
        except InvalidSignature:
            return False
        return True

    def public(self) -> Json:
        """The set itself."""
        return self._jwks


def public_keys(*files: Path) -> PublicKeys:
    """The keys in these files, of one world or of several. Raises OSError and ValueError."""
    sets = [PublicKeys(file.read_bytes()).public()["keys"] for file in files]
    every = {key["kid"]: key for keys in sets for key in keys}
    return PublicKeys(orjson.dumps({"keys": list(every.values())}))
