"""Segments of several workers are gone on from and let go of like that of one."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from openroots.clock import Unpredictable
from openroots.identity.keys import Keys
from openroots.identity.public_keys import public_keys
from openroots.storage.checkpoint import Checkpoints
from openroots.storage.segment import Segment
from openroots.storage.verifying import verify
from tests.workers.test_workers import ENOUGH, JANE, Server

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform == "win32", reason="workers share a port"),
]
OLD = b'{"wall":"2020-01-01T12:00:00+00:00","trail":"%024x","people":[],"request":"","response":""'


def write_old(state: Path, *names: str) -> None:
    """Segments of long ago, as a server left them that signed how far they came."""
    keys = Keys(state / "keys", Unpredictable())
    (state / "audit").mkdir(parents=True)
    checkpoints = Checkpoints(state / "audit", keys)
    for name in names:
        segment = Segment(state / "audit" / f"{name}.jsonl", keys)
        segment.append([OLD % number for number in range(5)])
        checkpoints.note([segment.head()])
        segment.close()
    checkpoints.write(datetime(2020, 1, 1, 12, tzinfo=UTC))


def test_each_worker_goes_on_in_another_segment_and_the_old_ones_go(tmp_path: Path) -> None:
    """That of the keeper, of both workers, and of a third that is not there any more; the log
    verifies while it is written to, and after the next start."""
    write_old(tmp_path, "0", "1", "2", "3")
    for _ in range(2):
        server = Server(tmp_path, "--audit", "30")
        told = server.tool("POST", "/prune")
        assert set(told) == {"versions", "entries", "trails"}
        for _ in range(ENOUGH):
            server.ask("GET", JANE)
        assert server.stop() == 0
        names = {path.stem for path in (tmp_path / "audit").glob("*.jsonl")}
        assert names == {"0r1", "1r1", "2r1", "3r1"}
        verdict = verify(tmp_path / "audit", public_keys(tmp_path / "keys" / "public.jwks"))
        assert verdict.wrong == []
        assert verdict.pruned == dict.fromkeys("0123", 5)
        assert sum(verdict.entries.values()) >= ENOUGH
