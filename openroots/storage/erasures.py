"""Who was erased: a list beside the store, by which a state that is restored forgets them again.

For the erasure of a person, and for every start. A saved state is not changed afterwards, and may
hold somebody who was erased since. The list is of this folder and in no saved state; the store
keeps how far down it has come, so one that was put back goes through the rest when it is opened.
The list holds stable keys, which name nobody once all that they stand on is gone.

Source: UK GDPR article 17; house rules of OpenRoots.
"""

import os
from pathlib import Path

from openroots.storage.durable import names_to_disk, to_disk
from openroots.storage.store import Snapshot, Store
from openroots.storage.types import Author, Mark, Unavailable

APPLIED = "world/erased"


class Erasures:
    """The list in the state folder."""

    def __init__(self, state: Path) -> None:
        self._file = state / "erased"

    def all(self) -> list[str]:
        """The stable keys of all who were erased, in order. Raises Unavailable for no such list."""
        try:
            return self._file.read_text("utf-8").split() if self._file.exists() else []
        except UnicodeDecodeError as error:
            words = f"{self._file} does not hold the keys of who was erased; put it back"
            raise Unavailable(words) from error

    def add(self, subject: str) -> None:
        """Put this person on the list; on disk when it returns. Raises Unavailable."""
        try:
            self._add(subject)
        except OSError as error:
            raise Unavailable(f"{self._file}: {error.strerror}") from error

    def _add(self, subject: str) -> None:
        new = self._file.with_name("erased.new")
        with new.open("w", encoding="utf-8") as file:
            file.writelines(f"{each}\n" for each in [*self.all(), subject])
            file.flush()
            to_disk(file.fileno())
        os.replace(new, self._file)
        names_to_disk(self._file.parent)

    def forget(self) -> None:
        """Begin an empty list, as a world does that is seeded afresh."""
        self._file.unlink(missing_ok=True)


async def erase(store: Store, erasures: Erasures, subject: str, by: Author) -> int:
    """Take a person out of the store, so that no state that is restored brings them back; returns
    how many versions were emptied. Raises Unavailable."""
    if subject not in erasures.all():
        erasures.add(subject)
    count = await store.erase(subject)
    await _note(store, erasures, by)
    return count


async def erase_again(store: Store, erasures: Erasures, applied: int, by: Author) -> int:
    """Take out whoever of the list a store that went through `applied` of it has not forgotten
    yet; returns how many they are."""
    left = erasures.all()[applied:]
    for subject in left:
        await store.erase(subject)
    if left:
        await _note(store, erasures, by)
    return len(left)


def applied_in(db: Snapshot) -> int:
    """How far down the list this store has come."""
    mark = db.marks([APPLIED]).get(APPLIED)
    return int(mark.value) if mark else 0


async def _note(store: Store, erasures: Erasures, by: Author) -> None:
    await store.commit(marks=[Mark(APPLIED, b"%d" % len(erasures.all()))], by=by)
