"""Asks another machine for a document: what all who fetch one have in common.

For whoever fetches keys, what events point to, or the rulebook of another node. No redirect is
followed, a document has so many bytes at most, and an answer has so many seconds.

Source: RFC 9110; aiohttp's documentation.
"""

from collections.abc import Mapping
from typing import NamedTuple

from openroots.delivery.addresses import Permit


class Heard(NamedTuple):
    """What was answered. The body is that of 200 alone."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class TooLong(ValueError):
    """The document is longer than it may be."""


async def heard(
    url: str,
    headers: Mapping[str, str] | None = None,
    *,
    seconds: float,
    largest: int,
    permit: Permit | None = None,
) -> Heard:
    """What is answered to a GET; `permit` says at which addresses a name may be. Raises TooLong,
    and aiohttp.ClientError, TimeoutError, OSError or ValueError where nothing is answered."""
    import aiohttp  # which most worlds never need

    from openroots.delivery.posting import Resolver

    resolver = Resolver(aiohttp.ThreadedResolver(), permit) if permit else None
    connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False)
    patience = aiohttp.ClientTimeout(total=seconds)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=patience) as session,
        session.get(url, headers=headers, allow_redirects=False) as answer,
    ):
        if answer.status != 200:
            return Heard(answer.status, answer.headers)
        read = bytearray()
        async for part in answer.content.iter_any():
            read += part
            if len(read) > largest:
                raise TooLong(f"it is longer than {largest} bytes")
        return Heard(200, answer.headers, bytes(read))
