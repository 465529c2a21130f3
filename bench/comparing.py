"""Who finds what of one corpus: our validator, fhir.resources and jsonschema-rs, and how fast.

For the row about validation and for `tools/compare_validators.py`. The corpus is that of the tests:
good resources of 46 types, and the same with one fault each. A validator has found a fault where
it does not accept the resource; where it says the fault to be is not looked at.

Source: none.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson

from openroots.fhir.definitions import TYPES
from openroots.fhir.validation import standard_validator
from tests.fhir.validation.corpus import Fault, faults
from tests.fhir.validation.making import Maker
from tests.fhir.validation.test_corpus import TYPES_JUDGED

Json = dict[str, Any]
Accepts = Callable[[Json], bool]

# Faults that are of one kind, by how their names begin.
KINDS = {
    "no ": "an element that must be there is not",
    "two of ": "two values of an element of several types",
    "an odd ": "a code that is not of its required set",
}
# Two definitions that fhir.schema.json refers to and does not have.
LACKING: Json = {"Resource": True, "integer64": {"type": "number"}}


@dataclass(frozen=True)
class Compared:
    """What one validator made of the corpus: how many of each kind of fault it found, how many
    good resources it refused, and how many resources it judged in a second."""

    name: str
    found: Counter[str]
    refused: int
    rate: float


def corpus() -> tuple[list[Json], list[Fault]]:
    """Good resources, and all their faults."""
    definitions = standard_validator().definitions
    good = [Maker(definitions).resource(type) for type in TYPES_JUDGED]
    planted = [
        fault
        for each in good
        for fault in faults(each, definitions.tree(TYPES + each["resourceType"]), definitions)
    ]
    return good, planted


def compared(schema: Path | None) -> tuple[list[Compared], Counter[str], int]:
    """What each validator made of it, how many faults of each kind there are, and how many good
    resources. Without a `schema`, R4's as JSON Schema, jsonschema-rs is left out."""
    good, planted = corpus()
    validators: list[tuple[str, Accepts]] = [
        ("OpenRoots", accepted_by_us),
        ("fhir.resources (R4B)", accepted_by_model),
    ]
    if schema is not None:
        validators.append(("jsonschema-rs", accepted_by_schema(schema)))
    told = [_judged(name, accepts, good, planted) for name, accepts in validators]
    return told, Counter(kind_of(fault) for fault in planted), len(good)


def kind_of(fault: Fault) -> str:
    """What kind of fault it is."""
    return next((kind for start, kind in KINDS.items() if fault.name.startswith(start)), fault.name)


def summary(told: Sequence[Compared], faults: int, good: int) -> str:
    """A table with a line for each validator."""
    lines = [
        f"| validator | of {faults:,} faults | good refused, of {good} | resources/s |",
        "|---|---|---|---|",
    ]
    for one in told:
        found = one.found.total()
        share = f"{found:,} ({found / faults:.0%})"
        lines.append(f"| {one.name} | {share} | {one.refused} | {one.rate:,.0f} |")
    return "\n".join(lines)


def by_kind(told: Sequence[Compared], kinds: Counter[str]) -> str:
    """A table with a line for each kind of fault: how many each validator found."""
    head = " | ".join(one.name for one in told)
    lines = [f"| fault | planted | {head} |", "|---" * (len(told) + 2) + "|"]
    for kind in sorted(kinds):
        found = " | ".join(_told(one.found[kind], kinds[kind]) for one in told)
        lines.append(f"| {kind} | {kinds[kind]} | {found} |")
    return "\n".join(lines)


def accepted_by_us(resource: Json) -> bool:
    """Whether we find nothing wrong with it."""
    return not any(one.fails for one in standard_validator().validate(resource))


def accepted_by_model(resource: Json) -> bool:
    """Whether fhir.resources makes a model of it."""
    try:
        model(resource["resourceType"]).model_validate(resource)
    except (ValueError, TypeError, LookupError, AttributeError, ImportError):
        return False
    return True


def model(type: str) -> Any:
    """The model that fhir.resources has of a type."""
    return getattr(import_module(f"fhir.resources.R4B.{type.lower()}"), type)


def accepted_by_schema(path: Path) -> Accepts:
    """Whether the part of R4's JSON Schema for its type accepts a resource."""
    import jsonschema_rs

    whole = orjson.loads(path.read_bytes())
    definitions = {**LACKING, **whole["definitions"]}
    made: dict[str, Any] = {}

    def accepts(resource: Json) -> bool:
        type = resource["resourceType"]
        if type not in made:
            schema = {"$ref": f"#/definitions/{type}", "definitions": definitions}
            made[type] = jsonschema_rs.validator_for(schema)
        return bool(made[type].is_valid(resource))

    return accepts


def _judged(name: str, accepts: Accepts, good: list[Json], planted: Iterable[Fault]) -> Compared:
    planted = list(planted)
    refused = sum(not accepts(each) for each in good)
    found = Counter(kind_of(fault) for fault in planted if not accepts(fault.resource))
    begun = time.process_time()
    for fault in planted:
        accepts(fault.resource)
    return Compared(name, found, refused, len(planted) / (time.process_time() - begun))


def _told(found: int, planted: int) -> str:
    return "all" if found == planted else "none" if not found else f"{found}"
