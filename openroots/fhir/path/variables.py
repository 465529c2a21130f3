"""What %name stands for: parts of the context, and names that FHIR fixes.

Source: FHIRPath N1 2.0.0 section 9; FHIR R4 4.0.1 section 2.9.1.
"""

from openroots.fhir.path.compiled import Ask
from openroots.fhir.path.errors import PathError
from openroots.fhir.path.frame import Frame
from openroots.fhir.path.functions.resources import root_of
from openroots.fhir.path.node import Items, Node, node

FIXED = {
    "ucum": "http://unitsofmeasure.org",
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
}
PREFIXES = {
    "vs-": "http://hl7.org/fhir/ValueSet/",
    "ext-": "http://hl7.org/fhir/StructureDefinition/",
}


def fixed(name: str) -> str | None:
    """The text that %name stands for in every context; None where that depends on it."""
    for prefix, url in PREFIXES.items():
        if name.startswith(prefix):
            return url + name.removeprefix(prefix)
    return FIXED.get(name)


def variable(name: str) -> Ask:
    """A function that gives what %name stands for. When asked for one that is not there, it
    raises PathError."""
    if name == "context":
        return lambda items, frame: frame.run.start
    if name == "resource":
        return _resource
    if name == "rootResource":
        return _root
    return lambda items, frame: _given(name, frame)


def _resource(items: Items, frame: Frame) -> Items:
    given = frame.run.context.resource
    if given is None:
        return frame.run.start
    return [given if given.__class__ is Node else node(given, frame.run.types)]


def _root(items: Items, frame: Frame) -> Items:
    found = root_of(frame)
    return [] if found is None else [found]


def _given(name: str, frame: Frame) -> Items:
    variables = frame.run.context.variables
    if name not in variables:
        raise PathError(f"there is no variable %{name}")
    value = variables[name]
    values = value if isinstance(value, list) else [] if value is None else [value]
    types = frame.run.types
    return [node(item, types) if isinstance(item, dict) else item for item in values]
