"""Who looked at somebody is found without reading the log, whatever became of the index."""

import asyncio

import orjson
import pytest

from openroots.clock import Unpredictable
from openroots.storage import people_index
from openroots.storage.audit import Journal
from openroots.storage.looks import Looks, cursor_in
from openroots.storage.people_index import Index
from openroots.storage.receipt import checked
from openroots.storage.sealing import People
from openroots.storage.segment import Segment
from tests.storage.signing import keys_in

MANY = 60


@pytest.fixture
def keys(tmp_path):
    """The keys of a new world."""
    return keys_in(tmp_path)


@pytest.fixture
def people(tmp_path, keys):
    """The keys of its people."""
    return People(tmp_path / "people.db", keys.secret("people"), Unpredictable())


def entry(number):
    """The entry of one request: the third of each three is about jane and john."""
    subjects = [["jane"], ["john"], ["jane", "john"]][number % 3]
    wall = f"2026-11-21T12:00:{number % 60:02d}.{number:06d}+00:00"
    return {"wall": wall, "trail": f"{number:024x}", "subjects": subjects, "n": number}


def journal_of(folder, keys, people, name="0"):
    """A journal of one segment in this folder."""
    return Journal(Segment(folder / "audit" / f"{name}.jsonl", keys), people)


def kept(folder, keys, people, numbers, name="0"):
    """Entries kept one after the other; their receipts."""

    async def keep():
        journal = journal_of(folder, keys, people, name)
        receipts = [await journal.keep(entry(number)) for number in numbers]
        await journal.close()
        return receipts

    return asyncio.run(keep())


def all_of(looks, person, most):
    """The numbers of all entries about somebody, page by page."""
    found, after = [], None
    while True:
        page = looks.of(person, most, after)
        found += [look.entry["n"] for look in page.looks]
        if page.after is None:
            return found
        assert len(page.looks) == most
        after = cursor_in(orjson.dumps(dict(page.after)).decode())


JANES = [number for number in range(MANY - 1, -1, -1) if number % 3 != 1]


@pytest.mark.parametrize("run", [1, 7, 8192])
@pytest.mark.parametrize("most", [1, 9, 40, 1000])
def test_the_newest_come_first_page_by_page(tmp_path, keys, people, monkeypatch, run, most):
    """All entries about somebody and no others, however many are asked for at once, and whether
    they are in a run of the index or behind the last one."""
    monkeypatch.setattr(people_index, "RUN", run)
    kept(tmp_path, keys, people, range(MANY))
    looks = Looks(tmp_path / "audit", people)
    assert all_of(looks, "jane", most) == JANES
    assert looks.of("jane", 1).total == len(JANES)
    assert looks.of("nobody", 5) == ((), 0, None)


def test_segments_are_read_together(tmp_path, keys, people):
    """What several workers wrote is told in one order."""
    for name in ("0", "1", "2"):
        kept(tmp_path, keys, people, range(int(name), MANY, 3), name)
    assert all_of(Looks(tmp_path / "audit", people), "jane", 7) == JANES


def test_what_is_written_meanwhile_moves_no_page(tmp_path, keys, people):
    """The pages that follow go on from the first, whoever looks in between."""
    kept(tmp_path, keys, people, range(MANY))
    looks = Looks(tmp_path / "audit", people)
    first = looks.of("jane", 10)
    kept(tmp_path, keys, people, range(MANY, MANY + 30), "0")
    kept(tmp_path, keys, people, range(MANY, MANY + 30), "1")
    second = looks.of("jane", 1000, first.after)
    told = [look.entry["n"] for look in (*first.looks, *second.looks)]
    assert told == JANES


