"""People from elsewhere: loaded, made and given out by the tooling door."""

import json

import pytest

from openroots.population.alike import LIKES
from openroots.testing import open_nation
from tests.gateway.door import Door

PDS = "/personal-demographics/FHIR/R4"
HEAD = "nhs_number,family_name,given_names,gender,birth_date,address_line_1,postcode"
MARY = "9000000106,Ashworth,Mary Ann,female,1984-03-02,4 Mill Lane,LS1 4AP"
TOM = ",Ashworth,Tom,male,1984-03-02,4 Mill Lane,LS1 4AP"


@pytest.fixture
def door(openroots):
    return Door(openroots)


def csv(*lines):
    return {"text": "\n".join((HEAD, *lines))}


def test_people_of_a_csv_file_are_there(openroots, door):
    """Who comes with a number has that; who comes without is given one."""
    told = door.post("/people/load", csv(MARY, TOM))
    assert (told["read"], told["kept"], told["refused"]) == (2, 2, [])
    mary, tom = (one["number"] for one in told["numbers"])
    record = openroots.ask("GET", f"{PDS}/Patient/{mary}").body
    assert mary == "9000000106"
    assert record["name"][0]["given"] == ["Mary", "Ann"]
    assert record["identifier"][0]["value"] == mary
    assert tom.startswith("999")
    found = openroots.ask(
        "GET", f"{PDS}/Patient?family=Ashworth&birthdate=eq1984-03-02&gender=male"
    )
    assert [one["resource"]["id"] for one in found.body["entry"]] == [tom]


def test_a_loaded_person_can_be_changed(openroots, door):
    """A record that was loaded is a record like any other: it is patched, and signals are given."""
    door.post("/people/load", csv(MARY))
    male = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
    headers = {"If-Match": 'W/"1"'}
    told = openroots.ask("PATCH", f"{PDS}/Patient/9000000106", male, headers=headers)
    assert (told.status, told.headers["etag"]) == (200, 'W/"2"')


def test_a_load_is_audited(openroots, door):
    """The log says whom the operator brought in."""
    door.post("/people/load", csv(MARY, TOM))
    entry = openroots.audit()[-1]
    assert entry["endpoint"] == "tooling.people-load"
    assert len(entry["subjects"]) == 2


def test_who_is_refused_is_told_and_the_others_are_kept(door):
    """One wrong line keeps nobody else out; each is told by its line, with a cure."""
    told = door.post(
        "/people/load",
        csv(
            MARY,
            "9000000107,Ashworth,Tim,male,1984-03-02,4 Mill Lane,LS1 4AP",
            "4010232137,Ashworth,Tim,male,1984-03-02,4 Mill Lane,LS1 4AP",
            MARY,
            ",Ashworth,Tim,either,1984-03-02,4 Mill Lane,LS1 4AP",
            ",Ashworth,Tim,male,02/03/1984,4 Mill Lane,LS1 4AP",
            ",Ashworth,Tim,male,2184-03-02,4 Mill Lane,LS1 4AP",
            ",Ashworth,Tim,male",
            ",Ashw\u03c9rth,Tim,male,1984-03-02,4 Mill Lane,LS1 4AP",
        ),
    )
    assert told["kept"] == 1
    why = {one["line"]: one["why"] for one in told["refused"]}
    assert why[3].startswith("'9000000107' is no NHS number")
    assert why[4].startswith("4010232137 may be somebody's")
    assert why[5] == "9000000106 is somebody's here already"
    assert "'either'" in why[6]
    assert why[7] == "birth_date: '02/03/1984' is not a date as year-month-day"
    assert "birthDate" in why[8]
    assert why[9] == "it has 4 values for 7 columns"
    assert "name/0/family" in why[10]
    assert all(one["mend"] for one in told["refused"] if one["line"] in (3, 4, 5, 7, 9))


