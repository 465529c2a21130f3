"""A receipt shows whoever has the public keys what was asked and answered, and nothing else."""

import asyncio

import jwt
import orjson
import pytest

from openroots.storage.audit import Journal, Segment, broken_at
from openroots.storage.receipt import (
    NoReceipt,
    checked,
    request_hash,
    response_hash,
    salt_of,
    salted,
)
from openroots.storage.types import Unavailable
from tests.storage.signing import keys_in, sealed_segment


@pytest.mark.parametrize("size", [1, 2, 3, 8, 13])
def test_each_entry_of_a_batch_has_a_receipt_of_its_own(tmp_path, size):
    """The receipts of entries that were kept together share one seal; each tells its own entry."""
    keys = keys_in(tmp_path)
    receipts, _ = sealed_segment(tmp_path, keys, 2, size)
    lines = (tmp_path / "audit" / "0.jsonl").read_bytes().splitlines()
    for receipt, line in zip(receipts, lines, strict=True):
        entry, claims = orjson.loads(line), checked(receipt, keys)
        assert (claims["seq"], claims["entry"]) == (entry["seq"], entry["hash"])
        assert (claims["trail"], claims["request"]) == (entry["trail"], entry["request"])
    assert len({receipt.split("~")[2] for receipt in receipts}) == 2


def test_a_seal_is_a_jws_that_others_can_check(tmp_path):
    """PyJWT accepts the seal with the published key set."""
    keys = keys_in(tmp_path)
    [receipt], _ = sealed_segment(tmp_path, keys, 1)
    key = jwt.PyJWK(keys.public()["keys"][0])
    said = jwt.decode(receipt.split("~")[2], key, algorithms=["EdDSA"])
    assert (said["segment"], said["first"], said["count"]) == ("0", 1, 1)


def test_the_seal_in_the_log_is_the_one_in_the_receipt(tmp_path):
    """The first entry of the next batch holds the seal to the letter, also after a new start."""
    keys = keys_in(tmp_path)
    first, _ = sealed_segment(tmp_path, keys, 3)
    second, _ = sealed_segment(tmp_path, keys, 1, 1)
    lines = (tmp_path / "audit" / "0.jsonl").read_bytes().splitlines()
    seals = [orjson.loads(line).get("sealed") for line in lines]
    wanted = [None, None, None, first[0].split("~")[2], second[0].split("~")[2]]
    assert seals == wanted


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_receipt_that_was_changed_anywhere_is_none(tmp_path, part):
    """No character of a receipt can be another: the claims, the path and the seal hang together."""
    keys = keys_in(tmp_path)
    receipts, _ = sealed_segment(tmp_path, keys, 3)
    parts = receipts[1].split("~")
    for at in range(0, len(parts[part]), 7):
        kept = parts[part][at]
        changed = parts[part][:at] + ("A" if kept != "A" else "B") + parts[part][at + 1 :]
        with pytest.raises(NoReceipt):
            checked("~".join([*parts[:part], changed, *parts[part + 1 :]]), keys)


@pytest.mark.parametrize("given", ["", "~", "a~b~c", "a.b.c", "~~~~~", "é~~", "{}~~.."])
def test_what_is_no_receipt_is_refused(tmp_path, given):
    """Any other text is refused in one way."""
    with pytest.raises(NoReceipt):
        checked(given, keys_in(tmp_path))


def test_a_receipt_of_another_world_is_refused(tmp_path):
    """What other keys have signed says nothing here."""
    receipts, _ = sealed_segment(tmp_path, keys_in(tmp_path), 1)
    with pytest.raises(NoReceipt):
        checked(receipts[0], keys_in(tmp_path / "other", seed=2))


def test_a_receipt_of_a_key_that_was_replaced_is_good(tmp_path):
    """A new signing key takes nothing from what the old one signed."""
    keys = keys_in(tmp_path)
    receipts, _ = sealed_segment(tmp_path, keys, 1)
    keys.rotate()
    later, _ = sealed_segment(tmp_path, keys, 1)
    assert [checked(each, keys)["seq"] for each in (*receipts, *later)] == [1, 2]


def test_the_hashes_are_of_what_was_sent(tmp_path):
    """With the salt of the receipt the hashes can be made again, and not without."""
    salt = bytes(range(16))
    receipts, _ = sealed_segment(tmp_path, keys_in(tmp_path), 1)
    receipt = salted(receipts[0], salt)
    assert checked(receipt, keys_in(tmp_path))["seq"] == 1
    assert (salt_of(receipt), salt_of(receipts[0])) == (salt, b"")
    asked = request_hash(salt, "GET", "/Patient/1", b"", b"")
    assert asked != request_hash(b"", "GET", "/Patient/1", b"", b"")
    assert asked != request_hash(salt, "GET", "/Patient/1", b"a=b", b"")
    assert response_hash(salt, b"{}") != response_hash(b"", b"{}")


def test_the_journal_gives_each_caller_their_receipt(tmp_path):
    """Who waits for an entry to be kept is given its receipt; without a signer there is none."""
    keys = keys_in(tmp_path)

    async def keep(signer, name):
        journal = Journal(Segment(tmp_path / "audit" / name, signer))
        told = await asyncio.gather(*(journal.keep({"trail": str(at)}) for at in range(9)))
        await journal.close()
        return told

    receipts = asyncio.run(keep(keys, "0.jsonl"))
    assert [checked(each, keys)["trail"] for each in receipts] == [str(at) for at in range(9)]
    assert asyncio.run(keep(None, "1.jsonl")) == [""] * 9


class _Failing:
    """Keys that cannot be used for a time."""

    def __init__(self, keys):
        self.keys, self.kid, self.is_lost = keys, keys.kid, False

    def sign(self, data, kid=""):
        if self.is_lost:
            raise RuntimeError("the key cannot be used")
        return self.keys.sign(data, kid)


def test_an_entry_that_nobody_can_sign_is_not_kept(tmp_path):
    """Its line is written before it is signed. Who waits for it is told, nothing of it is left, and
    what comes later follows what was."""
    keys = _Failing(keys_in(tmp_path))
    log = tmp_path / "audit" / "0.jsonl"

    async def keep():
        journal = Journal(Segment(log, keys))
        receipts = [await journal.keep({"trail": "1"})]
        whole, keys.is_lost = log.read_bytes(), True
        with pytest.raises(Unavailable, match="the key cannot be used"):
            await journal.keep({"trail": "2"})
        assert log.read_bytes() == whole
        keys.is_lost = False
        receipts.append(await journal.keep({"trail": "3"}))
        await journal.close()
        return receipts

    receipts = asyncio.run(keep())
    assert [checked(each, keys.keys)["trail"] for each in receipts] == ["1", "3"]
    assert broken_at(log) == 0
