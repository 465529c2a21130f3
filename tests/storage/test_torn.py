"""Up to where the last batch of a segment is as it was written, whatever of it reached the disk."""

from hashlib import sha256

import orjson
import pytest

from openroots.storage.torn import CHUNK, sound_size, whole_entry


def line(**entry):
    """An entry as a segment holds it, and its hash."""
    chained = orjson.dumps(entry)[:-1]
    digest = sha256(chained).hexdigest()
    return b'%s,"hash":"%s"}\n' % (chained, digest.encode()), digest


def lines(*batches, words=""):
    """The lines of batches of so many entries, each of which follows the one before."""
    made, previous, seq = [], "0" * 64, 0
    for size in batches:
        first = seq + 1
        for _ in range(size):
            seq += 1
            told, previous = line(seq=seq, batch=first, previous=previous, words=words)
            made.append(told)
    return made


def sound(tmp_path, kept):
    """How many of these lines are sound, from the first on."""
    path = tmp_path / "0.jsonl"
    path.write_bytes(b"".join(kept))
    size, ends = sound_size(path), [0]
    for each in kept:
        ends.append(ends[-1] + len(each))
    return ends.index(size)


@pytest.mark.parametrize("words", ["", "x" * (CHUNK // 2), "x" * (2 * CHUNK)])
@pytest.mark.parametrize("batches", [(1,), (4,), (3, 1), (2, 3), (1, 1, 2)])
def test_all_that_is_whole_is_sound(tmp_path, batches, words):
    """However long the entries are beside what is read at once; an empty segment too."""
    made = lines(*batches, words=words)
    assert sound(tmp_path, made) == len(made)
    assert sound(tmp_path, []) == 0


@pytest.mark.parametrize("words", ["", "x" * (CHUNK // 2), "x" * (2 * CHUNK)])
@pytest.mark.parametrize("torn", [0, 1, 2, 3])
def test_a_batch_is_sound_up_to_the_first_that_is_torn(tmp_path, torn, words):
    """Also where that is the first line of all, and whatever follows it."""
    made = lines(4, words=words)
    zeros, braces = bytes(len(made[torn])), b"{" * (len(made[torn]) - 1) + b"\n"
    for spoilt in (zeros, braces, made[torn][:-1]):
        assert sound(tmp_path, [*made[:torn], spoilt, *made[torn + 1 :]]) == torn


def test_an_entry_that_does_not_follow_the_one_before_it_is_not_sound(tmp_path):
    """The one before it is: it was whole by itself."""
    made = lines(4)
    other, _ = line(seq=3, batch=1, previous="f" * 64)
    assert sound(tmp_path, [*made[:2], other, made[3]]) == 2
    assert sound(tmp_path, [*made[:3], other]) == 3


def test_batches_before_the_last_are_not_looked_at(tmp_path):
    """They were on disk before it was begun: what harms them is for those who verify the log."""
    made = lines(3, 2)
    for harmed in range(3):
        kept = [*made[:harmed], b"harmed\n", *made[harmed + 1 :]]
        assert sound(tmp_path, kept) == len(kept)


def test_an_entry_that_names_no_batch_is_one_by_itself(tmp_path):
    """As the first version of OpenRoots wrote them."""
    first, digest = line(seq=1, previous="0" * 64)
    second, _ = line(seq=2, previous=digest)
    assert sound(tmp_path, [b"harmed\n", second]) == 2
    assert sound(tmp_path, [first, second[:-1]]) == 1


def test_what_looks_like_a_hash_within_an_entry_is_none():
    """It is the last that the line ends with."""
    made, digest = line(seq=1, previous="0" * 64, inner={"a": 1, "hash": "b"})
    entry = whole_entry(made)
    assert entry is not None
    assert (entry["seq"], entry["hash"]) == (1, digest)


@pytest.mark.parametrize(
    "entry",
    [
        {"seq": "1", "previous": ""},
        {"previous": ""},
        {"seq": 1},
        {"seq": 1, "previous": "", "batch": "1"},
        {"seq": 1, "previous": "", "batch": None},
    ],
)
def test_what_has_no_number_and_no_place_in_the_chain_is_no_entry(entry):
    """Though somebody made a hash that fits it."""
    assert whole_entry(line(**entry)[0]) is None


def test_what_is_no_json_is_no_entry():
    """With a hash that fits, neither."""
    chained = b'{"seq":1,"previous":'
    digest = sha256(chained).hexdigest().encode()
    assert whole_entry(b'%s,"hash":"%s"}\n' % (chained, digest)) is None
