"""Sandboxes: each a health service of its own, made, used, made as new and dropped while others go
on."""

import asyncio
import json
import socket
import time
from dataclasses import replace
from shutil import copytree

import httpx
import pytest

from openroots.gateway.tooling.desk import Asked
from openroots.gateway.tooling.sandboxes import list_sandboxes
from openroots.problem import Problem
from openroots.sandboxes import MOST
from openroots.testing import open_nation, openroots_nation
from tests.sandboxes.box import ID, JANE, Box
from tests.waiting import until

NO_SANDBOXES = "in this mode people are real, and there are no sandboxes"


@pytest.fixture
def boxes(openroots):
    """Two sandboxes beside one world."""
    with Box(openroots, "one") as one, Box(openroots, "other") as other:
        yield one, other


def refused(nation, method, path, body=None):
    """The status and words of a refusal by the server's own door."""
    told = nation.tooling(method, path, body)
    assert told.body["mend"]
    return told.status, told.body["error"]


def test_what_is_changed_in_a_sandbox_is_changed_nowhere_else(openroots, boxes):
    """Each has a store of its own; so has the world that they stand beside."""
    one, other = boxes
    one.change()
    assert (one.version(), other.version()) == ('W/"3"', 'W/"2"')
    assert openroots.ask("GET", JANE).headers["etag"] == 'W/"2"'
    assert openroots.signals() == []


def test_time_moves_in_one_sandbox_alone_and_may_run_fast(openroots, boxes):
    """A clock that was moved outlives a rest, and another stands where it stood."""
    one, other = boxes
    assert one.tool("/clock", to="+14d")["seconds"] == 14 * 86400
    assert one.tool("/clock", to="x60")["rate"] == 60
    assert other.tool("/clock")["moved"] is False
    openroots.run(openroots._estate.sandboxes.find("one").rest())
    assert one.tool("/clock")["rate"] == 60


def test_a_fault_in_a_sandbox_strikes_nobody_else(openroots, boxes):
    """Not its neighbour, and not the world that they stand beside."""
    one, other = boxes
    one.tool("/faults", endpoint="demographics.*", row="unavailable")
    assert one.client.get(JANE, headers=ID).status_code == 503
    assert other.version() == 'W/"2"'
    assert openroots.ask("GET", JANE).status == 200


def test_a_reset_sandbox_is_as_new_but_for_its_token_and_its_audit_log(openroots, boxes):
    """The server's door does it, and its own does; in use, and at rest."""
    one, other = boxes
    one.change()
    before = len(one.tool("/audit")["entries"])
    assert openroots.tooling("POST", "/sandboxes/one/reset").status == 200
    assert one.version() == 'W/"2"'
    assert len(one.tool("/audit")["entries"]) > before
    one.change()
    assert "commits" in one.tool("/reset", seed=1948)
    assert one.version() == 'W/"2"'
    one.change()
    openroots.run(openroots._estate.sandboxes.find("one").rest())
    assert openroots.tooling("POST", "/sandboxes/one/reset").status == 200
    assert one.version() == 'W/"2"'
    assert other.version() == 'W/"2"'


def test_a_dropped_sandbox_is_gone_and_its_name_is_free(openroots, boxes):
    """Nothing of it is left in the folder, and nothing answers beneath its path."""
    one, _ = boxes
    one.change()
    assert openroots.tooling("DELETE", "/sandboxes/one").body == {"dropped": "one"}
    assert one.client.get(JANE, headers=ID).status_code == 404
    folder = openroots.house.settings.state / "sandboxes"
    assert sorted(each.name for each in folder.iterdir()) == [".templates", "other"]
    assert refused(openroots, "POST", "/sandboxes/one/drop")[0] == 404
    with Box(openroots, "one") as again:
        assert again.version() == 'W/"2"'


@pytest.mark.parametrize(
    "name", ["", "A", "-a", "a/b", "..", "a" * 41, "ä", "a b", "a\n", 7, None, [1]]
)
def test_a_name_that_is_none_is_refused(openroots, name):
    """Names are paths and folders, so nothing but letters, digits and hyphens is one."""
    status, error = refused(openroots, "POST", "/sandboxes", {"name": name})
    assert status == 400
    assert "is not 1 to 40 of a-z, 0-9 and -" in error


