"""The audit log: on disk before anyone is told, and no line of it can be changed unseen."""

import asyncio
import os
import threading

import orjson
import pytest

from openroots.storage import Unavailable
from openroots.storage.audit import Journal, Segment, broken_at, entries_backwards


def written(path, count=5):
    """A segment of so many entries, closed again."""
    segment = Segment(path)
    for number in range(count):
        segment.append([b'{"number":%d' % number])
    segment.close()
    return path.read_bytes().splitlines(keepends=True)


def test_an_unharmed_log_is_whole(tmp_path):
    """Entries written one after another, over several openings, make one unbroken chain."""
    path = tmp_path / "0.jsonl"
    written(path)
    lines = written(path)
    assert [orjson.loads(line)["seq"] for line in lines] == list(range(1, 11))
    assert broken_at(path) == 0


@pytest.mark.parametrize("at", [0, 2, 5])
def test_a_changed_entry_is_found(tmp_path, at):
    """An entry that was changed is found by its own hash, the last one too."""
    path = tmp_path / "0.jsonl"
    lines = written(path, 6)
    lines[at] = lines[at].replace(b'"number":', b'"numbeR":')
    path.write_bytes(b"".join(lines))
    assert broken_at(path) == at + 1


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (lambda all: all[:2] + all[3:], 3),  # one taken out
        (lambda all: [all[0], all[2], all[1], *all[3:]], 2),  # two swapped
        (lambda all: [all[0], all[0], *all[1:]], 2),  # one put in twice
        (lambda all: all[1:], 1),  # the first taken off
        (lambda all: [*all[:2], b"nonsense\n", *all[2:]], 3),  # a line put in
    ],
)
def test_a_moved_entry_is_found(tmp_path, lines, found):
    """An entry taken out, put in or moved is found where it happened."""
    path = tmp_path / "0.jsonl"
    path.write_bytes(b"".join(lines(written(path))))
    assert broken_at(path) == found


@pytest.mark.parametrize("added", [b',"status":200}', b" ", b"}"])
@pytest.mark.parametrize("at", [1, 4])
def test_what_is_added_behind_the_hash_is_found(tmp_path, at, added):
    """A key that is added behind an entry's hash would be read in place of the true one: found."""
    path = tmp_path / "0.jsonl"
    lines = written(path)
    kept = lines[at].rstrip(b"}\n") if added.startswith(b",") else lines[at].rstrip(b"\n")
    lines[at] = kept + added + b"\n"
    path.write_bytes(b"".join(lines))
    assert broken_at(path) == at + 1


@pytest.mark.parametrize("torn", [1, 10, 90])
def test_a_torn_line_is_put_aside(tmp_path, torn, caplog):
    """What a power cut left of an entry that nobody was told of is put aside, which whoever runs
    the server is told; the log goes on."""
    path = tmp_path / "0.jsonl"
    written(path)
    os.truncate(path, path.stat().st_size - torn)
    lines = written(path, 1)
    assert [orjson.loads(line)["seq"] for line in lines] == [1, 2, 3, 4, 5]
    assert broken_at(path) == 0
    assert (tmp_path / "0.torn").read_bytes().startswith(b'{"number":4')
    [told] = caplog.messages
    assert told.endswith(f"bytes at its end were torn, and go to {tmp_path / '0.torn'}")


def in_batches(path, *sizes):
    """A segment with so many entries in each batch; its lines."""
    segment = Segment(path)
    for size in sizes:
        segment.append([b'{"number":%d' % number for number in range(size)])
    segment.close()
    return path.read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize("torn", [4, 5, 6, 7])
def test_a_batch_torn_within_is_put_aside_from_there(tmp_path, torn):
    """A power cut may leave the end of a batch and not its beginning: what stands before the first
    entry that it harmed is kept, whatever stands behind it."""
    path = tmp_path / "0.jsonl"
    lines = in_batches(path, 1, 3, 4)
    lines[torn] = bytes(len(lines[torn]))  # zeros, and no end of the line
    path.write_bytes(b"".join(lines))
    seqs = [orjson.loads(line)["seq"] for line in in_batches(path, 2)]
    assert seqs == list(range(1, torn + 3))
    assert broken_at(path) == 0


def test_a_change_in_an_earlier_batch_is_left_to_be_found(tmp_path):
    """No power cut harms what was on disk: it stays, so that whoever changed it is found."""
    path = tmp_path / "0.jsonl"
    lines = in_batches(path, 1, 3, 4)
    lines[2] = lines[2].replace(b'"number":1', b'"number":7')
    path.write_bytes(b"".join(lines))
    in_batches(path, 1)
    assert broken_at(path) == 3
    assert not (tmp_path / "0.torn").exists()


