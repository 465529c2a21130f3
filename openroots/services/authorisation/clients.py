"""Which application asks: by an assertion that it signed, or by its secret.

For the endpoints that only a registered application may use. An assertion is checked in the
published order, its signature before its `jti` is spent: so nobody else can spend it. Secrets that
are wrong are counted, by the id that was claimed; the answer is the same whether there is such a
client or not.

Source: NHS England identity service API; RFC 7523 section 3; RFC 6749 section 2.3.1.
"""

from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import NamedTuple
from urllib.parse import unquote_plus

import orjson

from openroots.identity import applications, assertions, jose
from openroots.identity.applications import fingerprint
from openroots.identity.assertions import CLIENT, LONGEST_LIFE
from openroots.identity.jose import Opened
from openroots.problem import Json, Problem
from openroots.service import Access, Caller, Fetch, Request
from openroots.services.authorisation.failures import JWT_BEARER
from openroots.services.authorisation.form import field
from openroots.storage import Mark, Snapshot

MOST_FAILURES = 20  # wrong secrets for one client
WINDOW = 60  # seconds in which they are counted
ROTATED = timedelta(seconds=5)  # within which a set of keys is fetched once for a key not in it
NO_SECRET = fingerprint("")


class Client(NamedTuple):
    """An application that has proved who it is.

    `id` is how it called itself, `key` the name of its key or secret by which it proved it;
    `marks` are to be committed with whatever it is given.
    """

    application: Json
    id: str
    key: str = ""
    marks: tuple[Mark, ...] = ()


def client_of(request: Request, db: Snapshot) -> Client:
    """The client, in whichever way it proves who it is. Raises Problem where in none, or two."""
    if field(request, "client_assertion") or field(request, "client_assertion_type"):
        return by_assertion(request, db)
    return by_secret(request, db)


def by_assertion(request: Request, db: Snapshot) -> Client:
    """The client that signed the assertion. Raises Problem where none did, or it was used."""
    if field(request, "client_assertion_type") != JWT_BEARER:
        raise Problem("assertion-type")
    if field(request, "client_secret") or "authorization" in request.headers:
        raise Problem("two-ways")
    token = assertions.opened(field(request, "client_assertion"), CLIENT)
    assertions.check_header(token, CLIENT)
    assertions.check_own_issuer(token, CLIENT)
    used = assertions.check_id(token, CLIENT)
    assertions.check_audience(token, CLIENT, _addresses(request))
    ends = assertions.check_times(token, CLIENT, request.wall, LONGEST_LIFE)
    id = str(token.claims["iss"])
    if field(request, "client_id") not in ("", id):
        raise Problem("jwt-issuer-missing", jwt=CLIENT)
    application = applications.by_key(id, db)
    if application is None:
        raise Problem("jwt-issuer-unknown", jwt=CLIENT)
    key = _must_have_signed(application, token, request)
    with asked_by(application):
        _must_be_active(application)
    once = Mark(f"jti/{fingerprint(application['id'] + chr(10) + used)}", b"1", ends, once=True)
    if _stands(once.key, db, request.wall):
        raise Problem("jwt-jti-used", jwt=CLIENT)
    return Client(application, id, key, (once,))


def by_secret(request: Request, db: Snapshot) -> Client:
    """The client whose secret is sent. Raises Problem where it is not its own."""
    id, secret = _given(request)
    if not id:
        raise Problem("client-missing")
    if not secret:
        raise Problem("secret-missing")
    free = _free_attempt(id, request, db)
    application = applications.by_key(id, db) or applications.by_id("", db)
    secrets = (application or {}).get("secrets") or [NO_SECRET]
    given = fingerprint(secret)
    # Each is compared in full: how long it takes tells nothing of how much was right.
    right = [compare_digest(given, known) for known in secrets]
    if application is None or not any(right):
        raise _wrong(request).leaving(free)
    with asked_by(application):
        _must_be_active(application)
    return Client(application, id, applications.secret_named(given))


def caller_of(application: Json) -> Caller:
    """The application as who asks, for nobody but itself."""
    setting, name = application["setting"], application["name"]
    alone = Access.APPLICATION
    return Caller(application["id"], application["ods_code"], alone, setting=setting, name=name)


