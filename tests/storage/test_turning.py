"""Segments follow one another, and no name is ever given twice."""

from datetime import UTC, datetime, timedelta

from openroots.storage.turning import began_at, following, newest_of, old_segments, remove
from tests.storage.signing import keys_in, sealed_segment

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)  # when the entries of these tests were made
LATER = NOON + timedelta(days=1)


def named(paths):
    """The names of segments."""
    return [path.name for path in paths]


def test_the_newest_segment_of_a_process_is_gone_on_with(tmp_path):
    """Its own, and by number: 10 comes after 9."""
    for name in ("0", "0r9", "0r10", "1", "10r3"):
        sealed_segment(tmp_path, keys_in(tmp_path), 1, name=name)
    audit = tmp_path / "audit"
    assert named(newest_of(audit, number) for number in (0, 1, 2, 10)) == [
        *("0r10.jsonl", "1.jsonl", "2.jsonl", "10r3.jsonl")
    ]
    assert named([following(audit / "0.jsonl"), following(audit / "7r9.jsonl")]) == [
        *("0r1.jsonl", "7r10.jsonl")
    ]


def test_a_segment_began_with_its_first_entry(tmp_path):
    """One without an entry has not begun."""
    sealed_segment(tmp_path, keys_in(tmp_path), 2)
    assert began_at(tmp_path / "audit" / "0.jsonl") == NOON
    (tmp_path / "audit" / "1.jsonl").touch()
    assert began_at(tmp_path / "audit" / "1.jsonl") is None


def test_a_segment_is_old_when_nobody_writes_in_it_and_nothing_in_it_is_newer(tmp_path):
    """The one in use is never old. Of a process that is not there any more the last can go: its
    name stays taken."""
    for name in ("0", "0r1", "1", "3", "3r1"):
        sealed_segment(tmp_path, keys_in(tmp_path), 2, name=name)
    audit = tmp_path / "audit"
    (audit / "other.jsonl").write_bytes((audit / "0.jsonl").read_bytes())
    assert old_segments(audit, NOON, 2) == []
    old = old_segments(audit, LATER, 2)
    assert named(old) == ["0.jsonl", "3.jsonl", "3r1.jsonl"]
    for path in old:
        remove(path)
    assert named(sorted(audit.iterdir())) == [
        *("0r1.head", "0r1.jsonl", "1.head", "1.jsonl", "3r2.jsonl", "other.jsonl")
    ]
    assert newest_of(audit, 3).name == "3r2.jsonl"