def test_a_long_torn_line_is_cut_off(tmp_path):
    """A torn entry longer than what is read at once is cut off whole."""
    path = tmp_path / "0.jsonl"
    written(path, 2)
    with path.open("ab") as file:
        file.write(b"x" * 200_000)
    assert len(written(path, 1)) == 3


def test_entries_are_read_from_the_end(tmp_path):
    """The newest entries are read first, across the edges of what is read at once."""
    path = tmp_path / "long.jsonl"
    lines = [b"%d %s" % (number, b"x" * number) for number in range(700)]
    path.write_bytes(b"\n".join(lines) + b"\n")
    assert list(entries_backwards(path)) == lines[::-1]


def test_many_entries_share_a_write(tmp_path):
    """Callers that wait together are told together, in one chain; what is told is in the file."""

    async def keep():
        journal = Journal(Segment(tmp_path / "0.jsonl"))
        await asyncio.gather(*(journal.keep({"number": number}) for number in range(200)))
        kept = (tmp_path / "0.jsonl").read_bytes().splitlines()
        await journal.close()
        return kept

    kept = asyncio.run(keep())
    assert sorted(orjson.loads(line)["number"] for line in kept) == list(range(200))
    assert broken_at(tmp_path / "0.jsonl") == 0


def test_a_log_that_cannot_be_written_says_so(tmp_path, monkeypatch):
    """Where the disk takes nothing more, the caller is told; nothing half-written stays."""

    async def keep():
        journal = Journal(Segment(tmp_path / "0.jsonl"))
        await journal.keep({"number": 1})
        monkeypatch.setattr("os.fdatasync", full)
        with pytest.raises(Unavailable):
            await journal.keep({"number": 2})
        monkeypatch.undo()
        await journal.keep({"number": 3})
        await journal.close()

    def full(file):
        raise OSError(28, "No space left on device")

    asyncio.run(keep())
    lines = (tmp_path / "0.jsonl").read_bytes().splitlines()
    assert [orjson.loads(line)["number"] for line in lines] == [1, 3]
    assert broken_at(tmp_path / "0.jsonl") == 0


def test_a_closed_stream_stops_no_entry(tmp_path):
    """A log stream that somebody closed costs its lines, and nothing else."""

    async def keep():
        journal = Journal(Segment(tmp_path / "0.jsonl"))
        stream = (tmp_path / "log").open("wb")
        stream.close()
        journal.note(stream, b"a line\n")
        await asyncio.wait_for(journal.keep({"number": 1}), 60)
        await asyncio.wait_for(journal.keep({"number": 2}), 60)
        await journal.close()

    asyncio.run(keep())
    assert len((tmp_path / "0.jsonl").read_bytes().splitlines()) == 2


def test_a_closed_log_takes_nothing_more(tmp_path):
    """Who would keep an entry is told at once; to close it again, or together with another, or to
    wait for its notes, waits for nothing."""

    async def keep():
        journal = Journal(Segment(tmp_path / "0.jsonl"))
        await journal.keep({"number": 1})
        await asyncio.wait_for(asyncio.gather(journal.close(), journal.close()), 60)
        await asyncio.wait_for(journal.close(), 60)
        await asyncio.wait_for(journal.settled(), 60)
        with pytest.raises(Unavailable):
            await journal.keep({"number": 2})

    asyncio.run(keep())
    assert len((tmp_path / "0.jsonl").read_bytes().splitlines()) == 1


def test_notes_are_kept_when_the_journal_closes(tmp_path):
    """A note that nobody waited for is in its file once the journal is closed."""

    async def note():
        journal = Journal(Segment(tmp_path / "audit" / "0.jsonl"))
        journal.note(tmp_path / "trails" / "day.jsonl", b"one\n")
        journal.note(tmp_path / "trails" / "day.jsonl", b"two\n")
        await journal.close()

    asyncio.run(note())
    assert (tmp_path / "trails" / "day.jsonl").read_bytes() == b"one\ntwo\n"


