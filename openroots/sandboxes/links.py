"""Pages beneath a path: their links lead to where they stand, and not to the root of the origin.

For `sandboxes`. Pages are written as for the root. On their way out of a sandbox each address in
an attribute that begins with one slash gets the sandbox's path put before it; so do redirects,
cookies and the header Link. What is no HTML goes through as it is.

Source: HTML Living Standard, attributes that hold URLs; RFC 9110 section 10.2.2; RFC 6265;
RFC 8288.
"""

import re

from openroots.house import Message, Send

ADDRESS = re.compile(rb'(\s(?:href|src|action|formaction|poster|data-[a-z-]+)=")(/(?!/)[^"]*")')
LINK = re.compile(rb"<(/(?!/)[^>]*>)")
COOKIE_PATH = re.compile(rb"(;\s*path=)/", re.IGNORECASE)


class Beneath:
    """A way to send for what stands beneath a path, to a way that is `behind` it."""

    def __init__(self, path: str, send: Send) -> None:
        self._path = path.encode()
        self.behind = send
        self._start: Message | None = None
        self._parts: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self._start is not None and message["type"] == "http.response.body":
            self._parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._end()
        else:
            await self.behind(message)

    async def _begin(self, message: Message) -> None:
        headers = [(name, self._header(name.lower(), value)) for name, value in message["headers"]]
        message = {**message, "headers": headers}
        if _is_page(headers):
            self._start = message
        else:
            await self.behind(message)

    async def _end(self) -> None:
        assert self._start is not None
        body = ADDRESS.sub(rb"\1" + self._path + rb"\2", b"".join(self._parts))
        if body:  # of an answer to HEAD there is none to count
            kept = [each for each in self._start["headers"] if each[0].lower() != b"content-length"]
            self._start["headers"] = [*kept, (b"content-length", b"%d" % len(body))]
        await self.behind(self._start)
        await self.behind({"type": "http.response.body", "body": body})

    def _header(self, name: bytes, value: bytes) -> bytes:
        if name == b"location" and value.startswith(b"/") and not value.startswith(b"//"):
            return value if self._leads(value) else self._path + value
        if name == b"link":
            return _linked(self._path, value)
        if name == b"set-cookie":
            return COOKIE_PATH.sub(rb"\1" + self._path + b"/", value)
        return value

    def _leads(self, location: bytes) -> bool:
        return location == self._path or location.startswith(self._path + b"/")


class Linked:
    """A way to send for what is asked of a sandbox at the usual address: its pages stand beneath
    its path all the same, and links in headers lead to pages."""

    def __init__(self, path: str, send: Send) -> None:
        self._path = path.encode()
        self.behind = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [
                (name, _linked(self._path, value) if name.lower() == b"link" else value)
                for name, value in message["headers"]
            ]
            message = {**message, "headers": headers}
        await self.behind(message)


def _linked(path: bytes, value: bytes) -> bytes:
    return LINK.sub(rb"<" + path + rb"\1", value)


def _is_page(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether it is HTML, and not packed."""
    given = {name.lower(): value for name, value in headers}
    is_html = given.get(b"content-type", b"").startswith(b"text/html")
    return is_html and b"content-encoding" not in given
