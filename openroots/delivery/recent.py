"""What was read of the feed not long ago, for subscribers that have fallen a little behind.

For those that follow the feed. Without it each would read and understand again what was read for
all a moment ago, one after the other: a receiver that is slow for a second would cost so much that
the others fall behind too.

Source: none.
"""

from collections import deque
from collections.abc import Iterator
from itertools import islice

from openroots.delivery.meaning import Meaning

MOST = 8192  # signals


class Recent:
    """The newest signals that were read, without a gap."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: deque[Meaning] = deque()
        self._places: dict[str, int] = {}  # what each comes next to: its number
        self._first = 0  # the number of the oldest that is kept

    def keep(self, meaning: Meaning) -> None:
        """Add the next that was read. Of one that nobody wants the event is not kept."""
        self._places[meaning.after] = self._first + len(self._kept)
        self._kept.append(meaning if meaning.wanted else meaning._replace(event=None))
        if len(self._kept) > self._most:
            del self._places[self._kept.popleft().after]
            self._first += 1

    def since(self, place: str) -> Iterator[Meaning] | None:
        """All that follow a cursor, in order; None where some of them are not kept."""
        number = self._places.get(place)
        return None if number is None else islice(self._kept, number - self._first, None)
