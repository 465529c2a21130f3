"""A machine that makes requests from a description, and sends them.

Source: schemathesis; OpenAPI 3.1.0.
"""

from collections.abc import Callable, Iterator
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from openroots.problem import Json

AS_DESCRIBED = [
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
VALID, BROKEN = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


def operations_of(document: Json, origin: str) -> Iterator[APIOperation]:
    """Every operation that a document describes, to be asked at this origin."""
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=origin)
    for found in schema.get_all_operations():
        yield found.ok()


def send(
    operation: APIOperation,
    count: int,
    look: Callable[[Case, requests.Response], None],
    kind: GenerationMode = VALID,
    ready: Callable[[Case], None] = lambda case: None,
    **fixed: Any,
) -> None:
    """Send so many requests, the same in every run, and have a look at each answer.

    `kind` says whether they keep to the description or break it somewhere; `ready` has a hand
    at each before it is sent; `fixed` are parts that are not made up: path_parameters, headers.
    """
    with requests.Session() as session:

        @settings(
            max_examples=count,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=kind, **fixed))
        def each(case: Case) -> None:
            ready(case)
            look(case, case.call(session=session))

        each()
