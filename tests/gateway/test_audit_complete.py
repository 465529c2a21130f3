"""No answer with a person's data leaves without an audit entry that names the person.

Every endpoint of every service is asked, in each access mode, about people who are there. Whoever
can be told from an answer, by their NHS number or their key, is in its entry.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from openroots import services
from openroots.problem import Json
from openroots.service import Access, Caller, Endpoint
from openroots.storage import Query
from openroots.storage.lines import readable_backwards
from openroots.storage.receipt import checked, request_hash, response_hash, salt_of
from openroots.testing import Nation, Told, openroots_nation

JANE = "9000000009"
PATIENT = "/personal-demographics/FHIR/R4/Patient"
NUMBER = re.compile(rb"(?<!\d)\d{10}(?!\d)")
EVERY_ROLE = frozenset(
    role for service in services.find() for endpoint in service.endpoints for role in endpoint.roles
)
CALLERS = (
    Caller("test", "Y12345", Access.HEALTHCARE_WORKER, subject="555000000001", acting=EVERY_ROLE),
    Caller("test", "Y12345", Access.APPLICATION),
    Caller("test", "Y12345", Access.PRIVILEGED),
    Caller("test", "Y12345", Access.PATIENT, subject=JANE, assurance="P9.Cp.Cd"),
)
GIVEN = {
    "family": "Smith",
    "given": "jane",
    "gender": "female",
    "birthdate": "eq2010-10-22",
    "patient": JANE,
    "subscriberIdentifier": JANE,
    "beneficiary:identifier": JANE,
}
HEADERS = {"x-correlation-id": "a", "if-match": 'W/"2"'}
READS = {  # whose answers do tell of people, so that there is something to be held to
    "access-log.who-looked",
    "demographics.patch-patient",
    "demographics.read-patient",
    "demographics.search-patient",
}
SEARCH = ("family", "given", "gender", "birthdate")


@pytest.fixture(scope="module")
def nation(openroots_seeded: Path) -> Iterator[Nation]:
    """One world for all of these requests."""
    with openroots_nation(openroots_seeded) as nation:
        yield nation


@pytest.fixture(scope="module")
def people(nation: Nation) -> dict[bytes, str]:
    """Whose each NHS number and each key of a person is."""
    db = nation.house.world.store.snapshot()
    whose = {}
    for type in ("Patient", "NHSNumber"):
        for row in db.search(Query(type, limit=1000)).rows:
            whose[row.id.encode()] = row.subject
            whose[row.subject.encode()] = row.subject
    return whose


def asked_of(endpoint: Endpoint) -> list[str]:
    """Some requests to an endpoint: its path, with no query, with a search, with all else."""
    path = re.sub(r"{\w+}", JANE, endpoint.path)
    query = [name for name in SEARCH if name in endpoint.query]
    others = [name for name in GIVEN if name in endpoint.query and name not in SEARCH]
    texts = ["&".join(f"{name}={GIVEN[name]}" for name in names) for names in (query, others)]
    return list(dict.fromkeys([path, *(f"{path}?{text}" for text in texts if text)]))


def told_of(told: Told, asked: str, people: dict[bytes, str]) -> set[str]:
    """Who can be told from an answer. That a refusal repeats what was asked tells nothing."""
    found = set(NUMBER.findall(told.raw))
    found |= {known for known in people if known.startswith(b"p") and known in told.raw}
    if told.status >= 400:
        found -= set(NUMBER.findall(asked.encode()))
    return {people[number] for number in found if number in people}


def entry_of(nation: Nation, told: Told) -> Json:
    """The newest audit entry, which must be that of this answer."""
    log = nation.house.settings.state / "audit" / "0.jsonl"
    entry = nation.house.audit.people.opened_entry(next(readable_backwards(log)))
    assert entry["trail"] == told.headers["x-openroots-trail"]
    return entry


def endpoints() -> list[Endpoint]:
    """Every endpoint of every service; those that change something come last."""
    every = [endpoint for service in services.find() for endpoint in service.endpoints]
    return sorted(every, key=lambda endpoint: endpoint.method != "GET")


def test_whoever_is_told_of_is_named(nation: Nation, people: dict[bytes, str]) -> None:
    """Of every endpoint, in every access mode, whoever an answer tells of is in its entry."""
    told_by = set()
    for endpoint in endpoints():
        for caller in CALLERS:
            for path in asked_of(endpoint):
                asked, body = endpoint.service.base + path, endpoint.example
                told = nation.ask(endpoint.method, asked, body, caller=caller, headers=HEADERS)
                whose = told_of(told, asked, people)
                if whose:
                    told_by.add(endpoint.id)
                entry = entry_of(nation, told)
                assert whose <= set(entry["subjects"]), (endpoint.id, caller.access, asked)
    assert told_by >= READS


def test_every_answer_has_a_receipt_of_what_it_answers(nation: Nation) -> None:
    """An answer carries a receipt whose hashes are those of the request and of its own body."""
    for path, caller in ((f"{PATIENT}/{JANE}", None), (f"{PATIENT}/9000000000", CALLERS[1])):
        told = nation.ask("GET", f"{path}?", caller=caller)
        receipt = told.headers["openroots-receipt"]
        claims = checked(receipt, nation.house.world.keys)
        salt = salt_of(receipt)
        assert claims["trail"] == told.headers["x-openroots-trail"]
        assert claims["request"] == request_hash(salt, "GET", path, b"", b"")
        assert claims["response"] == response_hash(salt, told.raw)
        assert entry_of(nation, told)["response"] == claims["response"]


def test_the_log_holds_no_number_and_no_key_of_a_person(
    nation: Nation, people: dict[bytes, str]
) -> None:
    """Whatever was asked, nothing in the folder of the log says whom it was about."""
    nation.ask("GET", f"{PATIENT}?family=Smith&gender=female&birthdate=eq2010-10-22")
    nation.run(nation.house.journal.settled())
    for path in (nation.house.settings.state / "audit").iterdir():
        kept = path.read_bytes()
        assert not [known for known in people if known in kept], path.name


def test_a_refusal_has_a_receipt_too(nation: Nation) -> None:
    """Who was refused has proof of it, in the header that browsers may read."""
    told = nation.ask("GET", f"{PATIENT}/9999999999", caller=CALLERS[0])
    assert told.status >= 400
    claims = checked(told.headers["openroots-receipt"], nation.house.world.keys)
    assert claims["trail"] == told.headers["x-openroots-trail"]
    assert orjson.loads(told.raw)
