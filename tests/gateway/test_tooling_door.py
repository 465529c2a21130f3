"""Who comes in by the tooling door, and what is said to those who ask wrongly there."""

import asyncio
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from threading import Event
from urllib.parse import urlsplit

import pytest

from openroots.clock import Repeatable
from openroots.gateway.tooling import local_token
from openroots.gateway.tooling.door import is_loopback
from openroots.gateway.tooling.failures import FAILURES
from openroots.testing import open_nation
from tests.gateway.door import Door


@pytest.fixture
def door(openroots):
    return Door(openroots)


@pytest.mark.parametrize("peer", ["10.0.0.7", "2001:db8::7", "", "::ffff:10.0.0.7", "nonsense"])
def test_another_machine_is_refused(door, peer):
    """Only what asks from this machine gets in, even with the token."""
    status, error = door.refused("GET", "/status", peer=peer)
    assert (status, error) == (403, "the tooling answers programs on this machine only")


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::1%lo", "::ffff:127.0.0.1"])
def test_each_loopback_address_is_this_machine(peer):
    """IPv4, IPv6 and one within the other name this machine."""
    assert is_loopback((peer, 1))


@pytest.mark.parametrize("host", ["evil.example:1948", "127.0.0.1.evil.example", "", None])
def test_a_strange_host_is_refused(door, host):
    """A page that made its own name resolve to this machine is known by the Host header."""
    assert "is no name of this machine" in door.refused("GET", "/status", headers={"host": host})[1]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:2000", "127.0.0.1:1", "[::1]:1948"])
def test_each_name_of_this_machine_is_taken(door, host):
    """localhost, 127.0.0.1 and [::1] with any port are this machine."""
    assert door.ask("GET", "/status", headers={"host": host})[0] == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:3000", "https://localhost:1948"]
)
def test_a_page_of_another_origin_is_refused(door, origin):
    """Not even a page of another port of this machine may ask."""
    status, error = door.refused("POST", "/reset", headers={"origin": origin})
    assert status == 403
    assert origin in error


def test_our_own_page_may_ask(door):
    """The Origin of this very server is no stranger's."""
    headers = {"origin": "http://localhost:1948"}
    assert door.ask("GET", "/status", headers=headers)[0] == 200


@pytest.mark.parametrize(
    ("token", "error"),
    [(None, "is missing"), ("0" * 48, "is not that of this server"), ("", "is not that")],
)
def test_without_the_token_nobody_gets_in(door, token, error):
    """A program that cannot read the state folder is refused, whatever it asks."""
    for method, path in (("GET", "/status"), ("POST", "/reset"), ("GET", "/nowhere")):
        refused = door.refused(method, path, headers={"x-openroots-token": token})
        assert refused[0] == 403
        assert error in refused[1]


def test_health_is_open_to_all(door):
    """A monitor on another machine, with no token, sees that requests are answered."""
    stranger = {"host": "lb.example", "x-openroots-token": None}
    status, body = door.ask("GET", "/health", headers=stranger, peer="10.0.0.7")
    assert (status, body["status"]) == (200, "pass")
    assert door.ask("POST", "/health", {}, headers=stranger, peer="10.0.0.7")[0] == 403


def test_health_waits_for_no_thread(tmp_path):
    """All of them may wait for a database that is away; the process is well."""
    nation, is_back = open_nation(tmp_path, people=0), Event()

    async def wait_with_each():
        loop, only = asyncio.get_running_loop(), ThreadPoolExecutor(1)
        loop.set_default_executor(only)
        only.submit(is_back.wait)

    nation.run(wait_with_each())
    try:
        assert Door(nation).ask("GET", "/health")[1]["status"] == "pass"
    finally:
        is_back.set()
        nation.close()


def test_where_other_machines_may_ask_the_token_still_decides(tmp_path):
    """With tooling = anywhere the peer and the Host may be any; the token may not."""
    nation = open_nation(tmp_path, people=1, tooling="anywhere")
    door, far = Door(nation), {"peer": "10.0.0.7"}
    assert door.ask("GET", "/status", headers={"host": "openroots.example"}, **far)[0] == 200
    assert door.refused("GET", "/status", headers={"x-openroots-token": "x"}, **far)[0] == 403
    assert door.refused("GET", "/status", headers={"origin": "http://evil"}, **far)[0] == 403
    nation.close()


