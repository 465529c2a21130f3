"""Check the receipt of an answer oneself: `.venv/bin/python docs/examples/receipt.py`.

Say another server by an argument: URL. Only the package `cryptography` is needed.
"""

import json
import sys
import urllib.request
import uuid
from base64 import urlsafe_b64decode
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HASH = 32  # bytes


def opened(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def root_of(claims, index, count, path):
    """What the batch is sealed by, if these claims are its `index`th of `count` (RFC 6962)."""
    node, last = sha256(b"\x00" + claims).digest(), count - 1
    steps = iter([path[at : at + HASH] for at in range(0, len(path), HASH)])
    while last:
        if index % 2:
            node = sha256(b"\x01" + next(steps) + node).digest()
        elif index < last:
            node = sha256(b"\x01" + node + next(steps)).digest()
        index, last = index // 2, last // 2
    return node.hex()


def checked(receipt, keys, asked, answer):
    """The claims of a receipt for this request, as bytes, and its answer. Raises for any other."""
    claims, path, seal, salt = receipt.split("~")
    claims, path, salt = opened(claims), opened(path), opened(salt)
    header, payload, signature = seal.split(".")
    key = keys[json.loads(opened(header))["kid"]]
    key.verify(opened(signature), f"{header}.{payload}".encode())
    told, place = json.loads(claims), json.loads(opened(payload))
    index = told["seq"] - place["first"]
    right = {
        "root": root_of(claims, index, place["count"], path) == place["root"],
        "request": sha256(salt + asked).hexdigest() == told["request"],
        "response": sha256(salt + answer).hexdigest() == told["response"],
    }
    if not all(right.values()):
        raise ValueError(right)
    return told


def main(url):
    with urllib.request.urlopen(f"{url}/oauth2/jwks") as answer:
        published = json.load(answer)["keys"]
    keys = {one["kid"]: Ed25519PublicKey.from_public_bytes(opened(one["x"])) for one in published}
    path = "/personal-demographics/FHIR/R4/Patient/9000000009"
    request = urllib.request.Request(url + path, headers={"X-Request-ID": str(uuid.uuid4())})
    with urllib.request.urlopen(request) as answer:
        receipt, body = answer.headers["OpenRoots-Receipt"], answer.read()
    asked = f"GET {path}\n".encode()  # and the body, where there is one
    print(json.dumps(checked(receipt, keys, asked, body), indent=2))


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["http://localhost:1948"]))
