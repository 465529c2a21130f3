"""What all pages have in common: templates, the headers they are sent with, and forms.

For the pages. Nothing of a page that holds what somebody typed in is kept by the browser, and no
form of another site is taken: a page asks with what its own visitor gave it.

Source: Content Security Policy Level 3; Fetch Metadata Request Headers; RFC 9111 section 5.2.2.5.
"""

import asyncio
import re
import shlex
from base64 import b64encode
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from openroots import __version__
from openroots.pages import said, words
from openroots.pages.register import tag_of

INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
FORM = "application/x-www-form-urlencoded"
LARGEST_FORM = 1 << 20  # bytes: 10 000 NHS numbers, however they are written
MOST_FIELDS = 50
SLOWEST_FORM = 15  # seconds
PRIVATE = {"cache-control": "no-store"}


class Frame:
    """The templates of one world's pages. `made_up` says that there are only made-up people in it,
    `kept` that what is changed stays so, and `tooled` and `recorded` that there are pages of
    sandboxes and of requests; `sandbox` is the name of the one that this world is, if it is one,
    and `state` the state folder, where commands have to name it."""

    def __init__(
        self,
        *,
        made_up: bool,
        kept: bool,
        tooled: bool = False,
        recorded: bool = False,
        sandbox: str = "",
        state: str = "",
    ) -> None:
        self._templates = _templates()
        told = {"made_up": made_up, "kept": kept, "tooled": tooled, "recorded": recorded}
        self._templates.globals.update(
            told, in_sandbox=sandbox, as_typed=partial(_as_typed, sandbox, state)
        )
        self._headers = _headers(self._templates.get_template("problem.jinja").render())

    def html(
        self, template: str, *, status: int = 200, private: bool = False, **shown: Any
    ) -> Response:
        """A page. Where it is private, no browser and nothing between keeps it."""
        body = self._templates.get_template(template).render(status=status, **shown)
        headers = self._headers | PRIVATE if private else self._headers
        return HTMLResponse(body, status, headers=headers)


def download(body: bytes, media_type: str, name: str) -> Response:
    """A file for the visitor to keep; the browser keeps no other copy."""
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "x-content-type-options": "nosniff",
        **PRIVATE,
    }
    return Response(body, media_type=media_type, headers=headers)


async def form_of(request: Request) -> dict[str, str]:
    """What was typed into a form of ours, without blanks around it. Raises HTTPException for a
    form of another site, and for what is none."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.url.netloc:
        raise HTTPException(403, "This form was sent by a page of another site.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise HTTPException(415, f"Send it as a form does: {FORM}.")
    try:
        text = (await _body(request)).decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise HTTPException(400, "What was sent is not a form.") from None
    return {name: value.strip() for name, value in pairs}


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    try:
        async with asyncio.timeout(SLOWEST_FORM):
            async for part in request.stream():
                parts.append(part)
                size += len(part)
                if size > LARGEST_FORM:
                    raise HTTPException(413, f"A form can be {LARGEST_FORM >> 20} MB at most.")
    except TimeoutError:
        raise HTTPException(408, "The form took too long to arrive.") from None
    return b"".join(parts)


def origin_of(request: Request) -> str:
    """Where the client reached us, so that what is shown can be copied and works."""
    root: str = request.scope.get("root_path", "")  # of a sandbox
    return f"{request.url.scheme}://{request.url.netloc}{root}"


def _templates() -> Environment:
    loaders = [PackageLoader("openroots.pages"), PackageLoader("nhsuk_frontend_jinja")]
    templates = Environment(
        loader=ChoiceLoader(loaders),
        undefined=ChainableUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals.update(version=__version__, words=words, said=said, tag_of=tag_of)
    templates.filters["merged"] = dict.__or__
    return templates


def _as_typed(sandbox: str, state: str, verb: str) -> str:
    """A verb as it is typed about this world: one that does not name a sandbox is about none, and
    one that names no state folder is about the usual one."""
    flags = {"--sandbox": sandbox, "--state": state}
    named = [f" {flag} {shlex.quote(value)}" for flag, value in flags.items() if value]
    return f"openroots {verb}{''.join(named)}"


def _headers(page: str) -> dict[str, str]:
    """What every page is sent with; the scripts that the frame has inline are named by hash."""
    hashes = [sha256(script.encode()).digest() for script in INLINE_SCRIPT.findall(page)]
    scripts = " ".join(f"'sha256-{b64encode(hash).decode()}'" for hash in hashes)
    policy = (
        f"default-src 'self'; script-src 'self' {scripts}; style-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    )
    return {
        "content-security-policy": policy,
        "cache-control": "no-cache",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }
