"""FHIR in XML, as far as messages of NEMS need it: written from JSON, and read into it.

For NEMS, whose subscribers get XML whatever was sent. Elements are written in the order of the
JSON. What is read tells lists from single elements by name, as there is no schema here.

Source: FHIR STU3 3.0.1, XML and JSON representations.
"""

from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser, tostring
from xml.etree.ElementTree import SubElement as sub_element

from openroots.problem import Json
from openroots.service import Problem

FHIR = "http://hl7.org/fhir"
XHTML = "{http://www.w3.org/1999/xhtml}"
ATTRIBUTES = frozenset({"url"})  # of an extension, an attribute; anywhere else, an element
LISTS = frozenset(
    {
        *("entry", "extension", "coding", "tag", "contact", "header", "identifier", "given"),
        *("profile", "security", "focus", "destination", "telecom", "address", "line", "modifier"),
    }
)


def written(resource: Json) -> bytes:
    """The resource in XML. Raises ValueError for text that XML cannot hold."""
    root = Element(str(resource["resourceType"]), xmlns=FHIR)
    _write(root, {name: value for name, value in resource.items() if name != "resourceType"})
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def read(raw: bytes) -> Json:
    """The resource as JSON has it, every value as text. Raises Problem for what is no FHIR in XML.

    A document type is refused: it could define entities without end.
    """
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise Problem("body-not-xml")
    parser = XMLParser()
    try:
        parser.feed(raw)
        root = parser.close()
    except (ParseError, ValueError, LookupError):
        raise Problem("body-not-xml") from None
    if not isinstance(root, Element) or not root.tag.startswith(f"{{{FHIR}}}"):
        raise Problem("body-not-xml")
    if _depth(root) > DEEPEST:
        raise Problem("body-not-xml")
    return _resource(root)


DEEPEST = 50


def _depth(root: Element) -> int:
    deepest, level = 0, [root]
    while level and deepest <= DEEPEST:
        deepest += 1
        level = [child for each in level for child in each]
    return deepest


def _write(parent: Element, value: Json) -> None:
    for name, each in value.items():
        for item in each if isinstance(each, list) else [each]:
            _write_one(parent, name, item)


def _write_one(parent: Element, name: str, item: Any) -> None:
    if name in ATTRIBUTES and parent.tag in ("extension", "modifierExtension"):
        parent.set(name, str(item))
    elif isinstance(item, dict) and "resourceType" in item:
        holder = sub_element(sub_element(parent, name), str(item["resourceType"]))
        _write(holder, {key: each for key, each in item.items() if key != "resourceType"})
    elif isinstance(item, dict):
        _write(sub_element(parent, name), item)
    elif item is not None:
        sub_element(parent, name).set("value", _text(item))


def _text(item: Any) -> str:
    if isinstance(item, bool):
        return "true" if item else "false"
    text = str(item)
    if any(ord(char) < 32 and char not in "\t\n\r" for char in text):
        raise ValueError("XML has no way to write control characters")
    return text


def _resource(element: Element) -> Json:
    return {"resourceType": _name(element), **_members(element)}


def _members(element: Element) -> Json:
    found: Json = {name: value for name, value in element.attrib.items() if name in ("url", "id")}
    for child in element:
        if not isinstance(child.tag, str) or child.tag.startswith(XHTML):
            continue
        name, value = _name(child), _value(child)
        if name in LISTS:
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


def _value(element: Element) -> Any:
    if "value" in element.attrib:
        return element.attrib["value"]
    children = list(element)
    if len(children) == 1 and _name(children[0])[:1].isupper():
        return _resource(children[0])
    return _members(element)


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
