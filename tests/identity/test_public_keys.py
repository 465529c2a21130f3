"""The public keys by which somebody else checks what a world signed."""

import orjson
import pytest

from openroots.clock import Repeatable
from openroots.identity.keys import Keys
from openroots.identity.public_keys import PublicKeys, public_keys

RSA = {"kty": "RSA", "kid": "theirs", "n": "AQAB", "e": "AQAB"}
X25519 = {"kty": "OKP", "crv": "X25519", "kid": "secret", "x": "A" * 43}


@pytest.fixture
def keys(tmp_path):
    """The keys of a world."""
    return Keys(tmp_path / "keys", Repeatable(1))


def test_what_a_key_of_the_set_signed_is_told_from_all_else(keys):
    """The bytes, the signature and the id of the key must all be those of one signing."""
    public, signature = PublicKeys(keys.public()), keys.sign(b"said")
    assert public.verify(b"said", signature, keys.kid)
    assert not public.verify(b"said other", signature, keys.kid)
    assert not public.verify(b"said", signature[::-1], keys.kid)
    assert not public.verify(b"said", signature, "another")
    with pytest.raises(PermissionError):
        public.sign(b"said")


def test_keys_of_another_kind_are_passed_over(keys):
    """A set may hold keys for other things, as those of an organisation do."""
    public = PublicKeys({"keys": [RSA, X25519, *keys.public()["keys"]]})
    assert public.verify(b"said", keys.sign(b"said"), keys.kid)
    assert public.public() == keys.public()


def test_the_keys_of_several_worlds_are_one_set(keys, tmp_path):
    """Whoever trusts two servers gives the files of both."""
    other = Keys(tmp_path / "other", Repeatable(2))
    files = [each.folder / "public.jwks" for each in (keys, other)]
    both = public_keys(*files)
    assert both.verify(b"said", keys.sign(b"said"), keys.kid)
    assert both.verify(b"said", other.sign(b"said"), other.kid)


@pytest.mark.parametrize(
    "jwks",
    [b"", b"[]", b'{"keys":[{}]}', b'{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"!"}]}'],
)
def test_keys_that_cannot_be_read_are_refused(jwks, tmp_path):
    """A file that is no set of keys is told in one way."""
    (tmp_path / "public.jwks").write_bytes(jwks)
    with pytest.raises(ValueError, match="no set of Ed25519 keys"):
        public_keys(tmp_path / "public.jwks")


def test_a_set_that_json_can_hold_and_is_none_is_refused():
    """Whatever stands in the place of the keys."""
    for said in (None, 7, {"keys": 7}, {"keys": ["a"]}, orjson.loads(b'{"keys":[[]]}')):
        with pytest.raises(ValueError, match="no set of Ed25519 keys"):
            PublicKeys(said)
