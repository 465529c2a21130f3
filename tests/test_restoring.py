"""A saved state is put in the place of a world that is served; one that does not fit is not."""

import asyncio
import json
import threading
import zipfile
from hashlib import sha256
from pathlib import Path

import apsw
import pytest

from openroots.delivery.meaning import id_of
from openroots.identity.public_keys import public_keys
from openroots.storage import Told
from openroots.storage.checkpoint import FILE, notes_in
from openroots.storage.sqlite_schema import SCHEMA_VERSION
from openroots.storage.verifying import verify
from openroots.testing import Nation, open_nation
from openroots.world import SEEDED
from tests.gateway.door import Door

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
GENDER = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}


@pytest.fixture
def saved(openroots: Nation, tmp_path: Path) -> Path:
    """A world in which Jane's record was read is saved; then it is updated once."""
    file = tmp_path / "kept.openroots"
    assert version_of(openroots) == 'W/"2"'
    Door(openroots).post("/save", {"file": str(file)})
    assert update(openroots, 2) == 200
    return file


def update(nation: Nation, version: int) -> int:
    """Update this version of Jane's record; the status."""
    sent = {"If-Match": f'W/"{version}"', "Content-Type": "application/json-patch+json"}
    return nation.ask("PATCH", JANE, headers=sent, body=GENDER).status


def version_of(nation: Nation) -> str:
    """The version of Jane's record that is told."""
    return str(nation.ask("GET", JANE).headers["etag"])


def test_a_world_goes_on_from_what_was_saved(openroots: Nation, saved: Path) -> None:
    """Its records, its time and its audit log are as they were; it is written on, explained and
    proved, then and after the next start. What was there is moved aside."""
    state = openroots.house.settings.state
    Door(openroots).post("/clock", {"to": "+30d"})
    told = Door(openroots).post("/restore", {"file": str(saved)})
    assert told["before"] == str(state / "before")
    assert [*notes_in(state / "audit" / FILE)]  # what was restored is signed at once
    assert Door(openroots).get("/clock")["moved"] is False
    assert version_of(openroots) == 'W/"2"'
    assert update(openroots, 2) == 200
    assert Door(openroots).get("/why/last")["endpoint"] == "demographics.patch-patient"
    endpoints = [entry["endpoint"] for entry in openroots.audit()]
    assert endpoints[:2] == ["demographics.read-patient", "tooling.restore"]
    assert "demographics.patch-patient" in endpoints
    openroots.close()
    again = open_nation(state)
    assert version_of(again) == 'W/"3"'
    again.close()
    for log in (state / "audit", state / "before" / "audit"):
        verdict = verify(log, public_keys(state / "keys" / "public.jwks"))
        assert verdict.wrong == []
    aside = (state / "before" / "audit" / "0.jsonl").read_text()
    assert aside.count("demographics.patch-patient") == 1


def test_who_asks_in_the_moment_between_is_told_to_come_again(
    openroots: Nation, saved: Path
) -> None:
    """And nobody is told of anything that is not there: each answer is from before or from after,
    or a 503."""

    told: set[tuple[int, str]] = set()
    ended = threading.Event()

    def ask_all_the_while() -> None:
        while not ended.is_set():
            answer = openroots.ask("GET", JANE)
            told.add((answer.status, answer.headers.get("etag", "")))

    asking = threading.Thread(target=ask_all_the_while)
    asking.start()
    Door(openroots).post("/restore", {"file": str(saved)})
    ended.set()
    asking.join()
    assert told <= {(200, 'W/"3"'), (503, ""), (200, 'W/"2"')}
    assert version_of(openroots) == 'W/"2"'


def rewritten(file: Path, sql: str, **said: object) -> None:
    """Change the store in a saved state, and what the manifest says."""
    with zipfile.ZipFile(file) as whole:
        kept = {name: whole.read(name) for name in whole.namelist()}
    store = file.with_suffix(".db")
    store.write_bytes(kept["openroots.db"])
    db = apsw.Connection(str(store))
    db.execute("PRAGMA journal_mode = DELETE").fetchall()
    db.execute(sql)
    db.execute("PRAGMA journal_mode = WAL").fetchall()
    db.close()
    kept["openroots.db"] = data = store.read_bytes()
    manifest = json.loads(kept.pop("manifest.json")) | said
    manifest["files"]["openroots.db"] = {"bytes": len(data), "sha256": sha256(data).hexdigest()}
    with zipfile.ZipFile(file, "w") as made:
        for name, content in kept.items():
            made.writestr(name, content)
        made.writestr("manifest.json", json.dumps(manifest))


REAL = f"""UPDATE mark SET value = cast(replace(value, '"made_up":true', '"made_up":false') AS BLOB)
WHERE key = '{SEEDED}'"""
UNFIT = {
    "no saved state": (lambda file: file.write_text("a text"), 400, "is no whole saved state"),
    "real people": (lambda file: rewritten(file, REAL), 409, "holds real people"),
    "earlier": (
        lambda file: rewritten(
            file, f"PRAGMA user_version = {SCHEMA_VERSION - 1}", schema=SCHEMA_VERSION - 1
        ),
        409,
        "saved by an earlier version",
    ),
    "gone": (lambda file: file.unlink(), 409, "cannot be read"),
}


@pytest.mark.parametrize("how", UNFIT)
def test_what_cannot_be_served_here_takes_nothings_place(
    openroots: Nation, saved: Path, how: str
) -> None:
    """The world is as it was, nothing is left behind, and it is told what is wrong."""
    spoil, status, words = UNFIT[how]
    spoil(saved)
    told = Door(openroots).refused("POST", "/restore", {"file": str(saved)})
    assert told[0] == status
    assert words in told[1]
    assert version_of(openroots) == 'W/"3"'
    assert update(openroots, 3) == 200
    state = openroots.house.settings.state
    assert not [name for name in ("restoring", "restored", "before") if (state / name).exists()]


def test_who_was_erased_since_does_not_come_back(openroots: Nation, saved: Path) -> None:
    """They are taken out again before anybody is answered."""
    Door(openroots).post("/erase", {"subject": "9000000009"})
    Door(openroots).post("/restore", {"file": str(saved)})
    assert openroots.ask("GET", JANE).status == 404
    assert openroots.ask("GET", JANE.replace("0009", "0017")).status == 200


def test_a_state_that_cannot_be_written_is_not_blamed_on_what_was_saved(
    openroots: Nation, saved: Path
) -> None:
    """As on a full disk: to name another file would not help."""
    state = openroots.house.settings.state
    (state / "restoring").write_text("stands in the way")
    status, words = Door(openroots).refused("POST", "/restore", {"file": str(saved)})
    assert status == 409
    assert words.startswith(f"{state} cannot be written: ")
    assert version_of(openroots) == 'W/"3"'


def test_what_is_told_of_after_a_restore_is_no_repetition_of_what_was_told_before(
    openroots: Nation, saved: Path
) -> None:
    """A receiver takes each `webhook-id` once: what was written since the state was saved, and what
    is written in its place, go by others."""
    before = told_of(openroots)
    Door(openroots).post("/restore", {"file": str(saved)})
    Door(openroots).post("/clock", {"to": "+1m"})
    assert update(openroots, 2) == 200
    after = told_of(openroots)
    assert [told.cursor for told in before] == [told.cursor for told in after]
    assert id_of("lane", before[-1]) != id_of("lane", after[-1])


def told_of(nation: Nation) -> list[Told]:
    """What the feed of a world tells."""
    return asyncio.run(nation.house.world.store.feed())
