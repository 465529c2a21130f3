"""References: their form, what they may refer to, and what is contained.

For the checks of types and profiles. A reference to a resource within the same one must find it;
of a reference elsewhere, only the type is looked at.

Source: FHIR R4 4.0.1, section 2.3 (References) and the invariants ref-1 and dom-3.
"""

import re
from collections.abc import Iterator
from typing import Any

from openroots.fhir.validation.places import Place
from openroots.fhir.validation.run import Run

Json = dict[str, Any]

URL = "http://hl7.org/fhir/StructureDefinition/Reference"
RELATIVE = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]{1,64})?")
CONDITIONAL = re.compile(r"([A-Z][A-Za-z]+)\?.+")  # by what is sought, in a transaction
LONGEST = 2_000  # of a reference that is read
MOST_HELD = 1_000_000  # values of a resource that are gone through for references


def reference_type(reference: str) -> str:
    """The type of the resource that is referred to; "" where the reference does not say it."""
    if len(reference) >= LONGEST:
        return ""
    found = CONDITIONAL.fullmatch(reference) or RELATIVE.fullmatch(reference)
    return found[1] if found else ""


def _told_type(run: Run, reference: str) -> str:
    """The same, worked out once in each judging: a reference is asked for its form and its type."""
    type = run.told_types.get(reference)
    if type is None:
        type = run.told_types[reference] = reference_type(reference)
    return type


def referred(
    value: Any, at: Place, run: Run, types: frozenset[str], resources: frozenset[str]
) -> None:
    """Whether a reference is to one of these types, as far as it says to what it is. A URL of
    another shape than FHIR's own says nothing of it."""
    known = referred_type(value, run)
    if known in types or not known:
        return
    if known in resources or ":" not in str(value.get("reference", "")):
        run.tell("reference-type", at, given=known, types=", ".join(sorted(types)), source=URL)


def referred_type(value: Any, run: Run) -> str:
    """The type of what a reference is to, as far as it says; "" where it does not."""
    if value.__class__ is not dict:
        return ""
    reference, said = value.get("reference"), value.get("type")
    known = ""
    if reference.__class__ is str:
        if reference[:1] == "#":
            held = _contained(run, reference[1:])
            type = held.get("resourceType") if held else ""
            known = type if type.__class__ is str else ""
        else:
            known = _in_bundle(run, reference) or _told_type(run, reference)
    return known or (said if said.__class__ is str else "")


def found_within(value: Any, run: Run) -> Json | None:
    """The resource that a reference is to, where it is contained or in the same bundle."""
    reference = value.get("reference") if value.__class__ is dict else None
    if reference.__class__ is not str:
        return None
    if reference[:1] == "#":
        found = _contained(run, reference[1:])
    else:
        found = run.bundle.of(reference) if run.bundle else None
    return found if found and found.get("resourceType").__class__ is str else None


def reference_form(value: Json, at: Place, run: Run, resources: frozenset[str]) -> None:
    """Whether a Reference says where it goes in a form that can be followed."""
    reference = value.get("reference")
    if reference.__class__ is not str:
        return
    if reference[:1] == "#":
        if len(reference) > 1 and _contained(run, reference[1:]) is None:
            run.tell("contained-missing", at, given=reference[1:], key="ref-1", source=URL)
        return
    if run.bundle and run.bundle.lacks(reference):
        run.tell("bundle-unresolved", at, given=reference, source=URL)
    type = _told_type(run, reference)
    if not type or type not in resources:
        if ":" not in reference and "?" not in reference:
            run.tell("reference-form", at, given=reference, source=URL)
        return
    said = value.get("type")
    if said.__class__ is str and said != type and said in resources:
        run.tell("reference-says", at, said=said, given=type, source=URL)


def _contained(run: Run, id: str) -> Json | None:
    return run.inside.get(id)


def ids_inside(resource: Json) -> dict[str, Json]:
    """The resources that this one contains, by id."""
    held = resource.get("contained")
    if held.__class__ is not list:
        return {}
    return {
        each["id"]: each
        for each in held
        if each.__class__ is dict and each.get("id").__class__ is str
    }


def _in_bundle(run: Run, reference: str) -> str:
    return run.bundle.type_of(reference) if run.bundle else ""


def contained_fault(resource: Json, at: Place, run: Run) -> None:
    """The invariants on contained resources: dom-2 to dom-5, and an id for each."""
    held = resource["contained"]
    if held.__class__ is not list:
        return
    used = set(_local_references(resource))
    seen: set[str] = set()
    for i, each in enumerate(held):
        if each.__class__ is not dict:
            continue
        place, id = (at, "contained", i), each.get("id")
        meta = each.get("meta")
        told = meta if meta.__class__ is dict else {}
        if "contained" in each:
            _broken(place, run, "dom-2")
        if "versionId" in told or "lastUpdated" in told:
            _broken(place, run, "dom-4")
        if "security" in told:
            _broken(place, run, "dom-5")
        if id.__class__ is str:
            if id in seen:
                run.tell("contained-repeated", place, given=id, source=URL)
            seen.add(id)
        if f"#{id}" not in used and "#" not in set(_local_references(each)):
            _broken(place, run, "dom-3")


WORDS = {
    "dom-2": ("A contained resource contains another.", "no 'contained' in it"),
    "dom-3": (
        "Nothing refers to this contained resource, and it does not refer to its container.",
        "a reference to it, # and its id",
    ),
    "dom-4": (
        "A contained resource has a version or a time of change.",
        "no meta.versionId and no meta.lastUpdated in it",
    ),
    "dom-5": ("A contained resource has a security label.", "no meta.security in it"),
}
DOMAIN_RESOURCE = "http://hl7.org/fhir/StructureDefinition/DomainResource"


def _broken(at: Place, run: Run, key: str) -> None:
    words, expected = WORDS[key]
    run.tell("invariant", at, words=words, expression=expected, key=key, source=DOMAIN_RESOURCE)


def _local_references(resource: Json) -> Iterator[str]:
    """Every text in a resource that could be a reference within it."""
    waiting: list[Any] = list(resource.values())
    left = MOST_HELD
    while waiting and left:
        left -= 1
        value = waiting.pop()
        if value.__class__ is str:
            if value[:1] == "#":
                yield value
        elif value.__class__ is dict:
            waiting += value.values()
        elif value.__class__ is list:
            waiting += value
