"""A receipt shows whoever has the public keys what was asked and answered, and nothing else."""

import asyncio

import jwt
import orjson
import pytest

from openroots.storage.audit import Journal, Segment
from openroots.storage.receipt import (
    NoReceipt,
    checked,
    request_hash,
    response_hash,
    salt_of,
    salted,
)
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
