"""Asking an expression, and writing what it finds as text."""

from datetime import UTC, datetime
from typing import Any

from openroots.fhir.path import Context, compile_expression
from openroots.fhir.path.functions.conversions import to_text
from openroots.fhir.path.values import plain

NOW = datetime(2026, 11, 21, 8, 30, 15, 250000, tzinfo=UTC)
CONTEXT = Context(now=NOW)


def told(expression: str, resource: Any = None, context: Context = CONTEXT) -> list[str]:
    """What the expression finds, each item as its text; a complex element as "{}"."""
    found = compile_expression(expression).nodes(resource, context)
    return [text if (text := to_text(plain(item))) is not None else "{}" for item in found]
