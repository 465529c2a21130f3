"""Which addresses a webhook may be at: none of this machine's, or of the network that it stands in.

For webhooks. Anybody who may subscribe could otherwise have the server ask what they cannot reach
themselves. A name is looked up when the connection is made, and what it means then is what is
connected to; so a name that means something else the next moment gains nothing.

Source: OWASP, "Server-side request forgery prevention"; RFC 6890 for the addresses.
"""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

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
    address = _address(host)
    if address is not None and not permit(address):
        raise Refused("address not permitted")
    is_own = host == "localhost" if address is None else _meant(address).is_loopback
    if parts.scheme == "http" and not is_own:
        raise Refused("not over HTTPS")


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
