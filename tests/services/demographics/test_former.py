"""What a change took away: found again by a search of history, and by no other."""

from collections import Counter
from itertools import islice
from urllib.parse import urlencode

import pytest

from openroots.fhir.patient import CONFIDENTIALITY
from openroots.population.numbers import nhs_numbers
from openroots.problem import Json
from openroots.service import Access, Caller
from openroots.services.demographics.former import EVERY, FORMER, MOST, is_due
from openroots.storage import Change
from openroots.testing import Nation, Told
from tests.services.demographics.patches import op

PATIENTS = "/personal-demographics/FHIR/R4/Patient"
ANN = "9999900003"
BORN = "1931-04-05"
PAST, FUZZY = {"_history": "true"}, {"_fuzzy-match": "true"}
CARTER = {"family": "Carter", "given": "Ann", "birthdate": BORN}
ABLE = CARTER | {"family": "Able"}
WORKER = Caller("test", "Y12345", Access.HEALTHCARE_WORKER)

RECORD: Json = {
    "resourceType": "Patient",
    "id": ANN,
    "meta": {"versionId": "1", "security": [{"system": CONFIDENTIALITY, "code": "U"}]},
    "name": [
        {
            "id": "N1",
            "use": "usual",
            "family": "Carter",
            "given": ["Ann"],
            "period": {"start": "1950-01-01"},
        }
    ],
    "gender": "female",
    "birthDate": BORN,
    "address": [
        {
            "id": "A1",
            "use": "home",
            "line": ["1 Mill Lane"],
            "postalCode": "AB1 1AA",
            "period": {"start": "1990-01-01"},
        }
    ],
    "telecom": [
        {
            "id": "T1",
            "system": "phone",
            "use": "mobile",
            "value": "07700 900111",
            "period": {"start": "2001-01-01"},
        }
    ],
}
MOVED = {"use": "home", "line": ["2 High Street"], "postalCode": "AB2 2AA"}

# What is changed, and what a search asks that only the record of before answers.
CHANGES: dict[str, tuple[list[Json], Json]] = {
    "a family name": (
        [op("test", "/name/0/id", "N1"), op("replace", "/name/0/family", "Able")],
        CARTER,
    ),
    "a given name": (
        [op("test", "/name/0/id", "N1"), op("replace", "/name/0/given", ["Ruth"])],
        CARTER,
    ),
    "an address": (
        [op("test", "/address/0/id", "A1"), op("replace", "/address/0", MOVED | {"id": "A1"})],
        CARTER | {"address-postcode": "AB11AA"},
    ),
    "a postcode": (
        [op("test", "/address/0/id", "A1"), op("replace", "/address/0/postalCode", "AB2 2AA")],
        CARTER | {"address-postcode": "AB1 1AA"},
    ),
    "a gender": ([op("replace", "/gender", "male")], CARTER | {"gender": "female"}),
    "a phone": (
        [op("test", "/telecom/0/id", "T1"), op("replace", "/telecom/0/value", "07700900222")],
        CARTER | {"phone": "07700900111"},
    ),
    "no phone any more": (
        [op("test", "/telecom/0/id", "T1"), op("remove", "/telecom/0")],
        CARTER | {"phone": "07700900111"},
    ),
}


@pytest.fixture
def ann(openroots: Nation) -> Nation:
    """A nation in which Ann Carter lives."""
    return openroots.holds(Change("Patient", ANN, RECORD, 0, "subject-ann"))


def patch(nation: Nation, *patches: Json, version: int = 1) -> Told:
    """Change Ann's record from this version."""
    told = nation.ask(
        "PATCH",
        f"{PATIENTS}/{ANN}",
        {"patches": list(patches)},
        caller=WORKER,
        headers={"If-Match": f'W/"{version}"'},
    )
    assert told.status == 200, told.body
    return told


def finds(nation: Nation, asked: Json) -> bool:
    """Whether a search for this finds Ann."""
    told = nation.ask("GET", f"{PATIENTS}?{urlencode(asked)}", caller=WORKER)
    assert told.status == 200, told.body
    return ANN in [entry["resource"]["id"] for entry in told.body.get("entry", ())]


