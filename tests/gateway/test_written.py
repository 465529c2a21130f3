"""What a service would keep as a FHIR resource is one, or it is refused and nothing is kept."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openroots.fhir.spine_r4 import SPINE_R4_DIALECT
from openroots.fhir.validation import standard_validator
from openroots.gateway.effect import Forgotten
from openroots.gateway.pipeline import Gateway
from openroots.gateway.written import Checked, make_ready
from openroots.service import ANYONE, Reply, Service
from openroots.storage import Author, Change
from openroots.testing import openroots_nation

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BY = Author("test", "Y12345", "test", "", NOON, NOON)
NOTES = "/notes/FHIR/R4/Flag"
UK = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"
NOTE = {
    "resourceType": "Flag",
    "status": "active",
    "code": {"text": "Deaf in the left ear"},
    "subject": {"reference": "Patient/9000000009"},
}

service = Service(
    name="notes",
    title="Notes",
    base="/notes/FHIR/R4",
    source="https://example.org/notes",
    dialect=SPINE_R4_DIALECT,
    beside=("of",),
)


@service.interaction("update", "Flag", access=ANYONE, takes=("application/json",))
def change_note(request, db):
    """Keep a note in the place of another."""
    id = request.params["id"]
    [row] = db.read([("Flag", id)]).values()
    change = Change("Flag", id, {**request.body, "id": id}, row.version)
    return Reply({"id": id}, changes=(change,))


class Key(str):
    """As an NHSNumber is: a value that cannot be wrong, and is text to whoever reads it."""

    __slots__ = ()


@service.interaction("create", "Flag", access=ANYONE, takes=("application/json",))
def create_note(request, db):
    """Keep a note just as it was sent, under an id that is more than text until it is written."""
    id = Key(request.chance(4).hex())
    change = Change("Flag", id, {**request.body, "id": id}, 0)
    return Reply({"id": id}, status=201, changes=(change,))


def notes_of(nation, **how):
    """What asks a gateway that has the one service: status and body."""
    other = nation.house.gateway
    gateway = Gateway(
        (service,),
        nation.house.world,
        other._identify,
        nation.house.journal,
        nation.house.settings.state,
        **how,
    )

    def send(body, method="POST", path=NOTES):
        headers = [(b"content-type", b"application/json")]
        exchange = gateway.begin(service, method, path, b"", headers, body)
        answer = nation.run(gateway.answer(exchange))
        return answer.status, orjson.loads(answer.body), exchange

    return send


@pytest.fixture(scope="module")
def nation():
    with openroots_nation() as made:
        yield made


def test_a_resource_of_r4_is_kept(nation):
    status, told, exchange = notes_of(nation)(orjson.dumps(NOTE))
    key = ("Flag", told["id"])
    assert status == 201
    assert nation.house.world.store.snapshot().read([key])[key].body == {**NOTE, "id": told["id"]}
    assert ("validate", "Flag is as R4 asks", "", "") in exchange.trail.steps


@pytest.mark.parametrize(
    ("spoilt", "place", "words"),
    [
        ({"status": "happy"}, "Flag.status", "'happy' is not in the value set"),
        ({"status": None}, "Flag.status", "'status' is not there."),
        ({"subject": {"refer": "Patient/9000000009"}}, "Flag.subject.refer", "no element 'refer'"),
        ({"period": {"start": "2023-02-29"}}, "Flag.period.start", "no such day"),
        ({"category": {"text": "a"}}, "Flag.category", "not a list"),
        ({"extension": [{"url": "https://example.org/a"}]}, "Flag.extension[0]", "not both"),
    ],
)
def test_what_is_none_is_refused_at_its_place_and_nothing_is_kept(nation, spoilt, place, words):
    """In the dialect of the service; the trail names the row and holds no value that was sent."""
    before = nation.house.world.store.snapshot().t
    status, told, exchange = notes_of(nation)(orjson.dumps({**NOTE, **spoilt}))
    [issue] = told["issue"]
    coding = issue["details"]["coding"][0]
    assert (status, issue["code"], coding["code"]) == (400, "structure", "INVALID_VALUE")
    assert f"{place}: " in issue["diagnostics"]
    assert words in issue["diagnostics"]
    assert nation.house.world.store.snapshot().t == before
    assert "happy" not in str(exchange.trail.steps)


def test_what_a_service_keeps_for_itself_and_what_is_in_an_extension_is_its_own(nation):
    """An extension is held to its form: published records hold other values in UK Core's own."""
    other = {"url": f"{UK}EthnicCategory", "valueString": "as published"}
    status, _, _ = notes_of(nation)(orjson.dumps({**NOTE, "of": 1, "extension": [other]}))
    assert status == 201


