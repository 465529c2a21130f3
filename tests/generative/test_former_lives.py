"""Whatever was once so of somebody is found by a search of history, however it came to be so."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openroots.population.numbers import nhs_numbers
from openroots.problem import Json
from openroots.storage import Change
from openroots.testing import Nation, open_nation
from tests.gateway.door import Door
from tests.services.demographics.patches import op
from tests.services.demographics.searches import PAST, PATIENTS, found, name, person
from tests.test_pruning import catch_up

BORN = {"birthdate": "1931-04-05"}
PHONE = {"id": "T1", "system": "phone", "use": "mobile", "period": {"start": "2001-01-01"}}
HOME = {"id": "A1", "use": "home", "line": ["1 Mill Lane"], "period": {"start": "1990-01-01"}}

# What may be so: a phone, a postcode or a family name, one of several each.
said = st.tuples(st.sampled_from(["phone", "postcode", "family"]), st.integers(0, 5))
patched = st.tuples(st.just("patched"), said)
written = st.tuples(st.just("written"), said)  # by another than a patch
pruned = st.just(("pruned", ("", 0)))
lives = st.lists(st.one_of(patched, patched, patched, written, pruned), max_size=40)
numbers = islice(nhs_numbers(), 50_000, None)


@pytest.fixture(scope="module")
def nation(openroots_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nation]:
    """A nation that keeps versions for a day."""
    state = tmp_path_factory.mktemp("former") / "state"
    shutil.copytree(openroots_seeded, state)
    nation = open_nation(state, versions=1)
    yield nation
    nation.close()


@settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(life=lives)
def test_whoever_was_so_is_found_by_it(nation: Nation, life: list) -> None:
    """By all that a record ever held, in whatever order it was patched, written otherwise and its
    old versions let go of; and without history by what it holds now alone."""
    number, now, ever = next(numbers), {"phone": 0, "postcode": 0, "family": 0}, set()
    ever |= set(now.items())
    nation.holds(made(number, now, 0))
    for how, (part, value) in life:
        if how == "pruned":
            nation.wall.advance(timedelta(days=2))
            catch_up(nation)
            Door(nation).post("/prune")
        elif now[part] != value:
            now = now | {part: value}
            ever.add((part, value))
            (patch if how == "patched" else write)(nation, number, now, part)
    for part, value in sorted(ever):
        asked = BORN | search_for(now, part, value)
        assert number in found(nation, asked | PAST), (part, value)
        assert (number in found(nation, asked)) == (now[part] == value), (part, value)


def search_for(now: dict[str, int], part: str, value: int) -> Json:
    """What a search asks to find somebody by this."""
    family = {"family": f"Carter{'abcdef'[now['family']]}"}
    if part == "family":
        return {"family": f"Carter{'abcdef'[value]}"}
    if part == "phone":
        return family | {"phone": f"0770090011{value}"}
    return family | {"address-postcode": f"AB{value} 1AA"}


def made(number: str, now: dict[str, int], expect: int) -> Change:
    """A record that holds this."""
    phone = PHONE | {"value": f"0770090011{now['phone']}"}
    home = HOME | {"postalCode": f"AB{now['postcode']} 1AA"}
    called = name(f"Carter{'abcdef'[now['family']]}", "Ann", period={"start": "1950-01-01"})
    return replace(person(number, called, telecom=[phone], address=[home]), expect=expect)


def write(nation: Nation, number: str, now: dict[str, int], part: str) -> None:
    """Have the record hold this, by another way than a patch: which changes no name."""
    if part == "family":
        return patch(nation, number, now, part)
    row = nation.house.world.store.snapshot().get("Patient", number)
    assert row is not None
    nation.holds(made(number, now, row.version))
    return None


def patch(nation: Nation, number: str, now: dict[str, int], part: str) -> None:
    """Have the record hold this."""
    path, id, value = {
        "phone": ("/telecom/0/value", "T1", f"0770090011{now['phone']}"),
        "postcode": ("/address/0/postalCode", "A1", f"AB{now['postcode']} 1AA"),
        "family": ("/name/0/family", "N1", f"Carter{'abcdef'[now['family']]}"),
    }[part]
    item = path.rpartition("/")[0]
    version = nation.ask("GET", f"{PATIENTS}/{number}").headers["etag"]
    patches = [op("test", f"{item}/id", id), op("replace", path, value)]
    headers = {"If-Match": version, "Content-Type": "application/json-patch+json"}
    told = nation.ask("PATCH", f"{PATIENTS}/{number}", {"patches": patches}, headers=headers)
    assert told.status == 200, told.body
