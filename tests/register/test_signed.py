"""Signed rulebooks: whole ones are taken over; forged, torn and outdated ones are refused."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date, timedelta

import orjson
import pytest

from openroots.clock import Repeatable
from openroots.identity.keys import Keys
from openroots.identity.public_keys import PublicKeys
from openroots.register.exemption import Exemption
from openroots.register.rulebook import compile_rulebook, judge_request
from openroots.register.signed import difference, publish, rulebook_from, verify
from openroots.register.standard import founding_decisions, load_standards
from tests.register.samples import mandated, moment, plain

AT = moment("2027-01-01")
FIRST = compile_rulebook([plain()], [mandated(1, "2026-12-01")])
SECOND = compile_rulebook([plain()], [mandated(1, "2026-12-01"), mandated(2, "2026-12-02")])


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp("keys"), Repeatable(1))


def signed(keys, rulebook=FIRST, at=AT):
    return publish(rulebook, at, keys.sign, keys.kid)


def test_a_rulebook_is_taken_over_whole(keys):
    """Another node checks it by public keys alone, makes the same rulebook, and judges the same."""
    found = verify(signed(keys), PublicKeys(keys.public()).verify)
    made = rulebook_from(found.content)
    assert (made.hash, found.at, found.number) == (FIRST.hash, AT, 1)
    at = moment("2027-05-01")
    here, there = (judge_request(one.rules("s", "e", "hospital"), {}, at) for one in (FIRST, made))
    assert here == there
    assert here


def test_the_rulebook_that_the_program_brings_is_taken_over_too(keys):
    whole = compile_rulebook(load_standards(), founding_decisions(load_standards()))
    found = verify(signed(keys, whole), PublicKeys(keys.public()).verify)
    assert rulebook_from(found.content).hash == whole.hash


def altered(text, change):
    """The same with another payload, and the old signature."""
    header, payload, signature = text.split(".")
    data = orjson.loads(urlsafe_b64decode(payload + "=="))
    change(data)
    written = urlsafe_b64encode(orjson.dumps(data)).rstrip(b"=").decode()
    return f"{header}.{written}.{signature}"


@pytest.mark.parametrize(
    ("forged", "words"),
    [
        (lambda text: altered(text, lambda data: data.update(number=9)), "signature is none"),
        (lambda text: text[:-8], "signature is none"),
        (lambda text: "eyJhbGciOiJub25lIn0." + text.split(".", 1)[1], "no signed rulebook"),
        (lambda text: "", "no signed rulebook"),
        (lambda text: "a.b", "no signed rulebook"),
        (lambda text: "é.b.c", "no signed rulebook"),
    ],
)
def test_what_was_forged_or_torn_is_refused(keys, forged, words):
    with pytest.raises(ValueError, match=words):
        verify(forged(signed(keys)), PublicKeys(keys.public()).verify)


def test_another_key_is_not_trusted(keys, tmp_path):
    other = Keys(tmp_path, Repeatable(2))
    with pytest.raises(ValueError, match="signature is none of the keys"):
        verify(signed(other), PublicKeys(keys.public()).verify)
    with pytest.raises(ValueError, match="no set of Ed25519 keys"):
        PublicKeys({"keys": [{"kid": "x", "kty": "OKP", "crv": "Ed25519"}]})


def test_an_older_rulebook_takes_nobody_back(keys):
    """Fewer acts, or the same signed earlier, is refused; the same again is not."""
    check = PublicKeys(keys.public()).verify
    known = verify(signed(keys, SECOND), check)
    for older in (
        signed(keys, FIRST, AT + timedelta(days=1)),
        signed(keys, SECOND, AT - timedelta(1)),
    ):
        with pytest.raises(ValueError, match="it is older than the one in force"):
            verify(older, check, known)
    assert verify(signed(keys, SECOND), check, known) == known


def test_a_waiver_makes_a_newer_rulebook_and_so_does_its_end(keys):
    """Whoever enforces the rulebook elsewhere takes each over, and goes back to none before."""
    check, due = PublicKeys(keys.public()).verify, date(2027, 6, 1)
    waiver = Exemption("w-1", "plain", "waiver", AT, "x", "r", applications=("heron",), due=due)
    end = Exemption("end-1", "plain", "end", AT, "x", "r", of="w-1")
    decided, known = [mandated(1, "2026-12-01")], None
    made = ([], [waiver], [waiver, end])
    texts = [signed(keys, compile_rulebook([plain()], decided, eased)) for eased in made]
    for number, text in enumerate(texts):
        known = verify(text, check, known)
        for older in texts[:number]:
            with pytest.raises(ValueError, match="it is older than the one in force"):
                verify(older, check, known)


def test_what_changed_is_told_by_id():
    changes = difference(FIRST.content(), SECOND.content())
    assert changes["decisions"] == {"added": ["made-00000002"], "changed": [], "removed": []}
    assert changes["standards"] == {"added": [], "changed": [], "removed": []}
