"""An application proves who it is by its secret; and its keys may be published elsewhere."""

import threading
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import orjson
import pytest

from openroots.identity import jose
from openroots.identity.keypairs import KeyPair, new_pair
from openroots.storage import Change
from openroots.testing import Nation, Told
from tests.services.authorisation.desk import (
    APP,
    CALLBACK,
    OTHER,
    TOKEN,
    application,
    assertion,
    claims,
    code_for,
    credentials,
    post,
    reads,
    redeem,
    renew,
    words,
)

WRONG = (401, "invalid_client", "client_id or client_secret is invalid")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"client_id": None}, (401, "invalid_request", "client_id is missing")),
        ({"client_secret": None}, (401, "invalid_request", "client_secret is missing")),
        ({"client_id": "nobody"}, WRONG),
        ({"client_secret": "wrong"}, WRONG),
        ({"client_id": OTHER.key}, WRONG),
        ({"client_id": APP.id}, WRONG),
        ({"client_id": f"{APP.key} "}, WRONG),
        ({"client_id": "\x00", "client_secret": "\x00"}, WRONG),
    ],
)
def test_a_client_must_give_its_id_and_its_own_secret(
    shared: Nation, changed: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    """The same is said of a client that is nobody and of a secret that is wrong."""
    assert words(redeem(shared, "any", **changed)) == expected


def basic(id: str, secret: str) -> str:
    """The header of a client that sends its secret there."""
    return f"Basic {b64encode(f'{id}:{secret}'.encode()).decode()}"


def test_a_secret_may_come_in_the_header(openroots: Nation) -> None:
    """There or in the form, and not in both; what is no such header is a wrong secret."""
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
    code = {"code": code_for(openroots)}
    both = {"client_id": APP.key, "client_secret": APP.secret}
    good = basic(APP.key, APP.secret)
    assert words(post(openroots, TOKEN, form | code | both, authorization=good))[0] == 400
    for wrong in (basic(APP.key, "wrong"), "Basic !", "Basic", "Bearer abc", "Basic /w=="):
        told = post(openroots, TOKEN, form | code, authorization=wrong)
        assert words(told) == WRONG
        assert told.headers["www-authenticate"] == 'Basic realm="oauth2"'
    other = post(openroots, TOKEN, form | code | {"client_id": OTHER.key}, authorization=good)
    assert words(other) == WRONG
    assert post(openroots, TOKEN, form | code, authorization=good).status == 200


def test_secrets_cannot_be_tried_for_ever(openroots: Nation) -> None:
    """After twenty that were wrong, even the right one is refused until the minute is over; and
    that holds for a client that is nobody too, and for no other."""
    for client in (APP.key, "nobody"):
        tries = [redeem(openroots, "any", client_id=client, client_secret="x") for _ in range(21)]
        assert [told.status for told in tries] == [401] * 20 + [429]
        assert 0 < int(tries[-1].headers["retry-after"]) <= 60
    assert words(redeem(openroots, "any"))[:2] == (429, "too_many_requests")
    other = redeem(openroots, "any", client_id=OTHER.key, client_secret=OTHER.secret)
    assert words(other) == (400, "invalid_grant", "authorization_code is invalid")
    openroots.wall.advance(timedelta(seconds=60))  # type: ignore[attr-defined]
    assert words(redeem(openroots, "any"))[1] == "invalid_grant"


def test_a_revoked_application_has_no_secret_that_works(openroots: Nation) -> None:
    """It is told only to who knows the secret."""
    body, version = application(openroots)
    openroots.holds(Change("Application", APP.id, {**body, "status": "revoked"}, version))
    assert words(redeem(openroots, "any"))[1] == "access_denied"
    assert words(redeem(openroots, "any", client_secret="wrong")) == WRONG


def asked_by(nation: Nation, told: Told) -> tuple[str, str]:
    """Who was refused just now and how they asked, as the audit log and the trail have it."""
    entry, trail = nation.audit()[-1], nation.trails()[-1]
    assert entry["trail"] == trail["trail"] == told.headers["x-openroots-trail"]
    assert entry["status"] == told.status >= 400
    assert entry["application"] == trail["application"]
    return entry["application"], entry["access"]


NAMED, UNNAMED = (APP.id, "application-restricted"), ("open-access", "open-access")


def test_a_client_that_proved_who_it_is_is_named_where_it_is_refused(openroots: Nation) -> None:
    """By whichever proof and for whatever reason; so it may have the refusal explained."""
    other = credentials(openroots, scope="urn:nhsd:apim:app:level3:no-such-thing")
    assert asked_by(openroots, other) == NAMED
    asked = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange"}
    assert asked_by(openroots, credentials(openroots, **asked)) == NAMED
    assert asked_by(openroots, redeem(openroots, "any")) == NAMED
    assert asked_by(openroots, renew(openroots, "any")) == NAMED
    secret = {"client_id": APP.key, "client_secret": APP.secret}
    assert asked_by(openroots, post(openroots, "/oauth2/introspect", secret)) == NAMED


def test_who_proved_nothing_is_not_named(openroots: Nation) -> None:
    """A wrong secret may be anybody's, and an assertion that is sent again may have been copied."""
    assert asked_by(openroots, redeem(openroots, "any", client_secret="wrong")) == UNNAMED
    text = assertion(openroots)
    assert credentials(openroots, text).status == 200
    assert asked_by(openroots, credentials(openroots, text)) == UNNAMED


def test_a_revoked_application_is_named_where_it_is_refused(openroots: Nation) -> None:
    """It proved who it is, and who watches the log would know that it still asks."""
    body, version = application(openroots)
    openroots.holds(Change("Application", APP.id, {**body, "status": "revoked"}, version))
    assert asked_by(openroots, redeem(openroots, "any")) == NAMED
    assert asked_by(openroots, credentials(openroots)) == NAMED


class Published:
    """A server of an application's keys, which counts how often it is asked."""

    def __init__(self) -> None:
        self.asked, self.status, self.body = 0, 200, b"{}"
        published = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                published.asked += 1
                self.send_response(published.status)
                self.send_header("location", "/other")
                self.send_header("content-length", str(len(published.body)))
                self.end_headers()
                self.wfile.write(published.body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/keys"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def holds(self, *pairs: KeyPair) -> None:
        """Publish these keys."""
        self.body = orjson.dumps({"keys": [pair.public for pair in pairs]})


@pytest.fixture
def published() -> Iterator[Published]:
    """A server of keys."""
    server = Published()
    yield server
    server.server.shutdown()
    server.server.server_close()


def registered(nation: Nation, url: str) -> None:
    """Our application, with its keys at that address."""
    body, version = application(nation)
    changed = {**body, "jwks": {}, "jwks_url": url}
    nation.holds(Change("Application", APP.id, changed, version))


def signed_by(nation: Nation, pair: KeyPair) -> int:
    """The status of a request for a token that is signed with this key."""
    text = jose.signed(claims(nation), pair.private, pair.public["kid"])
    return credentials(nation, text).status


def test_keys_are_fetched_from_where_they_are_published(
    openroots: Nation, published: Published
) -> None:
    """Once a minute at the most; a new one is found at once, one taken back is refused then. What
    is signed with them is good once, as ever, and gives a token that opens what it should."""
    old, new = new_pair("old"), new_pair("new")
    published.holds(old)
    registered(openroots, published.url)
    assert [signed_by(openroots, old) for _ in range(3)] == [200, 200, 200]
    text = jose.signed(claims(openroots), old.private, "old")
    assert reads(openroots, credentials(openroots, text)) == 200
    assert words(credentials(openroots, text))[:2] == (400, "invalid_request")
    assert published.asked == 1
    openroots.wall.advance(timedelta(seconds=10))  # type: ignore[attr-defined]
    published.holds(old, new)
    assert (signed_by(openroots, new), published.asked) == (200, 2)
    published.holds(new)
    openroots.wall.advance(timedelta(seconds=60))  # type: ignore[attr-defined]
    assert (signed_by(openroots, old), signed_by(openroots, new)) == (401, 200)


def test_a_stranger_cannot_have_keys_fetched_again_and_again(
    openroots: Nation, published: Published
) -> None:
    """A key that is not there is looked for once in five seconds, however often it is named; one
    that was published just now is found at once."""
    mine, new = new_pair("mine"), new_pair("new")
    published.holds(mine)
    registered(openroots, published.url)
    strangers = [KeyPair(mine.private, {"kid": f"strange {number}"}) for number in range(5)]
    assert {signed_by(openroots, stranger) for stranger in strangers} == {401}
    assert published.asked == 1
    published.holds(new)
    openroots.wall.advance(timedelta(seconds=1))  # type: ignore[attr-defined]
    assert (signed_by(openroots, new), published.asked) == (200, 2)
    assert {signed_by(openroots, stranger) for stranger in strangers} == {401}
    assert published.asked == 2
    openroots.wall.advance(timedelta(seconds=6))  # type: ignore[attr-defined]
    assert {signed_by(openroots, stranger) for stranger in strangers} == {401}
    assert published.asked == 3


def test_a_stranger_cannot_have_keys_forgotten_while_their_publisher_is_away(
    openroots: Nation, published: Published
) -> None:
    """What was fetched stands for its minute, whoever has it asked for again meanwhile."""
    mine = new_pair("mine")
    published.holds(mine)
    registered(openroots, published.url)
    assert signed_by(openroots, mine) == 200
    published.status = 500
    openroots.wall.advance(timedelta(seconds=10))  # type: ignore[attr-defined]
    stranger = KeyPair(mine.private, {"kid": "strange"})
    asked = [signed_by(openroots, each) for each in (stranger, stranger, mine)]
    assert (asked, published.asked) == ([401, 401, 200], 2)
    openroots.wall.advance(timedelta(seconds=50))  # type: ignore[attr-defined]
    assert (signed_by(openroots, mine), published.asked) == (403, 3)


@pytest.mark.parametrize("body", [b"<p>Sorry, back soon</p>", b'{"error": "back soon"}', b"[]"])
def test_a_page_that_says_sorry_is_remembered_no_longer_than_an_error(
    openroots: Nation, published: Published, body: bytes
) -> None:
    """Some publishers send one with status 200 while they cannot answer."""
    mine = new_pair("mine")
    published.body = body
    registered(openroots, published.url)
    assert signed_by(openroots, mine) == 403
    published.holds(mine)
    openroots.wall.advance(timedelta(seconds=5))  # type: ignore[attr-defined]
    assert signed_by(openroots, mine) == 200


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"),
        (302, b"{}"),
        (200, b""),
        (200, b"[]"),
        (200, b"{"),
        (200, b'{"keys": 7}'),
        (200, b'{"keys": []}' + b" " * 70_000),
    ],
)
def test_keys_that_cannot_be_had_are_told_in_the_published_words(
    openroots: Nation, published: Published, status: int, body: bytes
) -> None:
    """An error, a redirect, what is no set of keys, and what is too large."""
    published.status, published.body = status, body
    registered(openroots, published.url)
    told = credentials(openroots)
    assert words(told) == (
        403,
        "public_key error",
        "The JWKS endpoint, for your client_assertion can't be reached",
    )
    credentials(openroots, assertion(openroots))
    assert published.asked == 1


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/keys", "http://example.com/keys", "file:///etc/passwd", "ftp://x",
            "http://user:pass@127.0.0.1/", "http://[", "gopher://127.0.0.1"],
)  # fmt: skip
def test_nothing_is_fetched_but_by_https_or_from_this_machine(openroots: Nation, url: str) -> None:
    """Where nobody listens, or what is no address of keys, is told as unreachable."""
    registered(openroots, url)
    assert words(credentials(openroots))[:2] == (403, "public_key error")
