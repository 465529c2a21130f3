"""The governance verbs against a real server: agreements, who-could-read, what-if, opt-outs."""

import json
import shutil
from uuid import uuid4

import httpx
import pytest

from openroots.testing import open_nation
from tests.cli.desk import server
from tests.gateway.governed import AGREEMENT, agree

JANE, SUSAN, NOBODY = "9000000009", "9732019395", "9111231130"
OK, USAGE, NOT_FOUND, CONFLICT = 0, 2, 5, 6


@pytest.fixture(scope="module")
def state(openroots_seeded, tmp_path_factory):
    """The state folder of a server that runs; an agreement was kept in it before all was looked at
    that is now."""
    folder = tmp_path_factory.mktemp("governed") / "state"
    shutil.copytree(openroots_seeded, folder)
    nation = open_nation(folder)
    agree(nation, id="old", conditions={"hides": ["Restricted"]}, state="draft")
    nation.close()
    with server(folder):
        yield folder


def test_an_agreement_goes_from_a_file_to_its_end(command, state, tmp_path):
    """A file becomes a draft, which is signed, started and ended; each answer shows it."""
    file = tmp_path / "pilot.json"
    file.write_text(json.dumps(AGREEMENT))
    where = ("--state", state)
    assert command("agreements", "draft", file, *where) == OK
    assert command("agreements", "end", "none", *where) == NOT_FOUND
    assert command("agreements", "start", "pilot", *where) == CONFLICT
    assert "sign" in command.err
    for act in ("sign", "start"):
        assert command("agreements", act, "pilot", *where) == OK
    assert "in force" in command.out
    assert command("agreements", "list", *where) == OK
    assert "national-demographics" in command.out
    assert command("what-if", "agreement", "pilot", *where) == USAGE
    assert "missing argument 'ends'" in command.err
    assert command("what-if", "agreement", "pilot", "ends", *where) == OK
    ended = command.json("agreements", "end", "pilot", "--reason", "done", *where)
    assert (ended["state"], ended["reason"]) == ("ended", "done")
    assert command("agreements", "show", "pilot", *where) == OK
    file.write_text("[]")
    assert command("agreements", "draft", file, *where) == USAGE
    file.write_text("{")
    assert command("agreements", "draft", file, *where) == USAGE


def test_what_is_wrong_with_an_agreement_is_shown(command, state):
    """In the list, by its name; with it alone, and how to mend it; where nothing is, nothing."""
    where, wrong = ("--state", state), "conditions.hides: 'Restricted' is not a label of records"
    assert command("agreements", "list", *where) == OK
    assert f"old: {wrong}" in command.out
    assert command("agreements", "show", "old", *where) == OK
    assert wrong in command.out
    assert "To mend: Draft it again" in command.out
    assert command("agreements", "show", "national-demographics", *where) == OK
    assert "To mend" not in command.out


def test_what_if_tells_for_whom_and_for_what_requests_were(command, state):
    """The same call for two organisations, or two purposes, is two lines that can be told apart."""
    where, doctor = ("--state", state), "staff:910000000012"
    origin = f"http://127.0.0.1:{json.loads((state / 'server.json').read_text())['port']}"
    for app, whom in (
        ("ashby-practice-system", doctor),
        ("ashby-practice-system", f"citizen:{JANE}"),
        ("ferndale-records-service", f"citizen:{JANE}"),
    ):
        assert command("token", "--app", app, "--as", whom, *where) == OK
        headers = {"authorization": f"Bearer {command.out.strip()}", "x-request-id": str(uuid4())}
        path = f"{origin}/personal-demographics/FHIR/R4/Patient/{JANE}"
        assert httpx.get(path, headers=headers).status_code == 200
    assert command("what-if", "agreement", "national-demographics", "ends", *where) == OK
    read = "1 request to demographics.read-patient by"
    for line in (
        f"{read} ashby-practice-system for Y90001, TREAT",
        f"{read} ashby-practice-system for Y90001, PATRQT",
        f"{read} ferndale-records-service for Y90002, PATRQT",
    ):
        assert line in command.out
    assert "✗ every organisation could not create, delete, read, search, update" in command.out


def test_people_are_asked_about_by_number(command, state):
    """Who could read somebody's record, their opt-out and their proxies go by NHS number."""
    where = ("--state", state)
    assert command("proxies", "add", JANE, SUSAN, *where) == OK
    assert command("opt-out", "900 000 0009", *where) == OK
    assert command("who-could-read", JANE, *where) == OK
    assert "opted out" in command.out
    rules = {one["rule"] for one in command.json("who-could-read", JANE, *where)["who"]}
    assert {"own-record", "proxy", "agreement:national-demographics"} <= rules
    assert command("opt-out", JANE, "--lift", *where) == OK
    assert command("proxies", "end", JANE, SUSAN, *where) == OK
    assert command("proxies", "end", SUSAN, JANE, *where) == NOT_FOUND
    assert command("who-could-read", NOBODY, *where) == NOT_FOUND
    assert command("alerts", *where) == OK
    assert command.out.strip() == "No alerts."
