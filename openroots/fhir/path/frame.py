"""What an expression is asked with: the context, and the frame of each question within it.

For whoever evaluates. A `Context` is given by the caller; nothing in an expression reads a clock,
a file or a network, only what the context holds. A `Run` counts what one evaluation spends.

Source: FHIRPath N1 2.0.0 sections 5.9 and 9; FHIR R4 4.0.1 section 2.9.1 (%resource and others).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from openroots.fhir.path.errors import PathLimit
from openroots.fhir.path.node import Items
from openroots.fhir.path.types import SHAPES, Types

MOST_STEPS = 1_000_000  # items looked at in one evaluation
LONGEST_TEXT = 1_000_000  # characters


@dataclass(frozen=True, slots=True)
class Context:
    """What an expression may ask besides the element it is about.

    `resource` is %resource, `root` %rootResource; where they are None, the element itself is.
    `now` is the moment of now() and today(). `resolve` gives the resource of a reference,
    `member_of` says whether a code (Coding, CodeableConcept or text) is in a value set,
    `conforms` whether a resource meets a profile, `subsumes` whether one Coding is another's
    ancestor or the same; None from any of them is "not known". `trace` hears what is traced.
    """

    resource: Any = None
    root: Any = None
    now: datetime | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    types: Types = SHAPES
    resolve: Callable[[str], dict[str, Any] | None] | None = None
    member_of: Callable[[Any, str], bool | None] | None = None
    conforms: Callable[[Any, str], bool | None] | None = None
    subsumes: Callable[[Any, Any], bool | None] | None = None
    trace: Callable[[str, list[Any]], None] | None = None
    most_steps: int = MOST_STEPS


class Run:
    """One evaluation: its context, what it began with, and how much it may still spend."""

    __slots__ = ("context", "left", "start", "types")

    def __init__(self, context: Context, start: Items) -> None:
        self.context = context
        self.types = context.types
        self.start = start
        self.left = context.most_steps

    def spend(self, steps: int) -> None:
        """Count so many items. Raises PathLimit when there have been too many."""
        self.left -= steps
        if self.left < 0:
            raise PathLimit("the expression looks at too many items")


class Frame:
    """Where one question stands: `this` is $this, `index` $index and `total` $total."""

    __slots__ = ("index", "run", "this", "total")

    def __init__(self, run: Run, this: Items, index: int = 0, total: Items | None = None) -> None:
        self.run = run
        self.this = this
        self.index = index
        self.total = total


NO_CONTEXT = Context()
