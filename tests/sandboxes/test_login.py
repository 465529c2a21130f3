"""The login services of a sandbox: it vouches for people by a key of its own."""

from pathlib import Path
from shutil import copytree
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from openroots.identity import jose
from openroots.identity.keypairs import key_file
from openroots.ready_made import APPLICATIONS
from openroots.testing import open_nation
from tests.sandboxes.box import Box

APP = APPLICATIONS[0]
LOGIN = "/oauth2-mock/simulated_auth/nhs-login"
CALLBACK = "http://localhost:8080/callback"
EXCHANGE = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
}


@pytest.fixture
def boxes(openroots):
    """Two sandboxes beside one world."""
    with Box(openroots, "one") as one, Box(openroots, "other") as other:
        yield one, other


def certs(box):
    """The keys by which a client checks the ID tokens of a sandbox."""
    return box.client.get(f"{LOGIN}/certs").json()


def id_token(box, level="P9"):
    """The ID token of Jane Smith, logged in at a sandbox."""
    asked = {"response_type": "code", "client_id": APP.key, "redirect_uri": CALLBACK, "state": "s"}
    who = {"username": "9000000009", "level": level}
    back = box.client.post(f"{LOGIN}/authorize", params=asked, data=who).headers["location"]
    form = {
        "grant_type": "authorization_code",
        "client_id": APP.key,
        "client_secret": APP.secret,
        "redirect_uri": CALLBACK,
        "code": parse_qs(urlsplit(back).query)["code"][0],
    }
    return box.client.post(f"{LOGIN}/token", data=form).json()["id_token"]


def exchanged(box, token, jti):
    """What a sandbox answers who brings this ID token."""
    url = f"{box.told['url']}/oauth2/token"
    until = int(box.nation.wall.now().timestamp()) + 300
    claims = {"iss": APP.key, "sub": APP.key, "aud": url, "jti": jti, "exp": until}
    kid = f"{APP.id}-1"
    private = key_file(Path(box.told["state"]), kid).read_bytes()
    form = {"subject_token": token, "client_assertion": jose.signed(claims, private, kid)}
    return httpx.post(url, data=EXCHANGE | form)


def test_each_sandbox_signs_logins_with_a_key_of_its_own(openroots, boxes):
    """Each publishes its own, as does the world beside them, and its tokens are checked by it."""
    one, other = boxes
    published = [certs(one), certs(other), openroots.ask("GET", f"{LOGIN}/certs").body]
    assert len({keys["keys"][0]["n"] for keys in published}) == 3
    token = jose.opened(id_token(one))
    assert jose.is_signed(token, certs(one)["keys"][0], jose.RS512)
    assert not jose.is_signed(token, certs(other)["keys"][0], jose.RS512)


def test_who_logged_in_at_one_sandbox_has_not_done_so_at_another(boxes):
    """An ID token is exchanged where it was given, and its signature is wrong elsewhere."""
    one, other = boxes
    token = id_token(one)
    assert exchanged(one, token, "a").status_code == 200
    refused = exchanged(other, token, "b")
    assert (refused.status_code, refused.json()["error"]) == (401, "public_key error")


def test_the_key_of_the_login_is_made_when_first_asked_for(boxes):
    """None is made for a sandbox at which nobody logs in, nor copied from another."""
    one, other = boxes
    files = [Path(box.told["state"]) / "keys" / "login.pem" for box in boxes]
    one.version(), other.version()
    assert not any(file.exists() for file in files)
    certs(one)
    assert [file.exists() for file in files] == [True, False]
    assert files[0].stat().st_mode & 0o777 == 0o600


def test_the_key_of_the_login_stays_with_its_sandbox(openroots_seeded, tmp_path):
    """Through a save, a reset, a restore, and a restart of the server."""
    copytree(openroots_seeded, tmp_path / "state")
    file = {"file": str(tmp_path / "one.zip")}
    nation = open_nation(tmp_path / "state", seeded=openroots_seeded)
    with Box(nation, "one") as one, Box(nation, "other") as other:
        mine, token = certs(one), id_token(one)
        for act, body in (("save", file), ("reset", None), ("restore", file)):
            assert nation.tooling("POST", f"/sandboxes/one/{act}", body).status == 200
            assert certs(one) == mine
        theirs = certs(other)
        assert nation.tooling("POST", "/sandboxes/other/restore", file).status == 200
        assert certs(other) == theirs
        assert exchanged(other, token, "c").status_code == 401
        assert exchanged(other, id_token(other), "d").status_code == 200
    nation.close()
    nation = open_nation(tmp_path / "state", seeded=openroots_seeded)
    assert httpx.get(f"{nation.url}/sandbox/one{LOGIN}/certs").json() == mine
    nation.close()
