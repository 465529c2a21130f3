"""Shapes: what a part of a Patient may look like when a client writes it.

A shape is a function of a value and of the name of its field. It raises Problem, naming the field,
where the value does not fit. The small ones make the larger: `parts` puts all together.

Source: PDS FHIR API, schema of the Patient resource and the rules of "Update patient details".
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from openroots.fhir.patch import brief
from openroots.problem import Problem

Shape = Callable[[Any, str], None]

ANYTHING = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f]+")
PERHAPS_NOTHING = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f]*")  # what is blank is left out


def text(pattern: re.Pattern[str] = ANYTHING, longest: int = 255) -> Shape:
    """Text of which all matches the pattern."""
    matches = pattern.fullmatch

    def check(value: Any, field: str) -> None:
        if type(value) is not str or len(value) > longest or not matches(value):
            raise Problem("value-invalid", value=brief(value), field=field)

    return check


def choice(*values: str, legacy: tuple[str, ...] = ()) -> Shape:
    """One of some codes. The legacy ones are told apart: they are read, and never written."""

    allowed = frozenset(values)

    def check(value: Any, field: str) -> None:
        if type(value) is str and value in allowed:
            return
        row = "value-unsupported" if value in legacy else "value-invalid"
        raise Problem(row, value=brief(value), field=field)

    return check


def that(fits: Callable[[Any], bool]) -> Shape:
    """Any value of which a question is true."""

    def check(value: Any, field: str) -> None:
        if not fits(value):
            raise Problem("value-invalid", value=brief(value), field=field)

    return check


def listed(shape: Shape, least: int = 0, most: int = 20) -> Shape:
    """A list of such values."""

    def check(value: Any, field: str) -> None:
        if not isinstance(value, list):
            raise Problem("value-invalid", value=brief(value), field=field)
        if len(value) < least:
            raise Problem("too-few-values", field=field, least=least)
        if len(value) > most:
            raise Problem("too-many-values", field=field, most=most)
        for at, item in enumerate(value):
            try:
                shape(item, "")
            except Problem as problem:
                _place(problem, f"{field}/{at}")
                raise

    return check


def members(required: str = "", /, **shapes: Shape) -> Shape:
    """An object with these members and no others; `required` names those it must have."""
    wanted = required.split()
    known = shapes.keys()

    def check(value: Any, field: str) -> None:
        if not isinstance(value, dict):
            raise Problem("value-invalid", value=brief(value), field=field)
        for name in wanted:
            if name not in value:
                raise Problem("value-missing", field=f"{field}/{name}")
        if not known >= value.keys():
            refuse_unexpected([name for name in value if name not in shapes])
        try:
            for name, member in value.items():
                shapes[name](member, "")
        except Problem as problem:
            _place(problem, f"{field}/{name}")
            raise

    return check


def _place(problem: Problem, place: str) -> None:
    """Put the place of what holds it before the field of a problem that was found within.

    So the name of a field is put together only where there is something to say of it.
    """
    if "field" in problem.fields:
        problem.fields["field"] = f"{place}{problem.fields['field']}"


def refuse_unexpected(names: list[str]) -> None:
    """Raises Problem if there are any names here, telling of all of them."""
    if names:
        were = "was" if len(names) == 1 else "were"
        raise Problem("property-unexpected", names=brief("', '".join(sorted(names))), were=were)


def by_url(shapes: Mapping[str, Shape]) -> Shape:
    """An extension whose url is one of these, and which fits the shape given for it."""

    def check(value: Any, field: str) -> None:
        if not isinstance(value, dict):
            raise Problem("value-invalid", value=brief(value), field=field)
        if "url" not in value:
            raise Problem("value-missing", field=f"{field}/url")
        url = value["url"]
        if not isinstance(url, str) or url not in shapes:
            raise Problem("value-invalid", value=brief(url), field=f"{field}/url")
        shapes[url](value, field)

    return check


def holding(required: str, /, **shapes: Shape) -> Shape:
    """An extension made of others, each told by its url and there at most once."""
    inner = listed(by_url(shapes), least=1, most=len(shapes))
    outer = members("extension", url=text(), extension=inner)
    wanted = required.split()

    def check(value: Any, field: str) -> None:
        outer(value, field)
        urls = [part["url"] for part in value["extension"]]
        for url in wanted:
            if url not in urls:
                raise Problem("value-missing", field=f"{field}/extension/{url}")
        for url in urls:
            if urls.count(url) > 1:
                raise Problem("kind-repeated", kind=url)

    return check


def valued(name: str, shape: Shape) -> Shape:
    """An extension with one value, under this name."""
    return members(name, url=text(), **{name: shape})


def coded(code: Shape, *systems: str, needs: str = "code") -> Shape:
    """A CodeableConcept of exactly one code, of one of these systems where any are given."""
    system = choice(*systems) if systems else text()
    coding = members(needs, code=code, system=system, version=text(), display=text())
    return members("coding", coding=listed(coding, least=1, most=1))
