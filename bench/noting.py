"""The row about what is written down of a read: its trail, and the request kept whole.

In process, and by the CPU time of all threads, so that neither the network nor a disk that waits
makes it look smaller than it is.

Source: none.
"""

import asyncio
from time import process_time
from uuid import UUID

from bench.row import Row
from bench.server import scratch
from openroots.gateway.pipeline import Gateway
from openroots.testing import Nation, open_nation

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
AT_ONCE = 50
BATCHES = 20
ROUNDS = 15
READS = AT_ONCE * BATCHES
SMALL = 100  # people
MOST = 10  # percent


def overhead() -> Row:
    """A read with its trail and recording, and without, by turns. The least that each took is
    compared: all beyond it is another program's doing."""
    with scratch() as folder:
        nation = open_nation(folder / "state", people=SMALL)
        _cost(nation)
        turns = [(_cost(nation), _bare_cost(nation)) for _ in range(ROUNDS)]
        nation.close()
    noted, bare = (min(each) for each in zip(*turns, strict=True))
    more = 100 * (noted / bare - 1)
    return Row(
        "overhead of trails and recording on a read, in process",
        f"<= {MOST} % CPU",
        f"{more:.1f} % ({1e3 * noted / READS:.3f} and {1e3 * bare / READS:.3f} ms: the least of "
        f"{ROUNDS} times {READS:,} reads)",
        reached=more <= MOST,
    )


def _bare_cost(nation: Nation) -> float:
    gateway = nation.house.gateway
    note = gateway.note
    setattr(gateway, "note", lambda exchange, answer: None)  # noqa: B010 - of this one alone
    try:
        return _cost(nation)
    finally:
        setattr(gateway, "note", note)  # noqa: B010


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
