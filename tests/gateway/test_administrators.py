"""Administrators come in by a key of their own, are named for what they do, and can be ended."""

import asyncio
import json

import pytest

from openroots.identity.applications import fingerprint
from tests.gateway.door import Door

SAM, KIM = "sam.park@example.com", "kim@example.com"


@pytest.fixture
def door(openroots):
    return Door(openroots)


def by(key):
    return {"headers": {"x-openroots-token": key}}


def add(door, id=SAM):
    """Add an administrator; their key."""
    return door.post("/administrators", {"id": id, "name": "Sam Park"})["key"]


def test_an_administrator_comes_in_by_a_key_that_is_kept_as_a_hash(openroots, door):
    """Whoever is added has a key, shown that once, which opens the door as the local token does."""
    key = add(door, "Sam.Park@Example.com")
    assert door.ask("GET", "/status", **by(key))[0] == 200
    (known,) = door.get("/administrators")["administrators"]
    assert (known["id"], known["name"], known["status"]) == (SAM, "Sam Park", "active")
    stored = openroots.house.world.store.snapshot().read([("Administrator", fingerprint(key))])
    assert stored
    assert key not in str(stored) + json.dumps(known)


def test_what_an_administrator_does_is_written_down_under_their_name(openroots, door):
    """The audit entry of what was done by an administrator's key names them; that of what was done
    by the local token names the operator alone."""
    key = add(door)
    assert door.ask("POST", "/clock", {"to": "+1d"}, **by(key))[0] == 200
    added, moved = openroots.audit()[-2:]
    assert (added["endpoint"], added["user"]) == ("tooling.administrators", "")
    assert (moved["endpoint"], moved["user"]) == ("tooling.clock", SAM)
    assert {added["application"], moved["application"]} == {"local operator"}
    assert key not in str(openroots.audit())


def test_an_ended_administrator_is_refused_from_the_next_request_on(door):
    """The key opens nothing more, for the other it still does, and the first may be added again."""
    sam, kim = add(door), add(door, KIM)
    assert door.post(f"/administrators/{SAM}/end")["status"] == "ended"
    status, told = door.refused("GET", "/status", **by(sam))
    assert (status, told) == (403, "the token is not that of this server")
    assert door.ask("GET", "/status", **by(kim))[0] == 200
    again = add(door)
    assert again != sam
    assert door.ask("GET", "/status", **by(again))[0] == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("", {"id": "sam", "name": "Sam"}, 400),
        ("", {"id": "sam@example.com\nx", "name": "Sam"}, 400),
        ("", {"id": SAM}, 400),
        ("", {"id": SAM, "name": "<b>"}, 400),
        ("", {"id": 5, "name": "Sam"}, 400),
        ("", {"id": KIM, "name": "Kim"}, 409),
        (f"/{SAM}/end", {}, 404),
    ],
)
def test_what_cannot_be_is_refused(door, path, body, status):
    """No key is given to what is no address or name, nor a second one to somebody who has one; and
    who is no administrator cannot be ended."""
    add(door, KIM)
    assert door.refused("POST", f"/administrators{path}", body)[0] == status
    assert len(door.get("/administrators")["administrators"]) == 1


@pytest.mark.parametrize("given", ["", "\xff", "0" * 64, "x" * 10_000])
def test_what_is_no_key_opens_nothing(door, given):
    """Neither nothing, nor what is not ASCII, nor the like of a key or its hash."""
    key = add(door)
    for wrong in (given, f"{key} ", key[:-1], fingerprint(key)):
        assert door.refused("GET", "/status", **by(wrong))[0] == 403


def test_of_two_keys_for_one_person_in_one_moment_one_is_given(openroots, door):
    """However many ask at once, somebody has one key in the end."""

    async def at_once():
        scope = {
            **{"type": "http", "scheme": "http", "method": "POST", "query_string": b""},
            **{"path": "/_openroots/administrators", "client": ("127.0.0.1", 1)},
            "headers": [(b"host", b"localhost"), (b"x-openroots-token", door.token.encode())],
        }
        body = json.dumps({"id": SAM, "name": "Sam"}).encode()
        asked = [openroots.house.tooling.answer(dict(scope), body) for _ in range(4)]
        return [answer.status for answer in await asyncio.gather(*asked)]

    assert sorted(openroots.run(at_once())) == [200, 409, 409, 409]
    assert len(door.get("/administrators")["administrators"]) == 1
