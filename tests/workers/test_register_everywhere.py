"""The register with several workers: what one connection decides, every worker enforces."""

import sys
from pathlib import Path
from shutil import copytree

import pytest

from openroots.testing import KEY
from tests.services.standards_register.office import BASE, DRAFT, PLAIN, TEAM
from tests.workers.test_workers import ENOUGH, JANE, Server

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform == "win32", reason="workers share a port"),
]


@pytest.fixture(params=["file", pytest.param("database", marks=pytest.mark.postgres)])
def flags(request: pytest.FixtureRequest, openroots_seeded: Path, tmp_path: Path) -> list[str]:
    """How to start a server of a world in a file, or in a database."""
    if request.param == "database":
        return ["--store", request.getfixturevalue("new_database")()]
    copytree(openroots_seeded, tmp_path / "state")
    return []


def test_a_decision_is_in_force_on_every_worker_at_once(flags: list[str], tmp_path: Path) -> None:
    """From its answer on: a mandate that has come refuses everywhere, a waiver lifts it again."""
    server = Server(tmp_path / "state", *flags)

    def decide(path: str, **body: object) -> None:
        headers = {"apikey": TEAM, "Content-Type": "application/json"}
        status, _, told = server.ask("POST", BASE + path, body, headers)
        assert status == 201, told

    def statuses() -> set[int]:
        answers = [server.ask("GET", JANE, headers={"apikey": KEY}) for _ in range(ENOUGH)]
        assert len({answer[1]["x-openroots-trail"][8:16] for answer in answers}) == 2
        return {answer[0] for answer in answers}

    try:
        server.tool("POST", "/clock", {"to": "2027-01-11"})
        decide("/standards", definition=DRAFT, reason="entered", source="a notice")
        past = {"on": "2026-06-01", "source": "a notice", "reason": "as told"}
        decide(f"{PLAIN}/moves", stage="published", **past)
        days = {"warn_from": "2027-03-01", "enforce_from": "2027-09-01"}
        wave = {"settings": ["general-practice"], **days}
        decide(f"{PLAIN}/mandates", reason="it is time", waves=[wave])
        assert statuses() == {200}
        server.tool("POST", "/clock", {"to": "2027-09-01"})
        assert statuses() == {403}
        waiver = {"applications": ["ashby-practice-system"], "due": "2027-12-01"}
        decide(f"{PLAIN}/exemptions", kind="waiver", reason="rare", **waiver)
        assert statuses() == {200}
    finally:
        server.process.terminate()
        server.process.wait(timeout=30)
