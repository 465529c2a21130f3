"""Trails are kept and read by others: what a client made up is covered before it is kept."""

from datetime import date, timedelta

import pytest

from openroots.gateway.trail import covered, file_of, find, forget_old, newest
from openroots.testing import NOON

UUID = "60e0b220-8136-4ca5-ae46-9000000009ff"


@pytest.mark.parametrize("id", [UUID, UUID.upper(), "thread-17", "a.b:c/d=e", ""])
def test_an_id_is_kept_as_it_is(id):
    """Ids that are ids can be searched for as they were sent; a UUID is one whatever its digits."""
    assert covered(id) == id


@pytest.mark.parametrize(
    "text",
    [
        "9000000009",
        "about-9000000009",
        "900 000 0009",
        "900-000-0009",
        "x9000000009y",
        "09000000009",
        "a" * 119 + "9000000009",
        "Jane Smith",
        "9000000009 and 900 000 0009",
    ],
)
def test_what_tells_of_a_person_is_covered(text):
    """No NHS number is kept, however it is written, and no prose, in which names could be."""
    kept = covered(text)
    assert "0009" not in kept.replace(" ", "").replace("-", "")
    assert "Jane" not in kept


def test_what_was_covered_is_found_again(openroots):
    """A developer asks for the id that their system sent, and finds the trail all the same."""
    jane = "/personal-demographics/FHIR/R4/Patient/9000000009"
    told = openroots.ask("GET", jane, headers={"X-Correlation-ID": "Jane moves, 900 000 0009"})
    openroots.trails()
    folder = openroots.house.settings.state / "trails"
    found = find(folder, "Jane moves, 900 000 0009")
    assert found["trail"] == told.headers["x-openroots-trail"]


def test_a_trail_is_found_by_its_id_whatever_its_digits(tmp_path):
    """The id of a trail is random: one whose digits happen to look like an NHS number is found."""
    id = "6b0152000900000000900000"
    assert covered(id) != id
    (tmp_path / "2026-11-21.jsonl").write_text(f'{{"trail":"{id}","correlation_id":""}}\n')
    assert find(tmp_path, id)["trail"] == id


def test_what_a_crash_left_among_the_trails_is_passed_over(tmp_path):
    """A line that was torn, or holds rubbish where the power went, takes no other along."""
    first, last = '{"trail":"6b0152000900000000900000"}', '{"trail":"6b0152000900000000900001"}'
    torn = [first[:-2], f"{first[:9]}{last}", "5", "\0" * 20]
    written = [each.encode() for each in (first, *torn, last)]
    written.insert(3, first.encode()[:-2] + b"\xf7")
    (tmp_path / "2026-11-21.jsonl").write_bytes(b"\n".join(written) + b"\n")
    assert [one["trail"][-1] for one in newest(tmp_path, 9)] == ["1", "0"]
    assert find(tmp_path, "6b0152000900000000900000")["trail"].endswith("0")


def test_trails_are_kept_for_as_many_days_as_are_set(tmp_path):
    """Files of days before that are removed, and no other."""
    days = [date(2026, 11, 21) - timedelta(days=before) for before in range(10)]
    for day in days:
        file_of(tmp_path, day).touch()
    assert forget_old(tmp_path, NOON) == 2
    assert forget_old(tmp_path, NOON, 3) == 4
    assert sorted(tmp_path.iterdir()) == sorted(file_of(tmp_path, day) for day in days[:4])
