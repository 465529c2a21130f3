"""From where an application's keys may be fetched, and how often."""

import asyncio
from datetime import UTC, datetime

import pytest

from openroots.gateway.fetch import Fetcher, may_be_fetched


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://example.com/jwks.json", True),
        ("http://localhost:8080/jwks.json", True),
        ("http://127.0.0.1/jwks.json", True),
        ("http://[::1]:8080/jwks.json", True),
        ("http://example.com/jwks.json", False),
        ("http://localhost.example.com/jwks.json", False),
        ("https://name:word@example.com/jwks.json", False),
        ("file:///etc/passwd", False),
        ("ftp://localhost/jwks.json", False),
        ("https:///jwks.json", False),
        ("https://[/jwks.json", False),
    ],
)
def test_keys_come_by_https_or_from_this_machine(url: str, may: bool) -> None:
    """Whoever stood between could put keys of their own in their place."""
    assert may_be_fetched(url) is may


def test_all_who_want_a_document_at_once_wait_for_one_answer() -> None:
    """Who has it asked for again and again costs its publisher no more than one who does not."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
        writer.close()

    async def fetched() -> set[bytes | None]:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys"
        fetcher, wall = Fetcher(), datetime(2026, 11, 1, tzinfo=UTC)
        async with server:
            found = await asyncio.gather(*(fetcher.fetch(url, wall) for _ in range(10)))
        return {each.body for each in found}

    assert (asyncio.run(fetched()), len(asked)) == ({b"{}"}, 1)
