"""The log can be proved to whoever holds a receipt or a checkpoint, with nothing but hashes."""

import orjson
import pytest

from openroots.storage import merkle
from openroots.storage.checkpoint import opened
from openroots.storage.receipt import bytes_of, checked
from openroots.testing import NOON, Nation

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"


def asked_and_signed(nation: Nation, times: int) -> str:
    """Ask so often, have what the log holds by then signed, and return the last receipt."""
    receipts = [nation.ask("GET", JANE).headers["openroots-receipt"] for _ in range(times)]
    nation.house.audit.checkpoints.note([nation.house.journal.head()])
    nation.house.audit.checkpoints.write(NOON)
    return receipts[-1]


def seal_of(receipt: str) -> dict:
    """What the seal of a receipt says."""
    return orjson.loads(bytes_of(receipt.split("~")[2].split(".")[1]))


def newest(nation: Nation) -> dict:
    """The newest checkpoint's one segment, once its signature was found good."""
    told = nation.ask("GET", "/access-log/checkpoint").body
    checkpoint = opened(told["checkpoint"].encode(), nation.house.world.keys)
    [segment] = told["segments"]
    assert checkpoint.heads["0"].root == segment["root"]
    return segment


def test_a_receipt_is_proved_to_be_in_the_log(openroots: Nation) -> None:
    """Its batch is under the root that the checkpoint signs."""
    receipt = asked_and_signed(openroots, 5)
    assert checked(receipt, openroots.house.world.keys)
    seal, signed = seal_of(receipt), newest(openroots)
    path = f"/access-log/proofs/inclusion?segment=0&first={seal['first']}"
    told = openroots.ask("GET", path).body
    leaf = merkle.leaf(bytes.fromhex(seal["root"]))
    assert (told["leaf"], told["root"]) == (leaf.hex(), signed["root"])
    proof = [bytes.fromhex(each) for each in told["proof"]]
    root = merkle.root_from(leaf, told["index"], told["batches"], proof)
    assert root == bytes.fromhex(signed["root"])


def test_a_later_log_is_proved_to_go_on_from_an_earlier_one(openroots: Nation) -> None:
    """Whoever kept a checkpoint sees that nothing under it was changed, and cannot be told so of
    another."""
    asked_and_signed(openroots, 3)
    old = newest(openroots)
    asked_and_signed(openroots, 4)
    new = newest(openroots)
    path = f"/access-log/proofs/consistency?segment=0&batches={old['batches']}"
    told = openroots.ask("GET", path).body
    proof = [bytes.fromhex(each) for each in told["proof"]]
    sizes, root = (old["batches"], told["batches"]), bytes.fromhex(new["root"])
    assert merkle.goes_on(sizes[0], bytes.fromhex(old["root"]), sizes[1], root, proof)
    assert not merkle.goes_on(sizes[0], bytes(32), sizes[1], root, proof)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("inclusion?segment=0&first=999999", 404),
        ("inclusion?segment=9&first=1", 404),
        ("inclusion?segment=../keys/people&first=1", 404),
        ("inclusion?segment=0", 400),
        ("inclusion?first=1", 400),
        ("inclusion?segment=0&first=1&first=2", 400),
        ("inclusion?segment=0&first=1&person=1", 400),
        ("consistency?segment=0&batches=0", 400),
        ("consistency?segment=0&batches=-1", 400),
        ("consistency?segment=0&batches=999999", 404),
    ],
)
def test_what_cannot_be_proved_is_refused(openroots: Nation, asked: str, status: int) -> None:
    """With what is wrong, and no more."""
    asked_and_signed(openroots, 1)
    told = openroots.ask("GET", f"/access-log/proofs/{asked}")
    assert (told.status, set(told.body) >= {"error", "description"}) == (status, True)


def test_nothing_can_be_proved_before_anything_is_signed(openroots: Nation) -> None:
    """A log that has just begun says so."""
    told = openroots.ask("GET", "/access-log/checkpoint")
    assert told.status == 404
    assert "signed" in told.body["description"]
