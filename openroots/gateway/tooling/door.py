"""Who may come in by the tooling door: programs of this machine's user, and no web page.

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

from openroots.problem import Problem

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


def refuse_without_token(scope: Scope, token: str, file: str) -> None:
    """Raises Problem unless the request carries the token. `file` is where it is to be found."""
    given = _values(scope, TOKEN_HEADER.encode())
    if not given:
        raise Problem("token-missing", file=file)
    # In constant time, so that how long a refusal takes tells nothing of how much was right.
    if len(given) > 1 or not compare_digest(given[0].encode(), token.encode()):
        raise Problem("token-wrong", file=file)


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
