"""The keys of one world: what it signs with, and the secrets that it keeps.

For receipts, checkpoints, the rulebook and sealed parts of the audit log. They are files in the
folder `keys` of the state, readable for the user who runs the server and for nobody else. To keep
the world, keep this folder: what is sealed cannot be read without it. A key that was replaced goes
on being trusted for what it signed, by its id.

    keys/signing-<kid>.key   32 bytes each; the newest signs
    keys/public.jwks         all of them, for whoever checks signatures
    keys/<name>.secret       32 bytes, made when first asked for
    keys/<name>.pem          an RSA key, made when first asked for

Source: RFC 8037 (Ed25519 in JOSE), RFC 7638 (thumbprints as key ids).
"""

import os
from hashlib import sha256
from pathlib import Path
from threading import get_ident

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from openroots.clock import Chance
from openroots.identity.keypairs import KeyPair, new_pair, public_of
from openroots.identity.public_keys import is_signed_by, public_keys
from openroots.jws import text
from openroots.storage import Json, Unavailable
from openroots.storage.durable import make_private

SIZE = 32  # bytes
PUBLIC = "public.jwks"


class Keys:
    """The keys in one folder, opened."""

    def __init__(self, folder: Path, chance: Chance) -> None:
        self.folder = folder
        self._chance = chance
        self._secrets: dict[str, bytes] = {}
        self._pairs: dict[str, KeyPair] = {}
        self._signing: dict[str, Ed25519PrivateKey] = {}
        published = self._published()
        self._known: dict[str, Ed25519PublicKey] = dict(published)
        self.kid = ""
        make_private(folder)
        self.look_again()
        if not self._signing:
            self.rotate()
        elif self._known.keys() != published.keys():
            self._publish()

    def look_again(self) -> None:
        """Use what another process may have put into the folder meanwhile."""
        files = self.folder.glob("signing-*.key")
        read = [
            self._know(_kept(path))
            for path in sorted(files, key=lambda path: path.stat().st_mtime_ns)
        ]
        if read:
            self.kid = read[-1]

    def sign(self, data: bytes, kid: str = "") -> bytes:
        """The signature of the newest key, whose id is `kid`, or of the one named: 64 bytes. Who
        writes the id beside the signature names it, as a newer key may come in between."""
        return self._signing[kid or self.kid].sign(data)

    def verify(self, data: bytes, signature: bytes, kid: str) -> bool:
        """Whether the key of this id, which may have been replaced since, signed these bytes."""
        return is_signed_by(self._known, data, signature, kid)

    def rotate(self) -> str:
        """Sign with a new key from now on; returns its id."""
        private = self._chance.bytes(SIZE)
        kid = kid_of(_public(private))
        _write(self.folder / f"signing-{kid}.key", private)
        self._know(private)
        self._publish()
        self.kid = kid
        return kid

    def public(self) -> Json:
        """The public halves as a JSON Web Key Set, the newest last."""
        return {
            "keys": [
                {
                    "kty": "OKP",
                    "crv": "Ed25519",
                    "alg": "EdDSA",
                    "use": "sig",
                    "kid": kid,
                    "x": text(key.public_bytes_raw()),
                }
                for kid, key in list(self._known.items())
            ]
        }

    def secret(self, name: str) -> bytes:
        """The 32 secret bytes of this name, the same after every start."""
        if name not in self._secrets:
            path = self.folder / f"{name}.secret"
            if not path.exists():
                _write(path, self._chance.bytes(SIZE))
            self._secrets[name] = _kept(path)
        return self._secrets[name]

    def pair(self, name: str, kid: str) -> KeyPair:
        """The RSA pair of this name, the same after every start. To make it takes some 60 ms, so
        none is made before somebody asks; of two processes that do, both have the first's."""
        if name not in self._pairs:
            path = self.folder / f"{name}.pem"
            if not path.exists():
                _write_first(path, new_pair(kid).private)
            private = path.read_bytes()
            self._pairs[name] = KeyPair(private, public_of(private, kid))
        return self._pairs[name]

    def _publish(self) -> None:
        _write(self.folder / PUBLIC, orjson.dumps(self.public(), option=orjson.OPT_INDENT_2))

    def _published(self) -> dict[str, Ed25519PublicKey]:
        """Those of before, also of which the private half was lost since: what they signed can be
        checked nowhere else."""
        try:
            return public_keys(self.folder / PUBLIC).known
        except (OSError, ValueError):  # none yet, or one that is spoilt
            return {}

    def _know(self, private: bytes) -> str:
        """Have this key at hand for what it signs and signed; its id. Other threads sign meanwhile,
        so none that is older ever counts as the newest."""
        kid, key = kid_of(_public(private)), Ed25519PrivateKey.from_private_bytes(private)
        self._signing[kid], self._known[kid] = key, key.public_key()
        return kid


def _kept(path: Path) -> bytes:
    """What a file of a key or secret holds. Raises Unavailable where it is not as it was made."""
    if len(kept := path.read_bytes()) != SIZE:
        raise Unavailable(f"{path} does not hold the {SIZE} bytes of a key; put it back")
    return kept


def _public(private: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def kid_of(public: bytes) -> str:
    """The id of a public key: its thumbprint."""
    thumbprint = b'{"crv":"Ed25519","kty":"OKP","x":"%s"}' % text(public).encode()
    return text(sha256(thumbprint).digest())


def _write(path: Path, content: bytes) -> None:
    """Made with its mode, and on disk before its name is: a lost key loses what it sealed."""
    making = path.with_name(f"{path.name}.making")
    making.unlink(missing_ok=True)
    try:
        _to_disk(making, content)
        making.replace(path)
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from error


def _write_first(path: Path, content: bytes) -> None:
    """The same, of which nobody else has the like: where another was first, theirs stays."""
    making = path.with_name(f"{path.name}.making-{os.getpid()}-{get_ident()}")
    try:
        _to_disk(making, content)
        try:
            path.hardlink_to(making)
        except FileExistsError:
            pass
        except OSError:  # where files have one name alone
            making.replace(path)
        making.unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from error


def _to_disk(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
