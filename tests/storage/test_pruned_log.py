"""What was let go of an audit log is declared, and what remains is proved as before."""

from datetime import UTC, datetime

import pytest

from openroots.storage.checkpoint import Checkpoints, notes_in, opened
from openroots.storage.proofs import NoProof, Proofs
from openroots.storage.turning import remove
from openroots.storage.verifying import verify
from tests.storage.signing import keys_in, sealed_segment

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def keys(tmp_path):
    """The keys of a new world."""
    return keys_in(tmp_path)


@pytest.fixture
def log(tmp_path, keys):
    """The checkpoints of a log whose first segment is closed; the second goes on."""
    (tmp_path / "audit").mkdir()
    log = Checkpoints(tmp_path / "audit", keys)
    for name in ("0", "0", "0r1"):
        log.note([sealed_segment(tmp_path, keys, 2, 1, name=name)[1]])
        log.write(NOON)
    return log


def let_go(log):
    """Declare that the first segment is no longer kept, and remove it."""
    log.prune(["0"], NOON)
    remove(log.path.parent / "0.jsonl")


def wrong(log, keys, **held):
    """What is wrong with the log, each as segment, entry, words and the key that is not known."""
    return verify(log.path.parent, keys, **held).wrong


def test_what_was_declared_to_have_gone_is_not_missed(log, keys):
    """The rest is whole, and it is told how much went; also once the log has gone on."""
    let_go(log)
    for more in (0, 1):
        if more:
            log.note([sealed_segment(log.path.parent.parent, keys, 3, name="0r1")[1]])
            log.write(NOON)
        verdict = verify(log.path.parent, keys)
        assert verdict.wrong == []
        assert verdict.pruned == {"0": 6}
        assert verdict.entries == {"0r1": 3 + 3 * more}
    assert [*opened(list(notes_in(log.path))[-1], keys).heads] == ["0r1"]


def test_what_had_come_since_is_signed_before_a_segment_goes(log, keys):
    """The note before says of it just what is declared; and then nothing is left to sign."""
    log.note([sealed_segment(log.path.parent.parent, keys, 2, name="0")[1]])
    assert log.behind == 2
    let_go(log)
    assert wrong(log, keys) == []
    assert verify(log.path.parent, keys).pruned == {"0": 8}
    assert log.behind == 0
    assert not log.write(NOON)


def test_a_log_goes_on_after_a_start_without_what_went(log, keys):
    """The next run names only what is there; what a crash left of the rest it knows to remove."""
    let_go(log)
    again = Checkpoints(log.path.parent, keys)
    assert again.pruned == ["0"]
    again.note([sealed_segment(log.path.parent.parent, keys, 1, name="0r1")[1]])
    assert again.write(NOON)
    assert wrong(log, keys) == []


def test_what_went_undeclared_is_found(log, keys):
    """A segment that is not there, and of which no checkpoint says so, was taken away."""
    (log.path.parent / "0.jsonl").unlink()
    assert wrong(log, keys)[0][:2] == ("0", 1)
    assert "is not there" in wrong(log, keys)[0][2]


def test_what_is_cut_off_the_rest_is_found(log, keys):
    """Pruning excuses nothing but whole segments that were declared."""
    let_go(log)
    path = log.path.parent / "0r1.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    for left in (lines[1:], lines[:-1], []):
        path.write_bytes(b"".join(left))
        assert wrong(log, keys)[0][0] == "0r1", left


def test_a_declaration_that_does_not_fit_is_found(log, keys):
    """It must say of a segment what the checkpoint before it said, and cannot be taken back."""
    log.heads["0"] = log.heads["0"]._replace(pruned=True, seq=7)
    log.write(NOON)
    assert any("which was not so" in each.what for each in wrong(log, keys))


def test_a_segment_that_went_does_not_come_back(log, keys):
    """Something else of its name is found."""
    let_go(log)
    log.note([sealed_segment(log.path.parent.parent, keys, 7, name="0")[1]])
    log.write(NOON)
    assert any("which was not so" in each.what for each in wrong(log, keys))


def test_a_checkpoint_held_elsewhere_must_be_one_of_those_here(log, keys, tmp_path):
    """Of what went, that is all that can still be said: a log written anew has others."""
    before = list(notes_in(log.path))
    let_go(log)
    assert wrong(log, keys, notes=before) == []
    other = Checkpoints((tmp_path / "other" / "audit"), keys)
    other.path.parent.mkdir(parents=True)
    other.note([sealed_segment(tmp_path / "other", keys, 1, 1, 1)[1]])
    other.write(NOON)
    [found] = wrong(log, keys, notes=list(notes_in(other.path)))
    assert found[0] == "0"
    assert "none of those here" in found[2]


def test_a_receipt_of_what_went_must_fit_in(log, keys, tmp_path):
    """One for an entry that the segment had is taken; one beyond its end is not."""
    receipts, _ = sealed_segment(tmp_path / "more", keys, 2, 1, 2, 1, 1)
    let_go(log)
    assert wrong(log, keys, receipts=receipts[:6]) == []
    [found] = wrong(log, keys, receipts=receipts)
    assert found[:2] == ("0", 7)


def test_nothing_is_declared_where_the_disk_takes_no_more(log, keys, monkeypatch):
    """The segments are named as before, and can be let go of the next time."""

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("openroots.storage.checkpoint.to_disk", full)
    with pytest.raises(OSError, match="No space"):
        log.prune(["0"], NOON)
    monkeypatch.undo()
    assert not log.heads["0"].pruned
    assert wrong(log, keys) == []
    let_go(log)
    assert wrong(log, keys) == []


def test_proofs_are_given_of_what_remains(log, keys, tmp_path):
    """Of what went, none: it is said that it is no longer kept."""
    proofs = Proofs(log.path.parent)
    before, *_ = proofs.inclusion("0r1", 1)
    proofs.inclusion("0", 1)
    let_go(log)
    head, at, _, path = proofs.inclusion("0r1", 1)
    assert (head, at, len(path)) == (before, 0, 1)
    with pytest.raises(NoProof, match="no longer kept"):
        proofs.inclusion("0", 1)