def test_where_nothing_is_kept_nothing_is_checked(nation):
    """As the published sandboxes answer whatever a record would be."""
    status, _, _ = notes_of(nation, effect=Forgotten())(orjson.dumps({**NOTE, "status": "happy"}))
    assert status == 201


def test_what_was_wrong_with_a_record_before_is_no_fault_of_who_changes_it(nation):
    """As of a record that came from elsewhere; what a change adds to that is refused."""
    send, store = notes_of(nation), nation.house.world.store
    old = {**NOTE, "id": "old", "stranger": 1}
    nation.run(store.commit((Change("Flag", "old", old, 0),), by=BY))
    changed = {**old, "code": {"text": "Deaf in both ears"}}
    assert send(orjson.dumps(changed), "PUT", f"{NOTES}/old")[0] == 200
    assert send(orjson.dumps({**changed, "another": 1}), "PUT", f"{NOTES}/old")[0] == 400


def test_the_definitions_are_there_before_the_first_record_is_written():
    """Of a Patient and of all that it holds; what is in the extensions is left for later."""
    make_ready()
    made = standard_validator()._namespace
    assert {made[f"t_{type}"].__name__ for type in ("Patient", "HumanName", "Period")} == {
        "t_Patient",
        "t_HumanName",
        "t_Period",
    }


SOUND = {
    "resourceType": "Patient",
    "id": "9000000009",
    "meta": {"versionId": "2"},
    "gender": "female",
    "name": [{"use": "usual", "family": "Smith"}],
    "address": [{"use": "home", "line": ["1 Trevelyan Square"]}],
}
GP = [{"resourceType": "Organization", "id": "gp", "name": "A"}]
PARTS = {
    "gender": ("female", "none", 1, None),
    "deceasedBoolean": (True, "yes"),
    "deceasedDateTime": ("2026-01-01", "2026-02-30"),
    "name": ([{"family": "Smith"}], [{"use": "any"}], [], [{"given": [None]}], "Smith"),
    "address": ([{"line": ["1 High Street"]}], [{"period": {"start": "2026-13-01"}}], [{}]),
    "contact": ([{"name": {"family": "Smith"}}], [{"gender": "female"}], [None]),
    "generalPractitioner": ([{"reference": "#gp"}], [{"reference": "Patient/1"}]),
    "contained": (GP, [{"id": "gp"}]),
    "_name": ([{"id": "a"}], {}),
    "extension": ([{"url": "https://example.org/a"}], [{"url": "a", "valueString": "b"}]),
    "stranger": ([1], 1),
}
CHANGES = st.dictionaries(st.sampled_from(sorted(PARTS)), st.integers(0, 9), max_size=4).map(
    lambda found: {part: PARTS[part][n % len(PARTS[part])] for part, n in found.items()}
)


@given(CHANGES, CHANGES, st.sets(st.sampled_from(sorted(PARTS)), max_size=2))
@example({"generalPractitioner": [{"reference": "#gp"}], "contained": GP}, {}, {"contained"})
def test_what_is_left_out_of_the_check_could_not_have_been_refused(before, after, removed):
    """Whatever a record was and becomes: each fault that is new is found in what is looked at."""
    was = SOUND | before
    new = {part: value for part, value in (was | after).items() if part not in removed}
    checked = Checked()
    checked._validator = validator = standard_validator()
    looked_at = checked._touched(new, Change("Patient", "9000000009", new, 1, was=was))
    old = {(each.place, each.rule) for each in validator.base_faults(was)}
    found = {(each.place, each.rule) for each in validator.base_faults(new)} - old
    assert bool(validator.base_faults(looked_at)) or not found
    if "contained" not in was | new:
        assert all(part not in looked_at for part in ("name", "address") if alone(part, was, new))


def alone(part, was, new):
    """Whether this list is the very same, and nothing stands or stood beside it."""
    same = part in new and new[part] is was.get(part) and isinstance(new[part], list)
    return same and f"_{part}" not in was | new
