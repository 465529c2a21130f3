"""What resources are found by: FHIR's search parameters, compiled to straight Python.

For services that index by the published parameters.

    family = SearchParameter("family", "string", "Patient.name.family")
    extract = compile_searches("Patient", [family])
    extract({"resourceType": "Patient", "name": [{"family": "Smith"}]})   -> [("family", "Smith")]

`values` says what the values of each kind look like.

Source: FHIR R4 4.0.1, section 3.1.1 (search) and its search parameters.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from openroots.fhir.path.expression import Expression
from openroots.fhir.path.parser import parse
from openroots.fhir.path.syntax import Syntax
from openroots.fhir.path.types import SHAPES, Types, is_kind_of
from openroots.fhir.searching.steps import alternatives, begins_with, steps
from openroots.fhir.searching.straight import BY_KIND, Branch, Wanted, Writer, adding_of
from openroots.fhir.searching.values import Adding, Found, add_composite, span_of

__all__ = ["Extract", "SearchParameter", "compile_searches", "published", "span_of"]

Json = dict[str, Any]
Extract = Callable[[Json], Found]


class SearchParameter(NamedTuple):
    """A search parameter: its name in requests, its kind (token, date, ...), its expression; and,
    where it is composite, the kind and the expression of each of its parts."""

    name: str
    kind: str
    expression: str
    parts: tuple[tuple[str, str], ...] = ()


def published(definitions: Iterable[Json]) -> list[SearchParameter]:
    """Search parameters of one type, from what `Definitions.searches` says of them."""
    known = list(definitions)
    kinds = {each["code"]: each["type"] for each in known}
    return [_published(each, kinds) for each in known]


def compile_searches(
    type: str, parameters: Iterable[SearchParameter], types: Types = SHAPES
) -> Extract:
    """A function from a resource of a type to its values, as pairs of a parameter's name and a
    value. Raises PathSyntaxError for an expression that is not in form, and ValueError for a kind
    that is unknown, or for a composite without parts."""
    writer, branches = Writer(types), list[Branch]()
    for parameter in parameters:
        if parameter.kind not in BY_KIND and not parameter.parts:
            raise ValueError(f"search parameter {parameter.name}: kind {parameter.kind} is unknown")
        for part in alternatives(parse(parameter.expression)):
            branches += _branches(writer, type, parameter, part)
    writer.walk(branches, "v0", type, 1)
    extract: Extract = writer.made()
    return extract


def _branches(writer: Writer, type: str, parameter: SearchParameter, part: Syntax) -> list[Branch]:
    """The steps of one alternative, unless it is about another type of resource. One that has no
    plain steps is written at once."""
    first = begins_with(part)
    if first[:1].isupper() and not is_kind_of(writer.types, type, first):
        return []

    def adding(element: str) -> Adding:
        if not parameter.parts:
            return adding_of(parameter.kind, element)
        return partial(add_composite, _parts(element, parameter, writer.types))

    found = steps(part)
    if found is not None:
        return [(Wanted(parameter.name, parameter.kind, adding), found)]
    writer.asked(parameter.name, adding(""), Expression(parameter.expression, part))
    return []


def _parts(element: str, parameter: SearchParameter, types: Types) -> tuple[Extract, ...]:
    """A function for each part of a composite, from the element that it is made of."""
    return tuple(
        compile_searches(element, [SearchParameter("", kind, expression)], types)
        for kind, expression in parameter.parts
    )


def _published(definition: Json, kinds: dict[str, str]) -> SearchParameter:
    """The parts of a composite are named by URLs that end in the names of other parameters."""
    parts = []
    for url, expression in definition.get("component", ()):
        name = max((code for code in kinds if url.endswith(f"-{code}")), key=len, default="")
        parts.append((kinds.get(name, "token"), expression))
    return SearchParameter(
        definition["code"], definition["type"], definition["expression"], tuple(parts)
    )