def test_a_real_looking_number_is_taken_when_told(openroots, door):
    """Whoever says that all are made up may bring numbers of the ranges that are issued."""
    line = "4010232137,Ashworth,Tim,male,1984-03-02,4 Mill Lane,LS1 4AP"
    told = door.post("/people/load", {**csv(line), "any_number": True})
    assert told["numbers"] == [{"line": 2, "number": "4010232137"}]
    assert openroots.ask("GET", f"{PDS}/Patient/4010232137").status == 200


def test_nobody_is_loaded_twice(door):
    """The same file again changes nothing: numbers are taken, and those without are known."""
    door.post("/people/load", csv(MARY, TOM))
    again = door.post("/people/load", csv(MARY, TOM))
    assert again["kept"] == 0
    assert [one["why"].partition(" is ")[2] for one in again["refused"]] == [
        "somebody's here already",
        "somebody of this name and birth date already, and of this gender or postcode",
    ]


def test_two_alike_in_one_file_are_one(door):
    """Two lines without numbers that say the same person: the second is refused."""
    told = door.post("/people/load", csv(TOM, TOM))
    assert (told["kept"], [one["line"] for one in told["refused"]]) == (1, [3])


def test_somebody_without_a_given_name_is_known_again(door):
    """A family name alone, with the birth date and gender, is enough to be taken for one."""
    alone = ",Ashworth,,male,1984-03-02,4 Mill Lane,LS1 4AP"
    assert door.post("/people/load", csv(alone))["kept"] == 1
    assert door.post("/people/load", csv(alone, TOM))["kept"] == 1


def test_a_check_keeps_nobody(openroots, door):
    """With `check`, what is wrong is told, and nobody is here after."""
    told = door.post("/people/load", {**csv(MARY, "9000000107,,,,,,"), "check": True})
    assert (told["kept"], told["fit"], len(told["refused"])) == (0, 1, 1)
    assert openroots.ask("GET", f"{PDS}/Patient/9000000106").status == 404


def test_a_restricted_person_with_a_superseded_number_is_loaded_as_such(openroots, door):
    """Confidentiality and former numbers of a FHIR record hold here too."""
    patient = {
        "resourceType": "Patient",
        "id": "9000000106",
        "meta": {"security": [{"code": "R"}]},
        "identifier": [
            {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9000000106"},
            {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9000000114", "use": "old"},
        ],
        "name": [{"use": "usual", "family": "Roe", "given": ["Ann"]}],
        "gender": "female",
        "birthDate": "1984-03-02",
        "address": [{"use": "home", "line": ["1 Hidden Lane"], "postalCode": "LS1 4AP"}],
    }
    assert door.post("/people/load", {"records": [[1, patient]]})["kept"] == 1
    told = openroots.ask("GET", f"{PDS}/Patient/9000000114").body
    assert told["id"] == "9000000106"
    assert told["meta"]["security"][0]["display"] == "restricted"
    assert "address" not in told


def test_all_people_of_a_world_can_be_loaded_into_another(tmp_path, door):
    """What is exported is taken elsewhere, whole: deaths, removals and all that clients do not
    write included."""
    patients, after = [], ""
    while True:
        page = door.get(f"/people/export?limit=60&after={after}")
        patients += page["patients"]
        if not (after := page["next"]):
            break
    elsewhere = open_nation(tmp_path, people=0)
    other = Door(elsewhere)
    mine = [one for one in patients if one["id"].startswith("999")]
    told = other.post("/people/load", {"records": list(enumerate(mine, 1))})
    assert (told["kept"], told["refused"]) == (len(mine), [])
    assert len(mine) >= 90
    number = mine[0]["id"]
    [again] = other.get(f"/people/export?number={number}")["patients"]
    without = {name: value for name, value in mine[0].items() if name != "meta"}
    assert {name: again[name] for name in without} == without
    elsewhere.close()


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({}, 400, "records: "),
        ({"records": [1]}, 400, "records: "),
        ({"records": [[1, {}]] * 1001}, 413, "more than 1000 people"),
        ({"text": ""}, 400, "the file holds nothing"),
        ({"text": "once upon a time"}, 400, "the file is neither CSV"),
        ({"text": "surname,shoe size\nRoe,7"}, 400, "there are columns called shoe size"),
        ({"text": "surname,family_name\nRoe,7"}, 400, "two columns mean family_name"),
        ({"text": "surname\nRoe"}, 400, "there is no column called gender"),
        ({"text": '{"resourceType": "Bundle",\n"entry": [{]'}, 400, "it is no JSON"),
        ({"text": 7}, 400, "text: "),
    ],
)
def test_what_is_no_file_of_people_is_refused(door, body, status, error):
    """A wrong kind of file is one clear line, and nothing of it is kept."""
    found, told = door.ask("POST", "/people/load", body)
    assert (found, told["error"][: len(error)]) == (status, error)


