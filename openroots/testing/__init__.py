"""A health service of one's own for each test.

For suppliers' test suites and for ours. The first world of a run is seeded; every further one is
a copy of it, made in milliseconds, and touches no other.

    JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"

    def test_reads_jane(openroots):
        assert openroots.ask("GET", JANE).status == 200

    def test_my_client(openroots):
        client = MyClient(base_url=openroots.url)          # the same world, over HTTP
        openroots.move_clock("2027-04-02")

Installing OpenRoots makes the fixture `openroots` known to pytest; nothing need be imported. It
and `openroots_seeded` are in `openroots.pytest_plugin`; here is the class that they give, for use
without pytest too:

    with openroots_nation() as nation:
        nation.ask("GET", JANE)

Source: none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from typing import IO, Any

from openroots.answered import Told
from openroots.app import open_house
from openroots.clock import Chance, Clock, Repeatable, Stopped
from openroots.gateway.faults import Faults
from openroots.ready_made import APPLICATIONS
from openroots.sandboxes import Kind
from openroots.sandboxes.door import Estate
from openroots.scratch import scratch
from openroots.settings import Settings
from openroots.testing.loop import Loop
from openroots.testing.nation import Nation

__all__ = ["KEY", "NOON", "PEOPLE", "Nation", "Told", "open_nation", "openroots_nation"]

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PEOPLE = 100  # in each world, besides the published ones
KEY = APPLICATIONS[0].key  # of the ready-made application


def open_nation(
    state: Path,
    *,
    people: int = PEOPLE,
    seed: int = 1948,
    wall: Clock | None = None,
    chance: Chance | None = None,
    lines: IO[bytes] | None = None,
    seeded: Path | None = None,
    **settings: Any,
) -> Nation:
    """A nation whose state is in this folder, seeded there if it is not yet. Close it after use.

    `seeded` is the state folder of another with the same people, of which its sandboxes are copies.
    """
    wall = wall or Stopped(NOON)
    loop = Loop()
    chosen = Settings(state=state, people=people, seed=seed, **settings)
    chance, faults = chance or Repeatable(seed), Faults()
    opening = open_house(chosen, wall=wall, chance=chance, lines=lines, faults=faults)
    try:
        house = loop.start(opening).result(timeout=600)
    except BaseException:
        loop.close()
        raise
    ready = {Kind(people, seed): seeded} if seeded else None
    return Nation(house, wall, faults, loop, Estate(house, ready))


@contextmanager
def openroots_nation(seeded: Path | None = None, **how: Any) -> Iterator[Nation]:
    """A nation that is gone afterwards. It is a copy of the one in `seeded`, where that is given:
    the state folder of a nation that was opened once and closed. See `open_nation`."""
    with scratch() as folder:
        if seeded:
            copytree(seeded, folder / "state")
        nation = open_nation(folder / "state", seeded=seeded, **how)
        try:
            yield nation
        finally:
            nation.close()
