"""What closed sandboxes leave in memory, taken away now and then.

For `sandboxes`. The parts of a house know each other, so that only the garbage collector finds out
that nobody needs them any more; and a server has it look at what is older so seldom that thousands
of closed sandboxes would lie there.

Source: none.
"""

import gc

EVERY = 16  # so many are taken away at a time: a look takes some hundredths of a second


class Leavings:
    """How many sandboxes were closed since somebody last cleared up."""

    def __init__(self) -> None:
        self._closed = 0

    def more(self) -> None:
        """Another is closed."""
        self._closed += 1
        if self._closed >= EVERY:
            self._closed = 0
            gc.collect()
