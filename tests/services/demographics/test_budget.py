"""How much of the store a request reads."""

from contextlib import suppress

import orjson
import pytest

from openroots.fhir.patient import NOMINATED_PHARMACY
from openroots.problem import Json
from openroots.service import Problem, Request
from openroots.services.demographics import service
from openroots.storage import Change
from openroots.storage.counting import CountingSnapshot, Counts
from tests.services.demographics.desk import JANE, JANET, NOON, WORKER, Desk, chance
from tests.services.demographics.patches import op


@pytest.mark.parametrize(
    ("number", "reads"), [(JANE, 1), (JANET, 1), ("5900053636", 3), ("9111231130", 2)]
)
def test_reads_are_within_budget(desk: Desk, number: str, reads: int) -> None:
    """To read a person takes one look at the store, and three at the most."""
    [endpoint] = [each for each in service.endpoints if each.name == "read-patient"]
    counts = Counts()
    request = Request(endpoint, {"id": number}, {}, WORKER, NOON, chance)
    with suppress(Problem):
        endpoint.handler(request, CountingSnapshot(desk.store.snapshot(), counts))
    assert counts.total == reads <= endpoint.reads


GENDER = [op("replace", "/gender", "male")]
BIRTHDAY = [op("replace", "/birthDate", "2010-10-21")]
PHARMACY = [
    op("test", "/extension/0/url", NOMINATED_PHARMACY),
    op("remove", "/extension/0"),
]


@pytest.mark.parametrize(("patches", "reads"), [(PHARMACY, 1), (GENDER, 1), (BIRTHDAY, 3)])
def test_a_patch_looks_at_the_past_where_people_are_found_otherwise(
    desk: Desk, patches: list[Json], reads: int
) -> None:
    """To change a record takes one look at the store, and two more at what was gathered of its past
    and at its versions where that changes by what former names somebody is found."""
    [endpoint] = [each for each in service.endpoints if each.name == "patch-patient"]
    counts = Counts()
    headers, body = {"if-match": 'W/"2"'}, {"patches": patches}
    request = Request(endpoint, {"id": JANE}, headers, WORKER, NOON, chance, body=body)
    endpoint.handler(request, CountingSnapshot(desk.store.snapshot(), counts))
    assert counts.total == reads <= endpoint.reads


BORN = {"birthdate": ("1931-04-05",)}
LEGION = {"family": ("Legion",), **BORN}


def test_a_search_of_history_looks_at_all_versions_at_once(desk: Desk) -> None:
    """However many of those who may fit have been changed, however often."""
    [endpoint] = [each for each in service.endpoints if each.name == "search-patient"]
    name = {"use": "usual", "family": "Legion", "given": ["Max"]}
    body = {"resourceType": "Patient", "name": [name], "birthDate": "1931-04-05"}
    numbers = [str(9999900003 + one) for one in range(5)]
    for version in range(3):
        home = {"address": [{"use": "home", "postalCode": f"LS1 {version}AE"}]}
        desk.keep([Change("Patient", id, body | home | {"id": id}, version) for id in numbers])
    counts = Counts()
    query = LEGION | {"_history": ("true",), "address-postcode": ("LS1 0AE",)}
    request = Request(endpoint, {}, {}, WORKER, NOON, chance, query=query)
    reply = endpoint.handler(request, CountingSnapshot(desk.store.snapshot(), counts))
    assert isinstance(reply.body, bytes)
    assert orjson.loads(reply.body)["total"] == 5
    assert counts.total <= endpoint.reads
    assert counts.histories == 1


@pytest.mark.parametrize(
    ("query", "reads"),
    [
        (LEGION, 1),
        (LEGION | {"family": ("Le*n",)}, 2),
        (LEGION | {"_history": ("true",)}, 5),
        (LEGION | {"_history": ("true",), "address-postcode": ("LS1*",)}, 5),
        (LEGION | {"_fuzzy-match": ("true",), "given": ("Max",)}, 2),
    ],
)
@pytest.mark.parametrize("people", [1, 5, 50])
def test_a_search_reads_as_often_whatever_it_finds(
    desk: Desk, query: dict[str, tuple[str, ...]], reads: int, people: int
) -> None:
    """To find fifty people takes no more looks at the store than to find one."""
    [endpoint] = [each for each in service.endpoints if each.name == "search-patient"]
    name = {"use": "usual", "family": "Legion", "given": ["Max"]}
    body = {"resourceType": "Patient", "name": [name], "birthDate": "1931-04-05"}
    home = {"address": [{"use": "home", "postalCode": "LS1 6AE"}]}
    numbers = [str(9999900003 + one) for one in range(people)]
    desk.keep([Change("Patient", id, body | home | {"id": id}, 0) for id in numbers])
    counts = Counts()
    request = Request(endpoint, {}, {}, WORKER, NOON, chance, query=query)
    reply = endpoint.handler(request, CountingSnapshot(desk.store.snapshot(), counts))
    assert isinstance(reply.body, bytes)
    assert orjson.loads(reply.body)["total"] == people
    assert counts.total == reads <= endpoint.reads
