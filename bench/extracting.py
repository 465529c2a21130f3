"""The row about the values that a Patient is found by, and what FHIRPath costs.

In process, of parsed JSON, on one core. Beside it, in the same run, the same expressions asked as
FHIRPath: ours, and fhirpathpy with its expressions compiled.

Source: none.
"""

from collections.abc import Callable, Iterable
from itertools import cycle, islice
from time import perf_counter, process_time
from typing import Any

from fhirpathpy import compile as compile_theirs  # type: ignore[import-untyped]
from fhirpathpy.models import models  # type: ignore[import-untyped]

from bench.row import Row
from openroots.fhir.definitions import Definitions
from openroots.fhir.path import Context, compile_expression
from openroots.fhir.searching import compile_searches, published
from openroots.fhir.validation.types import ElementTypes

COMMON = (
    *("active", "address-postalcode", "birthdate", "family", "gender", "general-practitioner"),
    *("given", "identifier", "name", "telecom"),
)
GOAL = 100_000
PATIENTS, ROUNDS, SECONDS = 1_000, 5, 0.5


def extract() -> Row:
    """The values of ten common search parameters, from Patients that differ."""
    definitions = Definitions()
    types = ElementTypes(definitions)
    wanted = [each for each in published(definitions.searches("Patient")) if each.name in COMMON]
    people = [_patient(number) for number in range(PATIENTS)]
    straight = compile_searches("Patient", wanted, types)
    context = Context(types=types)
    ours = [compile_expression(each.expression) for each in wanted]
    theirs = [compile_theirs(each.expression, model=models["r4"]) for each in wanted]
    values = sum(len(straight(person)) for person in people) / PATIENTS
    rates = {
        "in straight Python": _rate(straight, people),
        "the same as FHIRPath": _rate(lambda one: [ask(one, context) for ask in ours], people),
        "fhirpathpy": _rate(lambda one: [ask(one) for ask in theirs], people),
    }
    work = f"search values of a parsed Patient, {len(wanted)} parameters, {values:.0f} values"
    measured = ", ".join(f"{name} {rate:,.0f}/s" for name, rate in rates.items())
    return Row(
        work, f"{GOAL:,}/s on one core", measured, reached=rates["in straight Python"] >= GOAL
    )


def _rate(ask: Callable[[Any], object], people: Iterable[Any]) -> float:
    """The best of some rounds, by the time of the processor that each took."""
    return max(_round(ask, people) for _ in range(ROUNDS))


def _round(ask: Callable[[Any], object], people: Iterable[Any]) -> float:
    done, begun, until = 0, process_time(), perf_counter() + SECONDS
    endless = cycle(people)
    while perf_counter() < until:
        for person in islice(endless, 100):
            ask(person)
        done += 100
    return done / (process_time() - begun)


def _patient(number: int) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": f"999{number:07d}",
        "identifier": [
            {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": f"999{number:07d}"}
        ],
        "active": True,
        "name": [{"use": "usual", "family": f"Example{number}", "given": ["Ada", f"Bea{number}"]}],
        "telecom": [
            {"system": "phone", "value": f"01632 96{number:04d}"},
            {"system": "email", "value": f"a{number}@example.org"},
        ],
        "gender": ("female", "male")[number % 2],
        "birthDate": f"{1940 + number % 80}-{1 + number % 12:02d}-{1 + number % 28:02d}",
        "address": [{"use": "home", "line": [f"{number} High St"], "postalCode": "ZZ99 3CZ"}],
        "generalPractitioner": [
            {"type": "Organization", "reference": f"Organization/Y{number:05d}"}
        ],
    }
