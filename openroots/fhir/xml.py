"""FHIR in XML, read into the form that it has in JSON.

For the command and `$validate`. XML does not say what is a list, a number or true: the definitions
do. What can make a reader of XML grow or look elsewhere is refused: a document type, entities, and
more than a hundred levels; and so are elements in another order than that of their definition. What
the definitions do not know is kept, so that validation tells it.

Source: FHIR R4 4.0.1, section 2.6.1 (XML representation).
"""

import re
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from openroots.fhir.definitions import TYPES, Contradiction, Definitions, Node

Json = dict[str, Any]

FHIR = "http://hl7.org/fhir"
XHTML = "http://www.w3.org/1999/xhtml"
DEEPEST = 100
LARGEST = 64 << 20  # bytes
LONGEST_NUMBER = 40  # digits of a whole number
WHOLE = re.compile(r"0|[-+]?[1-9]\d*", re.ASCII)
DECIMAL = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
NUMBERS = frozenset({"integer", "positiveInt", "unsignedInt"})
EXTENSIONS = frozenset({"extension", "modifierExtension"})
ATTRIBUTES = frozenset({"id", "url"})  # which XML has so, of an element and of an extension


class NotFhirXml(ValueError):
    """The bytes are not FHIR in XML; the words say why, and where."""


class _Element:
    """One element as it was read."""

    __slots__ = ("attributes", "children", "line", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str], line: int) -> None:
        self.name = name
        self.line = line
        self.attributes = attributes
        self.children: list[_Element] = []
        self.text = ""  # of a div: its XHTML


def read_xml(raw: bytes, definitions: Definitions) -> Json:
    """The resource in these bytes, as JSON has it. Raises NotFhirXml for what is none."""
    if len(raw) > LARGEST:
        raise NotFhirXml(f"it is larger than {LARGEST >> 20} MB")
    root = _Reader().read(raw)
    return _resource(root, definitions)


