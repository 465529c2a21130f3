"""From where an application's keys may be fetched."""

import pytest

from openroots.gateway.fetch import may_be_fetched


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
