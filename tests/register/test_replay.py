"""A register is made again from its entries, to the same bytes, and no entry can be left out."""

import orjson
import pytest

from openroots.register.replay import (
    Entry,
    Sum,
    entries_in,
    entries_of,
    entry_from,
    replayed,
    rows_in,
)
from openroots.storage import Row
from openroots.testing import openroots_nation
from tests.services.standards_register.office import DRAFT, MANDATE, PLAIN, Office


@pytest.fixture(scope="module")
def register(openroots_seeded):
    """The snapshot of a register in which much was done."""
    with openroots_nation(openroots_seeded) as nation:
        office = Office(nation).on("2027-01-11")
        office.publish()
        office.post(f"{PLAIN}/mandates", MANDATE)
        office.post("/standards", {"definition": {**DRAFT, "id": "more"}, "reason": "r"})
        office.post("/standards/more/moves", {"stage": "consultation", "reason": "say"})
        said = office.post("/standards/more/comments", {"kind": "objection", "text": "No."}, "")
        office.post(f"/comments/{said['id']}/answers", {"outcome": "accepted", "said": "Mended."})
        office.know("standard.suite", "https://example.org/suite")
        case = {"id": "one", "name": "One", "reason": "new", "owner": "Y9"}
        office.post("/programmes/login-onboarding/cases", case)
        for stage in ("coming", "connected"):
            moved = {"stage": stage, "reason": "as planned"}
            office.post("/programmes/login-onboarding/cases/one/moves", moved)
        yield nation.house.world.store.snapshot()


def summed(made):
    total = Sum()
    for one in made:
        total.add(one)
    return total.entries, total.resources, total.hex()


def test_a_register_is_what_its_entries_make_it(register):
    """Byte by byte, and a second time, and from lines that were taken elsewhere."""
    made = list(replayed(entries_in(register)))
    assert [one.raw for one in made] == [row.raw for row in rows_in(register)]
    lines = [entry.line() for entry in entries_in(register)]
    again = list(replayed(map(entry_from, lines)))
    assert again == made
    assert summed(made) == summed(again)
    assert summed(made)[0] == len(lines) > len(made)


def test_an_entry_tells_what_an_act_added(register):
    """And no more: a move of a case is one line with that move."""
    told = [one for one in entries_in(register) if one.id == "login-onboarding.one"]
    assert [one.version for one in told] == [1, 2, 3]
    assert [one["stage"] for one in told[2].more["moves"]] == ["connected"]
    assert (told[2].set, told[2].whole) == ({}, None)


@pytest.mark.parametrize(
    ("left_out", "words"),
    [(0, "entry 1 of Case a is missing: this is 2"), (1, "entry 2 of Case a is missing")],
)
def test_no_entry_can_be_left_out(left_out, words):
    entries = [Entry("Case", "a", n + 1, {"n": n}) for n in range(3)]
    with pytest.raises(ValueError, match=words):
        list(replayed([*entries[:left_out], *entries[left_out + 1 :]]))
    with pytest.raises(ValueError, match="entry 1 of Case a is missing: this is 3"):
        list(replayed([*entries[:2], Entry("Case", "b", 1), entries[2]]))


@pytest.mark.parametrize(
    "bodies",
    [
        [{"a": 1, "b": [1]}, {"a": 1, "b": [1, 2]}],
        [{"a": 1, "b": 2}, {"b": 2, "a": 1}],
        [{"a": 1}, {"b": 2}],
        [{"a": [1, 2]}, {"a": [2]}, {"a": []}, {"a": [5]}],
        [{"a": []}, {}, {"a": None}],
    ],
)
def test_whatever_became_of_a_resource_is_made_again(bodies):
    """Members in another order, values taken back, lists cut."""
    rows = [Row("Case", "a", n + 1, n, orjson.dumps(body)) for n, body in enumerate(bodies)]
    lines = [entry.line() for entry in entries_of(rows)]
    [made] = replayed(map(entry_from, lines))
    assert (made.raw, made.version) == (rows[-1].raw, len(rows))


@pytest.mark.parametrize(
    "line",
    [b"", b"[", b"{}", b"[1]", b'{"type": 1, "id": "a", "version": 1}', b'{"type": "Case"}']
    + [b'{"type": "Case", "id": "a", "version": 1, "more": []}', b'{"n": 1}', b"null"],
)
def test_what_is_no_entry_is_refused(line):
    with pytest.raises(ValueError, match="this is no entry of a register"):
        entry_from(line)
