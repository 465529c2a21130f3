"""What a node takes over of another: by whose key, how new, and from where."""

import pytest

from openroots.clock import Repeatable
from openroots.identity.keys import Keys
from openroots.register.carried import NOTHING, Carried, Source, carried_of, taken_over
from openroots.register.rulebook import compile_rulebook
from openroots.register.signed import publish
from tests.register.samples import mandated, moment, plain

HERE = Source("http://first/r")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp("keys"), Repeatable(1))


def signed(keys, acts=1, at="2027-01-01", jwk=True):
    rulebook = compile_rulebook([plain()], [mandated(n + 1, "2026-12-01") for n in range(acts)])
    key = keys.public()["keys"][0] if jwk is True else jwk
    return publish(rulebook, moment(at), keys.sign, keys.kid, key)


@pytest.mark.parametrize(
    ("setting", "source"),
    [
        ("http://first:1948", ("http://first:1948/standards-register/rulebook/signed", "")),
        ("http://first:1948/#k", ("http://first:1948/standards-register/rulebook/signed", "k")),
        ("https://x.org/nation/r.jws#k", ("https://x.org/nation/r.jws", "k")),
    ],
)
def test_an_address_is_of_a_node_or_of_its_rulebook(setting, source):
    assert Source.of(setting) == source


def test_what_is_kept_is_read_as_the_same(keys):
    carried = taken_over(signed(keys), HERE, '"tag"', None)
    assert carried_of(carried.mark().value) == carried
    assert (carried.kid, carried.published.number) == (keys.kid, 1)
    assert carried_of(NOTHING.value) is None


@pytest.mark.parametrize(
    ("acts", "at", "is_taken"),
    [
        (3, "2027-01-01", True),
        (2, "2027-01-03", True),
        (2, "2027-01-02", True),
        (2, "2027-01-01", True),  # the same rulebook, signed before: nothing is lost by it
        (1, "2027-01-05", False),
    ],
)
def test_what_is_newer_goes_by_acts_and_then_by_its_date(keys, acts, at, is_taken):
    kept = taken_over(signed(keys, 2, "2027-01-02"), HERE, "", None)
    if is_taken:
        assert taken_over(signed(keys, acts, at), HERE, "", kept).published.number == acts
    else:
        with pytest.raises(ValueError, match="older than the one in force: 1 acts"):
            taken_over(signed(keys, acts, at), HERE, "", kept)
    elsewhere = Source("http://other/r")
    assert taken_over(signed(keys, acts, at), elsewhere, "", kept).url == elsewhere.url


@pytest.mark.parametrize("jwk", [None, {"kty": "OKP"}, {"crv": "Ed25519", "x": 5}, "none"])
def test_a_rulebook_says_by_which_key_it_is_signed(keys, jwk):
    """Without a key there is nothing to trust it by."""
    with pytest.raises(ValueError, match="by which key it is signed"):
        taken_over(signed(keys, jwk=jwk), HERE, "", None)


def test_a_key_that_is_not_the_one_named_is_not_trusted(keys, tmp_path):
    """Nor one that says it is: the id is the hash of the key itself."""
    other = Keys(tmp_path, Repeatable(2))
    forged = signed(other, jwk={**other.public()["keys"][0], "kid": keys.kid})
    with pytest.raises(ValueError, match=f"signed by the key {other.kid}"):
        taken_over(forged, HERE._replace(kid=keys.kid), "", None)
    kept = Carried(HERE.url, keys.kid, signed(keys))
    with pytest.raises(ValueError, match=f"trusted is {keys.kid}"):
        taken_over(forged, HERE, "", kept)
    swapped = signed(other, jwk=keys.public()["keys"][0])
    with pytest.raises(ValueError, match="the signature is none"):
        taken_over(swapped, HERE, "", None)
