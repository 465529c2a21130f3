"""The keys of a world are replaced while it is at work, and nobody notices."""

from concurrent.futures import ThreadPoolExecutor

from openroots.storage.receipt import checked
from openroots.storage.verifying import verify
from openroots.testing import KEY
from tests.gateway.door import Door

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"


def test_keys_are_rotated_at_the_door(openroots):
    """A new key signs from then on, and the one before is still published."""
    before, door = openroots.house.world.keys.kid, Door(openroots)
    told, listed = door.post("/keys/rotate"), door.get("/keys")
    assert (told["replaced"], told["signing"]) == (before, listed["signing"])
    assert [key["kid"] for key in listed["keys"]] == [before, told["signing"]]
    assert openroots.audit()[-1]["endpoint"] == "tooling.keys-rotate"


def test_rotation_under_load_refuses_nobody(openroots):
    """Requests that come meanwhile are answered, by key and by token, and every receipt is good, of
    before and after; the log and its checkpoints are whole."""
    door, keys = Door(openroots), openroots.house.world.keys
    token = openroots.token()
    receipts = [ask(openroots, token)]
    with ThreadPoolExecutor(4) as callers:
        by = [token, {"apikey": KEY}] * 20
        asked = [callers.submit(ask, openroots, headers) for headers in by]
        for _ in range(5):
            door.post("/keys/rotate")
        receipts += [each.result() for each in asked]
    receipts.append(ask(openroots, token))
    claims = [checked(receipt, keys) for receipt in receipts]
    assert len({(told["segment"], told["seq"]) for told in claims}) == 42
    assert len({receipt.split("~")[2].split(".")[0] for receipt in receipts}) > 1
    openroots.run(openroots.house.journal.settled())
    assert not verify(openroots.house.settings.state / "audit", keys, receipts).wrong


def ask(nation, headers):
    """The receipt of a request that must be answered."""
    answer = nation.ask("GET", JANE, headers=headers)
    assert answer.status == 200, answer.raw
    return answer.headers["openroots-receipt"]
