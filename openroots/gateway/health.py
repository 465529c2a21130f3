"""What every service answers to anybody: `_ping`, `_status` and, on FHIR services, `metadata`.

For monitors, load balancers and clients that ask a server what it can do before anything else.
The bodies never change while a process runs, so they are made once.

Source: NHS England API platform, `/_ping` and `/_status` of every proxy; FHIR R4 4.0.1 section
3.1.0.9 (capabilities).
"""

from collections.abc import Iterable

import orjson

from openroots import __version__
from openroots.gateway.describe import capability_statement
from openroots.gateway.wire import Answer
from openroots.problem import Json
from openroots.service import Service

JSON = "application/json"


def open_answers(services: Iterable[Service]) -> dict[str, Answer]:
    """By full path, what each service answers about itself."""
    answers: dict[str, Answer] = {}
    for service in services:
        answers[f"{service.base}/_ping"] = _answer(ping(service), JSON)
        answers[f"{service.base}/_status"] = _answer(status(service), JSON)
        if service.fhir:
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


def status(service: Service) -> Json:
    """The service is there, and so is what it needs: they are one process."""
    return {**ping(service), "checks": {"store": [{"status": "pass"}]}}


def _answer(body: Json, media_type: str) -> Answer:
    return Answer(200, [(b"content-type", media_type.encode())], orjson.dumps(body))
