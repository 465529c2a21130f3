"""Signals that wait to be tried for the first time, of each person one after the other.

For lanes. However many there are of one person, to find the next one takes the same time.

Source: none.
"""

from collections import deque
from collections.abc import Iterable, Iterator

from openroots.delivery.item import Item


class Waiting:
    """Those of whom nothing else is under way are ready; the others stand behind one who is, or
    who has been handed out and not been released yet."""

    def __init__(self) -> None:
        self._ready: deque[Item] = deque()
        self._behind: dict[str, deque[Item]] = {}  # by person
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Item]:
        yield from self._ready
        for items in self._behind.values():
            yield from items

    @property
    def is_ready(self) -> bool:
        """Whether there is a next one."""
        return bool(self._ready)

    def put(self, item: Item) -> None:
        """Have it wait behind the others."""
        self._count += 1
        if item.person in self._behind:
            self._behind[item.person].append(item)
            return
        if item.person:
            self._behind[item.person] = deque()
        self._ready.append(item)

    def next_one(self) -> Item | None:
        """The next that is ready, if one is. Nobody else of that person is until it is released."""
        if not self._ready:
            return None
        self._count -= 1
        return self._ready.popleft()

    def release(self, person: str) -> None:
        """Nothing is under way any more about this person: the next of them is ready."""
        behind = self._behind.get(person)
        if behind:
            self._ready.append(behind.popleft())
        else:
            self._behind.pop(person, None)

    def give_up(self, person: str) -> list[Item]:
        """Those that stand behind, which wait here no longer."""
        items = list(self._behind.pop(person, ()))
        self._count -= len(items)
        return items

    def clear(self, under_way: Iterable[str]) -> None:
        """Forget all that wait. About these people something is under way still."""
        self._ready.clear()
        self._behind = {person: deque() for person in under_way if person}
        self._count = 0
