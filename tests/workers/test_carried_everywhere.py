"""A real server with several workers that carries the rulebook of another node."""

import sys
from pathlib import Path
from shutil import copytree

import pytest

from openroots.testing import KEY, Nation
from tests.services.standards_register.office import MANDATE, PLAIN, Office
from tests.workers.test_workers import ENOUGH, JANE, Server

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform == "win32", reason="workers share a port"),
]
WAVE = {"settings": ["general-practice"], "warn_from": "2027-03-01", "enforce_from": "2027-09-01"}


def test_every_worker_enforces_what_is_carried(
    openroots: Nation, openroots_seeded: Path, tmp_path: Path
) -> None:
    """From the answer of a pull on, which hands the other node's rulebook to each."""
    office = Office(openroots).on("2027-01-11")
    office.publish()
    copytree(openroots_seeded, tmp_path / "state")
    address = f"{openroots.url}#{openroots.house.world.keys.kid}"
    server = Server(tmp_path / "state", "--rulebook", address)

    def statuses() -> set[int]:
        answers = [server.ask("GET", JANE, headers={"apikey": KEY}) for _ in range(ENOUGH)]
        assert len({answer[1]["x-openroots-trail"][8:16] for answer in answers}) == 2
        return {answer[0] for answer in answers}

    try:
        server.tool("POST", "/clock", {"to": "2027-09-01"})
        assert statuses() == {200}
        office.post(f"{PLAIN}/mandates", {**MANDATE, "waves": [WAVE]})
        assert server.tool("POST", "/rulebook/pull")["trouble"] == ""
        assert statuses() == {403}
        assert server.stop() == 0
    finally:
        server.process.terminate()
        server.process.wait(timeout=30)
