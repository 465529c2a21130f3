"""What every service answers to anybody: `_ping`, `_status` and, on FHIR services, `metadata`.

For monitors, load balancers and clients that ask a server what it can do before anything else.
The bodies never change while a process runs, so they are made once; `_status` looks each time
whether the store answers, and says so where it does not.

Source: NHS England API platform, `/_ping` and `/_status` of every proxy; FHIR R4 4.0.1 section
3.1.0.9 (capabilities); draft-inadarei-api-health-check, for what is failing.
"""

import asyncio
from collections.abc import Iterable
from functools import partial

import orjson

from openroots import __version__
from openroots.gateway.capability import capability_statement
from openroots.gateway.wire import Answer
from openroots.problem import Json
from openroots.service import Service
from openroots.storage import Store, Unavailable

STATUS = "_status"
JSON = "application/json"


def open_answers(services: Iterable[Service]) -> dict[str, Answer]:
    """By full path, what each service answers about itself."""
    answers: dict[str, Answer] = {}
    for service in services:
        answers[f"{service.base}/_ping"] = _answer(ping(service), JSON)
        answers[f"{service.base}/{STATUS}"] = _answer(status(service), JSON)
        if service.stated:
            statement = capability_statement(service)
            answers[f"{service.base}/metadata"] = _answer(statement, service.dialect.media_type)
    return answers


def ping(service: Service) -> Json:
    """The service is there."""
    return {
        "status": "pass",
        "ping": "pong",
        "service": service.name,
        "version": {"openroots": __version__, "api": service.spec},
    }


def status(service: Service, told: str = "pass") -> Json:
    """The service is there, and so is what it needs; or its store is not, where that is told."""
    return {**ping(service), "status": told, "checks": {"store": [{"status": told}]}}


async def failing(path: str, service: Service, store: Store) -> Answer | None:
    """What `_status` of a service answers while its store does not; None otherwise."""
    if path != f"{service.base}/{STATUS}":
        return None
    try:
        look = partial(getattr, store.snapshot(), "t")  # the first look at it asks the store
        look() if store.inline else await asyncio.to_thread(look)
    except Unavailable:
        return _answer(status(service, "fail"), JSON)._replace(status=503)
    return None


def _answer(body: Json, media_type: str) -> Answer:
    return Answer(200, [(b"content-type", media_type.encode())], orjson.dumps(body))
