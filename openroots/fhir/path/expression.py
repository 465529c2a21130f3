"""An expression that has been compiled, and can be asked of any resource.

For everybody: validation, search, the rulebook. An expression keeps nothing of what it was asked,
so one can be shared by all.

Source: FHIRPath N1 2.0.0.
"""

from typing import Any

from openroots.fhir.path.compiled import condition
from openroots.fhir.path.compiler import compiled
from openroots.fhir.path.errata import ERRATA
from openroots.fhir.path.errors import PathError, PathLimit
from openroots.fhir.path.frame import NO_CONTEXT, Context, Frame, Run
from openroots.fhir.path.node import Items, Node, node
from openroots.fhir.path.parser import parse
from openroots.fhir.path.syntax import Syntax


class Expression:
    """A compiled expression. `text` is what it was made from.

    What it is asked of is a resource or element as parsed JSON, or a `Node`, which says its type
    and, for a primitive, what stands beside it. All three ways raise PathError where the language
    says that the question has no answer, and PathLimit where answering takes too much.
    """

    __slots__ = ("_ask", "_judge", "text")

    def __init__(self, text: str, part: Syntax | None = None) -> None:
        """Of the whole text, or of a part of it that has been read already."""
        made = compiled(part or parse(text), text)
        self.text = text
        self._ask = made.ask
        self._judge = condition(made)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def __call__(self, focus: Any, context: Context = NO_CONTEXT) -> list[Any]:
        """What it finds: JSON of elements, and values that were reckoned."""
        return [
            item.value if item.__class__ is Node else item for item in self.nodes(focus, context)
        ]

    def nodes(self, focus: Any, context: Context = NO_CONTEXT) -> Items:
        """What it finds, where each element of the resource is a Node with its type."""
        start = _start(focus, context)
        try:
            return list(self._ask(start, Frame(Run(context, start), start)))
        except ArithmeticError:
            raise PathError("the expression reckons beyond all numbers") from None
        except RecursionError:
            raise PathLimit("the resource is too deep for the expression") from None

    def holds(self, focus: Any, context: Context = NO_CONTEXT) -> bool | None:
        """The answer as a condition: True, False, or None where it finds nothing."""
        start = _start(focus, context)
        try:
            return self._judge(start, Frame(Run(context, start), start))
        except ArithmeticError:
            raise PathError("the expression reckons beyond all numbers") from None
        except RecursionError:
            raise PathLimit("the resource is too deep for the expression") from None


def _start(focus: Any, context: Context) -> Items:
    if focus.__class__ is Node:
        return [focus]
    return [] if focus is None else [node(focus, context.types)]


def compile_expression(text: str) -> Expression:
    """An expression made ready to be asked. Raises PathSyntaxError, which says where it is wrong:
    for text that is not in form, functions and types that are unknown, too few or too many
    arguments, and regular expressions that cannot be bounded."""
    return Expression(ERRATA.get(text, text))
