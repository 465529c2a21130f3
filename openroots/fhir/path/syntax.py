"""The parts of a FHIRPath expression once it is read.

For the parser, which makes them, and the compiler, which takes them. Each keeps the position at
which it stood in the text.

Source: FHIRPath N1 2.0.0, section 11 (the grammar).
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the expression; `{}` is the empty collection, and has none."""

    values: tuple[Any, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Special:
    """$this, $index or $total."""

    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Variable:
    """%name: something of the context."""

    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Member:
    """An element by its name, of `of` or, where that is None, of what is in focus."""

    of: "Syntax | None"
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments, asked of `of` or of what is in focus."""

    of: "Syntax | None"
    name: str
    arguments: "tuple[Syntax, ...]"
    position: int


@dataclass(frozen=True, slots=True)
class Index:
    """One item of a collection, by its number from 0."""

    of: "Syntax"
    at: "Syntax"
    position: int


@dataclass(frozen=True, slots=True)
class Sign:
    """+ or - before an expression."""

    sign: str
    of: "Syntax"
    position: int


@dataclass(frozen=True, slots=True)
class Operation:
    """Two expressions and the operator between them."""

    operator: str
    left: "Syntax"
    right: "Syntax"
    position: int


@dataclass(frozen=True, slots=True)
class TypeTest:
    """`is` or `as` with the name of a type, perhaps qualified: FHIR.Patient, System.String."""

    operator: str
    of: "Syntax"
    type: str
    position: int


Syntax = Literal | Special | Variable | Member | Call | Index | Sign | Operation | TypeTest
