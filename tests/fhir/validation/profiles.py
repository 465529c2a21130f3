"""Profiles that slice, as tests write them, and what breaks one."""

from typing import Any

from openroots.fhir.definitions import TYPES, Definitions
from openroots.fhir.package import condense_all
from openroots.fhir.validation import Validator

Json = dict[str, Any]

URL = "https://example.org/profile"
SYSTEM = "https://example.org/codes"


def constraint(url: str, type: str, *elements: Json) -> Json:
    """A profile on a type with these elements."""
    return {
        "resourceType": "StructureDefinition",
        "url": url,
        "name": "Made",
        "status": "active",
        "kind": "resource",
        "abstract": False,
        "type": type,
        "baseDefinition": TYPES + type,
        "derivation": "constraint",
        "differential": {"element": list(elements)},
    }


def sliced(path: str, how: str, by: str, rules: str = "open", **more: Any) -> Json:
    """The element at a path, sliced."""
    slicing = {"discriminator": [{"type": how, "path": by}], "rules": rules, **more}
    return {"id": path, "path": path, "slicing": slicing}


def part(path: str, name: str, **said: Any) -> Json:
    """A slice, or an element within one: "Patient.name", "usual.family"."""
    called, _, inner = name.partition(".")
    end = f".{inner}" if inner else ""
    named = {} if inner else {"sliceName": called}
    return {"id": f"{path}:{called}{end}", "path": f"{path}{end}", **named, **said}


def faults(resource: Json, *profiles: Json) -> list[tuple[str, str]]:
    """What breaks the first of some profiles: where, and by which rule."""
    entries = condense_all(profiles).entries()
    found = Validator(Definitions(added=entries)).validate(resource, (profiles[0]["url"],))
    return [(each.place, each.rule) for each in found if each.fails]
