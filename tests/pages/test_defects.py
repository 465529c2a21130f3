"""A mistake of ours is told on a page, and costs no client its connection.

Source: RFC 9112 section 9.6.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from openroots.pages import site
from openroots.pages.looks import LooksPage
from openroots.testing import Nation
from tests.pages.lived_in import JANE
from tests.pages.reading import words_of


@pytest.fixture
def kept_open(openroots: Nation) -> Iterator[HTTPConnection]:
    """One connection, as clients keep it that do not ask again where it ended."""
    there = urlsplit(openroots.url)
    with closing(HTTPConnection(str(there.hostname), there.port, timeout=60)) as connection:
        yield connection


def asked(connection: HTTPConnection, path: str) -> tuple[HTTPResponse, str]:
    """An answer, with what is read on it."""
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer, words_of(answer.read().decode())


def fail(*_: Any, **__: Any) -> Any:
    raise RuntimeError("a defect")


def test_after_a_defect_the_same_connection_is_answered_on(
    kept_open: HTTPConnection, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The page tells of it, the log where it is, and neither what the address holds."""
    monkeypatch.setattr(site, "service_page_data", fail)
    for _ in range(2):
        answer, words = asked(kept_open, "/catalogue/demographics?number=9000000009")
        assert (answer.status, "a mistake of OpenRoots" in words) == (500, True)
        assert answer.headers["content-security-policy"]
        answer, words = asked(kept_open, "/developers")
        assert answer.status == 200
    assert caplog.text.count("RuntimeError: a defect") == 2
    assert "9000000009" not in caplog.text


def test_what_was_told_in_part_breaks_off(
    openroots: Nation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nobody takes half a table for the whole."""

    async def lines(*_: Any) -> AsyncIterator[bytes]:
        yield b"at,organisation\r\n"
        fail()

    monkeypatch.setattr(LooksPage, "_lines", lines)
    form = {"number": JANE, "as": "text/csv"}
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        httpx.post(f"{openroots.url}/who-looked", data=form, timeout=60)
