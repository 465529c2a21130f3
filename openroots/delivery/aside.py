"""Signals that failed, or stand behind one that failed and is about the same person.

For lanes. They are kept over a restart, so there are few of them.

Source: none.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from openroots.delivery.item import Item
from openroots.storage import Json


class Aside:
    """They stand in the order in which they came; what was kept over a restart came first."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._items = list(items)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def put(self, item: Item) -> None:
        """Have it stand here, if it does not."""
        if item not in self._items:
            self._items.append(item)
            self._items.sort(key=lambda each: each.number)

    def leave(self, item: Item) -> None:
        """It stands here no longer."""
        self._items = [each for each in self._items if each is not item]

    def forget(self, cursor: str) -> None:
        """The signal of this cursor stands here no longer, whichever item it is."""
        self._items = [each for each in self._items if each.cursor != cursor]

    def forget_untried(self, number: int) -> None:
        """Those from this number on that were only put here behind others stand here no longer."""
        self._items = [each for each in self._items if each.attempts or each.number < number]

    def holds(self, cursor: str) -> bool:
        """Whether the signal of this cursor stands here."""
        return any(each.cursor == cursor for each in self._items)

    def concerns(self, person: str) -> bool:
        """Whether any is about this person; "" is nobody."""
        return bool(person) and any(each.person == person for each in self._items)

    def first(self) -> list[Item]:
        """The one that came first, if there is any."""
        return self._items[:1]

    def due(self, now: datetime, room: int, flying: Mapping[str, Item]) -> list[Item]:
        """Those whose time has come, so many at most: of each person the first alone, and nobody
        of whom something is under way (`flying`, by cursor)."""
        chosen: list[Item] = []
        before = {item.person for item in flying.values()}
        for item in self._items:
            if len(chosen) == room:
                break
            is_first = not item.person or item.person not in before
            before.add(item.person)
            if is_first and item.cursor not in flying and (item.due or now) <= now:
                chosen.append(item)
        return chosen

    def make_due(self, now: datetime) -> None:
        """The time of each has come."""
        for item in self._items:
            item.due = now

    def kept(self) -> list[Json]:
        """What is kept of them."""
        return [item.kept() for item in self._items]
