"""What the versions tell of the past is gathered before they go, once and of everybody."""

from datetime import timedelta

import pytest

from openroots.pruning import gather
from openroots.services.demographics import gathering
from openroots.services.demographics.former import FORMER
from openroots.services.demographics.gathering import COMMITS, gathered_next
from openroots.storage import Author, Change
from openroots.testing import Nation
from tests.services.demographics.patches import op
from tests.services.demographics.searches import PAST, PATIENTS, found, name, person

DAY = timedelta(days=1)
NUMBERS = [str(9999900003 + one) for one in range(3)]


def move(nation: Nation, number: str, postcode: str) -> None:
    """Have somebody live here, in a version of their record."""
    db = nation.house.world.store.snapshot()
    row = db.get("Patient", number)
    there = person(number, name("Carter", "Ann"), address=[{"use": "home", "postalCode": postcode}])
    nation.holds(Change("Patient", number, there.body, row.version if row else 0, there.subject))


def gathered(nation: Nation, days: int = 0) -> dict[str, tuple[int, list[str]]]:
    """What has been gathered of each person once all was that is so many days old: how often that
    was kept, and the postcodes."""
    now, store = nation.wall.now(), nation.house.world.store
    by = Author("test", "", "test", "", now, now)
    nation.run(gather(store, by, now - days * DAY))
    rows = store.snapshot().read([(FORMER, number) for number in NUMBERS]).values()
    return {
        row.id: (row.version, [one["postalCode"] for one in row.body["address"]]) for row in rows
    }


def test_what_was_changed_until_then_is_gathered(openroots: Nation) -> None:
    """And what was changed later is not yet; who has not changed has nothing to gather."""
    for postcode in ("AB1 1AA", "AB2 2AA"):
        move(openroots, NUMBERS[0], postcode)
    move(openroots, NUMBERS[2], "AB1 1AA")
    openroots.wall.advance(2 * DAY)
    for postcode in ("AB1 1AA", "AB2 2AA"):
        move(openroots, NUMBERS[1], postcode)
    openroots.wall.advance(DAY)
    assert gathered(openroots, days=2) == {NUMBERS[0]: (1, ["AB1 1AA"])}
    assert gathered(openroots) == {number: (1, ["AB1 1AA"]) for number in NUMBERS[:2]}


def test_nothing_is_looked_at_twice(openroots: Nation) -> None:
    """To gather again, where nothing has changed, writes nothing; what has changed is added."""
    move(openroots, NUMBERS[0], "AB1 1AA")
    move(openroots, NUMBERS[0], "AB2 2AA")
    openroots.wall.advance(DAY)
    assert gathered(openroots) == {NUMBERS[0]: (1, ["AB1 1AA"])}
    before = openroots.house.world.store.snapshot().t
    assert gathered(openroots) == {NUMBERS[0]: (1, ["AB1 1AA"])}
    assert openroots.house.world.store.snapshot().t == before
    move(openroots, NUMBERS[0], "AB3 3AA")
    openroots.wall.advance(DAY)
    assert gathered(openroots) == {NUMBERS[0]: (2, ["AB1 1AA", "AB2 2AA"])}


def test_somebody_who_is_erased_meanwhile_stays_erased(
    openroots: Nation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of them is gathered that was read before; of the others it is."""
    store = openroots.house.world.store
    for number in NUMBERS[:2]:
        move(openroots, number, "AB1 1AA")
        move(openroots, number, "AB2 2AA")
    openroots.wall.advance(DAY)
    commit, erased = store.commit, [f"subject-{NUMBERS[0]}"]

    async def slow(*args, **named):
        if erased:
            await store.erase(erased.pop())
        return await commit(*args, **named)

    monkeypatch.setattr(type(store), "commit", lambda _, *args, **named: slow(*args, **named))
    assert gathered(openroots) == {NUMBERS[1]: (1, ["AB1 1AA"])}


def test_a_patch_that_comes_meanwhile_is_kept(
    openroots: Nation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gathering makes no version of a record: a client is not told that theirs is another."""
    store, number = openroots.house.world.store, NUMBERS[0]
    move(openroots, number, "AB1 1AA")
    past = [Change(FORMER, number, {"address": []}, 0, f"subject-{number}")]
    commit = store.commit

    async def slow(*args, **named):
        if past:
            await commit([past.pop()], by=named["by"])
        return await commit(*args, **named)

    monkeypatch.setattr(type(store), "commit", lambda _, *args, **named: slow(*args, **named))
    renamed = [op("test", "/name/0/id", "N1"), op("replace", "/name/0/family", "Able")]
    for status in (200, 409):
        told = openroots.ask(
            "PATCH",
            f"{PATIENTS}/{number}",
            {"patches": renamed},
            headers={"If-Match": 'W/"1"', "Content-Type": "application/json-patch+json"},
        )
        assert told.status == status, told.body


def test_no_more_is_looked_at_together_than_goes_quickly(
    openroots: Nation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commits that come to some people: else others would always change one of them meanwhile."""
    monkeypatch.setattr(gathering, "PEOPLE", 2)
    store = openroots.house.world.store
    before = store.snapshot().t
    for number in NUMBERS:
        move(openroots, number, "AB1 1AA")
    openroots.wall.advance(DAY)
    places = []
    while (found := gathered_next(store, openroots.wall.now())) is not None:
        places.append(int(found.mark.value))
        openroots.holds(marks=[found.mark])
    assert places[-2:] == [before + 2, before + 3]


def test_more_is_gathered_than_is_looked_at_together(openroots: Nation) -> None:
    for turn in range(COMMITS + 10):
        move(openroots, NUMBERS[turn % 3], f"AB{turn // 3 % 9} 1AA")
    openroots.wall.advance(DAY)
    for _, postcodes in gathered(openroots).values():
        assert len(postcodes) == 8


def test_a_change_that_comes_between_is_not_lost(
    openroots: Nation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a record was changed, and gathered with that, the same commits are looked at again."""
    store, number = openroots.house.world.store, NUMBERS[0]
    move(openroots, number, "AB1 1AA")
    move(openroots, number, "AB2 2AA")
    openroots.wall.advance(DAY)
    commit, others = store.commit, [Change(FORMER, number, {"address": []}, 0, f"subject-{number}")]

    async def slow(*args, **named):
        if others:
            await commit([others.pop()], by=named["by"])
        return await commit(*args, **named)

    monkeypatch.setattr(type(store), "commit", lambda _, *args, **named: slow(*args, **named))
    assert gathered(openroots)[number] == (2, ["AB1 1AA"])
    asked = {"family": "Carter", "birthdate": "1931-04-05", "address-postcode": "AB11AA"}
    assert list(found(openroots, asked | PAST)) == [number]
