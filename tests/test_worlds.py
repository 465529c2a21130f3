"""Two worlds in one process do not touch: what is done in one is not seen in the other.

Source: ARCHITECTURE.md, "A world".
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest

from openroots.gateway.metrics import text_of
from openroots.register.decision import take_back
from openroots.register.kept import as_change, decisions_in, rulebook_of
from openroots.testing import NOON, Nation, open_nation

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
MALE = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}


@pytest.fixture
def worlds(openroots_seeded: Path, tmp_path: Path) -> Iterator[tuple[Nation, Nation]]:
    """Two nations that began alike."""
    for name in ("one", "other"):
        copytree(openroots_seeded, tmp_path / name)
    one, other = open_nation(tmp_path / "one"), open_nation(tmp_path / "other")
    yield one, other
    one.close()
    other.close()


def test_a_record_changed_in_one_is_as_it_was_in_the_other(worlds: tuple[Nation, Nation]) -> None:
    one, other = worlds
    before = other.ask("GET", JANE)
    assert one.ask("PATCH", JANE, MALE, headers={"If-Match": 'W/"2"'}).status == 200
    after = other.ask("GET", JANE)
    assert after.raw == before.raw
    assert after.headers["etag"] == 'W/"2"'
    assert one.ask("GET", JANE).body["gender"] == "male"


def test_signals_trails_and_audit_of_one_are_not_in_the_other(
    worlds: tuple[Nation, Nation],
) -> None:
    one, other = worlds
    told, kept, proved = other.signals(), other.trails(), other.audit()
    one.ask("PATCH", JANE, MALE, headers={"If-Match": 'W/"2"'})
    assert (other.signals(), other.trails(), other.audit()) == (told, kept, proved)
    assert len(one.signals()) > len(told)


def test_time_moved_in_one_stands_in_the_other(worlds: tuple[Nation, Nation]) -> None:
    one, other = worlds
    one.move_clock("2027-04-02")
    assert other.house.world.time.now() == NOON
    assert one.house.world.time.now() - NOON > timedelta(days=100)


def test_a_rulebook_changed_in_one_is_as_it_was_in_the_other(
    worlds: tuple[Nation, Nation],
) -> None:
    one, other = worlds
    before = other.house.world.rulebook.hash
    world = one.house.world
    decisions = decisions_in(world.store.snapshot())
    undone = take_back(decisions, None, "test", "A test.", world.time.now())
    one.holds(as_change(undone))
    world.rulebook = rulebook_of(world.store.snapshot())
    assert world.rulebook.hash != before
    assert other.house.world.rulebook.hash == before


def test_figures_of_one_do_not_count_what_was_asked_of_the_other(
    worlds: tuple[Nation, Nation],
) -> None:
    one, other = worlds
    one.ask("GET", JANE)
    assert b"demographics.read-patient" in text_of([one.house.counted()])
    assert b"demographics.read-patient" not in text_of([other.house.counted()])