@pytest.mark.parametrize(
    ("wanted", "status", "words"),
    [
        ({"people": -1}, 400, "people: '-1' is not a whole number"),
        ({"people": True}, 400, "people: 'True' is not a whole number"),
        ({"seed": "7"}, 400, "seed: '7' is not a whole number"),
        ({"people": 10**8}, 400, "100000000 people are more than a sandbox holds"),
        ({"application": "nobody"}, 404, "no application is called 'nobody'"),
        ({"application": 7}, 400, "application: '7' is not the id"),
        ({"peple": 7}, 400, "peple is no part of /sandboxes"),
        ({"name": "one"}, 409, "there is a sandbox 'one' already"),
    ],
)
def test_what_no_sandbox_can_be_is_refused(openroots, wanted, status, words):
    """Each refusal names what is wrong, and nothing is left of the attempt."""
    openroots.sandbox("one")
    told = refused(openroots, "POST", "/sandboxes", {"name": "new", **wanted})
    assert told[0] == status
    assert words in told[1]
    assert len(openroots.tooling("GET", "/sandboxes").body["sandboxes"]) == 1


@pytest.mark.parametrize("act", ["drop", "reset", "save", "restore", "clock"])
def test_what_is_done_to_a_sandbox_takes_no_strange_member(openroots, act):
    """A slip in what is to be done is told, and nothing is done; so is a thing that cannot be."""
    openroots.sandbox("one")
    told = refused(openroots, "POST", f"/sandboxes/one/{act}", {"poeple": 7})
    assert told == (400, f"poeple is no part of /sandboxes/{{name}}/{act}")
    assert openroots.tooling("GET", "/sandboxes/one").status == 200
    assert refused(openroots, "POST", "/sandboxes/one/frame")[0] == 404


def test_there_are_no_more_than_two_hundred(openroots_seeded, tmp_path):
    """Whoever asks for ten thousand is told where it ends."""
    kept = {"people": 100, "seed": 1948, "created": "2026-11-21T12:00:00+00:00"}
    for number in range(MOST):
        folder = tmp_path / "state" / "sandboxes" / f"s{number}"
        folder.mkdir(parents=True)
        (folder / "sandbox.json").write_text(json.dumps({"name": folder.name, **kept}))
    copytree(openroots_seeded, tmp_path / "state", dirs_exist_ok=True)
    nation = open_nation(tmp_path / "state", seeded=openroots_seeded)
    assert refused(nation, "POST", "/sandboxes", {})[0] == 409
    assert nation.tooling("POST", "/sandboxes/s7/drop").status == 200
    nation.sandbox("room")
    nation.close()


def test_a_sandbox_is_saved_and_restored(openroots, boxes, tmp_path):
    """To a file of the server's choosing, by the server's door alone."""
    one, _ = boxes
    one.change()
    file = str(tmp_path / "one.zip")
    assert openroots.tooling("POST", "/sandboxes/one/save", {"file": file}).status == 200
    openroots.tooling("POST", "/sandboxes/one/reset")
    assert one.version() == 'W/"2"'
    assert openroots.tooling("POST", "/sandboxes/one/restore", {"file": file}).status == 200
    assert one.version() == 'W/"3"'
    for verb in ("/save", "/restore"):
        assert "of the server itself" in one.tool(verb, file=str(tmp_path / "own.zip"))["error"]
    assert not (tmp_path / "own.zip").exists()


def test_a_restored_sandbox_has_the_people_of_what_was_saved(openroots, boxes, tmp_path):
    """It is listed with their number, and a reset has as many: those of the sandbox before are no
    more."""
    file = {"file": str(tmp_path / "few.zip")}
    with Box(openroots, "few", people=20):
        assert openroots.tooling("POST", "/sandboxes/few/save", file).status == 200
    told = openroots.tooling("POST", "/sandboxes/one/restore", file).body
    assert told["people"] == 20
    assert openroots.tooling("GET", "/sandboxes/one").body["people"] == 20
    assert openroots.tooling("POST", "/sandboxes/one/reset").body["people"] == 20


def test_what_is_no_saved_state_leaves_a_sandbox_as_it_is(openroots, boxes, tmp_path):
    """The file is looked through before anything is changed."""
    one, _ = boxes
    one.change()
    (tmp_path / "torn.zip").write_bytes(b"PK\3\4 and no more")
    for file in ("torn.zip", "missing.zip"):
        body = {"file": str(tmp_path / file)}
        assert refused(openroots, "POST", "/sandboxes/one/restore", body)[0] in (400, 409)
    assert refused(openroots, "POST", "/sandboxes/one/restore", {"file": "one.zip"})[0] == 400
    assert one.version() == 'W/"3"'