@pytest.mark.parametrize("harm", ["gone", "torn", "rubbish", "empty", "of another"])
def test_an_index_that_was_harmed_is_made_again(tmp_path, keys, people, harm):
    """The index is never the source of truth: it is cut to what is whole, and caught up."""
    kept(tmp_path, keys, people, range(30))
    kept(tmp_path, keys, people, range(30, MANY))
    index = tmp_path / "audit" / "0.looks"
    data = index.read_bytes()
    changed = {
        "torn": data[:-5],
        "rubbish": data[:40] + b"\x00" + data[41:],
        "empty": b"",
        "of another": data.replace(b"\x00\x00", b"\xff\xff", 1),
    }
    index.unlink() if harm == "gone" else index.write_bytes(changed[harm])
    kept(tmp_path, keys, people, [])
    assert all_of(Looks(tmp_path / "audit", people), "jane", 11) == JANES


def test_an_entry_can_be_found_before_the_index_has_it(tmp_path, keys, people):
    """While the journal is open and its index lags behind, nothing is missed."""

    async def keep_and_look():
        journal = journal_of(tmp_path, keys, people)
        for number in range(MANY):
            await journal.keep(entry(number))
        found = all_of(Looks(tmp_path / "audit", people), "jane", 50)
        await journal.close()
        return found

    assert asyncio.run(keep_and_look()) == JANES


def test_an_index_that_cannot_be_written_stops_nothing(tmp_path, keys, people):
    """Where the disk does not take the index, entries are kept and found all the same."""
    (tmp_path / "audit" / "0.looks").mkdir(parents=True)
    kept(tmp_path, keys, people, range(MANY))
    assert all_of(Looks(tmp_path / "audit", people), "jane", 50) == JANES


def test_entries_of_before_anything_was_sealed_are_found_too(tmp_path, keys, people):
    """A log that names people as they are is indexed as if it did not."""
    segment = Segment(tmp_path / "audit" / "0.jsonl")
    for number in range(30):
        segment.append([orjson.dumps(entry(number))[:-1]])
    segment.close()
    kept(tmp_path, keys, people, range(30, MANY))
    assert all_of(Looks(tmp_path / "audit", people), "jane", 50) == JANES


def test_each_look_comes_with_the_receipt_that_was_given(tmp_path, keys, people):
    """The receipt made from the log is the one that the caller got, but for the newest, whose seal
    is not in the log yet."""
    given = kept(tmp_path, keys, people, range(MANY))
    looks = Looks(tmp_path / "audit", people)
    page = looks.of("jane", 1000)
    made = looks.receipts(page.looks)
    assert made[0] == ""
    assert made[1:] == [given[number] for number in JANES[1:]]
    assert checked(made[1], keys)["trail"] == page.looks[1].entry["trail"]


def test_receipts_of_a_large_batch(tmp_path, keys, people):
    """Entries that were kept together are found around the one that is asked for."""

    async def keep():
        journal = journal_of(tmp_path, keys, people)
        receipts = await asyncio.gather(*(journal.keep(entry(n)) for n in range(MANY)))
        await journal.keep(entry(1))
        await journal.close()
        return receipts

    given = asyncio.run(keep())
    looks = Looks(tmp_path / "audit", people)
    assert looks.receipts(looks.of("jane", 1000).looks) == [given[number] for number in JANES]


def test_who_was_erased_was_looked_at_by_nobody(tmp_path, keys, people):
    """Without their key nothing in the log is about them any more."""
    kept(tmp_path, keys, people, range(MANY))
    people.erase("jane")
    looks = Looks(tmp_path / "audit", people)
    assert looks.of("jane", 10) == ((), 0, None)
    assert looks.of("john", 1).total == 40


@pytest.mark.parametrize(
    "text", ["", "[]", "7", '{"0":"a"}', '{"../x":1}', '{"0":-1}', '{"0":true}']
)
def test_what_is_no_cursor_is_refused(text):
    """A cursor that nobody gave out is refused in one way."""
    with pytest.raises(ValueError):  # noqa: PT011
        cursor_in(text)


def test_an_index_alone_says_nothing_of_anybody(tmp_path, keys, people):
    """It holds pseudonyms and places: no name."""
    kept(tmp_path, keys, people, range(MANY))
    data = (tmp_path / "audit" / "0.looks").read_bytes()
    assert b"jane" not in data
    assert people.pseudonym("jane").encode() in data
    assert isinstance(Index(tmp_path / "audit" / "0.jsonl", people.pseudonyms_in), Index)
