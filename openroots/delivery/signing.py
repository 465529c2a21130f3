"""Signs what is sent to a webhook, so that its receiver knows from whom it is and that it is whole.

For the webhooks, and for the page on which an owner finds the secret of a subscription. The
receiver works out the same signature from the id, the time and the body, and refuses what is old.

Source: Standard Webhooks 1.0: headers webhook-id, webhook-timestamp, webhook-signature; secrets
written as whsec_ and base64.
"""

from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from hmac import digest

from openroots.storage import Mark, Snapshot

ROOT = "delivery/root"  # the mark that all secrets follow from
ROOT_BYTES = 32


def root_of(db: Snapshot) -> bytes | None:
    """What all secrets follow from, or None where there are none yet."""
    mark = db.marks([ROOT]).get(ROOT)
    return mark.value if mark else None


def new_root(chance: bytes) -> Mark:
    """The mark that keeps a root. Where there is one already, the commit is refused."""
    return Mark(ROOT, chance, once=True)


def key_of(root: bytes, subscription: str) -> bytes:
    """The key of one subscription, which tells nothing of any other's."""
    return digest(root, subscription.encode(), sha256)


def secret_of(key: bytes) -> str:
    """The key as its owner is given it, and as libraries of the standard take it."""
    return f"whsec_{b64encode(key).decode()}"


def signed(key: bytes, id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers that go with a body sent at this wall time."""
    stamp = str(int(at.timestamp()))
    content = f"{id}.{stamp}.".encode() + body
    signature = b64encode(digest(key, content, sha256)).decode()
    return {
        "webhook-id": id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{signature}",
    }
