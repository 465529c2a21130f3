"""Which type an element is of, asked by the names on the way to it.

For FHIRPath, which asks of one element of one type, and for the contexts of extensions.

Source: FHIR R4 4.0.1, StructureDefinition.
"""

from openroots.fhir.definitions import TYPES, Contradiction, Definitions, Node

NOTHING: frozenset[str] = frozenset()


class ElementTypes:
    """The types of elements, as the definitions say."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._of: dict[tuple[str, str], str] = {}

    def of(self, type: str, name: str) -> str:
        """The type of an element of a type: HumanName, code, Patient.contact; "" if unknown."""
        key = (type, name)
        found = self._of.get(key)
        if found is None:
            found = self._of[key] = self._find(type, name)
        return found

    def parent(self, type: str) -> str:
        """The type that this one is a kind of; "" at the top."""
        if "." in type:
            return "BackboneElement"
        structure = self._definitions.structure(TYPES + type)
        return structure.get("b", "").rpartition("/")[2] if structure else ""

    def kinds(self, path: str) -> frozenset[str]:
        """The type of the element at this path, and all that it is a kind of."""
        names = path.split(".")
        type = names[0]
        for name in names[1:]:
            type = self.of(type, name)
        found: set[str] = set()
        while type and type not in found and len(found) < 20:
            found.add(type)
            type = self.parent(type)
        return frozenset(found)

    def _find(self, type: str, name: str) -> str:
        node = self._node(type)
        kid = (node.kids or {}).get(name) if node else None
        if kid is not None:
            return _named(kid, kid.types[0].code if kid.types else "")
        for choice in ((node.kids or {}) if node else {}).values():
            if choice.choice:
                for each in choice.types:
                    if choice.named(each.code) == name:
                        return each.code
        return ""

    def _node(self, type: str) -> Node | None:
        names = type.split(".")
        try:
            node: Node | None = self._definitions.tree(TYPES + names[0])
        except Contradiction:
            return None
        for name in names[1:]:
            node = (node.kids or {}).get(name) if node else None
        return node


def type_of(node: Node) -> str:
    """The type of an element; "" of one that may be of several, and of a resource, which says its
    type itself."""
    code = node.types[0].code if len(node.types) == 1 else ""
    return "" if code in ("Resource", "DomainResource") else _named(node, code)


def _named(kid: Node, code: str) -> str:
    if kid.content:
        return kid.content
    return kid.path if kid.kids is not None and code in ("BackboneElement", "Element") else code