def test_a_note_goes_on_its_own_line_after_one_that_a_crash_tore(tmp_path):
    """Else it would be lost with that."""
    (tmp_path / "day.jsonl").write_bytes(b"one\ntwo, of which half")

    async def note():
        journal = Journal(Segment(tmp_path / "0.jsonl"))
        journal.note(tmp_path / "day.jsonl", b"three\n")
        await journal.close()

    asyncio.run(note())
    assert (tmp_path / "day.jsonl").read_bytes() == b"one\ntwo, of which half\nthree\n"


def test_nothing_is_written_where_a_journal_has_left(tmp_path):
    """Its folders can be moved: entries are refused, and notes wait. It goes on in what it enters;
    what it wrote before is where it was moved, whole."""
    audit, trails = tmp_path / "audit", tmp_path / "trails"

    async def keep():
        journal = Journal(Segment(audit / "0.jsonl"))
        journal.note(trails / "day.jsonl", b"one\n")
        await journal.keep({"number": 1})
        await journal.leave()
        for folder in (audit, trails):
            folder.rename(tmp_path / f"{folder.name}-before")
        journal.note(trails / "day.jsonl", b"two\n")
        for refused in (journal.keep({"number": 2}), journal.go_on_in(None), journal.leave()):
            with pytest.raises(Unavailable):
                await refused
        with pytest.raises(Unavailable):
            journal.head()
        await journal.settled()
        assert not audit.exists()
        assert not trails.exists()
        await journal.enter(Segment(audit / "0.jsonl"))
        await journal.keep({"number": 3})
        await journal.close()

    asyncio.run(keep())
    for folder, number, line in ((f"{audit}-before", 1, "one"), (audit, 3, "two")):
        path = tmp_path / folder / "0.jsonl"
        assert [orjson.loads(each)["number"] for each in path.read_bytes().splitlines()] == [number]
        assert broken_at(path) == 0
        day = tmp_path / str(folder).replace("audit", "trails") / "day.jsonl"
        assert day.read_text() == f"{line}\n"


def test_a_journal_that_has_left_for_good_closes(tmp_path):
    """Where nothing took the place of what was there, whoever waits for the end need not."""

    async def keep():
        journal = Journal(Segment(tmp_path / "0.jsonl"))
        await journal.keep({"number": 1})
        await journal.leave()
        await asyncio.wait_for(journal.close(), 60)

    asyncio.run(keep())
    assert broken_at(tmp_path / "0.jsonl") == 0


def test_a_quick_disk_is_written_in_the_turn_of_the_loop_and_a_slow_one_by_a_thread(
    tmp_path, monkeypatch
):
    """While the disk is quick no thread is woken, however many wait for it; after one slow answer
    nobody waits for it until a second has passed."""
    wrote, time = [], [0.0]

    def disk(file):
        wrote.append(threading.get_ident())
        time[0] += 1.0 if len(wrote) == 2 else 0.0001

    monkeypatch.setattr("openroots.storage.audit.stopwatch", lambda: time[0])
    monkeypatch.setattr("openroots.storage.patience.stopwatch", lambda: time[0])
    monkeypatch.setattr("os.fdatasync", disk)

    async def keep():
        journal = Journal(Segment(tmp_path / "0.jsonl"))
        for _ in range(3):
            await asyncio.gather(*[journal.keep({"number": number}) for number in range(9)])
        time[0] += 1.0
        await journal.keep({"number": 9})
        await journal.close()

    asyncio.run(keep())
    own = threading.get_ident()
    assert [each == own for each in wrote] == [True, True, False, True]
    assert len((tmp_path / "0.jsonl").read_bytes().splitlines()) == 28


def test_notes_are_written_however_many_entries_follow_each_other(tmp_path):
    """Entries that never cease keep no note waiting."""

    async def note():
        journal = Journal(Segment(tmp_path / "0.jsonl"))
        journal.note(tmp_path / "day.jsonl", b"one\n")
        while not (tmp_path / "day.jsonl").exists():
            await journal.keep({"number": 1})
        await journal.close()

    asyncio.run(asyncio.wait_for(note(), 60))
    assert (tmp_path / "day.jsonl").read_bytes() == b"one\n"


def test_a_batch_of_which_only_a_part_fits_leaves_nothing(tmp_path):
    """The system says how much it took of it, and no error. What comes later follows what was."""
    resource = pytest.importorskip("resource")
    path = tmp_path / "0.jsonl"
    segment = Segment(path)
    segment.append([b'{"a":1'])
    whole = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 40, limits[1]))
    try:
        with pytest.raises(OSError, match="full"):
            segment.append([b'{"a":2'])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == whole
    segment.append([b'{"a":3'])
    segment.close()
    assert broken_at(path) == 0
