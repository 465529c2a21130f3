"""Agreements with several workers: what one connection ends, no worker permits any more."""

import sys
from pathlib import Path

import pytest

from tests.workers.test_workers import ENOUGH, JANE, Server

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform == "win32", reason="workers share a port"),
]
AGREEMENT = "/agreements/national-demographics"


def test_an_agreement_that_ends_ends_on_every_worker_at_once(tmp_path: Path) -> None:
    """From the answer on that says that an agreement is suspended, every worker refuses what it
    permitted; from the answer that says it is resumed, every worker permits it again."""
    server = Server(tmp_path / "state")
    try:
        for act, status in (("suspend", 403), ("resume", 200), ("end", 403)):
            server.tool("POST", f"{AGREEMENT}/{act}", {})
            answers = [server.ask("GET", JANE) for _ in range(ENOUGH)]
            assert {answer[0] for answer in answers} == {status}
            assert len({answer[1]["x-openroots-trail"][8:16] for answer in answers}) == 2
    finally:
        server.process.terminate()
        server.process.wait(timeout=30)
