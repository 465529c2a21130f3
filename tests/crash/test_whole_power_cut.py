"""A whole nation on a disk whose power fails: what was answered is there, and all of it is proved.

`test_power_cut` does so for the store and a bare log, through many commits. Here the gateway
writes: entries are sealed for the people they are about, batches and checkpoints are signed.
`make crash` goes through many such days, `make test` through one.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from openroots.clock import Unpredictable
from openroots.gateway.audit_log import WholeLog
from openroots.identity.keys import Keys
from openroots.storage.verifying import verify
from openroots.testing import Nation, open_nation
from tests.crash.campaign import power_cuts
from tests.crash.disk import Disk, needs_proc

pytestmark = [pytest.mark.crash, needs_proc]

PATIENT = "/personal-demographics/FHIR/R4/Patient/"
PEOPLE = ("9000000009", "9000000017", "9732019395")
UPDATES = 12  # of a day


def version_of(nation: Nation, person: str) -> int:
    """The version of somebody's record."""
    return int(nation.ask("GET", PATIENT + person).body["meta"]["versionId"])


def update(nation: Nation, person: str, chance: Random) -> str:
    """Change somebody's record; its version then, and the trail, in words."""
    version = version_of(nation, person)
    gender = ("male", "female")[version % 2]
    patch = {"patches": [{"op": "replace", "path": "/gender", "value": gender}]}
    request = str(UUID(int=chance.getrandbits(128), version=4))
    headers = {"If-Match": f'W/"{version}"', "X-Request-ID": request}
    answer = nation.ask("PATCH", PATIENT + person, patch, headers=headers)
    assert answer.status == 200
    return f"{person} {version + 1} {answer.headers['x-openroots-trail']}"


def sign(nation: Nation) -> None:
    """Have a checkpoint signed, as is done every few seconds."""
    audit = nation.house.audit
    assert isinstance(audit, WholeLog)

    async def signed() -> None:
        audit.checkpoints.note([audit.journal.head()])
        audit.checkpoints.write(nation.house.world.wall.now())

    nation.run(signed())


def lived(folder: Path, chance: Random) -> Disk:
    """A day on a disk: records are changed, and each change is told of."""
    disk = Disk(folder)
    with disk.in_place():
        for _ in range(2):
            nation = open_nation(disk.path())
            for _ in range(UPDATES // 2):
                disk.told(update(nation, chance.choice(PEOPLE), chance))
                sign(nation)
            nation.close()
    return disk


def wrong(state: Path, told: frozenset[str], chance: Random) -> Iterator[str]:
    """Every way in which the nation that is left is not as it was promised."""
    nation = open_nation(state)
    entries = {entry["trail"]: entry for entry in nation.audit()}
    for person, version, trail in (words.split() for words in told):
        if version_of(nation, person) < int(version):
            yield f"version {version} of {person} is lost"
        if not entries.get(trail, {}).get("subjects"):
            yield f"nobody can tell any more whom {trail} was about"
    update(nation, PEOPLE[0], chance)
    nation.close()
    verdict = verify(state / "audit", Keys(state / "keys", Unpredictable()))
    yield from (f"{each.segment} {each.entry} {each.what}" for each in verdict.wrong)


def test_a_nation_is_whole_and_proved_after_a_power_cut(
    openroots_seeded: Path, tmp_path: Path, crash_commits: int
) -> None:
    """Each change that was answered is there, its audit entry names who it was about, the nation
    goes on, and `audit verify` finds nothing wrong in the log or its checkpoints."""
    found: list[str] = []
    chance, cuts = Random(13), 0
    for day in range(max(1, crash_commits // 1000)):
        disk = lived(shutil.copytree(openroots_seeded, tmp_path / str(day)), chance)
        for left in power_cuts(disk, set(), chance, 0.3):
            state, cuts = left.write(tmp_path / "left"), cuts + 1
            found += [f"{what}, at act {left.point}" for what in wrong(state, left.told, chance)]
    assert cuts > UPDATES
    assert found == []
