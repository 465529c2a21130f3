"""Whom the log is about can be told by who has their keys, until these are erased."""

import threading
from base64 import urlsafe_b64decode

import pytest

from openroots.clock import Repeatable, Unpredictable
from openroots.storage import Unavailable
from openroots.storage.sealing import People

SECRET = bytes(range(32))


def people_in(folder, secret=SECRET):
    """The keys of people in this folder."""
    return People(folder / "people.db", secret, Unpredictable())


@pytest.fixture
def people(tmp_path):
    """The keys of people of a new world."""
    return people_in(tmp_path)


def test_what_is_sealed_is_opened(people):
    """Names come back in their order, and one entry cannot be read with another's ties."""
    sealed = people.seal(["jane", "john", "jane"], "trail 1")
    assert people.opened(sealed, "trail 1") == ["jane", "john", "jane"]
    assert people.opened(sealed, "trail 2") == ["", "", ""]


def test_the_log_says_nothing_by_itself(people):
    """The same person is sealed otherwise each time, under one pseudonym, which is not their name
    nor made from it alone."""
    (first,), (second,) = people.seal(["jane"], "1"), people.seal(["jane"], "2")
    assert first != second
    assert first.partition(".")[0] == second.partition(".")[0] == people.pseudonym("jane")
    assert "jane" not in first


def test_pseudonyms_differ_from_world_to_world(tmp_path, people):
    """The key of a person is made by chance: nobody can work out a pseudonym from a name."""
    other = people_in(tmp_path / "other")
    people.seal(["jane"], "")
    other.seal(["jane"], "")
    assert people.pseudonym("jane") != other.pseudonym("jane")


def test_keys_are_there_after_a_new_start(tmp_path, people):
    """What was sealed before is opened by who has the file and the secret."""
    sealed = people.seal(["jane"], "t")
    people.close()
    assert people_in(tmp_path).opened(sealed, "t") == ["jane"]


def test_the_file_without_its_secret_opens_nothing(tmp_path, people):
    """Who took the file of keys alone can read no name; the world itself says what is missing."""
    sealed = people.seal(["jane"], "t")
    stranger = people_in(tmp_path, bytes(32))
    assert stranger.opened(sealed, "t") == [""]
    assert stranger.pseudonym("jane") == ""


def test_who_is_erased_is_erased_everywhere(tmp_path, people):
    """Once their key is gone nothing in the log can be opened or found as theirs, and nothing of it
    is left on the disk."""
    sealed = people.seal(["jane", "john"], "t")
    kept = urlsafe_b64decode(sealed[0].partition(".")[0] + "==")
    assert kept in whole_file(tmp_path)
    assert people.erase("jane", "nobody") == 1
    assert people.opened(sealed, "t") == ["", "john"]
    assert people.pseudonym("jane") == ""
    assert kept not in whole_file(tmp_path)


def whole_file(folder):
    """Everything on disk that a key could be in."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("people.db*")))


def test_somebody_who_comes_back_is_another(people):
    """Who was erased and is seen again has another pseudonym; what was before stays closed."""
    before = people.seal(["jane"], "t")
    people.erase("jane")
    after = people.seal(["jane"], "t")
    assert after[0].partition(".")[0] != before[0].partition(".")[0]
    assert people.opened([*before, *after], "t") == ["", "jane"]


def test_an_erasure_is_noticed_by_every_process(tmp_path, people):
    """Another opening of the same file lets go of the key that it had in memory."""
    other = people_in(tmp_path)
    before = other.seal(["jane"], "t")
    people.erase("jane")
    after = other.seal(["jane"], "t")
    assert other.opened([*before, *after], "t") == ["", "jane"]


def test_several_at_once_agree_on_a_key(tmp_path):
    """Workers that see somebody for the first time in the same moment seal with one key."""
    found = []

    def seal():
        mine = people_in(tmp_path)
        found.append([mine.seal([f"p{at}"], "t")[0].partition(".")[0] for at in range(30)])

    threads = [threading.Thread(target=seal) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(found) == 4
    assert all(each == found[0] for each in found)


def test_an_entry_is_read_as_if_nothing_were_sealed(people):
    """Subjects come back in their place; how many were erased is said; old entries are as they
    were."""
    named = people.seal(["jane", "john"], "t")
    entry = {"trail": "t", "people": named, "acting": people.seal(["9000000009"], "t")}
    opened = people.opened_entry(entry)
    assert opened == {"trail": "t", "subjects": ["jane", "john"], "acting": ["9000000009"]}
    people.erase("jane")
    assert people.opened_entry(entry)["subjects"] == ["john"]
    assert people.opened_entry(entry)["erased"] == 1
    assert people.opened_entry({"trail": "t", "subjects": ["jane"]})["subjects"] == ["jane"]


@pytest.mark.parametrize("sealed", ["", ".", "x.y", "é.é", "AAAAAAAAAAAAAAAAAAAAAA.!!", "a" * 99])
def test_what_somebody_wrote_into_the_log_opens_nothing(people, sealed):
    """Rubbish in the place of a sealed name is nobody."""
    people.seal(["jane"], "t")
    assert people.opened([sealed], "t") == [""]


def test_more_people_than_are_remembered(people, monkeypatch):
    """Keys beyond those in memory come from the file."""
    monkeypatch.setattr("openroots.storage.sealing.MOST_KNOWN", 10)
    names = [f"p{at}" for at in range(700)]
    sealed = people.seal(names, "t")
    assert people.opened(people.seal(names[:5], "t") + sealed, "t") == names[:5] + names


def test_where_no_key_can_be_kept_nothing_is_sealed(tmp_path):
    """A file that cannot be written is told as unavailable, before anything is in the log."""
    folder = tmp_path / "file"
    folder.write_text("no folder")
    with pytest.raises(Unavailable):
        People(folder / "people.db", SECRET, Repeatable(1)).seal(["jane"], "t")
