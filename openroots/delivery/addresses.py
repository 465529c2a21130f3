"""Which addresses a webhook may be at: none of this machine's, or of the network that it stands in.

For webhooks. Anybody who may subscribe could otherwise have the server ask what they cannot reach
themselves. A name is looked up when the connection is made, and what it means then is what is
connected to; so a name that means something else the next moment gains nothing.

Source: OWASP, "Server-side request forgery prevention"; RFC 6890 for the addresses; RFC 1123 and
the URL Standard ("ends in a number") for the names.
"""

import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
NAME = re.compile(rf"(?=.{{1,254}}$)(?:{LABEL}\.)*{LABEL}\.?", re.ASCII)
NUMERIC = re.compile(r"\d+|0[xX][0-9A-Fa-f]*", re.ASCII)  # a last label of no name there is

Permit = Callable[[IPv4Address | IPv6Address], bool]


class Refused(OSError):
    """A webhook is where none may be."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether this is an address of the internet, for one machine."""
    meant = _meant(address)
    return meant.is_global and not (meant.is_multicast or meant.is_reserved)


def is_public_or_own(address: IPv4Address | IPv6Address) -> bool:
    """The same, or this machine's own: for a developer's."""
    return is_public(address) or _meant(address).is_loopback


def must_be_permitted(url: str, permit: Permit) -> None:
    """Raises Refused for a URL that is none of a webhook, or that has an address in it which is
    not permitted. Plain HTTP is for this machine alone."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("no URL") from None
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise Refused("no URL of a webhook")
    if not is_host(host):
        raise Refused("no name of a host")
    address = _address(host)
    if address is not None and not permit(address):
        raise Refused("address not permitted")
    is_own = host == "localhost" if address is None else _meant(address).is_loopback
    if parts.scheme == "http" and not is_own:
        raise Refused("not over HTTPS")


def is_host(host: str) -> bool:
    """Whether this is an address as it is usually written, or a name that there can be. Systems
    also take 127.1, 2130706433 and 0x7f.1 for an address: nobody needs to, but who would hide it.
    """
    if _address(host) is not None:
        return True
    last = host.removesuffix(".").rpartition(".")[2]
    return NAME.fullmatch(host) is not None and not NUMERIC.fullmatch(last)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The address that is reached in the end: some IPv6 addresses stand for one of IPv4."""
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or address.sixtofour or address
    return address
