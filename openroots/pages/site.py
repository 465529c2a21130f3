"""The web pages, as an ASGI application: the start page, the catalogue and the standards.

For `app.py`, which gives it every path that is no API. Pages are made on the server, work without
JavaScript, set no cookies and load nothing from anywhere else. They never touch the store: they
show declarations, and the times and rulebook of the world.

Source: NHS digital service manual, for the patterns; Content Security Policy Level 3.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from openroots import __version__
from openroots.gateway.describe import curl_of, openapi, service_page_data
from openroots.pages import words
from openroots.pages.register import applies_to, first_refusal, standings
from openroots.pages.start import examples, standards_shown, start_page
from openroots.service import Service
from openroots.world import World

STATIC = Path(__file__).parent / "static"
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def site(
    world: World, services: Sequence[Service], *, made_up: bool = True, kept: bool = True
) -> Starlette:
    """Every page of this world. `made_up` says that there are only made-up people in it, and
    `kept` that what is changed stays so."""
    pages = Pages(world, services, made_up, kept)
    return Starlette(
        routes=[
            Route("/", pages.start),
            Route("/catalogue", pages.catalogue),
            Route("/catalogue/{service}", pages.service),
            Route("/catalogue/{service}/openapi.json", pages.openapi),
            Route("/standards", pages.standards),
            Route("/standards/{standard}", pages.standard),
            Route("/favicon.ico", pages.favicon),
            Mount("/static", StaticFiles(directory=STATIC)),
            Mount("/assets", StaticFiles(directory=STATIC / "assets")),
        ],
        exception_handlers={HTTPException: pages.not_answered, Exception: pages.defect},
    )


class Pages:
    """The pages of one world, each a handler."""

    def __init__(
        self, world: World, services: Sequence[Service], made_up: bool, kept: bool
    ) -> None:
        self._world = world
        self._services = {service.name: service for service in services}
        self._templates = _templates()
        self._templates.globals["made_up"] = made_up
        self._templates.globals["kept"] = kept
        self._headers = _headers(self._templates.get_template("problem.jinja").render())

    async def start(self, request: Request) -> Response:
        """What runs here, and how to try it."""
        services = tuple(self._services.values())
        return self._html("start.jinja", **start_page(self._world, services, _origin(request)))

    async def catalogue(self, request: Request) -> Response:
        """The list of APIs."""
        return self._html("catalogue.jinja", services=self._services.values())

    async def service(self, request: Request) -> Response:
        """One API, in the order of the NHS API catalogue."""
        service = self._service(request)
        filled, origin = examples(self._world), _origin(request)
        curls = {
            endpoint.name: curl_of(endpoint, origin, filled)
            for endpoint in service.endpoints
            if not endpoint.takes or endpoint.example is not None
        }
        data = service_page_data(service)
        return self._html("service.jinja", api=data, curls=curls, origin=origin)

    async def openapi(self, request: Request) -> Response:
        """The OpenAPI document of one API."""
        return JSONResponse(openapi(self._service(request), _origin(request)))

    async def standards(self, request: Request) -> Response:
        """The list of standards, and how each stands today."""
        return self._html(
            "standards.jinja", time=self._world.time.now(), standards=standards_shown(self._world)
        )

    async def standard(self, request: Request) -> Response:
        """One standard: why, what it asks, and from when."""
        rulebook, time = self._world.rulebook, self._world.time.now()
        standard = rulebook.standards.get(request.path_params["standard"])
        if standard is None:
            raise HTTPException(404)
        shown = standings(rulebook, standard, time)
        refusal = first_refusal(shown, time)
        return self._html(
            "standard.jinja", standard=standard, standings=shown, time=time, refusal=refusal
        )

    async def favicon(self, request: Request) -> Response:
        """The icon, for browsers that ask for it unbidden."""
        return FileResponse(STATIC / "favicon.ico")

    async def not_answered(self, request: Request, error: Exception) -> Response:
        """A page for a path that is none, or a method that no page takes."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        return self._html("problem.jinja", status=status)

    async def defect(self, request: Request, error: Exception) -> Response:
        """A page for a mistake of ours."""
        return self._html("problem.jinja", status=500)

    def _service(self, request: Request) -> Service:
        service = self._services.get(request.path_params["service"])
        if service is None:
            raise HTTPException(404)
        return service

    def _html(self, template: str, *, status: int = 200, **shown: Any) -> Response:
        body = self._templates.get_template(template).render(status=status, **shown)
        return HTMLResponse(body, status, headers=self._headers)


def _templates() -> Environment:
    loaders = [PackageLoader("openroots.pages"), PackageLoader("nhsuk_frontend_jinja")]
    templates = Environment(
        loader=ChoiceLoader(loaders),
        undefined=ChainableUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals.update(version=__version__, words=words, applies_to=applies_to)
    return templates


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


def _origin(request: Request) -> str:
    """Where the client reached us, so that what is shown can be copied and works."""
    return f"{request.url.scheme}://{request.url.netloc}"
