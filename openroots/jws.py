"""A compact JWS over JSON: how what was signed is written down, and its parts when it is read.

For receipts, rulebooks and reports on clients, which differ in what they say and in whom they
trust. What a JWS says is proved by none of this: that its signature is by a key that is trusted is
for whoever reads it to ask. Base64url is read to the last bit, so that no two texts stand for the
same bytes.

    compact(header, payload, sign)  ->  "eyJ..."
    opened("eyJ...")                ->  Opened(header, payload, signed, proof)

Source: RFC 7515 (JWS, compact serialisation), RFC 4648 section 5 (base64url).
"""

from base64 import urlsafe_b64decode
from binascii import Error, b2a_base64
from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from openroots.problem import Json

ALGORITHM = "EdDSA"
URL_SAFE = bytes.maketrans(b"+/", b"-_")


class Opened(NamedTuple):
    """A JWS as it says of itself: `signed` is what its signature is of, `proof` the signature."""

    header: Json
    payload: Any
    signed: bytes
    proof: str

    @property
    def signature(self) -> bytes:
        """The bytes of the signature. Raises ValueError where it is not in base64url."""
        return bytes_of(self.proof)

    @property
    def kid(self) -> str:
        """The id of the key that is said to have signed it; "" where none is named."""
        return str(self.header.get("kid", ""))

    def is_a(self, type: str) -> bool:
        """Whether it says that it is of this type, and signed in the way that ours are."""
        return self.header.get("typ") == type and self.header.get("alg") == ALGORITHM


def compact(header: bytes, payload: bytes, sign: Callable[[bytes], bytes]) -> str:
    """What is said in this JSON, signed."""
    signed = f"{text(header)}.{text(payload)}"
    return f"{signed}.{text(sign(signed.encode()))}"


def opened(jws: str) -> Opened:
    """What a JWS says, whoever signed it. Raises ValueError where it is none."""
    header, payload, proof = jws.split(".")
    head = orjson.loads(bytes_of(header))
    if not isinstance(head, dict):
        raise ValueError("this is no JWS")
    return Opened(head, orjson.loads(bytes_of(payload)), f"{header}.{payload}".encode(), proof)


def is_signed(said: Opened, check: Callable[[bytes, bytes, str], bool]) -> bool:
    """Whether a JWS is signed, by the key that it names, as this finds: of data, signature and the
    id of the key."""
    try:
        return check(said.signed, said.signature, said.kid)
    except ValueError:  # which no signature is
        return False


def text(data: bytes) -> str:
    """Bytes in base64url without padding, as JOSE has them."""
    return b2a_base64(data, newline=False).translate(URL_SAFE, b"=").decode("ascii")


def bytes_of(given: str) -> bytes:
    """What was put into base64url. Raises ValueError for anything that is not, to the last bit."""
    try:
        found = urlsafe_b64decode(given + "=" * (-len(given) % 4))
    except Error as error:
        raise ValueError("this is no base64url") from error
    if text(found) != given:
        raise ValueError("this is no base64url")
    return found