class _Reader:
    """Reads the elements of a document, with nothing that a document type could add."""

    def __init__(self) -> None:
        self._open: list[_Element] = []
        self._root: _Element | None = None
        self._html: list[str] = []
        self._html_depth = 0
        self._parser = expat.ParserCreate(namespace_separator="\n")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self, raw: bytes) -> _Element:
        """The outermost element."""
        try:
            self._parser.Parse(raw, True)
        except expat.ExpatError as error:
            raise NotFhirXml(f"it is not well formed: {error}") from error
        except NotFhirXml:
            raise
        except (LookupError, ValueError) as error:  # the encoding that it names is none for expat
            raise NotFhirXml(f"it cannot be decoded: {str(error)[:100]}") from error
        if self._root is None:
            raise NotFhirXml("it is empty")
        return self._root

    def _where(self) -> str:
        return f"line {self._parser.CurrentLineNumber}"

    def _made(self, name: str, attributes: dict[str, str]) -> _Element:
        return _Element(name, attributes, self._parser.CurrentLineNumber)

    def _doctype(self, *_told: object) -> None:
        raise NotFhirXml("it has a document type, which FHIR does not allow")

    def _start(self, full: str, attributes: dict[str, str]) -> None:
        space, _, name = full.rpartition("\n")
        if len(self._open) + self._html_depth >= DEEPEST:
            raise NotFhirXml(f"{self._where()}: more than {DEEPEST} levels")
        if self._html_depth or space == XHTML:
            self._start_html(name, attributes)
            return
        if space != FHIR:
            raise NotFhirXml(f"{self._where()}: <{name[:40]}> is not in the namespace {FHIR}")
        own = {key: value for key, value in attributes.items() if "\n" not in key}
        element = self._made(name, own)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)

    def _start_html(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open:
            raise NotFhirXml("it is a page of XHTML, and no resource")
        told = {key.rpartition("\n")[2]: value for key, value in attributes.items()}
        if not self._html_depth:
            told = {"xmlns": XHTML, **told}
        self._html.append(f"<{name}{''.join(f' {k}={quoteattr(v)}' for k, v in told.items())}>")
        self._html_depth += 1

    def _end(self, full: str) -> None:
        name = full.rpartition("\n")[2]
        if not self._html_depth:
            self._open.pop()
            return
        self._html.append(f"</{name}>")
        self._html_depth -= 1
        if not self._html_depth:
            element = self._made(name, {})
            element.text = "".join(self._html)
            self._html.clear()
            self._open[-1].children.append(element)

    def _text(self, text: str) -> None:
        if self._html_depth:
            self._html.append(escape(text))
        elif text.strip():
            raise NotFhirXml(f"{self._where()}: text outside of an attribute")


def _resource(element: _Element, definitions: Definitions) -> Json:
    try:
        node: Node | None = definitions.tree(TYPES + element.name)
    except Contradiction:
        node = None
    if element.name not in definitions.resources:
        raise NotFhirXml(f"<{element.name[:40]}> is no resource of R4")
    if element.attributes:
        raise _misplaced(element, next(iter(element.attributes)))
    return {"resourceType": element.name, **_members(element, node, definitions)}


def _object(element: _Element, node: Node | None, definitions: Definitions) -> Json:
    """An element that has others in it, and its attributes."""
    for name in element.attributes:
        if name not in ATTRIBUTES or (name == "url" and element.name not in EXTENSIONS):
            raise _misplaced(element, name)
    for child in element.children:
        if child.name == "id" or (child.name == "url" and element.name in EXTENSIONS):
            words = f"<{child.name}> is an attribute of <{element.name[:40]}>, and no element of it"
            raise NotFhirXml(f"line {child.line}: {words}")
    return {**element.attributes, **_members(element, node, definitions)}


def _misplaced(element: _Element, attribute: str) -> NotFhirXml:
    words = f"<{element.name[:40]}> has an attribute {attribute[:40]!r}, which is not for it"
    return NotFhirXml(f"line {element.line}: {words}")


def _members(element: _Element, node: Node | None, definitions: Definitions) -> Json:
    made: Json = {}
    kids = _kids(node)
    _must_be_in_order(element, kids)
    for child in element.children:
        kid, code = _of_name(kids, child.name)
        if child.text:
            _put(made, child.name, child.text, None, False)
            continue
        value, beside = _value(child, kid, code, definitions)
        _put(made, child.name, value, beside, kid is not None and kid.many)
    return made


def _must_be_in_order(element: _Element, kids: dict[str, Node]) -> None:
    """Raises NotFhirXml where an element comes after one that its definition has after it. Of what
    is not known, nothing is said: validation tells that it is there."""
    places = {name: place for place, name in enumerate(kids)}
    last, before = -1, ""
    for child in element.children:
        kid, _ = _of_name(kids, child.name)
        if kid is None:
            continue
        place = places[kid.name]
        if place < last:
            words = f"<{child.name[:40]}> stands after <{before[:40]}>, and belongs before it"
            raise NotFhirXml(f"line {child.line}: {words}")
        last, before = place, child.name


def _value(
    child: _Element, kid: Node | None, code: str, definitions: Definitions
) -> tuple[Any, Json | None]:
    """What an element is in JSON: its value, and what stands beside it."""
    if kid is not None and code in ("Resource", "DomainResource"):
        if len(child.children) != 1:
            raise NotFhirXml(f"<{child.name[:40]}> holds {len(child.children)} resources, not one")
        return _resource(child.children[0], definitions), None
    primitive = code in definitions.primitives or (kid is None and "value" in child.attributes)
    if not primitive:
        return _object(child, _inside(kid, code, definitions), definitions), None
    given = child.attributes.pop("value", None)
    beside = _object(child, _inside(None, "Element", definitions), definitions)
    return (None if given is None else _primitive(given, code)), beside or None


def _primitive(text: str, code: str) -> Any:
    """A value as JSON has it; text that is none of its type stays text, and is told as wrong."""
    if code == "boolean" and text in ("true", "false"):
        return text == "true"
    if code in NUMBERS and WHOLE.fullmatch(text) and len(text) <= LONGEST_NUMBER:
        return int(text)
    if code == "decimal" and DECIMAL.fullmatch(text):
        return int(text) if WHOLE.fullmatch(text) and len(text) <= LONGEST_NUMBER else float(text)
    return text


def _put(made: Json, name: str, value: Any, beside: Json | None, many: bool) -> None:
    if not many and name not in made and f"_{name}" not in made:
        if value is not None or beside is None:
            made[name] = value
        if beside is not None:
            made[f"_{name}"] = beside
        return
    values, others = _listed(made, name), _listed(made, f"_{name}")
    length = max(len(values), len(others))
    values += [None] * (length - len(values)) + [value]
    others += [None] * (length - len(others)) + [beside]
    for key, items in ((name, values), (f"_{name}", others)):
        if any(item is not None for item in items):
            made[key] = items


def _listed(made: Json, name: str) -> list[Any]:
    given = made.get(name)
    return given if isinstance(given, list) else [] if given is None else [given]


def _kids(node: Node | None) -> dict[str, Node]:
    return (node.kids or {}) if node is not None else {}


def _of_name(kids: dict[str, Node], name: str) -> tuple[Node | None, str]:
    """The element of this name, and its type."""
    kid = kids.get(name)
    if kid is not None:
        return kid, kid.types[0].code if kid.types else ""
    for choice in kids.values():
        if choice.choice:
            for type in choice.types:
                if choice.named(type.code) == name:
                    return choice, type.code
    return None, ""


def _inside(kid: Node | None, code: str, definitions: Definitions) -> Node | None:
    """The node that knows the elements beneath."""
    if kid is not None and kid.content:
        found: Node | None = definitions.tree(TYPES + kid.content.partition(".")[0])
        for part in kid.content.split(".")[1:]:
            found = (found.kids or {}).get(part) if found else None
        return found
    if kid is not None and kid.kids is not None and not kid.choice:
        return kid
    try:
        return definitions.tree(TYPES + code) if code else None
    except Contradiction:
        return None
