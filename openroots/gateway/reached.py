"""By which address this server is known, whatever a request says of it.

For the ASGI door. Where a public address is set, every request counts as having come by it. A live
server without one is known by the address that it listens on. So neither a Host header nor an
X-Forwarded-Proto of a client's own decides what an assertion must be meant for, who issued a token,
or where a link leads. Elsewhere a developer may come by any name.

Source: RFC 7523 section 3, on the audience; RFC 9110 section 7.2, on Host.
"""

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlsplit

from openroots.gateway.tooling.door import is_loopback

Scope = MutableMapping[str, Any]

GIVEN_HEADERS = "openroots.headers"  # in a scope: as they came, whatever is made of them
FORWARDED_PROTO = "x-forwarded-proto"
BY_CLIENTS = (b"host", FORWARDED_PROTO.encode())  # what says how a request came here
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
ANY_ADDRESS = ("", "0.0.0.0", "::")
USUAL_PORTS = {"http": 80, "https": 443}


class Reached:
    """The address of one server: its public `url`, or "" where there is none. `pinned` says that
    it is then known by the host and port that it listens on, and by no other name."""

    def __init__(self, url: str, host: str, port: int, *, pinned: bool) -> None:
        self._url, self._host, self._port, self._pinned = urlsplit(url), host, port, pinned

    def told(self, scope: Scope) -> Scope:
        """The request as it counts: with the address by which this server is known."""
        if self._url.netloc:
            return _with(scope, self._url.scheme, self._url.netloc)
        if self._pinned:
            return _with(scope, scope["scheme"], self._own_name(scope))
        return scope

    def _own_name(self, scope: Scope) -> str:
        """Host and port that are listened on; of several names of them, the one asked for."""
        address, port = scope.get("server") or (self._host, self._port)
        name = _in_brackets(address if self._host in ANY_ADDRESS else self._host)
        names = (name, *(LOOPBACK if is_loopback((address, 1)) else ()))
        given = [value for header, value in scope["headers"] if header.lower() == b"host"]
        asked = given[0].decode("latin-1").lower() if len(given) == 1 else ""
        if port == USUAL_PORTS.get(scope["scheme"]):
            return asked if asked in names else name
        return asked if asked in [f"{each}:{port}" for each in names] else f"{name}:{port}"


def _in_brackets(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _with(scope: Scope, scheme: str, netloc: str) -> Scope:
    came = scope["headers"]
    kept = [each for each in came if each[0].lower() not in BY_CLIENTS]
    own = [(b"host", netloc.encode()), (FORWARDED_PROTO.encode(), scheme.encode())]
    if len(came) - len(kept) > 1:  # two of Host contradict each other, whatever counts as the host
        own += [each for each in came if each[0].lower() == b"host"][1:]
    return {**scope, "scheme": scheme, "headers": [*kept, *own]}