def test_another_machine_is_not_told_where_the_token_lies(tmp_path):
    """Whoever asks on this machine is told the path, so that they can look."""
    nation = open_nation(tmp_path, people=1, tooling="anywhere")
    door, wrong = Door(nation), {"x-openroots-token": "x"}
    told = {
        peer: door.ask("GET", "/status", headers=wrong, peer=peer)[1]["mend"]
        for peer in ("127.0.0.1", "10.0.0.7")
    }
    assert [str(tmp_path) in mend for mend in told.values()] == [True, False]
    nation.close()


def test_the_token_is_for_its_owner_alone(tmp_path):
    """The token is made once, with a mode that lets nobody else read it."""
    token = local_token(tmp_path / "state", Repeatable(1))
    path = tmp_path / "state" / "token"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(token) == 48
    assert local_token(tmp_path / "state", Repeatable(2)) == token


WRONG = [
    ("GET", "/nowhere", None, 404, "there is no /nowhere here"),
    ("DELETE", "/clock", None, 405, "/clock takes GET, POST, not DELETE"),
    ("POST", "/clock", b"{", 400, "the body is no JSON object in UTF-8"),
    ("POST", "/clock", b"[]", 400, "the body is no JSON object in UTF-8"),
    ("GET", "/standards?on=%ff", None, 400, "the parameters are not UTF-8 text"),
    ("GET", "/standards?on=soon", None, 400, "on: 'soon' is not a date"),
    ("GET", "/audit?limit=0", None, 400, "limit: '0' is not a whole number from 1 on"),
    ("GET", "/people?kind=purple", None, 400, "kind: 'purple' is not a kind of person"),
    (
        "POST",
        "/clock",
        {"to": "later"},
        400,
        "to: 'later' is not a step, a day, a moment, a rate or real",
    ),
    ("POST", "/clock", {"to": 5}, 400, "to: '5' is not text"),
    ("POST", "/clock", {}, 400, "to: '' is not a step, a day, a moment, a rate or real"),
    ("POST", "/clock", {"to": "+999999w"}, 400, "time cannot be put at +999999w"),
    ("POST", "/clock", {"to": "0001-01-01"}, 400, "time cannot be put at 0001-01-01"),
    ("POST", "/reset", {"people": -1}, 400, "-1 is out of range"),
    ("POST", "/save", {"file": "here"}, 400, "'here' is no absolute path"),
    ("GET", "/standards/nothing", None, 404, "no standard is called 'nothing'"),
    ("GET", "/dry-run?standard=nothing&on=2027-01-01", None, 404, "no standard is called"),
    ("POST", "/rulebook/back", {"standard": "nothing"}, 404, "no standard is called"),
    ("GET", "/why/last", None, 404, "no request has come yet"),
    ("GET", "/why/abc", None, 404, "no trail of 'abc' is kept"),
    ("GET", "/audit?subject=9999999999", None, 404, "nobody here has that NHS number or key"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "error"), WRONG)
def test_what_is_asked_wrongly_is_told_with_how_to_mend_it(door, method, path, body, status, error):
    """Each refusal names what is wrong, and gives a sentence that mends it."""
    told = door.refused(method, path, body)
    assert told[0] == status
    assert error in told[1]


def test_the_body_of_a_request_is_bounded(openroots):
    """More than any request needs is refused, over HTTP too."""
    where = urlsplit(openroots.url)
    connection = HTTPConnection(where.hostname, where.port)
    connection.request("POST", "/_openroots/clock", b"x" * (5 << 20))
    assert connection.getresponse().status == 413
    connection.close()


def test_each_way_to_fail_has_a_sentence_that_mends_it():
    """No row is without words for the cause and for the cure."""
    assert all(failure.words and failure.mend for failure in FAILURES.values())