@contextmanager
def asked_by(application: Json) -> Iterator[None]:
    """What is refused within was asked by this application, which has proved it: its audit entry
    and its trail say so."""
    try:
        yield
    except Problem as problem:
        problem.caller = caller_of(application)
        raise


def _addresses(request: Request) -> tuple[str, str]:
    """By which an assertion may mean this server: its token endpoint, or its issuer's name."""
    path = request.endpoint.path.format_map(request.params).rpartition("/")[0]
    issuer = f"{request.origin}{request.endpoint.service.base}{path}"
    return f"{issuer}/token", issuer


def _must_have_signed(application: Json, token: Opened, request: Request) -> str:
    """The name of the key that did."""
    key = jose.key_named(token.header["kid"], _keys_of(application, token, request))
    if key is None:
        raise Problem("jwt-kid-unknown", jwt=CLIENT)
    if not jose.is_signed(token, key):
        raise Problem("signature-wrong")
    return applications.key_named(key)


def _keys_of(application: Json, token: Opened, request: Request) -> Json:
    """The application's registered keys, or those at the address that it registered. Raises Problem
    where there are none, and Fetch where they are yet to be fetched."""
    registered: Json = application.get("jwks") or {}
    kid, url = token.header["kid"], application.get("jwks_url")
    if jose.key_named(kid, registered) or not url:
        if not registered.get("keys"):
            raise Problem("key-none")
        return registered
    return _published(url, kid, request)


def _published(url: str, kid: str, request: Request) -> Json:
    """The keys at this address: fetched once more where they hold none of this id, or are no keys,
    and nobody has had that done just now."""
    fetched = request.fetched.get(url)
    if fetched is None:
        raise Fetch(url)
    if fetched.body is None:
        raise Problem("keys-unreachable")
    keys, since = orjson.loads(fetched.body), request.wall - ROTATED
    is_set = isinstance(keys, dict) and isinstance(keys.get("keys"), list)
    may_be_new = fetched.at < request.wall and fetched.hurried < since
    if may_be_new and not (is_set and jose.key_named(kid, keys)):
        raise Fetch(url, since)
    if not is_set:
        raise Problem("keys-unreachable")
    return dict(keys)


def _must_be_active(application: Json) -> None:
    if not applications.is_active(application):
        raise Problem("application-revoked")


def _wrong(request: Request) -> Problem:
    """Who tried the header is told which scheme it is for."""
    in_header = "authorization" in request.headers
    return Problem("client-wrong-in-header" if in_header else "client-wrong")


def _given(request: Request) -> tuple[str, str]:
    """The id and the secret, from the form or from the header. Raises Problem where from both."""
    id, secret = field(request, "client_id"), field(request, "client_secret")
    header = request.headers.get("authorization")
    if header is None:
        return id, secret
    scheme, _, packed = header.partition(" ")
    if secret:
        raise Problem("two-ways")
    try:
        plain = b64decode(packed.strip(), validate=True).decode()
    except ValueError:
        plain = ""
    named, colon, told = plain.partition(":")
    if scheme.lower() != "basic" or not colon or id not in ("", unquote_plus(named)):
        raise _wrong(request)
    return unquote_plus(named), unquote_plus(told)


def _free_attempt(id: str, request: Request, db: Snapshot) -> Mark:
    """The mark that counts one more failure. Raises Problem where there were too many."""
    now = int(request.wall.timestamp())
    window = f"failed/{fingerprint(id)}/{now // WINDOW}"
    keys = [f"{window}/{number}" for number in range(MOST_FAILURES)]
    there = db.marks(keys)
    free = [key for key in keys if key not in there]
    if not free:
        raise Problem("secret-tried-too-often", seconds=WINDOW - now % WINDOW)
    # Any of them: attempts that are made at once must not all be for the same.
    chosen = free[int.from_bytes(request.chance(4)) % len(free)]
    return Mark(chosen, b"", request.wall + timedelta(seconds=2 * WINDOW), once=True)


def _stands(key: str, db: Snapshot, wall: datetime) -> bool:
    mark = db.marks([key]).get(key)
    return mark is not None and (mark.expires is None or mark.expires > wall)
