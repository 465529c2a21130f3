"""What was found of an audit log: how much of it was read, and all that is wrong with it.

For `verifying` and those who show it.

Source: none.
"""

from dataclasses import dataclass, field

from openroots.storage.receipt import Unproved
from openroots.storage.stretch import Wrong


@dataclass(slots=True)
class Verdict:
    """What was read, and all that is wrong with it. `signed` are the entries that a checkpoint or
    a seal answers for, each for all before it too; `unsigned` how many at the end of each segment
    none does; `pruned` how many were in each segment that is no longer kept."""

    entries: dict[str, int] = field(default_factory=dict)
    unsigned: dict[str, int] = field(default_factory=dict)
    pruned: dict[str, int] = field(default_factory=dict)
    checkpoints: int = 0
    signed: int = 0
    receipts: int = 0
    wrong: list[Wrong] = field(default_factory=list)

    def note_unknown(self, place: str, entry: int, error: Unproved) -> None:
        """Note that a key is not known by which something here is signed: once for each place."""
        if not any(found.key == error.kid and found.segment == place for found in self.wrong):
            what = f"cannot be proved: {error}"
            self.wrong.append(Wrong(place, entry, what, error.kid))
