"""Receipts: what either party to an exchange can show of it, without anybody's help.

For the journal, which makes them, and for whoever checks one. Of each entry of the audit log some
members are told to the caller: these are its claims. The claims of all entries that reached the
disk together are the leaves of a small tree, and its root is signed once for all: that is the
batch's seal. A receipt is the claims of one entry, its path in the tree, and the seal:

    base64url(claims)~base64url(path)~seal~base64url(salt)
    seal: a compact JWS (EdDSA) over {"segment":"0","first":5,"count":3,"root":"..."}

As the signature of the same bytes is always the same, the seal in the log and that in the receipt
are the same text. `request` is the SHA-256 of the salt, the method, a space, path and query, a line
feed and the body; `response` that of the salt and the body that was answered, before it was
compressed. The salt goes to the caller and is not kept: without it, nobody can find out by trying
which of a thousand million NHS numbers a hash in the log was made of.

Source: RFC 7515 and RFC 8037 (JWS, EdDSA); RFC 6962 section 2.1 (trees); the sign ~ as SD-JWT has
it.
"""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

import orjson

from openroots.jws import ALGORITHM, bytes_of, compact, opened, text
from openroots.storage import merkle
from openroots.storage.types import Json

HEADER = "openroots-receipt"
TYPE = "openroots-batch"
SALT = 16  # bytes
WITH_SALT = 4  # parts
KEY_ID = re.compile(r"[\w-]{1,100}", re.ASCII)


class Signs(Protocol):
    """Whoever signs for this world, and knows its own signatures again."""

    kid: str

    def sign(self, data: bytes, kid: str = "") -> bytes: ...

    def verify(self, data: bytes, signature: bytes, kid: str) -> bool: ...

    def public(self) -> Json:
        """The public keys as a JSON Web Key Set."""
        ...


class Batch(NamedTuple):
    """Entries that reached the disk together: the first of them, their claims, and their tree."""

    segment: str
    first: int
    claims: list[bytes]
    tree: list[list[bytes]]

    @property
    def root(self) -> bytes:
        """What stands for all of them."""
        return self.tree[-1][0]


class Unproved(ValueError):
    """What was given is not what these keys have signed. `kid` is the id of the key that is said
    to have signed it, where that is none of these: then nobody here can tell."""

    def __init__(self, words: str, kid: str = "") -> None:
        super().__init__(
            f"it is signed by the key {kid}, which is not known here" if kid else words
        )
        self.kid = kid


class NoReceipt(Unproved):
    """What was given is no receipt, or none that these keys have signed."""


def claims_of(segment: str, seq: int, hash: str, entry: Mapping[str, Any]) -> bytes:
    """What is told of an entry to the caller, in bytes that are the same whenever it is asked."""
    told = entry.get
    claims = {
        "segment": segment,
        "seq": seq,
        "entry": hash,
        "wall": told("wall", ""),
        "trail": told("trail", ""),
        "request": told("request", ""),
        "response": told("response", ""),
    }
    return orjson.dumps(claims)


def batch_of(segment: str, first: int, claims: list[bytes]) -> Batch:
    """The batch with these claims, which must not be none."""
    leaves = [sha256(b"\x00" + told).digest() for told in claims]
    return Batch(segment, first, claims, merkle.levels(leaves))


def sealed(batch: Batch, signer: Signs) -> str:
    """The seal of a batch: a compact JWS over its root."""
    kid = signer.kid  # which may be another by the time that the rest is written
    header = orjson.dumps({"alg": ALGORITHM, "kid": kid, "typ": TYPE})
    place = {"segment": batch.segment, "first": batch.first, "count": len(batch.claims)}
    payload = orjson.dumps({**place, "root": batch.root.hex()})
    return compact(header, payload, lambda data: signer.sign(data, kid))


def receipts_of(batch: Batch, seal: str) -> list[str]:
    """The receipt of each entry of a batch."""
    return [receipt_of(batch, at, seal) for at in range(len(batch.claims))]


def receipt_of(batch: Batch, at: int, seal: str) -> str:
    """The receipt of one entry of a batch, by its place in it."""
    path = b"".join(merkle.path_in(batch.tree, at))
    return f"{text(batch.claims[at])}~{text(path)}~{seal}"


def opened_seal(seal: str, signer: Signs) -> Json:
    """What a seal says. Raises NoReceipt where none of the keys has signed it."""
    try:
        found = opened(seal)
        signed = signer.verify(found.signed, found.signature, found.header["kid"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoReceipt("this is no seal") from error
    if not signed or not isinstance(found.payload, dict):
        other = unknown_key(found.kid, signer)
        raise NoReceipt("none of the keys of this world has signed it", other)
    return found.payload


def unknown_key(kid: object, signer: Signs) -> str:
    """The id of a key that is none of those known here; "" for one that is, or what is no id."""
    if not isinstance(kid, str) or not KEY_ID.fullmatch(kid):
        return ""
    return "" if any(key["kid"] == kid for key in signer.public()["keys"]) else kid


def checked(receipt: str, signer: Signs) -> Json:
    """The claims of a receipt that is as it was given. Raises NoReceipt for any other text."""
    told, path, seal = _parts(receipt)
    said = opened_seal(seal, signer)
    try:
        claims: Json = orjson.loads(told)
        index = claims["seq"] - said["first"]
        steps = [path[at : at + merkle.SIZE] for at in range(0, len(path), merkle.SIZE)]
        found = merkle.root_from(merkle.leaf(told), index, said["count"], steps)
        whole = found is not None and found.hex() == said["root"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoReceipt("its claims cannot be read") from error
    if not whole or claims.get("segment") != said.get("segment"):
        raise NoReceipt("its claims are not those that were signed")
    return claims


def request_hash(salt: bytes, method: str, path: str, query: bytes, body: bytes) -> str:
    """What a receipt says of a request."""
    asked = b"?%s" % query if query else b""
    line = b"%s%s %s%s\n" % (salt, method.encode(), path.encode(), asked)
    return sha256(line + body).hexdigest()


def response_hash(salt: bytes, body: bytes) -> str:
    """What a receipt says of an answer."""
    return sha256(salt + body).hexdigest()


def salted(receipt: str, salt: bytes) -> str:
    """A receipt as the caller gets it: with the salt of its hashes."""
    return f"{receipt}~{text(salt)}"


def salt_of(receipt: str) -> bytes:
    """The salt of a receipt; none where it was made from the log, which has none."""
    *_, salt = receipt.strip().split("~")
    return bytes_of(salt) if receipt.count("~") == WITH_SALT - 1 else b""


def _parts(receipt: str) -> tuple[bytes, bytes, str]:
    parts: Sequence[str] = receipt.strip().split("~")
    try:
        told, path, seal = parts[:-1] if len(parts) == WITH_SALT else parts
        return bytes_of(told), bytes_of(path), seal
    except ValueError as error:
        raise NoReceipt("it has not the parts of a receipt") from error
