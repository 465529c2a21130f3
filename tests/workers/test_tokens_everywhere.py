"""Tokens and roles on several workers: what one gave or took back is so for all, and stays so.

Source: RFC 7523 section 3, on assertions that are used again; RFC 7009.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from openroots.identity import jose
from openroots.identity.keypairs import key_file
from openroots.ready_made import APPLICATIONS
from tests.workers.test_workers import ENOUGH, JANE, Server

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform == "win32", reason="workers share a port"),
]
APP = APPLICATIONS[0]
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Host": "localhost"}


def post(server: Server, path: str, **fields: str) -> tuple[int, bytes]:
    """Send a form, on a connection of its own."""
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=20)) as connection:
        connection.request("POST", path, urlencode(fields), FORM)
        answer = connection.getresponse()
        return answer.status, answer.read()


def signed(server: Server) -> dict[str, str]:
    """The fields of a request for a token."""
    kid = f"{APP.id}-1"
    claims = {"iss": APP.key, "sub": APP.key, "aud": "http://localhost/oauth2/token"}
    claims |= {"jti": "once", "exp": int(time.time()) + 290}  # type: ignore[dict-item]
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jose.signed(claims, key_file(server.state, kid).read_bytes(), kid),
    }


@contextmanager
def running(state: Path) -> Iterator[Server]:
    """Two workers and a keeper on this state, until they have ended in good order."""
    server = Server(state, "--auth", "real")
    try:
        yield server
    finally:
        assert server.stop() == 0


def test_an_assertion_works_once_and_a_token_ends_on_every_worker(tmp_path: Path) -> None:
    """Whichever worker is asked; a restart in between changes nothing."""
    with running(tmp_path / "state") as server:
        form = signed(server)
        told = [post(server, "/oauth2/token", **form) for _ in range(ENOUGH)]
        assert sorted(status for status, _ in told) == [200] + [400] * (ENOUGH - 1)
        [token] = [json.loads(body)["access_token"] for status, body in told if status == 200]
        bearer = {"Authorization": f"Bearer {token}"}
        assert {server.ask("GET", JANE, None, bearer)[0] for _ in range(ENOUGH)} == {200}
    with running(tmp_path / "state") as server:
        assert post(server, "/oauth2/token", **form)[0] == 400
        mine = {"client_id": APP.key, "client_secret": APP.secret, "token": token}
        assert server.ask("GET", JANE, None, bearer)[0] == 200
        assert post(server, "/oauth2/revoke", **mine)[0] == 200
        assert {server.ask("GET", JANE, None, bearer)[0] for _ in range(ENOUGH)} == {401}


def test_a_role_that_is_ended_opens_nothing_on_any_worker(tmp_path: Path) -> None:
    """From the answer on that says so; and one that is given opens on every worker."""
    person = "/staff/910000000012"
    with running(tmp_path / "state") as server:
        asked = {"application": APP.id, "as": "staff:910000000012"}
        bearer = {
            "Authorization": f"Bearer {server.tool('POST', '/tokens', asked)['access_token']}"
        }

        def reads() -> set[int]:
            return {server.ask("GET", JANE, None, bearer)[0] for _ in range(ENOUGH)}

        assert reads() == {200}
        server.tool("POST", f"{person}/roles/910000001011/end")
        assert reads() == {403}
        server.tool("POST", f"{person}/roles", {"organisation": "Y90001", "code": "R8000"})
        assert reads() == {200}
        server.tool("POST", f"{person}/end")
        assert reads() == {401}
