"""What leaves a sandbox as a page, a redirect or a cookie stays within its path."""

import asyncio

import pytest

from openroots.sandboxes.links import Beneath


def through(headers, *parts):
    """What goes out of an answer in these parts: its headers and its body."""
    sent = []

    async def answer() -> None:
        async def send(message):
            sent.append(message)

        beneath = Beneath("/sandbox/a", send)
        await beneath({"type": "http.response.start", "status": 200, "headers": headers})
        for number, part in enumerate(parts, 1):
            more = number < len(parts)
            await beneath({"type": "http.response.body", "body": part, "more_body": more})

    asyncio.run(answer())
    return dict(sent[0]["headers"]), b"".join(message["body"] for message in sent[1:])


HTML = (b"content-type", b"text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("given", "gone"),
    [
        (b'<a href="/b">', b'<a href="/sandbox/a/b">'),
        (b'<form method="post" action="/">', b'<form method="post" action="/sandbox/a/">'),
        (b'<a href="//elsewhere.example/">', b'<a href="//elsewhere.example/">'),
        (b'<a href="#top">', b'<a href="#top">'),
        (b"<pre>href=&#34;/b&#34;</pre>", b"<pre>href=&#34;/b&#34;</pre>"),
    ],
)
def test_an_address_in_a_page_is_put_beneath_the_path(given, gone):
    """Only what begins at the root, and only where it is an address."""
    headers, body = through([HTML, (b"content-length", b"7")], given)
    assert body == gone
    assert headers[b"content-length"] == b"%d" % len(gone)


def test_a_page_in_parts_is_put_together():
    """An address may be torn by where a part ends."""
    assert through([HTML], b"<a hre", b'f="/b">')[1] == b'<a href="/sandbox/a/b">'


def test_what_is_no_page_goes_through_in_its_parts():
    """A stream of events or a record is not touched."""
    json = [(b"content-type", b"application/json")]
    assert through(json, b'{"a": " href=\\"/b\\""}', b"")[1] == b'{"a": " href=\\"/b\\""}'


def test_redirects_and_cookies_stay_beneath_the_path():
    """A whole address is left as it is; what is beneath it already is not put there twice."""
    cookie = (b"set-cookie", b"x=1; Path=/; HttpOnly")
    headers, _ = through([(b"location", b"/b"), cookie], b"")
    assert headers[b"location"] == b"/sandbox/a/b"
    assert headers[b"set-cookie"] == b"x=1; Path=/sandbox/a/; HttpOnly"
    for location in (b"https://other.example/", b"/sandbox/a/b", b"//other.example/"):
        assert through([(b"location", location)], b"")[0][b"location"] == location


def test_links_in_headers_lead_to_pages_beneath_the_path():
    """Each of them; a whole address is left as it is."""
    given = b'</standards/a>; rel="deprecation", <https://b.example/c>; rel="d", </e>; rel="f"'
    gone = (
        b'</sandbox/a/standards/a>; rel="deprecation", <https://b.example/c>; rel="d", '
        b'</sandbox/a/e>; rel="f"'
    )
    assert through([(b"link", given)], b"")[0][b"link"] == gone
