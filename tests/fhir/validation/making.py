"""Resources that are valid, made from the definitions, for tests that then spoil them.

Each element that must be there is, and some of those that may be. What a seed makes is the same
each time.
"""

from random import Random
from typing import Any

from openroots.fhir.definitions import TYPES, Definitions, Node
from openroots.fhir.path.types import PRIMITIVES

Json = dict[str, Any]

GOOD: dict[str, Any] = {
    "boolean": True,
    "integer": 7,
    "positiveInt": 3,
    "unsignedInt": 0,
    "decimal": 1.5,
    "string": "some words",
    "markdown": "some *words*",
    "code": "some-code",
    "id": "an-id.1",
    "uri": "https://example.org/a",
    "url": "https://example.org/a",
    "canonical": "https://example.org/a|1",
    "oid": "urn:oid:1.2.3",
    "uuid": "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7",
    "date": "2024-02-29",
    "dateTime": "2024-02-29T11:00:00Z",
    "instant": "2024-02-29T11:00:00.5+01:00",
    "time": "11:30:00",
    "base64Binary": "AAAA",
}
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">Some words</div>'
# Elements that rules tie to others; a resource made without them is valid.
LEFT_OUT = frozenset({"contained", "extension", "modifierExtension", "implicitRules", "id"})
DEEPEST = 3


class Maker:
    """Makes resources of any type."""

    def __init__(self, definitions: Definitions, seed: int = 0, share: float = 0.0) -> None:
        self.definitions = definitions
        self.chance = Random(seed)
        self.share = share  # of the elements that need not be there, how many are

    def resource(self, type: str) -> Json:
        """A resource with a narrative, and everything that it must have."""
        node = self.definitions.tree(TYPES + type)
        made = {"resourceType": type, **self._object(node, 0), "id": "made-1"}
        if "text" in (node.kids or {}):
            made["text"] = {"status": "generated", "div": DIV}
        return made

    def _object(self, node: Node, depth: int) -> Json:
        made: Json = {}
        for kid in self.definitions.unfold(node.copied()).values():
            wanted = kid.min > 0 or (depth < DEEPEST and self.chance.random() < self.share)
            if not wanted or kid.name in LEFT_OUT or kid.max == 0:
                continue
            type = kid.types[0].code if kid.types else ""
            value = self._value(kid, type, depth + 1)
            if value is not None:
                made[kid.named(type)] = [value] if kid.many else value
        return made

    def _value(self, kid: Node, type: str, depth: int) -> Any:
        if type in PRIMITIVES:
            return self._primitive(kid, type)
        if type == "Resource":
            return self.resource("Basic") if kid.min else None
        if type == "Reference":
            targets = [target.rpartition("/")[2] for each in kid.types for target in each.targets]
            named = [target for target in targets if target != "Resource"]
            return {"reference": f"{(named or ['Patient'])[0]}/1"}
        if kid.kids is not None or kid.content:
            return self._object(kid, depth) or (self._least(kid) if kid.min else None)
        bound = self._bound(kid, type)
        if bound or type in GOOD_OBJECTS:
            return bound or GOOD_OBJECTS[type]
        return self._object(self.definitions.tree(TYPES + type), depth) or None

    def _least(self, node: Node) -> Json:
        """An object with one primitive in it, where it may be there, but not be empty."""
        for kid in self.definitions.unfold(node.copied()).values():
            type = kid.types[0].code if kid.types else ""
            if type in PRIMITIVES and kid.name not in LEFT_OUT and not kid.many:
                return {kid.named(type): self._primitive(kid, type)}
        return {"extension": [{"url": "https://example.org/made", "valueString": "a"}]}

    def _bound(self, kid: Node, type: str) -> Json:
        """A coded value of the value set that it is bound to."""
        values = self.definitions.values(kid.binding.values) if kid.binding else None
        if values is None or not values.codes or type not in ("CodeableConcept", "Coding"):
            return {}
        system = min(values.codes)
        coding = {"system": system, "code": min(values.codes[system])}
        return {"coding": [coding]} if type == "CodeableConcept" else coding

    def _primitive(self, kid: Node, type: str) -> Any:
        values = self.definitions.values(kid.binding.values) if kid.binding else None
        if values is not None and values.plain():
            return min(values.plain())
        if kid.binding and kid.binding.values.endswith("all-languages"):
            return "en"
        if kid.binding and kid.binding.values.endswith("mimetypes"):
            return "text/plain"
        return GOOD[type]


GOOD_OBJECTS: dict[str, Json] = {
    "CodeableConcept": {"text": "some words"},
    "Identifier": {"value": "1"},
    "Period": {"start": "2024-01-01", "end": "2024-02-01"},
    "HumanName": {"family": "Ashby"},
    "Address": {"city": "Leeds"},
    "ContactPoint": {"system": "phone", "value": "01632 960587"},
    "Quantity": {"value": 1.5, "unit": "cm"},
    "Money": {"value": 1, "currency": "GBP"},
    "Duration": {"value": 1, "system": "http://unitsofmeasure.org", "code": "d"},
    "Annotation": {"text": "some words"},
    "Attachment": {"contentType": "text/plain", "url": "https://example.org/a"},
    "Timing": {"event": ["2024-01-01"]},
    "Dosage": {"text": "as told"},
    "Range": {"low": {"value": 1}, "high": {"value": 2}},
    "Ratio": {"numerator": {"value": 1}, "denominator": {"value": 2}},
    "ContactDetail": {"name": "Ann"},
    "Meta": {"versionId": "1"},
    "Narrative": {"status": "generated", "div": DIV},
    "Coding": {"display": "some words"},
}
