"""`is`, `as`, `ofType` and `type()`: asking of which type an item is.

A name without a namespace is FHIR's if FHIR has such a type, else the language's own: `Boolean`
is System.Boolean, which no element of FHIR is, and `boolean` is FHIR's. `as` and `ofType` keep
the items of a type, whatever their number, as R4's invariants and search parameters need it.

Source: FHIRPath N1 2.0.0, sections 6.3 and 10; FHIR R4 4.0.1 section 2.9.1.
"""

from decimal import Decimal
from typing import Any

from openroots.fhir.path.compiled import Ask, Compiled, judging
from openroots.fhir.path.errors import PathError
from openroots.fhir.path.frame import Frame
from openroots.fhir.path.node import Items, Node, type_of
from openroots.fhir.path.quantity import Quantity
from openroots.fhir.path.temporal import Temporal
from openroots.fhir.path.types import KNOWN, SYSTEM, Types, is_kind_of

TYPE_FUNCTIONS = frozenset({"is", "as", "ofType", "type"})


def known_type(name: str) -> bool:
    """Whether a name is that of a type, of the language or of FHIR."""
    namespace, _, rest = name.rpartition(".")
    if namespace == "System":
        return rest in SYSTEM
    if namespace == "FHIR":
        return rest in KNOWN
    return not namespace and (rest in KNOWN or rest in SYSTEM)


def cast(operator: str, of: Ask, type: str) -> Compiled:
    """A function that tests the only item (`is`), or keeps the items of a type."""
    if operator == "is":

        def judge(items: Items, frame: Frame) -> bool | None:
            found = of(items, frame)
            if len(found) > 1:
                raise PathError("`is` takes one item")
            return _is(found[0], type, frame.run.types) if found else None

        return judging(judge)

    def kept(items: Items, frame: Frame) -> Items:
        types = frame.run.types
        return [item for item in of(items, frame) if _is(item, type, types)]

    return Compiled(kept)


def described(of: Ask) -> Ask:
    """A function that gives the namespace and name of the type of each item."""

    def asked(items: Items, frame: Frame) -> Items:
        return [Node(_description(item), "TypeInfo") for item in of(items, frame)]

    return asked


def _description(item: Any) -> dict[str, str]:
    if item.__class__ is Node:
        return {"namespace": "FHIR", "name": type_of(item)}
    return {"namespace": "System", "name": _system_type(item)}


def _is(item: Any, wanted: str, types: Types) -> bool:
    namespace, _, name = wanted.rpartition(".")
    if item.__class__ is Node:
        return namespace != "System" and is_kind_of(types, type_of(item), name)
    if namespace == "FHIR" or (not namespace and name not in SYSTEM):
        return False
    return name in ("Any", _system_type(item))


def _system_type(value: Any) -> str:
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, int):
        return "Integer"
    if isinstance(value, Decimal):
        return "Decimal"
    if isinstance(value, Temporal):
        return value.kind
    return "Quantity" if isinstance(value, Quantity) else "String"
