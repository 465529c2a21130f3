"""A person is erased: from what is kept now, from its past, and from what is restored later."""

from pathlib import Path

import pytest

from openroots.services.demographics.allocation import allocated
from openroots.services.demographics.creating import EXAMPLE
from openroots.services.demographics.published import person_key
from openroots.storage.erasures import Erasures
from openroots.storage.saved import prepare_restore, restore_prepared
from openroots.testing import Nation, open_nation
from tests.gateway.door import Door
from tests.services.demographics.newcomers import create

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
HEAD = "nhs_number,family_name,given_names,gender,birth_date,address_line_1,postcode"
FAMILY = "Featherstonehaughton"
NAMED = {"op": "replace", "path": "/name/0/family", "value": FAMILY}


@pytest.fixture
def saved(openroots: Nation, tmp_path: Path) -> Path:
    """What was saved of a world in which Jane has another name; the world goes on."""
    file = tmp_path / "before.openroots"
    test = {"op": "test", "path": "/name/0/id", "value": "123"}
    headers = {"If-Match": 'W/"2"', "Content-Type": "application/json-patch+json"}
    changed = openroots.ask("PATCH", JANE, headers=headers, body={"patches": [test, NAMED]})
    assert changed.status == 200
    Door(openroots).post("/save", {"file": str(file)})
    return file


def test_nothing_of_who_was_erased_is_found_or_left(openroots: Nation, saved: Path) -> None:
    """Their number answers as one that is nobody's, the log names them no more, and their name is
    in no file of the store. That somebody was erased is on record."""
    told = Door(openroots).post("/erase", {"subject": "9000000009"})
    assert told["versions"] >= 2
    assert told["entries"] == 1
    assert openroots.ask("GET", JANE).status == 404
    asked = f"?family={FAMILY}&birthdate=eq2010-10-22"
    found = openroots.ask("GET", JANE.replace("/9000000009", asked))
    assert found.body["total"] == 0
    assert "tooling.erase" in {entry["endpoint"] for entry in openroots.audit()}
    for file in openroots.house.settings.state.glob("openroots.db*"):
        assert FAMILY.encode() not in file.read_bytes(), file


def test_who_was_erased_does_not_come_back_with_what_is_restored(
    openroots: Nation, saved: Path
) -> None:
    """A state from before is put in the place of the present one: they are not in it."""
    Door(openroots).post("/erase", {"subject": "9000000009"})
    state = openroots.house.settings.state
    openroots.close()
    prepare_restore(saved, state)
    restore_prepared(state)
    again = open_nation(state)
    assert again.ask("GET", JANE).status == 404
    assert again.ask("GET", JANE.replace("0009", "0017")).status == 200
    again.close()


def test_a_world_begun_again_forgets_whom_it_erased(openroots: Nation) -> None:
    """Its made-up people are all there again, also after the next start."""
    door = Door(openroots)
    door.post("/erase", {"subject": "9000000009"})
    door.post("/reset")
    assert openroots.ask("GET", JANE).status == 200
    state = openroots.house.settings.state
    openroots.close()
    again = open_nation(state)
    assert again.ask("GET", JANE).status == 200
    again.close()


def test_the_number_of_who_was_erased_is_given_to_nobody_else(openroots: Nation) -> None:
    """Neither one that they were given here nor one that they brought: elsewhere it still stands
    for them."""
    door = Door(openroots)
    brought = allocated(EXAMPLE, openroots.house.world.store.snapshot()).number
    line = f"{brought},Quill,Mary,female,1984-03-02,4 Mill Lane,LS1 4AP"
    assert door.post("/people/load", {"text": f"{HEAD}\n{line}"})["kept"] == 1
    door.post("/erase", {"subject": brought})
    given = create(openroots, EXAMPLE).body["id"]
    door.post("/erase", {"subject": given})
    assert len({brought, given, create(openroots, EXAMPLE).body["id"]}) == 3


def test_somebody_must_be_named(openroots: Nation) -> None:
    """A number that is nobody's is refused, and so is none."""
    door = Door(openroots)
    assert door.refused("POST", "/erase", {"subject": "9111231130"})[0] == 404
    assert door.refused("POST", "/erase", {})[0] == 400


@pytest.mark.parametrize("nobody", ["90000000O9", "900-000-0009", "p123456789ab", "a b\nc"])
def test_nobody_is_told_to_be_erased_who_is_not(openroots: Nation, nobody: str) -> None:
    """What is neither the number nor the key of anybody is refused, and put on no list."""
    door = Door(openroots)
    for path in ("/erase", "/audit/erase"):
        assert door.refused("POST", path, {"subject": nobody})[0] == 404
    assert Erasures(openroots.house.settings.state).all() == []


def test_a_person_can_be_erased_by_their_key(openroots: Nation) -> None:
    """So can somebody whose number is gone; and who was erased is so when it is asked again."""
    door, key = Door(openroots), person_key("9000000009")
    assert door.post("/audit/erase", {"subject": key})["entries"] == 0
    assert door.post("/erase", {"subject": key})["versions"] >= 1
    assert door.post("/erase", {"subject": key})["entries"] == 0
