"""A compact JWS: written as others read it, and read as nothing but what was written."""

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt import PyJWS

from openroots.jws import bytes_of, compact, is_signed, opened, text

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
HEADER = {"alg": "EdDSA", "kid": "one", "typ": "told+jws"}
SAID = {"said": "Zoë"}


def signed(header=HEADER, said=SAID):
    return compact(orjson.dumps(header), orjson.dumps(said), KEY.sign)


def checked(data, signature, kid):
    """Whether it is the signature of the one key that there is."""
    return kid == "one" and signature == KEY.sign(data)


def test_what_is_signed_is_read_by_other_libraries():
    found = PyJWS().decode_complete(signed(), KEY.public_key(), algorithms=["EdDSA"])
    assert (found["header"], orjson.loads(found["payload"])) == (HEADER, SAID)


def test_what_was_said_is_read_again_with_who_is_said_to_have_signed_it():
    found = opened(signed())
    assert (found.header, found.payload, found.kid) == (HEADER, SAID, "one")
    assert found.is_a("told+jws")
    assert not found.is_a("other+jws")
    assert is_signed(found, checked)


@pytest.mark.parametrize("jws", ["", "a.b", "e30.e30.e30.e30", "W10.e30.", "e30.x.", "é.e30.e30"])
def test_what_is_no_jws_is_told_as_a_wrong_value(jws):
    with pytest.raises(ValueError, match="."):
        opened(jws)


@pytest.mark.parametrize("change", ["-", "=", "!!!!"])
def test_a_signature_that_was_written_otherwise_is_none(change):
    assert not is_signed(opened(signed() + change), checked)


def test_of_one_who_names_no_key_none_is_known():
    found = opened(signed({"alg": "EdDSA"}))
    assert found.kid == ""
    assert not is_signed(found, checked)


def test_base64_is_read_to_the_last_bit():
    """Texts that stand for the same bytes but are not those that were written are refused."""
    assert bytes_of(text(b"\xff\xfe")) == b"\xff\xfe"
    for given in ("//4", "__4=", "__5", "_", "a b"):
        with pytest.raises(ValueError, match="no base64url"):
            bytes_of(given)
