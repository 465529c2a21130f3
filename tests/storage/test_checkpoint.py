"""A checkpoint says how far every segment has come, and whoever keeps it can hold us to it."""

import base64
from datetime import UTC, datetime
from hashlib import sha256
from io import FileIO
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from openroots.storage.checkpoint import (
    Checkpoints,
    NoCheckpoint,
    _add,
    by_itself,
    notes_in,
    opened,
)
from openroots.storage.receipt import bytes_of
from openroots.storage.segment import Segment
from tests.storage.signing import body, keys_in, sealed_segment

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def keys(tmp_path):
    """The keys of a new world."""
    return keys_in(tmp_path)


def log_in(folder, keys):
    """The checkpoints of the log in this folder."""
    (folder / "audit").mkdir(exist_ok=True)
    return Checkpoints(folder / "audit", keys)


def test_a_checkpoint_names_the_heads_of_all_segments(tmp_path, keys):
    """Each segment is named with its newest entry, its batches and the root over them."""
    log = log_in(tmp_path, keys)
    heads = [sealed_segment(tmp_path, keys, 2, 1, name=name)[1] for name in ("0", "1")]
    log.note(heads)
    assert log.behind == 6
    assert log.write(NOON)
    assert log.behind == 0
    [note] = notes_in(log.path)
    assert list(opened(note, keys).heads.values()) == heads
    assert opened(note, keys).wall == NOON.isoformat()


def test_a_checkpoint_is_a_signed_note(tmp_path, keys):
    """Text, an empty line, and a line with an em dash, the key's name, and its hash and signature,
    as C2SP's signed-note has it: anybody can check it with the public key."""
    log = log_in(tmp_path, keys)
    log.note([sealed_segment(tmp_path, keys, 1)[1]])
    log.write(NOON)
    text, _, signature = log.path.read_bytes().partition(b"\n\n")
    dash, name, encoded = signature.decode().split()
    raw, key = base64.b64decode(encoded), bytes_of(keys.public()["keys"][0]["x"])
    assert dash == "\u2014"
    assert raw[:4] == sha256(name.encode() + b"\n\x01" + key).digest()[:4]
    Ed25519PublicKey.from_public_bytes(key).verify(raw[4:], text + b"\n")


def test_a_note_by_itself_ends_with_its_signature(tmp_path, keys):
    """Readers of signed notes look for the last empty line, and find the signature after it. It
    says what the note in the file says."""
    log = log_in(tmp_path, keys)
    log.note([sealed_segment(tmp_path, keys, 1)[1]])
    log.write(NOON)
    [note] = notes_in(log.path)
    told = by_itself(note)
    assert told.rpartition(b"\n\n")[2].startswith("\u2014 openroots-audit/".encode())
    assert told.endswith(b"\n")
    assert opened(told, keys) == opened(note, keys)


def test_where_nothing_is_new_nothing_is_signed(tmp_path, keys):
    """A log that has not grown gets no other checkpoint, after a new start neither."""
    log = log_in(tmp_path, keys)
    assert not log.write(NOON)
    head = sealed_segment(tmp_path, keys, 1)[1]
    for _ in range(3):
        log.note([head])
        log.write(NOON)
        log = log_in(tmp_path, keys)
    assert len(list(notes_in(log.path))) == 1


def test_a_segment_without_an_entry_is_not_named(tmp_path, keys):
    """There is nothing in it that anybody could be held to."""
    log = log_in(tmp_path, keys)
    log.note([sealed_segment(tmp_path, keys)[1]])
    assert log.heads == {}
    assert not log.write(NOON)


def test_segments_are_named_in_one_order(tmp_path, keys):
    """Whichever of them was told of first: the same heads are the same lines."""
    log = log_in(tmp_path, keys)
    heads = [sealed_segment(tmp_path, keys, 1, name=name)[1] for name in ("1", "0")]
    log.note(heads)
    log.write(NOON)
    [note] = notes_in(log.path)
    assert [line.split()[1] for line in note.split(b"\n") if line.startswith(b"segment")] == [
        *(b"0", b"1")
    ]


def test_notes_are_read_up_to_a_size(tmp_path, keys):
    """As far as they are whole within it, so that what others write meanwhile is left out."""
    log = log_in(tmp_path, keys)
    ends = [0]
    for _ in range(2):
        log.note([sealed_segment(tmp_path, keys, 1)[1]])
        log.write(NOON)
        ends.append(log.path.stat().st_size)
    found = [len(list(notes_in(log.path, ends[n] + more))) for n in (1, 2) for more in (-1, 0, 1)]
    assert found == [0, 1, 1, 1, 2, 2]
    assert list(notes_in(tmp_path / "none")) == []


def test_what_is_put_aside_is_what_was_torn(tmp_path, keys):
    """To its last byte, after what was put aside earlier, and nothing of the notes before; of a
    file that is whole, nothing."""
    log = log_in(tmp_path, keys)
    log.note([sealed_segment(tmp_path, keys, 1)[1]])
    log.write(NOON)
    whole, aside = log.path.read_bytes(), log.path.with_suffix(".torn")
    log_in(tmp_path, keys)
    assert not aside.exists()
    earlier = b""
    for torn in (b"o", b"openroots-audit\n2\n", whole[:-1]):
        log.path.write_bytes(whole + torn)
        assert log_in(tmp_path, keys).heads == log.heads
        earlier += torn
        assert (log.path.read_bytes(), aside.read_bytes()) == (whole, earlier)


