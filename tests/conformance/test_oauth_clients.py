"""Stock OAuth clients get tokens and call PDS, each as it is published.

Source: the documentation of Authlib, openid-client and PyJWT.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import jwt
import pytest
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT, private_key_jwt_sign
from joserfc.jwk import RSAKey

from openroots.clock import Wall
from openroots.identity.keypairs import key_file
from openroots.ready_made import APPLICATIONS
from openroots.testing import Nation, open_nation

APP = APPLICATIONS[0]
KID = f"{APP.id}-1"
JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
CALLBACK = "http://localhost:8080/callback"
DOCTOR = "910000000012"
SCRIPT = Path(__file__).with_name("oauth.mjs")
ROOT = SCRIPT.parents[2]


@pytest.fixture(scope="module")
def nation(openroots_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nation]:
    """A world in the real time, as stock clients have no other, in which a token is asked for."""
    state = tmp_path_factory.mktemp("oauth-clients") / "state"
    shutil.copytree(openroots_seeded, state)
    nation = open_nation(state, wall=Wall(), auth="real")
    yield nation
    nation.close()


@pytest.fixture
def pem(nation: Nation) -> Path:
    """The private key of the application."""
    return key_file(nation.house.settings.state, KID)


class FiveMinutes(PrivateKeyJWT):
    """Authlib's way to sign, with the life that the platform allows: its own default is an hour."""

    def sign(self, auth: Any, token_endpoint: str) -> Any:
        return private_key_jwt_sign(
            RSAKey.import_key(auth.client_secret),
            client_id=auth.client_id,
            token_endpoint=token_endpoint,
            alg=self.alg,
            header=self.headers,
            expires_in=300,
        )


def read(get: Callable[..., Any], url: str, **more: str) -> int:
    """The status with which Jane is read."""
    status: int = get(url + JANE, headers={"X-Request-ID": str(uuid4()), **more}).status_code
    return status


def test_authlib_signs_and_reads(nation: Nation, pem: Path) -> None:
    """With `private_key_jwt`, in RS512, and its key's id in the header."""
    url = f"{nation.url}/oauth2/token"
    signing = FiveMinutes(url, headers={"kid": KID, "typ": "JWT"}, alg="RS512")
    with OAuth2Session(APP.key, pem.read_text(), token_endpoint_auth_method=signing) as client:
        token = client.fetch_token(url, grant_type="client_credentials")
        assert (token["expires_in"], token.is_expired()) == ("599", False)
        assert read(client.get, nation.url) == 200
    assert read(httpx.get, nation.url) == 401


def test_authlib_logs_a_person_in(nation: Nation) -> None:
    """With a code, PKCE and a refresh token; the person's browser fills in the form."""
    url, verifier = f"{nation.url}/oauth2", "v" * 43
    with OAuth2Session(
        APP.key,
        APP.secret,
        token_endpoint_auth_method="client_secret_post",
        redirect_uri=CALLBACK,
        scope="nhs-cis2",
        code_challenge_method="S256",
    ) as client:
        place, state = client.create_authorization_url(f"{url}/authorize", code_verifier=verifier)
        page = httpx.get(place).headers["location"]
        back = httpx.post(page, data={"username": DOCTOR}).headers["location"]
        answer = httpx.get(back).headers["location"]
        assert urlsplit(answer).path == "/callback"
        client.fetch_token(
            f"{url}/token", authorization_response=answer, state=state, code_verifier=verifier
        )
        assert read(client.get, nation.url) == 200
        assert client.refresh_token(f"{url}/token")["refresh_count"] == "1"
        assert read(client.get, nation.url) == 200


def test_pyjwt_signs(nation: Nation, pem: Path) -> None:
    """A second way to make an assertion by hand."""
    url = f"{nation.url}/oauth2/token"
    claims = {"iss": APP.key, "sub": APP.key, "aud": url, "jti": str(uuid4())}
    assertion = jwt.encode(
        claims | {"exp": int(time.time()) + 300}, pem.read_text(), "RS512", {"kid": KID}
    )
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    token = httpx.post(url, data=form).json()["access_token"]
    assert read(httpx.get, nation.url, Authorization=f"Bearer {token}") == 200


def test_pyjwt_checks_an_id_token(nation: Nation) -> None:
    """By the keys that the login service publishes where its description says."""
    issuer = f"{nation.url}/oauth2-mock/simulated_auth/nhs-login"
    told = httpx.get(f"{issuer}/.well-known/openid-configuration").json()
    asked = {"response_type": "code", "client_id": APP.key, "redirect_uri": CALLBACK, "state": "s"}
    back = httpx.get(told["authorization_endpoint"], params=asked | {"login_hint": "9000000009"})
    form = {
        "grant_type": "authorization_code",
        "client_id": APP.key,
        "client_secret": APP.secret,
        "redirect_uri": CALLBACK,
        "code": httpx.URL(back.headers["location"]).params["code"],
    }
    token = httpx.post(told["token_endpoint"], data=form).json()["id_token"]
    key = jwt.PyJWKClient(told["jwks_uri"]).get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, ["RS512"], audience=APP.key, issuer=issuer)
    assert claims["nhs_number"] == "9000000009"


def test_openid_client_gets_tokens_and_reads(nation: Nation, pem: Path) -> None:
    """It finds everything by discovery, signs, logs somebody in, renews, and asks who it is."""
    if shutil.which("node") is None or not (ROOT / "node_modules/openid-client").is_dir():
        pytest.skip("no node here, or no openid-client: make test brings them where it can")
    command = ["node", SCRIPT, nation.url, APP.key, APP.secret, pem, KID, DOCTOR]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "lasts": 599,
        "alone": 200,
        "staff": 200,
        "name": "Amara Quill",
        "active": [True, False],
    }


def test_the_example_of_the_readme_reads(nation: Nation, pem: Path) -> None:
    """From nothing but the key, in a process of its own."""
    example = ROOT / "docs/examples/signed_jwt.py"
    command = [sys.executable, example, nation.url, APP.key, pem, KID]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["id"] == "9000000009"
