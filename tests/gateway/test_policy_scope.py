"""What lies outside a caller's scope influences no answer of any endpoint of any service.

Two worlds are alike but for what is outside the scope: there, other people have been added who
resemble those inside, and others have been changed. Each endpoint is asked the same in both, and
the answers must be the same to the byte, after as many questions to the store: so that not even the
time which an answer takes can tell of the others by how often it is asked.
"""

import shutil
from dataclasses import astuple, replace

import pytest

from openroots.identifiers import check_digit
from openroots.service import Access, Caller
from openroots.storage import Change, Mark, Query
from openroots.storage.counting import CountingStore, Counts
from openroots.testing import open_nation
from tests.gateway.governed import agree, agree_instead, make_proxy, object_to_research, relate

JANE, SUSAN = "9000000009", "9732019395"
USER = "910000000012"
OUTSIDE = ["9000000017", "9000000025", "9000000033"]  # published people who are made to differ
# The numbers of people who are put there beside Jane.
ALIKE = [f"{nine}{check_digit(nine)}" for nine in ("999123401", "999123402", "999123403")]
TYPES = ("Patient", "RelatedPerson", "Coverage")

PATIENT = Caller("app", "Y90001", Access.PATIENT, subject=JANE, assurance="P9.Cp.Cd", name="App")
STAFF = Caller(
    *("app", "Y90001", Access.HEALTHCARE_WORKER, USER),
    setting="general-practice",
    name="App",
    acting=frozenset({"R8000"}),
    roles=frozenset({"910000001011"}),
)
RESEARCH = Caller("lab", "RZ01", Access.APPLICATION, name="Lab", attributes={"purposes": "HRESCH"})


def relate_to_jane(nation):
    """Staff may see those only with whom they have a relationship: Jane."""
    agree_instead(nation, conditions={"relationship": True})
    relate(nation, JANE, f"user:{USER}")


def let_research(nation):
    """Research sees everybody but who has opted out: in both worlds the very same people have."""
    agree(nation, purposes=["HRESCH"], conditions={"opt_out": True})
    for number in OUTSIDE:
        object_to_research(nation, number)


def give_proxy(nation):
    """Susan may read for Jane."""
    make_proxy(nation, JANE, SUSAN, "demographics:*")


KINDS = {
    "a patient": (PATIENT, lambda nation: None),
    "a proxy": (replace(PATIENT, actor=SUSAN), give_proxy),
    "staff with a relationship": (STAFF, relate_to_jane),
    "research with opt-outs": (RESEARCH, let_research),
}

# Queries and bodies with which an endpoint gets as far as data; others are asked with what their
# declaration gives.
SEARCH = "family=Smith&gender=female&birthdate=eq2010-10-22"
QUERIES = {
    "demographics.search-patient": [
        SEARCH,
        f"{SEARCH}&_history=true",
        f"{SEARCH}&_fuzzy-match=true",
        f"{SEARCH}&_max-results=1",
        "family=Sm*&birthdate=ge2010-10-01&birthdate=le2010-10-31",
        "family=Smythe&gender=female&birthdate=2005-06-16",
    ],
    "demographics.read-coverage": [f"subscriber:identifier={number}" for number in (JANE, SUSAN)],
}
READ = "demographics.read-patient"
PATCH = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
BODIES = {"demographics.patch-patient": PATCH}
BESIDE = Mark("somebody else's", b"")
REQUEST_ID = "X-Request-ID"  # of which each request has one of its own
UNLIKE = ("openroots-receipt", "x-openroots-trail")  # of each request its own


@pytest.fixture(scope="module")
def worlds(openroots_seeded, tmp_path_factory):
    """A function that opens two worlds for a kind of caller, which differ outside its scope."""
    opened = []

    def open_two(kind):
        pair = []
        for name in ("as it is", "with others"):
            state = tmp_path_factory.mktemp("scope") / name.replace(" ", "-")
            shutil.copytree(openroots_seeded, state)
            nation = open_nation(state)
            opened.append(nation)
            pair.append(nation)
            kind(nation)
        make_differ(pair[1], opted_out=kind is let_research)
        for nation in pair:
            counted(nation)
        return pair

    yield open_two
    for nation in opened:
        nation.close()


def counted(nation):
    """Have the gateway count its reads, apart from those of whatever runs beside it."""
    world = nation.house.world
    nation.house.gateway.world = replace(world, store=CountingStore(world.store))


