"""A StructureDefinition with only what a machine checks: facts in a few short keys, no prose.

For the table that the program brings, and for packages that are added while it runs. Only the
differential is kept: what a definition inherits is found by expanding it.

    {"u": url, "v": version, "n": name, "t": type, "k": kind, "b": base, "a": abstract,
     "s": specialises, "c": contexts of an extension, "e": elements}
    element: i id, n min, x max, t types, c content, f fixed, p pattern, b binding, r rules,
             s slicing, l slice name, m modifier, g longest, lo and hi: the least and the greatest

Source: FHIR R4 4.0.1, StructureDefinition and ElementDefinition.
"""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
MAX_VALUE_SET = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"
CLOSING = ("closed", "openAtEnd")  # how slicing may restrict the items that are in no slice
SYSTEM_TYPE = "http://hl7.org/fhirpath/System."


class Contradiction(ValueError):
    """A definition that cannot be true: it contradicts itself, its base, or the form of all."""


def condensed(definition: Json) -> Json:
    """The definition in short keys. Raises Contradiction where it is not in form."""
    try:
        return _condensed(definition)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        named = str(definition.get("url", ""))[:200]
        raise Contradiction(f"{named}: not in the form of a StructureDefinition") from error


def _condensed(definition: Json) -> Json:
    kept: Json = {
        "u": definition["url"],
        "n": definition.get("name", ""),
        "t": definition["type"],
        "k": definition["kind"],
    }
    if "version" in definition:
        kept["v"] = str(definition["version"])
    if "baseDefinition" in definition:
        kept["b"] = definition["baseDefinition"]
    if definition.get("abstract"):
        kept["a"] = 1
    if definition.get("derivation") != "constraint":
        kept["s"] = 1
    if contexts := definition.get("context"):
        kept["c"] = [[context["type"], context["expression"]] for context in contexts]
    listed: Json = definition.get("differential") or definition.get("snapshot") or {}
    elements = listed.get("element", [])
    kept["e"] = [_element(element, name) for element, name in _named(elements)]
    return kept


def _named(elements: list[Json]) -> Iterator[tuple[Json, str]]:
    """Each element with its id; where it has none, one made from its path and slice name."""
    slices: dict[str, str] = {}
    for element in elements:
        path, name = element["path"], element.get("sliceName", "")
        slices = {at: called for at, called in slices.items() if _within(path, at)}
        if name:
            slices[path] = name
        elif path in slices:
            del slices[path]
        yield element, element.get("id") or _made_id(path, slices)


def _within(path: str, other: str) -> bool:
    return path == other or path.startswith(f"{other}.")


def _made_id(path: str, slices: dict[str, str]) -> str:
    parts, at = [], ""
    for part in path.split("."):
        at = f"{at}.{part}" if at else part
        parts.append(f"{part}:{slices[at]}" if at in slices else part)
    return ".".join(parts)


def _element(element: Json, name: str) -> Json:
    kept: Json = {"i": name}
    for key, short in (("min", "n"), ("max", "x"), ("sliceName", "l"), ("maxLength", "g")):
        if key in element:
            kept[short] = element[key]
    if "contentReference" in element:
        kept["c"] = element["contentReference"].partition("#")[2]
    if element.get("isModifier"):
        kept["m"] = 1
    if types := element.get("type"):
        kept["t"] = [_type(each) for each in types]
    for prefix, short in (("fixed", "f"), ("pattern", "p"), ("minValue", "lo"), ("maxValue", "hi")):
        for key in element:
            if key.startswith(prefix) and key[len(prefix) :][:1].isupper():
                kept[short] = [key[len(prefix) :], element[key]]
    return kept | _bound(element) | _ruled(element) | _sliced(element)


def _type(given: Json) -> list[Any]:
    code = given["code"]
    if code.startswith(SYSTEM_TYPE):
        said = [each for each in given.get("extension", ()) if each["url"] == FHIR_TYPE]
        code = said[0].get("valueUrl", said[0].get("valueUri")) if said else _system_type(code)
    kept = [code, given.get("profile", []), given.get("targetProfile", [])]
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _system_type(code: str) -> str:
    name = code[len(SYSTEM_TYPE) :]
    return name[:1].lower() + name[1:]


def _bound(element: Json) -> Json:
    binding: Json = element.get("binding", {})
    if not binding or "valueSet" not in binding:
        return {}
    most = [each for each in binding.get("extension", ()) if each["url"] == MAX_VALUE_SET]
    told = [binding["strength"], unversioned(binding["valueSet"])]
    if most:
        told.append(unversioned(most[0].get("valueCanonical") or most[0].get("valueUri", "")))
    elif binding["strength"] not in ("required", "extensible"):
        return {}
    return {"b": told}


def _ruled(element: Json) -> Json:
    rules = [
        [rule["key"], rule["severity"], rule.get("human", ""), rule["expression"]]
        for rule in element.get("constraint", ())
        if "expression" in rule
    ]
    return {"r": rules} if rules else {}


def _sliced(element: Json) -> Json:
    slicing = element.get("slicing")
    if not slicing:
        return {}
    by = [[each["type"], each["path"]] for each in slicing.get("discriminator", ())]
    rules = slicing.get("rules")
    return {"s": [rules if rules in CLOSING else "", bool(slicing.get("ordered")), by]}


def unversioned(canonical: str) -> str:
    """A canonical URL without the version that it may end in."""
    return canonical.partition("|")[0]
