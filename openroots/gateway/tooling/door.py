"""Who may come in by the tooling door: programs of this machine's user, and no web page.

Who has the token of this machine is its user; who has the key of an administrator is that one.

A page that a developer has open in a browser can send requests to localhost. It cannot read the
token's file, so it is stopped there at the latest; and before that by its Origin header, or, where
it has made its own name resolve to 127.0.0.1 (DNS rebinding), by the Host header.

Source: RFC 6454 (origins); W3C "Local Network Access", for what pages can do to local servers.
"""

import re
from collections.abc import Mapping
from hmac import compare_digest
from ipaddress import IPv6Address, ip_address
from typing import Any

from openroots.identity import administrators
from openroots.problem import Problem
from openroots.storage import Snapshot

OWN_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.ASCII | re.IGNORECASE)
TOKEN_HEADER = "x-openroots-token"

Scope = Mapping[str, Any]


def refuse_strangers(scope: Scope, *, anywhere: bool = False) -> None:
    """Raises Problem unless a program of this machine asks this machine.

    With `anywhere` other machines may ask too, under any name; the token is all that stops them.
    """
    hosts = _values(scope, b"host")
    if not anywhere:
        if not is_loopback(scope["client"]):
            raise Problem("not-this-machine")
        if len(hosts) != 1 or not OWN_HOST.fullmatch(hosts[0]):
            raise Problem("host-strange", host=", ".join(hosts))
    for origin in _values(scope, b"origin"):
        if origin not in [f"{scope['scheme']}://{host}" for host in hosts]:
            raise Problem("origin-strange", origin=origin)


def given_token(scope: Scope, file: str) -> str:
    """The token that the request carries. Raises Problem where there is not one; `file` is where
    that of this server is to be found."""
    given = _values(scope, TOKEN_HEADER.encode())
    if not given:
        raise Problem("token-missing", file=file)
    if len(given) > 1:
        raise Problem("token-wrong", file=file)
    return given[0]


def is_local_token(given: str, token: str) -> bool:
    """Whether it is that of this server, which its own machine's user can read. In constant time,
    so that how long a refusal takes tells nothing of how much was right."""
    return compare_digest(given.encode(), token.encode())


def administrator_by(key: str, db: Snapshot, file: str) -> str:
    """The id of the active administrator whose key this is. Raises Problem where there is none."""
    found = administrators.by_key(key, db)
    if found is None:
        raise Problem("token-wrong", file=file)
    return str(found["id"])


def is_loopback(peer: tuple[str, int] | None) -> bool:
    """Whether a request from this address was made on this machine."""
    if peer is None:
        return False
    try:
        address = ip_address(peer[0].partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]
