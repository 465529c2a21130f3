"""How much of the store a request reads."""

from contextlib import suppress

import pytest

from openroots.service import Problem, Request
from openroots.services.demographics import service
from openroots.storage.counting import CountingSnapshot, Counts
from tests.services.demographics.desk import JANE, JANET, NOON, WORKER, Desk, chance


@pytest.mark.parametrize(
    ("number", "reads"), [(JANE, 1), (JANET, 1), ("5900053636", 3), ("9111231130", 2)]
)
def test_reads_are_within_budget(desk: Desk, number: str, reads: int) -> None:
    """To read a person takes one look at the store, and three at the most."""
    [endpoint] = [each for each in service.endpoints if each.method == "GET"]
    counts = Counts()
    request = Request(endpoint, {"id": number}, {}, WORKER, NOON, chance)
    with suppress(Problem):
        endpoint.handler(request, CountingSnapshot(desk.store.snapshot(), counts))
    assert counts.total == reads <= endpoint.reads