def test_checkpoints_go_on_after_a_power_cut(tmp_path, keys):
    """What was torn of the newest is put aside; the next follows the one before it."""
    log = log_in(tmp_path, keys)
    for _ in range(2):
        log.note([sealed_segment(tmp_path, keys, 1)[1]])
        log.write(NOON)
    whole = log.path.read_bytes()
    log.path.write_bytes(whole[:-40])
    again = log_in(tmp_path, keys)
    again.note([sealed_segment(tmp_path, keys, 1)[1]])
    again.write(NOON)
    first, second = notes_in(again.path)
    assert opened(second, keys).previous == opened(first, keys).hash
    assert again.path.with_suffix(".torn").exists()


def test_a_start_reads_the_end_of_years_of_checkpoints_alone(tmp_path, keys, monkeypatch):
    """What is torn is found, and the newest, in the last part of the file: the rest is not read."""
    log = log_in(tmp_path, keys)
    for _ in range(40):
        log.note([sealed_segment(tmp_path, keys, 1)[1]])
        log.write(NOON)
    size = log.path.stat().st_size
    with log.path.open("ab") as file:
        file.write(b"openroots-audit\n41\n")
    monkeypatch.setattr("openroots.storage.checkpoint.TAIL", 1500)
    monkeypatch.setattr(Path, "read_bytes", None)
    again = log_in(tmp_path, keys)
    assert again.path.stat().st_size == size
    assert again.heads == log.heads
    again.note([sealed_segment(tmp_path, keys, 1)[1]])
    again.write(NOON)
    notes = [opened(note, keys) for note in notes_in(log.path)]
    assert len(notes) == 41
    assert all(one.previous == before.hash for before, one in pairwise(notes))


@pytest.mark.parametrize(("size", "left"), [(100, 0), (3000, 3000)])
def test_a_file_without_a_note_is_torn_where_all_of_it_was_read(
    tmp_path, keys, monkeypatch, size, left
):
    """A power cut tears less than that: somebody put it there, and `audit verify` says so."""
    log = log_in(tmp_path, keys)
    log.path.write_bytes(b"x" * size)
    monkeypatch.setattr("openroots.storage.checkpoint.TAIL", 1500)
    assert log_in(tmp_path, keys).heads == {}
    assert log.path.stat().st_size == left
    assert log.path.with_suffix(".torn").exists() == (not left)


@pytest.mark.parametrize("lost", ["openroots-audit", "segment 0", "previous", "wall"])
@pytest.mark.parametrize("before", [0, 1])
def test_of_what_was_torn_within_nothing_stays(tmp_path, keys, caplog, lost, before):
    """A power cut may take any part of the newest note and leave its end. All of it is put aside,
    which is said, and the next follows the note before it."""
    log = log_in(tmp_path, keys)
    ends = [0]
    for _ in range(before + 1):
        log.note([sealed_segment(tmp_path, keys, 1)[1]])
        log.write(NOON)
        ends.append(log.path.stat().st_size)
    whole = log.path.read_bytes()
    at = whole.rindex(lost.encode())
    log.path.write_bytes(whole[:at] + bytes(len(lost)) + whole[at + len(lost) :])
    again = log_in(tmp_path, keys)
    assert again.path.read_bytes() == whole[: ends[before]]
    assert f"{len(whole) - ends[before]} bytes at its end were torn" in caplog.text
    again.note([sealed_segment(tmp_path, keys, 1)[1]])
    again.write(NOON)
    notes = [opened(note, keys) for note in notes_in(again.path)]
    assert len(notes) == before + 1
    assert all(one.previous == first.hash for first, one in pairwise(notes))


def test_a_checkpoint_of_another_server_is_not_taken_for_torn(tmp_path, keys):
    """As after a restore into a folder with other keys: who signed it cannot be told there."""
    log = log_in(tmp_path, keys)
    log.note([sealed_segment(tmp_path, keys, 1)[1]])
    log.write(NOON)
    whole = log.path.read_bytes()
    assert log_in(tmp_path, keys_in(tmp_path / "other", 2)).heads == log.heads
    assert log.path.read_bytes() == whole


def test_a_checkpoint_that_somebody_changed_stops_no_start(tmp_path, keys):
    """Of one before the newest it is left to `audit verify` to say so; the log goes on to be
    signed."""
    log = log_in(tmp_path, keys)
    for _ in range(2):
        log.note([sealed_segment(tmp_path, keys, 1)[1]])
        log.write(NOON)
    changed = log.path.read_bytes().replace(b"segment 0 1", b"segment 0 x")
    log.path.write_bytes(changed)
    again = log_in(tmp_path, keys)
    again.note([sealed_segment(tmp_path, keys, 1)[1]])
    assert again.write(NOON)
    assert again.path.read_bytes().startswith(changed)


