"""A server is known by its own address, whatever a request says of where it came to."""

from itertools import count

import httpx
import pytest

from openroots.gateway.reached import Reached
from openroots.gateway.wire import read_headers
from openroots.identity import jose
from openroots.identity.keypairs import key_file, public_of
from openroots.testing import openroots_nation
from tests.gateway.door import Door
from tests.services.authorisation.desk import APP, JWT_BEARER, assertion

PUBLIC = "https://api.example.com"
EVIL = {"host": "evil.example", "x-forwarded-proto": "https", "x-forwarded-host": "evil.example"}
FORWARDED = {"x-forwarded-proto": "https"}
OWN = ("10.0.0.7", 1948)
ID = "60e0b220-8136-4ca5-ae46-1d97ef59d068"
SMITHS = "/personal-demographics/FHIR/R4/Patient?family=Smith&gender=female&birthdate=eq2010-10-22"
numbers = count(1)


def token(url, text, headers=()):
    """Ask for a token by an assertion over HTTP."""
    form = {"grant_type": "client_credentials", "client_assertion_type": JWT_BEARER}
    form["client_assertion"] = text
    return httpx.post(f"{url}/oauth2/token", data=form, headers=dict(headers))


def got(url, path, **headers):
    """What a page or an API answers to somebody who names another server."""
    return httpx.get(f"{url}{path}", headers=EVIL | headers)


def test_behind_a_public_address_that_is_what_an_assertion_is_meant_for(openroots_seeded):
    """An assertion for the public address gets a token by whatever name the server was asked; one
    that is meant for another server gets none there, though the Host header names that server."""
    with openroots_nation(openroots_seeded, url=PUBLIC) as nation:
        meant = [f"{PUBLIC}/oauth2/token", "https://evil.example/oauth2/token"]
        meant.append(f"{nation.url}/oauth2/token")
        statuses = [
            token(nation.url, assertion(nation, aud=aud), headers).status_code
            for aud in meant
            for headers in ({}, EVIL)
        ]
    assert statuses == [200, 200, 401, 401, 401, 401]


def test_what_is_told_of_a_server_names_its_public_address(openroots_seeded):
    """Issuer, endpoints, links in answers and pages carry it, and no name that the client sent."""
    with openroots_nation(openroots_seeded, url=PUBLIC) as nation:
        told = got(nation.url, "/oauth2/.well-known/openid-configuration").json()
        assert told["issuer"] == f"{PUBLIC}/oauth2"
        found = got(nation.url, SMITHS, **{"x-request-id": ID, "apikey": APP.key}).json()
        links = [entry["fullUrl"] for entry in found["entry"]]
        assert links
        assert all(link.startswith(f"{PUBLIC}/") for link in links)
        page = got(nation.url, "/catalogue/demographics").text
        assert PUBLIC in page
        assert "evil.example" not in page


def test_a_live_server_is_known_by_the_address_it_listens_on(openroots_seeded):
    """Without a public address, an assertion must be meant for where a live server listens: under
    any of its names on this machine, and under none that a request makes up."""
    private = key_file(openroots_seeded, f"{APP.id}-1").read_bytes()
    mine = {"name": "Mine", "ods_code": "Y12345", "setting": "hospital"}
    mine["jwks"] = {"keys": [public_of(private, "mine-1")]}
    with openroots_nation(mode="live", people=0) as nation:
        key, now = Door(nation).post("/applications", mine)["key"], nation.wall.now().timestamp()

        def ask(aud, headers=()):
            claims = {"iss": key, "sub": key, "aud": aud, "exp": int(now) + 200}
            text = jose.signed({**claims, "jti": f"{next(numbers)}"}, private, "mine-1")
            return token(nation.url, text, headers).status_code

        local = f"localhost:{nation.url.rpartition(':')[2]}"
        assert ask(f"{nation.url}/oauth2/token") == 200
        assert ask(f"http://{local}/oauth2/token", {"host": local}) == 200
        for scheme in ("http", "https"):
            assert ask(f"{scheme}://evil.example/oauth2/token", EVIL) == 401
        assert ask(f"https://{local}/oauth2/token", {"host": local, **FORWARDED}) == 401


@pytest.mark.parametrize(
    ("host", "server", "asked", "told"),
    [
        ("localhost", ("127.0.0.1", 1948), "LOCALHOST:1948", "localhost:1948"),
        ("localhost", ("::1", 1948), "[::1]:1948", "[::1]:1948"),
        ("localhost", ("127.0.0.1", 1948), "localhost:2000", "localhost:1948"),
        ("localhost", ("127.0.0.1", 80), "localhost", "localhost"),
        ("localhost", ("127.0.0.1", 80), "evil.example", "localhost"),
        ("0.0.0.0", OWN, "evil.example", "10.0.0.7:1948"),
        ("::", ("2001:db8::7", 1948), "evil.example", "[2001:db8::7]:1948"),
        ("api.example.com", OWN, "localhost:1948", "api.example.com:1948"),
        ("localhost", None, "evil.example", "localhost:1948"),
    ],
)
def test_of_several_names_of_itself_the_one_asked_for_is_told(host, server, asked, told):
    """A name of the machine that is listened on is kept; any other gives way to its own."""
    headers = [(b"Host", asked.encode()), (b"X-Forwarded-Proto", b"https"), (b"accept", b"*/*")]
    scope = {"scheme": "http", "server": server, "headers": headers}
    found = Reached("", host, 1948, pinned=True).told(scope)
    assert dict(found["headers"]) == {
        b"accept": b"*/*",
        b"host": told.encode(),
        b"x-forwarded-proto": b"http",
    }


def test_a_request_with_two_hosts_came_by_neither():
    """Where somebody in between may have read another Host header than we, none counts, and that
    there were two is still seen: it is refused."""
    hosts = [(b"host", b"localhost:1948"), (b"host", b"evil.example")]
    scope = {"scheme": "http", "server": OWN, "headers": hosts}
    told = Reached("", "10.0.0.7", 1948, pinned=True).told(scope)
    assert (b"host", b"10.0.0.7:1948") in told["headers"]
    headers, repeated, _ = read_headers(told["headers"])
    assert (headers["host"], repeated) == ("10.0.0.7:1948", "Host")
