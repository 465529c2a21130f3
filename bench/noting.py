"""The row about what is written down of a read: its trail, and the request kept whole.

In process, and by the CPU time of all threads, so that neither the network nor a disk that waits
makes it look smaller than it is.

Source: none.
"""

import asyncio
from functools import partial
from statistics import median
from time import process_time
from unittest.mock import patch
from uuid import UUID

from bench.row import Row
from bench.server import scratch
from openroots.gateway.exchange import Exchange
from openroots.gateway.pipeline import Gateway
from openroots.gateway.trail import Trail
from openroots.gateway.wire import Answer
from openroots.testing import Nation, open_nation

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
AT_ONCE = 50
BATCHES = 20
ROUNDS = 41
READS = AT_ONCE * BATCHES
SMALL = 100  # people
MOST = 10  # percent


def overhead() -> Row:
    """A read with its trail and recording, and without, turn and turn about, as others share this
    machine."""
    with scratch() as folder:
        nation = open_nation(folder / "state", people=SMALL)
        _cost(nation)
        turns = [(_cost(nation), _bare_cost(nation)) for _ in range(ROUNDS)]
        nation.close()
    more = 100 * (median(noted / bare for noted, bare in turns) - 1)
    noted, bare = (median(each) for each in zip(*turns, strict=True))
    return Row(
        "overhead of trails and recording on a read, in process",
        f"<= {MOST} % CPU",
        f"{more:.1f} % ({1e3 * noted / READS:.3f} and {1e3 * bare / READS:.3f} ms: medians of "
        f"{ROUNDS} times {READS:,} reads)",
        reached=more <= MOST,
    )


def _bare_cost(nation: Nation) -> float:
    """The same where no step tells what it did and nothing is written down of it. What is counted
    for monitors is counted there too."""
    gateway = nation.house.gateway
    with patch.object(gateway, "note", partial(_counted, gateway)), patch.object(Trail, "add", _no):
        return _cost(nation)


def _counted(gateway: Gateway, exchange: Exchange, answer: Answer) -> None:
    asked = exchange.asked.id, exchange.method, answer.status
    gateway.metrics.count(*asked, exchange.seconds, exchange.findings)


def _no(trail: Trail, step: str, outcome: str, words: str = "", mend: str = "") -> None:
    """Note nothing."""


def _cost(nation: Nation) -> float:
    """The CPU seconds of many reads, some at a time, until all of them is on disk."""
    began = process_time()
    nation.run(_read(nation.house.gateway))
    nation.run(nation.house.journal.settled())
    return process_time() - began


async def _read(gateway: Gateway) -> None:
    service = gateway.service(JANE)
    assert service is not None
    for batch in range(BATCHES):
        ids = range(batch * AT_ONCE, (batch + 1) * AT_ONCE)
        headers = [[(b"x-request-id", str(UUID(int=id + 1, version=4)).encode())] for id in ids]
        asked = [gateway.begin(service, "GET", JANE, b"", each, b"") for each in headers]
        answers = await asyncio.gather(*[gateway.answer(each) for each in asked])
        assert {answer.status for answer in answers} == {200}
