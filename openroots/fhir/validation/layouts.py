"""The layouts of one type: a function for each order of names in which many objects come.

For `Validator`. A layout that was met a few times gets a function of its own; others are judged by
the function for all. Both tell the same of an object.

Source: none; it is what engines of dynamic languages do with objects of one form.
"""

from collections.abc import Callable

from openroots.fhir.definitions import Node
from openroots.fhir.validation.run import Check

Names = tuple[str, ...]

OFTEN = 16  # times that a layout is met before it gets a function
MOST = 64  # layouts of one type that have functions
MOST_COUNTED = 256  # layouts that are counted at a time


class Layouts(dict[Names, Check]):
    """Functions by the names of an object. `general` gives the one for all objects of the type,
    `write` one for a layout. `node` and its names, `known`, are there once the type is compiled."""

    def __init__(
        self, general: Callable[[], Check], write: Callable[[Node, Names], Check | None]
    ) -> None:
        super().__init__()
        self._general = general
        self._write = write
        self._met: dict[Names, int] = {}
        self.node: Node | None = None
        self.known: frozenset[str] = frozenset()

    def __missing__(self, names: Names) -> Check:
        # Only names that the type has are counted: what else a sender writes is not kept.
        if self.node and names and len(self) < MOST and self.known.issuperset(names):
            met = self._met[names] = self._met.get(names, 0) + 1
            if met >= OFTEN:
                self._met.pop(names, None)
                self[names] = self._write(self.node, names) or self._general()
            elif len(self._met) > MOST_COUNTED:
                self._met.clear()
        return self._general()
