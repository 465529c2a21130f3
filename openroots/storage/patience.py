"""Whether the event loop may wait for the disk itself, by how long it waited of late.

For the writers of the store and of the audit log. To wake a thread and be woken by it takes longer
than a quick disk does, and the two fight for the interpreter at each step. How quick the disk is
can be told only of what the loop itself waited for: a thread waits for the interpreter too before
it can look at a watch. So where the loop waited for long, all is a thread's for a while; then the
loop tries again, and where that was long too, the next while is longer.

One long wait among many short ones is what every disk has now and then: it is the mean that counts.

Source: none.
"""

from openroots.clock import stopwatch

LONG = 0.002  # seconds that are too many to keep everybody waiting
LATELY = 8  # waits, of which the newest counts for so much of the mean
WORST = 2 * LATELY * LONG  # seconds that one wait counts for at most: alone it is too long
SHORTEST, LONGEST = 1.0, 60.0  # seconds until another try


class Patience:
    """What the loop of this process has learnt of one disk."""

    def __init__(self) -> None:
        self._mean = 0.0
        self._again = 0.0  # by the stopwatch
        self._pause = SHORTEST

    @property
    def is_given(self) -> bool:
        """Whether the loop may wait now."""
        return stopwatch() >= self._again

    def spent(self, seconds: float) -> None:
        """The loop has waited for so long."""
        if seconds <= LONG < self._mean:
            self._mean = seconds  # it is quick again
        self._mean += (min(seconds, WORST) - self._mean) / LATELY
        if self._mean <= LONG:
            self._pause = SHORTEST
        else:
            self._again = stopwatch() + self._pause
            self._pause = min(2 * self._pause, LONGEST)
