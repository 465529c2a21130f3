"""What is forced to disk, and folders that are their owner's alone."""

import os

import pytest

from openroots.storage.durable import make_private, start_to_disk, to_disk


@pytest.mark.skipif(os.name == "nt", reason="folders have no such modes there")
def test_a_folder_is_private_with_all_that_is_made_above_it(tmp_path):
    """Whatever else this process makes may be seen by others; what is there stays as it is."""
    there = tmp_path / "there"
    before = os.umask(0o022)
    try:
        there.mkdir(mode=0o755)
        for _ in range(2):
            make_private(there / "state" / "keys" / "applications")
    finally:
        os.umask(before)
    made = [there / "state", there / "state" / "keys", there / "state" / "keys" / "applications"]
    assert [oct(each.stat().st_mode & 0o777) for each in (there, *made)] == [
        "0o755",
        *["0o700"] * 3,
    ]


def test_what_was_started_on_its_way_to_disk_reads_as_before(tmp_path):
    """Whether the system heeds it or not, and where it cannot, as of a pipe."""
    path = tmp_path / "file"
    with path.open("w+b", buffering=0) as file:
        file.write(b"a" * 10_000)
        start_to_disk(file.fileno(), 0, 10_000)
        file.write(b"b")
        start_to_disk(file.fileno(), 10_000, 1)
        to_disk(file.fileno())
    assert path.read_bytes() == b"a" * 10_000 + b"b"
    reading, writing = os.pipe()
    start_to_disk(writing, 0, 1)
    os.close(reading)
    os.close(writing)
