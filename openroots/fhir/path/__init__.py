"""FHIRPath for R4: expressions compiled to Python functions, asked of parsed JSON.

    name = compile_expression("Patient.name.where(use = 'usual').family")
    name({"resourceType": "Patient", ...})                          -> ["Smith"]
    compile_expression("name.exists()").holds(patient)              -> True, False or None

Nothing in an expression reads a clock, a file or a network: what it may ask besides the resource is
in the `Context`.

Source: FHIRPath N1 2.0.0; FHIR R4 4.0.1 section 2.9.1.
"""

from openroots.fhir.path.errors import NotCheckable, PathError, PathLimit, PathSyntaxError
from openroots.fhir.path.expression import Expression, compile_expression
from openroots.fhir.path.frame import Context
from openroots.fhir.path.node import Node
from openroots.fhir.path.quantity import Quantity
from openroots.fhir.path.temporal import Temporal
from openroots.fhir.path.types import SHAPES, Types

__all__ = [
    "SHAPES",
    "Context",
    "Expression",
    "Node",
    "NotCheckable",
    "PathError",
    "PathLimit",
    "PathSyntaxError",
    "Quantity",
    "Temporal",
    "Types",
    "compile_expression",
]
