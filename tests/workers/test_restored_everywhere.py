"""A saved state takes the place of the present one in every worker, while they are asked."""

import json
import sys
import threading
from collections import Counter
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import pytest

from openroots.identity.public_keys import public_keys
from openroots.storage.verifying import verify
from tests.workers.test_workers import ENOUGH, JANE, Server

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform == "win32", reason="workers share a port"),
]


def test_every_worker_goes_on_from_what_was_saved(tmp_path: Path) -> None:
    """Whoever asks meanwhile is answered, or told to come again. All shows what was saved by the
    time that the operator is told so, is written on, and both logs are whole."""
    server = Server(tmp_path / "state")
    assert server.make_jane("male", 2) == 200
    server.tool("POST", "/save", {"file": str(tmp_path / "kept.openroots")})
    for version in (3, 4, 5):
        assert server.make_jane(("male", "female")[version % 2], version) == 200
    told: Counter[int] = Counter()
    ended = threading.Event()

    def ask_all_the_while() -> None:
        while not ended.is_set():
            try:
                told[server.ask("GET", JANE)[0]] += 1
            except (OSError, HTTPException):
                told[0] += 1

    asking = [threading.Thread(target=ask_all_the_while) for _ in range(4)]
    for each in asking:
        each.start()
    try:
        for _ in range(2):
            answer = server.tool("POST", "/restore", {"file": str(tmp_path / "kept.openroots")})
            assert answer["before"] == str(tmp_path / "state" / "before")
            shown = server.asked_of_each()
            assert len(shown) == 2
            assert set.union(*shown.values()) == {'W/"3"'}
            assert server.make_jane("female", 3) == 200
    finally:
        ended.set()
        for each in asking:
            each.join()
    assert told.keys() <= {200, 503}
    assert told[200]
    assert server.stop() == 0
    for log in (tmp_path / "state" / "audit", tmp_path / "state" / "before" / "audit"):
        verdict = verify(log, public_keys(tmp_path / "state" / "keys" / "public.jwks"))
        assert verdict.wrong == []
        assert set(verdict.entries) >= {"0", "1", "2"}
    again = Server(tmp_path / "state")
    assert set.union(*again.asked_of_each().values()) == {'W/"4"'}
    assert again.stop() == 0


def trails_of(audit: Path) -> set[str]:
    """The trails of all entries in an audit log."""
    lines = [line for path in audit.glob("*.jsonl") for line in path.read_bytes().splitlines()]
    return {json.loads(line)["trail"] for line in lines}


def told_to_many(server: Server) -> set[str]:
    """The trails of what is answered over many connections."""
    return {server.ask("GET", JANE)[1]["x-openroots-trail"] for _ in range(ENOUGH)}


def test_whatever_the_tooling_is_asked_meanwhile_entries_go_to_the_log_restored(
    tmp_path: Path,
) -> None:
    """A worker that looks again in the midst of it opens nothing that is then moved aside."""
    server = Server(tmp_path / "state")
    token = {"X-OpenRoots-Token": (tmp_path / "state" / "token").read_text().strip()}
    server.tool("POST", "/save", {"file": str(tmp_path / "kept.openroots")})
    ended = threading.Event()

    def move_clock_all_the_while() -> None:
        while not ended.is_set():
            with suppress(OSError, HTTPException):
                server.ask("POST", "/_openroots/clock", {"to": "+1d"}, token)
                server.ask("GET", JANE)

    asking = [threading.Thread(target=move_clock_all_the_while) for _ in range(4)]
    for each in asking:
        each.start()
    try:
        for _ in range(8):
            server.tool("POST", "/restore", {"file": str(tmp_path / "kept.openroots")})
            assert told_to_many(server) <= trails_of(tmp_path / "state" / "audit")
    finally:
        ended.set()
        for each in asking:
            each.join()
        server.stop()