def make_differ(nation, *, opted_out):
    """Put people there who resemble Jane in all that can be searched for, and change some others.
    They are outside the scope: nobody's relation, and for research they have opted out."""
    db = nation.house.world.store.snapshot()
    rows = [row for type in TYPES for row in db.search(Query(type, limit=5000)).rows]
    of_jane = [row for row in rows if row.subject == subject(rows, JANE)]
    for number in ALIKE:
        copies = [copy_of(row, number) for row in of_jane]
        nation.holds(*copies)
        if opted_out:
            nation.holds(Change("OptOut", f"like-{number}", {}, 0, subject=f"like-{number}"))
    for row in rows:
        if row.type == "Patient" and row.id in OUTSIDE:
            name = {**row.body.get("name", [{}])[0], "use": "usual", "family": "Smith"}
            body = {**row.body, "name": [name], "birthDate": "2010-10-22", "gender": "female"}
            place = row.subject, row.holder, row.labels
            nation.holds(Change("Patient", row.id, body, row.version, *place))


def subject(rows, number):
    return next(row.subject for row in rows if (row.type, row.id) == ("Patient", number))


def copy_of(row, number):
    raw = row.raw.replace(JANE.encode(), number.encode())
    body = row._replace(raw=raw).body
    id = row.id.replace(JANE, number)
    id = id if id != row.id else f"{id}-{number}"
    return Change(row.type, id, {**body, "id": id}, 0, f"like-{number}", row.holder, row.labels)


def asked_of(endpoint):
    """The ways in which an endpoint is asked: paths with their queries, and a body."""
    path = endpoint.service.base + endpoint.path
    numbers = (JANE, OUTSIDE[0], ALIKE[0], "5900053636") if endpoint.about else ("x1",)
    for number in numbers:
        where = path
        for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
            where = where.replace(f"{{{name}}}", number if name == endpoint.about else "x1")
        for query in QUERIES.get(endpoint.id, [""]):
            yield f"{where}?{query}" if query else where


def answers(nation, caller):
    """Every answer of every endpoint, without what is each request's own, and how often the store
    was asked for it: read by id, searched, gone through. Each request comes after a commit, so that
    the agreements are looked at for each, whatever runs beside it."""
    told, store = [], nation.house.gateway.world.store
    for service in nation.house.gateway.services:
        for endpoint in service.endpoints:
            needed = [rule for rule in endpoint.rules if rule.missing and rule.name != REQUEST_ID]
            headers = {rule.name: rule.example for rule in needed} | {"If-Match": 'W/"2"'}
            if endpoint.takes:
                headers["Content-Type"] = endpoint.takes[0]
            body = BODIES.get(endpoint.id, endpoint.example or {}) if endpoint.takes else None
            for path in asked_of(endpoint):
                nation.holds(marks=[BESIDE])
                store.counts = Counts()
                answer = nation.ask(endpoint.method, path, body, caller=caller, headers=headers)
                kept = {name: value for name, value in answer.headers.items() if name not in UNLIKE}
                raw = answer.raw.replace(answer.headers["x-openroots-trail"].encode(), b"")
                told.append((endpoint.id, path, answer.status, kept, raw, astuple(store.counts)))
    return told


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_outside_the_scope_changes_no_byte_of_any_answer(worlds, kind):
    """Whoever asks, and whatever they ask, the people outside their scope make no difference to any
    answer of any endpoint: not to what is found, counted, scored or refused, nor to its order, nor
    to how often the store is read or searched for it."""
    caller, govern = KINDS[kind]
    one, other = worlds(govern)
    found = answers(one, caller)
    for told, again in zip(found, answers(other, caller), strict=True):
        assert told == again, told[:2]
    assert any(endpoint == READ and status == 200 for endpoint, _, status, *_ in found)
    assert any(counts[0] for *_, counts in found)
    assert any(any(counts[1:]) for *_, counts in found)


def test_the_others_do_make_a_difference_to_whoever_may_see_them(worlds):
    """The same differences are seen by staff under the founding agreement: the test above would
    find it out if a scope let them through."""
    one, other = worlds(lambda nation: None)
    differing = {
        told[0]
        for told, again in zip(answers(one, STAFF), answers(other, STAFF), strict=True)
        if told != again
    }
    assert {"demographics.search-patient", READ} <= differing


def test_who_answers_with_somebodys_data_names_its_category(worlds):
    """A service without a category holds nobody's data, so that no agreement is asked for: none of
    them is audited as having told of anybody."""
    nation, _ = worlds(lambda nation: None)
    answers(nation, STAFF)
    answers(nation, PATIENT)
    of_nobody = {s.name for s in nation.house.gateway.services if not s.category}
    telling = {
        entry["endpoint"].partition(".")[0]
        for entry in nation.audit()
        if entry["subjects"] and entry["status"] < 400
    }
    assert "demographics" in telling
    assert telling & of_nobody <= {"access-log"}, "it tells of looks, and asks by rules of its own"