@pytest.mark.parametrize("change", CHANGES)
def test_whoever_changes_is_found_as_they_were(ann: Nation, change: str) -> None:
    """After a change a person is found by what was so before it where history is asked for, and
    not otherwise."""
    patches, asked = CHANGES[change]
    assert finds(ann, asked)
    patch(ann, *patches)
    assert not finds(ann, asked)
    assert finds(ann, asked | PAST)
    assert finds(ann, asked | FUZZY)


def test_nobody_is_found_by_a_birth_date_of_before(ann: Nation) -> None:
    """A birth date that was corrected finds nobody; former names are found by the new one."""
    patch(ann, *CHANGES["a family name"][0])
    patch(ann, op("replace", "/birthDate", "1931-04-06"), version=2)
    for asked in (CARTER, ABLE):
        assert not finds(ann, asked | PAST)
        assert not finds(ann, asked | FUZZY)
        assert finds(ann, asked | PAST | {"birthdate": "1931-04-06"})


def test_what_changes_leave_behind_adds_up(ann: Nation) -> None:
    """Somebody who has changed twice is found by either name of before."""
    for version, family in enumerate(("Able", "Baker"), start=1):
        renamed = op("replace", "/name/0/family", family)
        patch(ann, op("test", "/name/0/id", "N1"), renamed, version=version)
    assert finds(ann, CARTER | PAST)
    assert finds(ann, ABLE | PAST)
    assert finds(ann, ABLE | {"family": "Baker"})


def test_a_change_is_shown_as_it_is_and_proved_once(ann: Nation) -> None:
    """What is left behind is no part of the answer, and the audit entry names the person alone."""
    told = patch(ann, op("replace", "/gender", "male"))
    assert told.body["gender"] == "male"
    told = patch(ann, *CHANGES["a family name"][0], version=2)
    assert told.body["name"][0]["family"] == "Able"
    assert ann.audit()[-1]["subjects"] == ["subject-ann"]
    [kept] = ann.house.world.store.snapshot().read([(FORMER, ANN)]).values()
    assert (kept.subject, kept.body["gender"]) == ("subject-ann", ["female"])


def test_a_change_that_is_refused_leaves_nothing_behind(ann: Nation) -> None:
    """Of a patch that breaks a rule nothing is kept, here neither."""
    body = {"patches": [op("replace", "/gender", "male"), op("remove", "/birthDate")]}
    told = ann.ask("PATCH", f"{PATIENTS}/{ANN}", body, headers={"If-Match": 'W/"1"'})
    assert told.status == 403
    assert ann.house.world.store.snapshot().read([(FORMER, ANN)]) == {}


def test_what_people_are_not_found_by_is_left_to_the_versions(ann: Nation) -> None:
    """A change of an address writes the record and nothing else."""
    before = ann.house.world.store.snapshot().t
    patch(ann, *CHANGES["an address"][0])
    [commit] = ann.house.world.store.commits(before)
    assert commit.keys == (("Patient", ANN),)


def test_what_was_so_twice_is_kept_once(ann: Nation) -> None:
    """A value that comes and goes leaves one trace, where it was so last."""
    genders = ("male", "female", "male", "female", "unknown")
    for version, gender in enumerate(genders, 1):
        patch(ann, op("replace", "/gender", gender), version=version)
    patch(ann, *CHANGES["a family name"][0], version=6)
    row = ann.house.world.store.snapshot().read([(FORMER, ANN)])[FORMER, ANN]
    assert row.body["gender"] == ["male", "female"]


def test_no_more_is_kept_than_a_search_looks_at(ann: Nation) -> None:
    """Neither ids nor dates."""
    patch(ann, *CHANGES["an address"][0])
    patch(ann, *CHANGES["a phone"][0], version=2)
    patch(ann, *CHANGES["a family name"][0], version=3)
    row = ann.house.world.store.snapshot().read([(FORMER, ANN)])[FORMER, ANN]
    assert row.body == {
        "birthDate": BORN,
        "name": [{"use": "usual", "family": "Carter", "given": ["Ann"]}],
        "address": [{"line": ["1 Mill Lane"], "postalCode": "AB1 1AA"}],
        "telecom": [{"system": "phone", "value": "07700 900111"}],
        "version": 4,
    }


