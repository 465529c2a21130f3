"""Who holds, word for word, what a query tells: whether it asks for somebody else than was meant.

For the error rates. A slip can make what is told of one person what the record of another says, so
that nobody could know who was meant: Katie, told without her i, is Kate. Such a query asks for
Kate. Which ones do is found out before tracing is asked, and by nothing that tracing uses but the
folding of letters: not by its keys, nor by a score.

Source: none.
"""

from collections import defaultdict
from collections.abc import Mapping

from openroots.tracing import Address, Known, Name, Wanted
from openroots.tracing.names import joined


def holds(held: Known, told: Wanted) -> bool:
    """Whether a record holds all that is told, now or once: every field, each as it is told.

    Where a field is not told, it does not: what is left out may be what would tell two apart.
    """
    return (
        bool(told.family and told.given and told.born and told.gender and told.postcode)
        and told.born == held.born
        and told.gender in (held.gender, *held.genders)
        and any(_lived(address, told) for address in held.addresses)
        and any(_says(name, told) for name in held.names)
    )


def _lived(address: Address, told: Wanted) -> bool:
    """Whether an address is the one that is told; its lines, where any are."""
    return told.postcode == address.postcode and told.lines in ((), address.lines)


def _says(name: Name, told: Wanted) -> bool:
    """Whether a name has each letter of the one that is told, in its place; it may go on with given
    names of which nothing is told."""
    held = (name.family, *name.given[: len(told.given)])
    return [*map(joined, held)] == [*map(joined, (told.family, *told.given))]


class Holders:
    """Those of a nation who hold what is told."""

    def __init__(self, nation: Mapping[str, Known]) -> None:
        self._nation = nation
        self._born: defaultdict[str, list[str]] = defaultdict(list)
        for id, held in nation.items():
            self._born[held.born].append(id)

    def asked_for(self, told: Wanted, meant: str, planted: dict[str, Known]) -> str:
        """Whose record is asked for: that of whoever is meant, or of the only one who holds what is
        told where that is somebody else. `planted` are there besides."""
        born = {id: self._nation[id] for id in self._born.get(told.born, ())}
        found = [id for id, held in (born | planted).items() if holds(held, told)]
        return found[0] if len(found) == 1 else meant
