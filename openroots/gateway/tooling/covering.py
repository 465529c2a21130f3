"""What proves who asks, covered in an exchange that is shown or given away.

For the tooling. Such a thing stands in a header, in a form or query, in the address that an answer
leads to, or in what a token endpoint answers. Who is given the file learns no key and no token.

Source: RFC 6749, 7521, 7636, 7662 and 8693, for the names of parameters; OpenID Connect Core 1.0.
"""

from collections.abc import Mapping, Set
from urllib.parse import unquote_plus

import orjson

from openroots.gateway.recorder import Recorded

HEADERS = frozenset({"authorization", "apikey", "cookie", "set-cookie", "proxy-authorization"})
MEMBERS = frozenset(
    {
        *("client_secret", "client_assertion", "assertion", "password", "secret", "code_verifier"),
        *("access_token", "refresh_token", "id_token", "id_token_hint", "token"),
        *("subject_token", "actor_token"),
    }
)
AUTHORISATION = "authorisation"  # what the names of its endpoints begin with
WITH_CODES = MEMBERS | {"code"}  # which elsewhere is no secret: concepts are asked for by theirs
COVERED = "[covered]"


def covered(one: Recorded) -> Recorded:
    """The same exchange, as it may be shown."""
    secret = WITH_CODES if one.endpoint.startswith(AUTHORISATION) else MEMBERS
    return one._replace(
        query=_pairs(one.query, secret),
        headers=_headers(one.headers),
        body=one.body and _body(one.body, secret),
        answered=[(name, _answered(name, value, secret)) for name, value in one.answered],
        answer=one.answer and _body(one.answer, secret),
    )


def is_covered(one: Recorded) -> bool:
    """Whether anything of what was asked is covered."""
    mark = COVERED.encode()
    return COVERED in one.headers.values() or mark in one.query or mark in (one.body or b"")


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: COVERED if name in HEADERS else value for name, value in headers.items()}


def _answered(name: bytes, value: bytes, secret: Set[str]) -> bytes:
    if name.decode() in HEADERS:
        return COVERED.encode()
    return _address(value, secret) if name == b"location" else value


def _address(address: bytes, secret: Set[str]) -> bytes:
    address, hash, fragment = address.partition(b"#")
    path, question, query = address.partition(b"?")
    return path + question + _pairs(query, secret) + hash + _pairs(fragment, secret)


def _pairs(text: bytes, secret: Set[str]) -> bytes:
    return b"&".join(_pair(pair, secret) for pair in text.split(b"&"))


def _pair(pair: bytes, secret: Set[str]) -> bytes:
    name, equals, value = pair.partition(b"=")
    is_secret = value and unquote_plus(name.decode("latin-1")).lower() in secret
    return name + equals + COVERED.encode() if is_secret else pair


def _body(body: bytes, secret: Set[str]) -> bytes:
    """The body as it is, but for such members of an object, or such parameters of what is no JSON:
    a form is looked through whatever its sender called it."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _pairs(body, secret)
    if not isinstance(parsed, dict) or MEMBERS.isdisjoint(parsed):
        return body
    return orjson.dumps({name: COVERED if name in MEMBERS else parsed[name] for name in parsed})
