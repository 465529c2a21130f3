"""Carried: the rulebook of another node, as this one keeps it in its store and enforces it.

Whoever starts with `--rulebook URL` takes over what the node at that address has published. It is
trusted by one key: the one that the address names after `#`, or else the one by which the first
rulebook was signed. A rulebook by another key, or one that is older than what is kept, is refused.
What is kept is a mark of the store, so that it is in force after a restart too, on every worker.

    http://first.example:1948#4rUZ...    ->  Source(url, kid)
    taken_over(text, kid, known)         ->  Carried, to be committed as a mark

Source: RFC 7515 (JWS, the header `jwk`), RFC 7638 (thumbprints), RFC 9110 (ETag).
"""

from typing import NamedTuple
from urllib.parse import urlsplit

import orjson

from openroots.identity.keys import kid_of
from openroots.identity.public_keys import PublicKeys
from openroots.jws import bytes_of
from openroots.register.signed import Published, header_of, read, verify
from openroots.storage import Json, Mark, Snapshot

CARRIED = "register/carried"
PATH = "/standards-register/rulebook/signed"


class Source(NamedTuple):
    """Where a rulebook is published, and the id of the key that is trusted; "" for the one that
    the first rulebook is signed by."""

    url: str
    kid: str = ""

    @classmethod
    def of(cls, setting: str) -> "Source":
        """What the setting `rulebook` means: an address of a node, or of its signed rulebook."""
        url, _, kid = setting.partition("#")
        return cls(url if urlsplit(url).path.strip("/") else url.rstrip("/") + PATH, kid)


class Carried(NamedTuple):
    """A rulebook that was taken over: whence, by whose key, as it was signed, and its ETag.
    `trouble` is why nothing newer could be taken over when it was last asked for."""

    url: str
    kid: str
    signed: str
    etag: str = ""
    trouble: str = ""

    @property
    def published(self) -> Published:
        """What it holds; it was checked when it was taken over."""
        return read(self.signed)

    def mark(self) -> Mark:
        """What to commit so that this is the rulebook in force."""
        return Mark(CARRIED, orjson.dumps(self._asdict()))


NOTHING = Mark(CARRIED, b"")  # what to commit so that a node goes by its own register again


def carried_in(db: Snapshot) -> Carried | None:
    """The rulebook of another node that is in force here, or None."""
    mark = db.marks([CARRIED]).get(CARRIED)
    return carried_of(mark.value) if mark else None


def carried_of(value: bytes) -> Carried | None:
    """The same, from the value of its mark."""
    return Carried(**orjson.loads(value)) if value else None


def taken_over(text: str, source: Source, etag: str, kept: Carried | None) -> Carried:
    """A signed rulebook to keep, where what is kept is `kept`. Raises ValueError, saying why, for
    one that was forged or torn, that another key signed than the one trusted, or that is older."""
    same = kept if kept and kept.url == source.url else None
    trusted = source.kid or (same.kid if same else "")
    kid, key = _key_of(text)
    if trusted and kid != trusted:
        raise ValueError(f"it is signed by the key {kid}, and trusted is {trusted}")
    found = verify(text, PublicKeys({"keys": [{**key, "kid": kid}]}).verify)
    if same and found.hash != same.published.hash and _is_before(found, known := same.published):
        raise ValueError(
            f"it is older than the one in force: {found.number} acts by {found.at.isoformat()},"
            f" where there were {known.number} by {known.at.isoformat()}"
        )
    return Carried(source.url, kid, text, etag)


def _is_before(found: Published, known: Published) -> bool:
    return (found.number, found.at) < (known.number, known.at)


def _key_of(text: str) -> tuple[str, Json]:
    """The key that a rulebook brings along, and its id: the hash of the key itself."""
    key = header_of(text).get("jwk")
    try:
        if not isinstance(key, dict) or key.get("crv") != "Ed25519":
            raise ValueError(key)
        public = bytes_of(key["x"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("it does not say by which key it is signed") from error
    return kid_of(public), key