def test_sandboxes_outlive_the_server_and_what_was_half_made_does_not(openroots_seeded, tmp_path):
    """A sandbox is there once its folder says so."""
    copytree(openroots_seeded, tmp_path / "state")
    nation = open_nation(tmp_path / "state", seeded=openroots_seeded)
    with Box(nation, "kept") as kept:
        kept.change()
    token = nation.sandbox("other")["token"]
    nation.close()
    (tmp_path / "state" / "sandboxes" / "half").mkdir()
    nation = open_nation(tmp_path / "state", seeded=openroots_seeded)
    names = [each["name"] for each in nation.tooling("GET", "/sandboxes").body["sandboxes"]]
    assert names == ["kept", "other"]
    assert not (tmp_path / "state" / "sandboxes" / "half").exists()
    answer = httpx.get(f"{nation.url}/sandbox/kept{JANE}", headers=ID)
    assert answer.headers["etag"] == 'W/"3"'
    told = httpx.get(
        f"{nation.url}/sandbox/other/_openroots/status", headers={"X-OpenRoots-Token": token}
    )
    assert told.status_code == 200
    nation.close()


def test_a_sandbox_dropped_in_mid_request_says_so_at_once(openroots, boxes):
    """Who had sent half a body is told 503 within a moment, and the drop does not wait for more."""
    host, port = openroots.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as half:
        head = f"PATCH /sandbox/one{JANE} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 90\r\n\r\n{{"
        half.sendall(head.encode())
        time.sleep(0.1)
        begin = time.perf_counter()
        assert openroots.tooling("POST", "/sandboxes/one/drop").status == 200
        assert half.recv(4096).startswith(b"HTTP/1.1 503")
        assert time.perf_counter() - begin < 5


def test_a_restore_that_waited_while_its_sandbox_was_dropped_leaves_nothing(openroots, tmp_path):
    """It is told that the sandbox is gone, and the name is free for another."""
    file = str(tmp_path / "one.zip")
    with Box(openroots, "one") as one:
        one.version()
        assert openroots.tooling("POST", "/sandboxes/one/save", {"file": file}).status == 200
    sandboxes = openroots._estate.sandboxes

    async def both():
        found = sandboxes.find("one")
        async with found._changing:  # something else is being done to it
            dropping = asyncio.create_task(sandboxes.act("one", "drop", {}))
            restoring = asyncio.create_task(sandboxes.act("one", "restore", {"file": file}))
            await asyncio.sleep(0.05)
        await dropping
        with pytest.raises(Problem, match="sandbox-gone"):
            await restoring

    openroots.run(both())
    assert not (openroots.house.settings.state / "sandboxes" / "one").exists()
    with Box(openroots, "one") as again:
        assert again.version() == 'W/"2"'


def test_what_a_killed_server_had_under_way_takes_no_room(openroots_seeded, tmp_path):
    """Copies and templates that were never finished are gone soon after the next is made."""
    copytree(openroots_seeded, tmp_path / "state")
    nation = open_nation(tmp_path / "state", seeded=openroots_seeded)
    nation.sandbox("one")
    nation.close()
    [place] = (tmp_path / "state" / "sandboxes" / ".templates").iterdir()
    left = [place / "taken-0123", place.with_name("making-4567")]
    for folder in left:
        (folder / "keys").mkdir(parents=True)
    nation = open_nation(tmp_path / "state", seeded=openroots_seeded)
    nation.sandbox("two")
    until(lambda: not any(folder.exists() for folder in left))
    nation.close()


def test_a_token_opens_its_own_sandbox_only(openroots, boxes):
    """Neither its neighbour's door, nor that of the server, nor the list of sandboxes."""
    one, other = boxes
    path = "/_openroots/status"
    assert one.client.get(path, headers=one.own).status_code == 200
    assert other.client.get(path, headers=one.own).status_code == 403
    assert httpx.get(openroots.url + path, headers=one.own).status_code == 403
    assert one.client.get("/_openroots/sandboxes", headers=one.own).status_code == 403


def test_only_a_made_up_world_of_one_worker_has_sandboxes(openroots_seeded, tmp_path):
    """Live people are not copied, and several workers could not share one."""
    with openroots_nation(people=0, mode="live") as nation:
        assert refused(nation, "GET", "/sandboxes") == (403, NO_SANDBOXES)
        desk = nation.house.tooling.desk
    with openroots_nation(openroots_seeded) as nation:
        desk = nation.house.tooling.desk
        desk = replace(desk, sandboxes=None)
        with pytest.raises(Problem, match="sandboxes-none"):
            list_sandboxes(desk, Asked("sandboxes", "", {}, {}, {}))
