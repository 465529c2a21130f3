"""The example of the docs checks a receipt by the published key, and takes no other for it."""

import json
import runpy
import subprocess
import sys
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from openroots.storage import merkle
from openroots.storage.receipt import batch_of
from openroots.testing import Nation
from tests.source import ROOT

EXAMPLE = ROOT / "docs/examples/receipt.py"
PATH = "/personal-demographics/FHIR/R4/Patient/9000000009"
ASKED = f"GET {PATH}\n".encode()


@pytest.fixture
def example() -> dict[str, Any]:
    """The names in the example, which does nothing by itself."""
    return runpy.run_path(str(EXAMPLE))


def keys_of(nation: Nation, example: dict[str, Any]) -> dict[str, Ed25519PublicKey]:
    """The keys that the world publishes."""
    published = nation.ask("GET", "/oauth2/jwks").body["keys"]
    read = Ed25519PublicKey.from_public_bytes
    return {one["kid"]: read(example["opened"](one["x"])) for one in published}


def test_the_example_checks_the_receipt_of_its_own_request(openroots: Nation) -> None:
    """It prints what the receipt says of it."""
    command = [sys.executable, str(EXAMPLE), openroots.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["trail"] in {each["trail"] for each in openroots.trails()}


def test_a_receipt_is_for_one_request_and_one_answer(
    openroots: Nation, example: dict[str, Any]
) -> None:
    """Of another request, another answer, or with another signature, it proves nothing."""
    told, keys = openroots.ask("GET", PATH), keys_of(openroots, example)
    receipt, checked = told.headers["openroots-receipt"], example["checked"]
    assert checked(receipt, keys, ASKED, told.raw)["trail"] == told.headers["x-openroots-trail"]
    for asked, answer in ((ASKED + b"x", told.raw), (ASKED, told.raw + b" ")):
        with pytest.raises(ValueError, match="False"):
            checked(receipt, keys, asked, answer)
    other = openroots.ask("GET", PATH).headers["openroots-receipt"].split("~")
    claims, path, seal, salt = receipt.split("~")
    with pytest.raises(ValueError, match="False"):
        checked("~".join((other[0], path, seal, other[3])), keys, ASKED, told.raw)
    forged = ".".join((*seal.split(".")[:2], other[2].split(".")[2]))
    with pytest.raises(InvalidSignature):
        checked("~".join((claims, path, forged, salt)), keys, ASKED, told.raw)


def test_the_place_in_a_batch_of_any_size_is_followed_to_its_root(example: dict[str, Any]) -> None:
    """As many entries reach the disk together as happen to come."""
    for count in (1, 2, 3, 5, 6, 7, 8, 13):
        batch = batch_of("0", 0, [b"%d" % each for each in range(count)])
        for at, claims in enumerate(batch.claims):
            path = b"".join(merkle.path_in(batch.tree, at))
            assert example["root_of"](claims, at, count, path) == batch.root.hex(), (count, at)