@pytest.mark.parametrize("like", sorted(LIKES))
def test_people_are_made_like_those_in_mind(openroots, door, like):
    """Of each likeness, people are made who are here then, under numbers of their own."""
    rare = like in ("care-home", "centenarian")
    told = door.post("/people/make", {"like": like, "seed": 3})
    patients = told["patients"]
    assert patients or rare
    if like.startswith("family-of-"):
        assert len(patients) == int(like[-1])
    for patient in patients:
        read = openroots.ask("GET", f"{PDS}/Patient/{patient['id']}")
        assert (read.status, read.body["id"]) == (200, patient["id"])
    if like == "superseded":
        former = patients[0]["identifier"][-1]["value"]
        read = openroots.ask("GET", f"{PDS}/Patient/{former}").body
        assert read["id"] == patients[0]["id"]


def test_relatives_who_are_made_together_know_each_other(openroots, door):
    """A guardian of a child that was made is one who was made with it, by the new number."""
    for seed in range(30):
        told = door.post("/people/make", {"like": "family-of-4", "seed": seed})
        numbers = {one["id"] for one in told["patients"]}
        for number in numbers:
            read = openroots.ask("GET", f"{PDS}/Patient/{number}/RelatedPerson")
            if read.status != 200 or not read.body.get("entry"):
                continue
            known = json.dumps(read.body)
            assert any(other in known for other in numbers - {number})
            return
    raise AssertionError("nobody of thirty families has a relative")


def test_made_people_can_be_loaded_elsewhere(tmp_path, door):
    """The fixtures of people who were made are taken by another world, former numbers included."""
    made = door.post("/people/make", {"like": "superseded", "count": 2, "seed": 3})["patients"]
    elsewhere = open_nation(tmp_path, people=0)
    told = Door(elsewhere).post("/people/load", {"records": list(enumerate(made, 1))})
    assert (told["kept"], told["refused"]) == (2, [])
    former = made[0]["identifier"][-1]["value"]
    assert elsewhere.ask("GET", f"{PDS}/Patient/{former}").body["id"] == made[0]["id"]
    elsewhere.close()


def test_a_likeness_that_is_none_is_refused(door):
    """A strange likeness or count is told by name."""
    assert door.ask("POST", "/people/make", {"like": "a-dragon"})[0] == 400
    assert door.ask("POST", "/people/make", {"like": "twins", "count": 101})[0] == 400
    assert door.ask("GET", "/people/export?number=9990548609")[0] == 400


def test_nobody_is_loaded_where_people_are_real(tmp_path):
    """In live mode people are neither loaded nor made nor given out."""
    nation = open_nation(tmp_path, mode="live", people=0)
    door = Door(nation)
    for method, path, body in (
        ("POST", "/people/load", csv(MARY)),
        ("POST", "/people/make", {"like": "twins"}),
        ("GET", "/people/export", None),
    ):
        status, told = door.ask(method, path, body)
        assert status == 403
        assert "people are real" in told["error"]
    nation.close()
