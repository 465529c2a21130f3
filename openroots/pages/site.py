"""The web pages, as an ASGI application: which page is at which address.

For `app.py`, which gives it every path that is no API. Pages are made on the server, work without
JavaScript, set no cookies and load nothing from anywhere else. They never touch the store: they
show declarations, the times and rulebook of the world, and what services answer at the door.

Source: NHS digital service manual, for the patterns.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from openroots.gateway.catalogue import can_be_shown, curl_of, service_page_data
from openroots.gateway.openapi import openapi
from openroots.gateway.pipeline import Gateway
from openroots.pages.applying import applying
from openroots.pages.begin import BeginPage, Begins
from openroots.pages.client_report import ADDRESS, ClientReportPage
from openroots.pages.defects import Defects
from openroots.pages.developers import (
    USUAL_FOLDER,
    Known,
    applications_shown,
    commands,
    signed_call,
    suppliers_of,
)
from openroots.pages.door import Door
from openroots.pages.events import EventsPages
from openroots.pages.frame import Frame, origin_of
from openroots.pages.looks import LooksPage
from openroots.pages.people_changed import PeopleChangedPage
from openroots.pages.programmes import ProgrammesPages
from openroots.pages.requests import RequestsPages
from openroots.pages.sandboxes import SandboxesPages
from openroots.pages.standards import StandardsPages
from openroots.pages.start import examples, start_page
from openroots.pages.this_world import CLOCK, FAULTS, PEOPLE, ThisWorldPages
from openroots.pages.tools import AnswersTooling, Tools
from openroots.pages.trying import TryPage, endpoints_by_id
from openroots.service import Endpoint, Service
from openroots.world import World

STATIC = Path(__file__).parent / "static"
FORMS = ["GET", "POST"]
TRY = "/catalogue/{service}/try"
BENEATH = "/sandboxes/"  # the state folders of sandboxes, in that of the server
SANDBOXES, LONGEST_NAME = "/sandbox/", 40  # where they stand, and the letters of a name
Page = Callable[[Request], Awaitable[Response]]


def site(
    gateway: Gateway,
    known: Sequence[Known] = (),
    begins: Begins | None = None,
    tooling: AnswersTooling | None = None,
    *,
    made_up: bool = True,
    sandbox: str = "",
    state: str = "",
    kept: bool = True,
    by_token: bool = False,
) -> Starlette:
    """Every page of this gateway's world. `known` are the applications that it has from its first
    second; `begins` is how a first administrator arises, where one does; `tooling` is the tooling
    door, where pages may lead to it; `made_up` says that there are only made-up people in it,
    `kept` that what is changed stays so, and `by_token` that nobody is answered without a token;
    `sandbox` is its name, where it is one, and `state` the folder that a command has to name."""
    tools = Tools(tooling) if made_up and tooling is not None else None
    recorded = tools is not None and gateway.recorder is not None
    there = {"tooled": tools is not None, "recorded": recorded}
    frame = Frame(made_up=made_up, kept=kept, sandbox=sandbox, state=state, **there)
    door = Door(gateway)
    folder = (state or USUAL_FOLDER) + (f"{BENEATH}{sandbox}" if sandbox else "")
    shown = (gateway.world, gateway.services, known, folder)
    pages = Pages(frame, *shown, by_token=by_token)
    return Starlette(
        routes=[
            Route("/", pages.start),
            Route("/catalogue", pages.catalogue),
            Route("/catalogue/{service}", pages.service),
            Route("/catalogue/{service}/openapi.json", pages.openapi),
            Route("/developers", pages.developers),
            *_of_the_register(frame, gateway.world, door, suppliers_of(known)),
            *_of_events(frame, gateway.world, door),
            *(_of_a_made_up_world(frame, gateway, door, tools) if made_up else ()),
            *(_of_a_beginning(frame, begins) if begins else ()),
            Route("/favicon.ico", pages.favicon),
            Mount("/static", StaticFiles(directory=STATIC)),
            Mount("/assets", StaticFiles(directory=STATIC / "assets")),
        ],
        middleware=[Middleware(Defects, pages.defect)],
        exception_handlers={HTTPException: pages.not_answered},
    )


def _of_a_made_up_world(
    frame: Frame, gateway: Gateway, door: Door, tools: Tools | None
) -> list[BaseRoute]:
    """Elsewhere, nobody can prove yet whose record is theirs."""
    routes: list[BaseRoute] = [
        Route("/who-looked", LooksPage(frame, door).page, methods=FORMS),
        Route(ADDRESS, ClientReportPage(frame, gateway).page),
        Route(TRY, TryPage(frame, gateway, door).page, methods=FORMS),
    ]
    if tools is not None:
        here = ThisWorldPages(frame, tools)
        routes += [
            Route("/sandboxes", SandboxesPages(frame, tools).page, methods=FORMS),
            Route(CLOCK, here.clock, methods=FORMS),
            Route(FAULTS, here.faults, methods=FORMS),
            Route(PEOPLE, here.people, methods=FORMS),
        ]
        if gateway.recorder is not None:
            routes.append(Route("/requests", RequestsPages(frame, tools).page, methods=FORMS))
    return routes


def _of_a_beginning(frame: Frame, begins: Begins) -> list[BaseRoute]:
    return [Route("/begin/{code}", BeginPage(frame, begins).page, methods=FORMS)]


def _of_the_register(
    frame: Frame, world: World, door: Door, suppliers: Sequence[str]
) -> list[BaseRoute]:
    pages = StandardsPages(frame, world, door, suppliers)
    programmes = ProgrammesPages(frame, world, door)
    return [
        Route("/standards", pages.all),
        Route("/standards/{standard}", pages.one, methods=FORMS),
        Route("/suppliers", pages.suppliers),
        Route("/suppliers/{supplier}", pages.supplier),
        Route("/changes", pages.changes),
        Route("/programmes", programmes.all),
        Route("/programmes/{programme}", programmes.one),
    ]


def _of_events(frame: Frame, world: World, door: Door) -> list[BaseRoute]:
    return [
        Route("/events", EventsPages(frame, world, door).subscriptions, methods=FORMS),
        Route("/events/changes", PeopleChangedPage(frame, door).page, methods=FORMS),
    ]


class Pages:
    """The pages that show what runs here, each a handler."""

    def __init__(
        self,
        frame: Frame,
        world: World,
        services: Sequence[Service],
        known: Sequence[Known],
        folder: str,
        *,
        by_token: bool,
    ) -> None:
        self._frame, self._world, self._known, self._by_token = frame, world, known, by_token
        self._folder = folder  # of its state, as whoever started it may call it
        self._services = {service.name: service for service in services}

    async def start(self, request: Request) -> Response:
        """What runs here, and how to try it."""
        services = tuple(self._services.values())
        shown = start_page(self._world, services, origin_of(request), by_token=self._by_token)
        return self._frame.html("start.jinja", **shown)

    async def catalogue(self, request: Request) -> Response:
        """The list of APIs."""
        return self._frame.html("catalogue.jinja", services=self._services.values())

    async def service(self, request: Request) -> Response:
        """One API, in the order of the NHS API catalogue."""
        service = self._service(request)
        origin = origin_of(request)
        curls = {one.name: self._command(one, origin) for one in service.endpoints}
        data = service_page_data(service)
        return self._frame.html(
            "service.jinja",
            api=data,
            ids=list(endpoints_by_id(service)),
            standards=applying(self._world.rulebook.standards.values(), service),
            curls=curls,
            by_token=self._by_token,
            origin=origin,
        )

    async def openapi(self, request: Request) -> Response:
        """The OpenAPI document of one API."""
        return JSONResponse(openapi(self._service(request), origin_of(request)))

    async def developers(self, request: Request) -> Response:
        """Applications, and how to get a token for one."""
        return self._frame.html(
            "developers.jinja",
            applications=applications_shown(self._known),
            commands=commands(self._known),
            signed=signed_call(self._known, origin_of(request), self._folder),
            by_token=self._by_token,
            origin=origin_of(request),
        )

    async def favicon(self, request: Request) -> Response:
        """The icon, for browsers that ask for it unbidden."""
        return FileResponse(STATIC / "favicon.ico")

    async def not_answered(self, request: Request, error: Exception) -> Response:
        """A page for a path that is none, a method that no page takes, or a form that is none;
        a program that took a wrong address for an API's is told so in JSON."""
        if not isinstance(error, HTTPException):
            return self.defect()
        status = error.status_code
        is_page = "text/html" in request.headers.get("accept", "")
        if is_page or error.detail != HTTPStatus(status).phrase:  # or a page has words of its own
            sought = sandbox_sought(request)
            answer = self._frame.html(
                "problem.jinja", status=status, told=error.detail, sought=sought
            )
        else:
            told = said_to_programs(status, request, self._services.values())
            answer = JSONResponse(told, status)
        answer.headers.update(error.headers or {})  # what is allowed, where the method is not
        return answer

    def defect(self) -> Response:
        """A page for a mistake of ours."""
        return self._frame.html("problem.jinja", status=500)

    def _command(self, endpoint: Endpoint, origin: str) -> str:
        """What calls it, with a request id of its own; "" where there is no example of that. What
        an example is about is made up, and not there where no application is."""
        filled = examples(self._world, by_token=self._by_token)
        endpoint = endpoint if self._known else replace(endpoint, given={})
        return curl_of(endpoint, origin, filled) if can_be_shown(endpoint, filled) else ""

    def _service(self, request: Request) -> Service:
        service = self._services.get(request.path_params["service"])
        if service is None:
            raise HTTPException(404)
        return service


def sandbox_sought(request: Request) -> str:
    """The name of the sandbox beneath whose path something is asked for; "" where it is none."""
    path: str = request.scope["path"]
    if request.scope.get("root_path") or not path.startswith(SANDBOXES):
        return ""
    return path.removeprefix(SANDBOXES).partition("/")[0][:LONGEST_NAME]


def said_to_programs(status: int, request: Request, services: Iterable[Service]) -> dict[str, str]:
    """What is wrong with an address that neither an API nor a page has, and where the APIs are."""
    wrong = "there is nothing here" if status == 404 else f"{request.method} is not answered here"
    scope = request.scope
    # Of a sandbox, and not of the files within it beneath which nothing was found.
    root: str = scope.get("app_root_path", scope.get("root_path", ""))
    first = scope["path"].removeprefix(root).lower().split("/")[1]
    bases = [service.base for service in services if service.base.lower().split("/")[1] == first]
    known = " or ".join(f"{root}{base}" for base in bases)
    mend = f"Begin the path with {known}." if known else f"{root}/catalogue lists every API."
    return {"error": wrong, "mend": mend}
