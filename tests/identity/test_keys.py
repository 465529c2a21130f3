"""The keys of a world: what they sign can be checked, also after they were replaced."""

import stat
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from openroots.clock import Repeatable, Unpredictable
from openroots.identity.keys import PUBLIC, Keys
from openroots.identity.public_keys import public_keys
from openroots.storage import Unavailable
from openroots.storage.receipt import NoReceipt, batch_of, opened_seal, sealed


def test_what_a_key_signed_is_checked_by_its_id(tmp_path):
    """A signature holds for the bytes and the key that made it, and for nothing else."""
    keys = Keys(tmp_path / "keys", Repeatable(1))
    signature = keys.sign(b"bytes")
    assert keys.verify(b"bytes", signature, keys.kid)
    assert not keys.verify(b"bytez", signature, keys.kid)
    assert not keys.verify(b"bytes", signature, "other")


def test_a_replaced_key_is_trusted_for_what_it_signed(tmp_path):
    """After a rotation the new key signs, and what the old one signed still holds, after a new
    start and in another process too."""
    keys, chance = Keys(tmp_path / "keys", Repeatable(1)), Repeatable(2)
    elsewhere = Keys(tmp_path / "keys", chance)
    first, signature = keys.kid, keys.sign(b"bytes")
    second = keys.rotate()
    assert second != first
    elsewhere.look_again()
    for opened in (keys, elsewhere, Keys(tmp_path / "keys", chance)):
        assert opened.kid == second
        assert opened.verify(b"bytes", signature, first)
        assert [key["kid"] for key in opened.public()["keys"]] == [first, second]


def test_a_key_that_was_lost_is_trusted_for_what_it_signed(tmp_path):
    """Its public half stands in public.jwks, and the key that the next start makes in its place
    leaves it there."""
    first = Keys(tmp_path / "keys", Repeatable(1))
    signature = first.sign(b"bytes")
    (tmp_path / "keys" / f"signing-{first.kid}.key").unlink()
    second = Keys(tmp_path / "keys", Repeatable(2))
    assert second.kid != first.kid
    assert second.verify(b"bytes", signature, first.kid)
    assert public_keys(tmp_path / "keys" / PUBLIC).verify(b"bytes", signature, first.kid)


@pytest.mark.parametrize("left", ["", '{"keys": []}'])
def test_public_halves_that_were_lost_are_made_anew(tmp_path, left):
    """By the next start, from the keys that are there."""
    keys, published = Keys(tmp_path / "keys", Repeatable(1)), tmp_path / "keys" / PUBLIC
    keys.rotate()
    before = published.read_bytes()
    published.write_text(left)
    Keys(tmp_path / "keys", Repeatable(1))
    assert published.read_bytes() == before


def test_keys_are_readable_for_their_user_alone(tmp_path):
    """Nobody else on the machine can open the folder or a file that signs or seals."""
    keys = Keys(tmp_path / "keys", Repeatable(1))
    secret = keys.secret("sealing")
    assert Keys(tmp_path / "keys", Repeatable(9)).secret("sealing") == secret
    assert stat.S_IMODE(keys.folder.stat().st_mode) == 0o700
    private = [path for path in keys.folder.iterdir() if path.suffix in (".key", ".secret")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}


def test_a_pair_that_several_make_at_once_is_one(tmp_path):
    """Of those who ask first at the same moment, and after a new start, all have the same pair."""
    several = [Keys(tmp_path / "keys", Unpredictable()) for _ in range(4)]
    with ThreadPoolExecutor(4) as hands:
        pairs = list(hands.map(lambda keys: keys.pair("login", "kid"), several))
    again = Keys(tmp_path / "keys", Unpredictable()).pair("login", "kid")
    assert all(pair == again for pair in pairs)
    assert again.public["kid"] == "kid"
    assert [path.name for path in (tmp_path / "keys").glob("login*")] == ["login.pem"]


def test_rotation_under_load_spoils_no_signature(tmp_path):
    """While some threads sign and check without a pause, others rotate and look again: every
    receipt made before, during and after is good, and so it is in another process."""
    keys, spoilt = Keys(tmp_path / "keys", Unpredictable()), []
    receipts, over = [sealed(batch_of("0", 1, [b"{}"]), keys)], Event()

    def sign():
        while not over.is_set():
            receipts.append(sealed(batch_of("0", 1, [b"{}"]), keys))
            spoilt.extend(seal for seal in receipts[-1:] if not is_good(seal, keys))

    with ThreadPoolExecutor(4) as hands:
        signing = [hands.submit(sign) for _ in range(3)]
        for _ in range(20):
            keys.rotate()
            keys.look_again()
        over.set()
    assert not [each.exception() for each in signing if each.exception()]
    assert not spoilt
    elsewhere = Keys(tmp_path / "keys", Unpredictable())
    assert len(elsewhere.public()["keys"]) == 21
    assert elsewhere.kid == keys.kid
    assert all(is_good(seal, elsewhere) for seal in receipts)


def is_good(seal, keys):
    """Whether one of these keys has signed it."""
    try:
        return opened_seal(seal, keys)["count"] == 1
    except NoReceipt:
        return False


@pytest.mark.parametrize("name", ["signing-*.key", "sealing.secret"])
def test_a_key_that_is_not_as_it_was_made_is_told_of(tmp_path, name):
    """Nothing is signed or sealed by what is left of one."""
    Keys(tmp_path / "keys", Repeatable(1)).secret("sealing")
    [path] = (tmp_path / "keys").glob(name)
    path.write_bytes(b"x")
    with pytest.raises(Unavailable, match=f"{path.name} does not hold the 32 bytes of a key"):
        Keys(tmp_path / "keys", Repeatable(1)).secret("sealing")
