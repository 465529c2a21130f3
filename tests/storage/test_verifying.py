"""Whatever is done to a log is found and placed, by the log, a checkpoint or a receipt."""

import shutil
import tracemalloc
from concurrent.futures import Future
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from openroots.identity.public_keys import PublicKeys
from openroots.storage import joined, stretch
from openroots.storage.checkpoint import Checkpoints, notes_in
from openroots.storage.segment import Segment
from openroots.storage.torn import HASH
from openroots.storage.verifying import verify
from tests.storage.signing import body, keys_in, sealed_segment

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SIZES = (1, 3, 1, 4, 2)  # entries in each batch


def signed_log(folder, seed=1, *, checkpoints=2):
    """A log of two segments with so many checkpoints, and the receipts of its entries."""
    keys, receipts = keys_in(folder, seed), []
    log = Checkpoints(make(folder / "audit"), keys)
    for _ in range(checkpoints):
        for name in ("0", "1"):
            more, head = sealed_segment(folder, keys, *SIZES, name=name)
            receipts += more
            log.note([head])
        assert log.write(NOON)
    return keys, receipts


def make(folder):
    """The folder, made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def wrong(folder, keys, **held):
    """What is wrong with the log: each segment, entry, and the beginning of the words."""
    signer = PublicKeys(keys.public())
    return [
        (found.segment, found.entry, found.what)
        for found in verify(folder / "audit", signer, **held).wrong
    ]


def test_an_unharmed_log_is_whole(tmp_path):
    """Every entry is counted and signed for; receipts and checkpoints held outside agree."""
    keys, receipts = signed_log(tmp_path)
    verdict = verify(tmp_path / "audit", keys, receipts)
    assert verdict.wrong == []
    assert verdict.entries == {"0": 22, "1": 22}
    assert (verdict.checkpoints, verdict.signed, verdict.receipts) == (2, 44, 44)
    assert wrong(tmp_path, keys, notes=list(notes_in(tmp_path / "audit" / "checkpoints.txt"))) == []


def test_every_changed_byte_of_a_segment_is_found_and_placed(tmp_path):
    """Another byte anywhere in a segment is found at the entry that holds it."""
    keys, _ = signed_log(tmp_path, checkpoints=1)
    path = tmp_path / "audit" / "0.jsonl"
    whole = path.read_bytes()
    for at in range(0, len(whole), 37):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        found = wrong(tmp_path, keys)
        assert found[0][:2] == ("0", whole[:at].count(b"\n") + 1)


def test_every_changed_byte_of_the_checkpoints_is_found_and_placed(tmp_path):
    """So is another byte in the file of checkpoints, at the one that holds it."""
    keys, _ = signed_log(tmp_path)
    path = tmp_path / "audit" / "checkpoints.txt"
    whole = path.read_bytes()
    second = whole.index(b"\n\nopenroots") + 2
    for at in range(0, len(whole), 31):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        found = wrong(tmp_path, keys)
        assert found, at
        assert found[0][0] == "checkpoints"
        assert found[0][1] == (1 if at < second else 2)


def lines_of(folder):
    """The lines of the first segment, and where to write them back."""
    path = folder / "audit" / "0.jsonl"
    return path, path.read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda lines: lines[:5] + lines[6:], 6),  # removed
        (lambda lines: lines[1:], 1),
        (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], 4),  # swapped
        (lambda lines: [*lines[:3], lines[2], *lines[3:]], 4),  # added
        (lambda lines: [*lines[:3], b"{}\n", *lines[3:]], 4),
        (lambda lines: [*lines, b"\n"], 12),
        (lambda lines: [*lines[:-1], lines[-1][:-1]], 11),  # truncated
        (lambda lines: lines[:9], 10),  # whole lines cut off: only the checkpoint tells
        (lambda lines: [], 1),
    ],
)
def test_what_is_removed_swapped_added_or_cut_off_is_placed(tmp_path, change, found):
    """Each is found where it happened, the end of the log too."""
    keys, _ = signed_log(tmp_path, checkpoints=1)
    path, lines = lines_of(tmp_path)
    path.write_bytes(b"".join(change(lines)))
    assert wrong(tmp_path, keys)[0][:2] == ("0", found)


@pytest.mark.parametrize("batch", [b"null", b'"5"', b"[5]", b"{}", b"1.5"])
def test_what_could_not_be_an_entry_is_placed_though_its_hash_fits(tmp_path, batch):
    """Who makes up a line can give it a hash, and anything in the place of a number."""
    keys, _ = signed_log(tmp_path, checkpoints=1)
    path, lines = lines_of(tmp_path)
    chained = lines[4].replace(b'"batch":5', b'"batch":' + batch).partition(HASH)[0]
    hash = sha256(chained).hexdigest().encode()
    path.write_bytes(b"".join([*lines[:4], b'%s%s%s"}\n' % (chained, HASH, hash)]))
    assert wrong(tmp_path, keys)[0] == ("0", 5, "is not as it was written")
    Segment(path, keys).close()
    assert path.with_suffix(".torn").exists()


def test_what_nobody_has_signed_for_is_told(tmp_path):
    """Entries after the last seal and checkpoint fit in, whoever wrote them: so it is said how many
    there are, in each segment. A seal answers for all that is before it."""
    keys, _ = signed_log(tmp_path)
    told = verify(tmp_path / "audit", keys)
    assert (told.unsigned, told.signed) == ({"0": 0, "1": 0}, 44)
    sealed_segment(tmp_path, keys, 2, 1)  # whose own seal the next entry would hold
    stranger = Segment(tmp_path / "audit" / "9.jsonl")
    stranger.append([body(1), body(2)])
    stranger.close()
    told = verify(tmp_path / "audit", keys)
    assert (told.wrong, told.unsigned, told.signed) == ([], {"0": 1, "1": 0, "9": 2}, 46)


def test_a_segment_that_is_gone_is_missed(tmp_path):
    """A checkpoint names every segment: without one of them the log is not whole."""
    keys, receipts = signed_log(tmp_path)
    (tmp_path / "audit" / "1.jsonl").unlink()
    assert {each[:2] for each in wrong(tmp_path, keys)} == {("1", 1)}
    (tmp_path / "audit" / "checkpoints.txt").unlink()
    assert wrong(tmp_path, keys) == []
    assert wrong(tmp_path, keys, receipts=receipts[-1:])[0][:2] == ("1", 22)


def test_a_folder_is_no_segment(tmp_path):
    """In the place of one it is missed, and beside them it is nothing."""
    keys, _ = signed_log(tmp_path)
    (tmp_path / "audit" / "9.jsonl").mkdir()
    assert wrong(tmp_path, keys) == []
    (tmp_path / "audit" / "1.jsonl").unlink()
    (tmp_path / "audit" / "1.jsonl").mkdir()
    assert wrong(tmp_path, keys) == [("1", 1, "is not there, and checkpoint 1 names it")]


@pytest.mark.parametrize("left", [0, 1, 2])
def test_checkpoints_that_are_gone_are_missed(tmp_path, left):
    """All of them, or the newest: no log goes on for half an hour without one. What was written a
    while ago and nothing since, or a moment ago, none has to name yet."""
    keys, _ = signed_log(tmp_path, checkpoints=3)
    path = tmp_path / "audit" / "checkpoints.txt"
    path.write_bytes(b"".join([*notes_in(path)][:left]))
    assert wrong(tmp_path, keys) == []
    with closing(Segment(tmp_path / "audit" / "1.jsonl", keys)) as segment:
        segment.append([body(1).replace(b"T12:00", b"T12:19")])
        assert wrong(tmp_path, keys) == []
        segment.append([body(2).replace(b"T12:00", b"T12:30")])
    [found] = wrong(tmp_path, keys)
    assert found[:2] == ("checkpoints", left + 1)
    assert found[2].startswith(f"is not there: none names entry {11 * left + 1} of segment 0")


def rewritten(folder, keys):
    """The whole log written anew by somebody who has the signing key, one answer left out."""
    shutil.rmtree(folder / "audit")
    for name in ("0", "1"):
        segment = Segment(folder / "audit" / f"{name}.jsonl", keys)
        for number in range(22):
            segment.append([body(number if number < 7 else number + 100)])
        head = segment.head()
        segment.close()
        log = Checkpoints(folder / "audit", keys)
        log.note([head])
        log.write(NOON)


def test_a_log_written_anew_by_who_has_the_key_is_found_from_outside(tmp_path):
    """By itself it is whole. A receipt or a checkpoint that somebody else kept shows that it is
    not the log that was."""
    keys, receipts = signed_log(tmp_path)
    note, _ = notes_in(tmp_path / "audit" / "checkpoints.txt")
    rewritten(tmp_path, keys)
    assert wrong(tmp_path, keys) == []
    [found] = wrong(tmp_path, keys, receipts=[receipts[9]])
    assert found == ("0", 10, "is not the one that a receipt was given for")
    [found] = wrong(tmp_path, keys, notes=[note])[:1]
    assert found[:2] == ("0", 11)


def test_a_log_written_anew_without_the_key_is_found(tmp_path):
    """Seals and checkpoints of a stranger are none."""
    keys, _ = signed_log(tmp_path)
    stranger = keys_in(tmp_path / "stranger", seed=2)
    rewritten(tmp_path, stranger)
    places = {each[0] for each in wrong(tmp_path, keys)}
    assert places == {"checkpoints", "0", "1"}


def test_a_seal_that_was_left_out_is_missed(tmp_path):
    """Where a rewrite leaves seals out, since it cannot make them, the first one is missed."""
    keys, _ = signed_log(tmp_path)
    shutil.rmtree(tmp_path / "audit")
    sealed_segment(tmp_path, keys, 1, 2)
    segment = Segment(tmp_path / "audit" / "0.jsonl")
    segment.append([body(50)])
    segment.close()
    assert wrong(tmp_path, keys) == [("0", 4, "lacks the seal of the entries before it")]


def test_a_checkpoint_that_was_taken_out_is_missed(tmp_path):
    """Each checkpoint names the one before it."""
    keys, _ = signed_log(tmp_path, checkpoints=3)
    path = tmp_path / "audit" / "checkpoints.txt"
    notes = path.read_bytes().split(b"\n\nopenroots")
    path.write_bytes(b"\n\nopenroots".join([notes[0], notes[2]]))
    assert wrong(tmp_path, keys)[0] == ("checkpoints", 2, "does not follow the one before it")


def test_a_log_of_before_there_were_seals_is_whole(tmp_path):
    """What was written without seals is read as it is, and what follows with seals goes on."""
    segment = Segment(tmp_path / "audit" / "0.jsonl")
    for number in range(5):
        segment.append([body(number)])
    segment.close()
    keys = keys_in(tmp_path)
    assert wrong(tmp_path, keys) == []
    sealed_segment(tmp_path, keys, 1, 2, 1)
    assert wrong(tmp_path, keys) == []
    path, lines = lines_of(tmp_path)
    path.write_bytes(b"".join([lines[0].replace(b'"a0"', b'"x0"'), *lines[1:]]))
    assert wrong(tmp_path, keys)[0][:2] == ("0", 1)


@pytest.mark.parametrize("at", [0, 3, 9, 20, 33, 43])
def test_a_large_segment_is_read_by_several_processes(tmp_path, monkeypatch, at):
    """In stretches as in one piece, every change is found at the same entry."""
    monkeypatch.setattr(joined, "ProcessPoolExecutor", here)
    monkeypatch.setattr(joined, "LARGE", 0)
    monkeypatch.setattr(stretch, "PIECE", 700)
    keys, receipts = signed_log(tmp_path, checkpoints=4)
    assert verify(tmp_path / "audit", keys, receipts).wrong == []
    path, lines = lines_of(tmp_path)
    lines[at] = lines[at].replace(b'"request":"a', b'"request":"x')
    path.write_bytes(b"".join(lines))
    assert wrong(tmp_path, keys)[0][:2] == ("0", at + 1)
    path.write_bytes(b"".join([*lines[:at], *lines[at + 1 :]]))
    assert wrong(tmp_path, keys)[0][:2] == ("0", at + 1)


def test_the_memory_that_it_takes_does_not_grow_with_the_log(tmp_path, monkeypatch):
    """Of a log twenty times as long, with as many more checkpoints, no more is held at a time."""
    monkeypatch.setattr(stretch, "PIECE", 1 << 13)
    taken = []
    for number in (5, 100):
        keys, _ = signed_log(tmp_path / str(number), checkpoints=number)
        tracemalloc.start()
        assert verify(tmp_path / str(number) / "audit", keys).checkpoints == number
        taken.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert taken[1] < taken[0] * 1.3


class here:  # noqa: N801
    """What runs in other processes otherwise, run here."""

    def __init__(self, *_):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    @staticmethod
    def submit(do, *told):
        """What was done, as one asks for it."""
        done = Future()
        done.set_result(do(*told))
        return done


def test_rubbish_in_the_place_of_proofs_is_told_as_such(tmp_path):
    """What was given as a receipt or checkpoint and is none is said to be none."""
    keys, _ = signed_log(tmp_path)
    [found] = wrong(tmp_path, keys, receipts=["nonsense"])
    assert (found[0], found[1]) == ("receipt", 0)
    [found] = wrong(tmp_path, keys, notes=[b"\xffnonsense"])
    assert (found[0], found[1]) == ("checkpoint", 0)


def test_what_another_server_signed_cannot_be_proved_and_is_not_called_broken(tmp_path):
    """After a restore into a folder with other keys: each key that is not known is named once, and
    with the keys of both servers the log is whole."""
    old, receipts = signed_log(tmp_path, checkpoints=2)
    new = keys_in(tmp_path / "elsewhere", 2)
    log = Checkpoints(tmp_path / "audit", new)
    _, head = sealed_segment(tmp_path, new, *SIZES, name="0")
    log.note([head])
    assert log.write(NOON)
    more, _ = sealed_segment(tmp_path, new, *SIZES, name="0")
    words = "cannot be proved: it is signed by the key {}, which is not known here"
    kid = old.public()["keys"][0]["kid"]
    found = verify(tmp_path / "audit", new, [receipts[0]]).wrong
    assert [(one.segment, one.what, one.key) for one in found] == [
        ("checkpoints", words.format(kid), kid),
        ("receipt", f"that was given {words.format(kid)}", kid),
    ]
    found = verify(tmp_path / "audit", old).wrong
    assert {(one.segment, one.key) for one in found} == {
        ("checkpoints", new.kid),
        ("0", new.kid),
    }
    both = PublicKeys({"keys": [*old.public()["keys"], *new.public()["keys"]]})
    assert verify(tmp_path / "audit", both, [receipts[0], more[0]]).wrong == []


def test_a_key_that_is_not_known_hides_nothing_else(tmp_path):
    """Whoever changes the log is found and placed, whatever keys are named in it besides."""
    old, _ = signed_log(tmp_path, checkpoints=1)
    new = keys_in(tmp_path / "elsewhere", 2)
    path = tmp_path / "audit" / "1.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"seq":4', b'"seq":5', 1))
    found = [
        (one.segment, one.entry, bool(one.key)) for one in verify(tmp_path / "audit", new).wrong
    ]
    assert ("checkpoints", 1, True) in found
    assert ("1", 4, False) in found