def test_what_no_search_looks_at_leaves_nothing_behind(ann: Nation) -> None:
    patch(ann, op("test", "/name/0/id", "N1"), op("add", "/name/0/prefix", ["Dr"]))
    patch(ann, op("replace", "/birthDate", "1931-04-06"), version=2)
    assert ann.house.world.store.snapshot().read([(FORMER, ANN)]) == {}


def test_what_an_earlier_version_kept_whole_is_not_kept_again(openroots: Nation) -> None:
    """It kept each address with its id and its dates, and did not say of which version it was."""
    past = {"birthDate": BORN, "address": RECORD["address"]}
    ann = openroots.holds(
        Change("Patient", ANN, RECORD, 0, "subject-ann"),
        Change(FORMER, ANN, past, 0, "subject-ann"),
    )
    patch(ann, *CHANGES["an address"][0])
    patch(ann, *CHANGES["a family name"][0], version=2)
    row = ann.house.world.store.snapshot().read([(FORMER, ANN)])[FORMER, ANN]
    assert row.body["address"] == RECORD["address"]


def test_however_often_somebody_moves_a_search_looks_at_few_versions(ann: Nation) -> None:
    """Each sixteenth version gathers what those before it tell; all of it is found."""
    last = 2 * EVERY
    for version in range(1, last):
        moved = op("replace", "/address/0", MOVED | {"id": "A1", "postalCode": f"CD{version} 1AA"})
        patch(ann, op("test", "/address/0/id", "A1"), moved, version=version)
    row = ann.house.world.store.snapshot().read([(FORMER, ANN)])[FORMER, ANN]
    assert row.version == 2
    assert last - EVERY < row.body["version"] <= last
    for postcode in ("AB1 1AA", *(f"CD{version} 1AA" for version in range(1, last - 1))):
        assert finds(ann, CARTER | {"address-postcode": postcode} | PAST)
        assert not finds(ann, CARTER | {"address-postcode": postcode})


def test_what_is_gathered_with_a_sixteenth_version_is_spread_over_people() -> None:
    """Where everybody is changed in turn, it is not done for all of them at one turn."""
    due = Counter(
        version
        for number in islice(nhs_numbers(), 1600)
        for version in range(16)
        if is_due(number, version)
    )
    assert set(due) == set(range(16))
    assert max(due.values()) < 150


def test_the_latest_fifty_are_found(ann: Nation) -> None:
    """Of each part: somebody who has moved more often is not found where they lived before that."""
    for version in range(1, MOST + EVERY + 1):
        moved = op("replace", "/address/0", MOVED | {"id": "A1", "postalCode": f"CD{version} 1AA"})
        patch(ann, op("test", "/address/0/id", "A1"), moved, version=version)
    last = MOST + EVERY - 1
    for version, there in ((1, False), (last - MOST, False), (last - MOST + 1, True), (last, True)):
        asked = CARTER | {"address-postcode": f"CD{version} 1AA"} | PAST
        assert finds(ann, asked) is there, version


def test_of_what_an_earlier_version_kept_the_latest_fifty_are_found(openroots: Nation) -> None:
    """It had let go of what was so before them, which the versions tell again."""
    moves = [MOVED | {"id": "A1", "postalCode": f"CD{move} 1AA"} for move in range(2 * MOST)]
    openroots.holds(
        Change(FORMER, ANN, {"birthDate": BORN, "address": moves[MOST - 1 : -1]}, 0, "subject-ann")
    )
    for version, home in enumerate(moves):
        openroots.holds(
            Change("Patient", ANN, RECORD | {"address": [home]}, version, "subject-ann")
        )
    for move, there in ((0, False), (MOST - 2, False), (MOST - 1, True), (2 * MOST - 2, True)):
        asked = CARTER | {"address-postcode": f"CD{move} 1AA"} | PAST
        assert finds(openroots, asked) is there, move


def test_a_record_that_was_changed_otherwise_is_found_as_it_was(ann: Nation) -> None:
    """Not every change is a patch: what any of them took away the versions tell."""
    moved = RECORD | {"address": [MOVED | {"id": "A1"}]}
    ann.holds(Change("Patient", ANN, moved, 1, "subject-ann"))
    assert finds(ann, CARTER | {"address-postcode": "AB11AA"} | PAST)
    assert not finds(ann, CARTER | {"address-postcode": "AB11AA"})
