"""FHIR definitions, ready to be asked: R4 and UK Core as brought, and packages added to them.

For validation, XML, search and the command.

    definitions = Definitions()
    definitions.tree(TYPES + "Patient")          what a Patient may hold, element by element
    definitions.values(url)                      the codes of a value set

What is brought is in `r4.table`, made by tools/compile_definitions.py from the official packages.

Source: FHIR R4 4.0.1 (hl7.fhir.r4.core, CC0); UK Core STU2 2.0.0 (Apache-2.0). See NOTICE.
"""

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from openroots.fhir.definitions.codes import Values
from openroots.fhir.definitions.condensed import Contradiction, unversioned
from openroots.fhir.definitions.expansion import DEEPEST, TYPES, Expanding
from openroots.fhir.definitions.node import Binding, Node, Rule, Slicing, TypeOf, Value
from openroots.fhir.definitions.table import Table

__all__ = [
    "TABLE",
    "TYPES",
    "Binding",
    "Contradiction",
    "Definitions",
    "Node",
    "Rule",
    "Slicing",
    "Table",
    "TypeOf",
    "Value",
    "Values",
]

Json = dict[str, Any]

TABLE = Path(__file__).with_name("r4.table")


class Definitions:
    """Every definition that is known here. What is asked for is expanded once, and kept."""

    def __init__(self, table: Table | None = None, added: Iterable[Json] = ()) -> None:
        self._table = table or Table.at(TABLE)
        self._added: dict[str, dict[str, Json]] = {"structure": {}, "values": {}}
        for entry in added:
            self._added["values" if "s" in entry and "o" in entry else "structure"][entry["u"]] = (
                entry
            )
        self._structures: dict[str, Json | None] = {}
        self._trees: dict[str, Node] = {}
        self._values: dict[str, Values | None] = {}
        self._making: list[str] = []
        self._one_by_one = threading.RLock()
        self._expanding = Expanding(self.structure, self.tree)
        self.resources = frozenset(self._table.read("names", "resources"))
        self.types = frozenset(self._table.read("names", "types"))
        self.primitives = frozenset(self._table.read("names", "primitives"))

    def structure(self, url: str) -> Json | None:
        """A definition as it is kept, by its canonical URL; None where it is not known."""
        url = unversioned(url)
        if url not in self._structures:
            added = self._added["structure"].get(url)
            self._structures[url] = added or self._table.read("structure", url)
        return self._structures[url]

    def other_version(self, url: str) -> str:
        """The version of a definition that is known, where the URL asks for another; else ""."""
        wanted = url.partition("|")[2]
        known: str = (self.structure(url) or {}).get("v", "") if wanted else ""
        return known if known != wanted else ""

    def tree(self, url: str) -> Node:
        """A definition in full. Raises Contradiction where it is not known or cannot be true."""
        url = unversioned(url)
        made = self._trees.get(url)
        if made is None:
            with self._one_by_one:
                made = self._trees[url] = self._expanded(url)
        return made

    def unfold(self, node: Node) -> dict[str, Node]:
        """The elements beneath a node, from its type where no profile speaks of them."""
        return self._expanding.unfold(node)

    def values(self, url: str) -> Values | None:
        """The codes of a value set; None where it is not known."""
        url = unversioned(url)
        if url not in self._values:
            kept = self._added["values"].get(url) or self._table.read("values", url)
            self._values[url] = Values(kept) if kept else None
        return self._values[url]

    def names(self, kind: str) -> frozenset[str]:
        """The canonical URLs of all that is known: of the kind "structure", or "values"."""
        return frozenset(self._table.names(kind)) | self._added[kind].keys()

    def searches(self, type: str) -> list[Json]:
        """The search parameters of a resource type: name, kind and expression of each."""
        found: list[Json] = self._table.read("searches", type) or []
        return found

    def _expanded(self, url: str) -> Node:
        definition = self.structure(url)
        if definition is None:
            raise Contradiction(f"{url}: there is no definition of this URL")
        if url in self._making or len(self._making) > DEEPEST:
            raise Contradiction(f"{url}: it stands on itself")
        self._making.append(url)
        try:
            return self._expanding.expand(definition)
        finally:
            self._making.pop()
