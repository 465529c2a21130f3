"""Places in a resource, and values found there, as a finding tells of them.

For whatever judges a resource.

Source: FHIR R4 4.0.1, OperationOutcome.issue.expression.
"""

from typing import Any

# A place in a resource: the place that it is in, its name there, and which item it is, or -1.
Place = tuple[Any, str, int]

LONGEST = 80  # of a value that is quoted back


def path_of(place: Place | None) -> str:
    """A place as FHIRPath: `Patient.name[0].family`."""
    parts: list[str] = []
    while place is not None:
        place, name, index = place
        parts.append(name if index < 0 else f"{name}[{index}]")
    return ".".join(reversed(parts))


def names_of(place: Place | None, root: Place, type: str) -> str:
    """The names of elements on the way to a place from the resource of this type at `root`."""
    parts: list[str] = []
    while place is not None and place is not root:
        place, name, _ = place
        parts.append(name)
    return ".".join([type, *reversed(parts)])


def quoted(value: Any) -> str:
    """A value as it can be told: short, and of a list or an object only what it is."""
    if isinstance(value, str):
        return repr(value if len(value) <= LONGEST else f"{value[:LONGEST]}…")
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "a list"
    return "an object" if isinstance(value, dict) else str(value)[:LONGEST]