class Filling(FileIO):
    """A file on a disk that has room for a few bytes more."""

    def write(self, content):
        return super().write(content[:10])


def test_a_note_that_is_not_written_whole_leaves_no_part_of_it(tmp_path):
    """The next one follows the one before."""
    path = tmp_path / "checkpoints.txt"
    path.write_bytes(b"before\n\n")
    with Filling(path, "ab") as file, pytest.raises(OSError, match="the disk is full"):
        _add(file, b"a note of more than ten bytes\n\n")
    assert path.read_bytes() == b"before\n\n"
    with Filling(path, "ab") as file:
        _add(file, b"a note\n\n")
    assert path.read_bytes() == b"before\n\na note\n\n"


def test_a_segment_takes_up_its_tree_where_it_left_it(tmp_path, keys):
    """The head is the same whether what was remembered is there, is old, is wrong, or is gone."""
    for number in range(9):
        _, head = sealed_segment(tmp_path, keys, 1 + number % 3)
        remembered = tmp_path / "audit" / "0.head"
        kept = remembered.read_bytes()
        for left in (kept, kept.replace(b'"size":', b'"size":1'), b"rubbish", None):
            if left is None:
                remembered.unlink()
            else:
                remembered.write_bytes(left)
            segment = Segment(tmp_path / "audit" / "0.jsonl", keys)
            assert segment.head() == head
            segment.close()
        if number % 2:
            remembered.write_bytes(kept)


def test_a_head_is_of_what_is_on_disk(tmp_path, keys, monkeypatch):
    """A batch that the disk did not take is not in the head, nor sealed afterwards."""

    def full(_):
        raise OSError(28, "No space left on device")

    segment = Segment(tmp_path / "audit" / "0.jsonl", keys)
    segment.append([body(0)])
    head = segment.head()
    monkeypatch.setattr("os.fdatasync", full)
    with pytest.raises(OSError, match="No space"):
        segment.append([body(1)])
    monkeypatch.undo()
    assert segment.head() == head
    segment.append([body(2)])
    assert segment.head().seq == 2
    segment.close()


@pytest.mark.parametrize("note", [b"", b"openroots-audit\n0\n\n\n\n", b"\xff\xfe", b"a\n\nb\n\n"])
def test_what_is_no_checkpoint_is_refused(keys, note):
    """Any other text is refused in one way."""
    with pytest.raises(NoCheckpoint):
        opened(note, keys)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("openroots-audit\n", "openroots-audits\n"),
        ("\n3\n", "\n4\n"),
        ("segment 0 3", "segment 1 3"),
        ("segment 0", "section 0"),
        ("previous 0", "before 0"),
        ("wall 2", "time 2"),
        ("wall 2026-11-21T12:00:00+00:00", "wall 2026-11-21T12:00:01+00:00"),
        ("— openroots-audit/", "— openroots-audit-/"),
        ("— openroots-audit/", "— other/"),
        ("=\n\n", "!=\n\n"),
        ("=\n\n", " =\n\n"),
    ],
)
def test_a_note_of_which_a_word_was_changed_is_refused(tmp_path, keys, old, new):
    """Though it looks like one; as it was, it is taken."""
    log = log_in(tmp_path, keys)
    log.note([sealed_segment(tmp_path, keys, 2, 1)[1]])
    log.write(NOON)
    note = log.path.read_text("utf-8")
    assert note.count(old) == 1
    assert opened(note.encode(), keys).heads == log.heads
    with pytest.raises(NoCheckpoint):
        opened(note.replace(old, new).encode(), keys)


def signed_anew(lines, keys):
    """A note of these lines, signed by the key of the world whatever they say."""
    text = "".join(f"{line}\n" for line in lines).encode()
    name = f"openroots-audit/{keys.kid}".encode()
    key = bytes_of(keys.public()["keys"][0]["x"])
    hashed = sha256(name + b"\n\x01" + key).digest()[:4]
    signature = base64.b64encode(hashed + keys.sign(text, keys.kid))
    return text + b"\n" + "\u2014 ".encode() + name + b" " + signature + b"\n\n"


def test_what_the_key_has_signed_must_be_a_checkpoint_too(tmp_path, keys):
    """Of this log, with a count and a root that fit, and each line what it is."""
    log = log_in(tmp_path, keys)
    log.note([sealed_segment(tmp_path, keys, 2, 1)[1]])
    log.write(NOON)
    lines = log.path.read_text("utf-8").split("\n\n")[0].split("\n")
    assert opened(signed_anew(lines, keys), keys).heads == log.heads
    for at, wrong in (
        (0, "another-log"),
        (1, "4"),
        (2, lines[2].swapcase()),
        (3, lines[3].replace("segment", "section")),
        (3, lines[3].replace(" 3 ", " 0x3 ")),
        (4, lines[4].replace("previous", "before")),
        (5, lines[5].replace("wall", "time")),
    ):
        with pytest.raises(NoCheckpoint):
            opened(signed_anew([*lines[:at], wrong, *lines[at + 1 :]], keys), keys)
