"""Notes: lines that are kept soon, and that nobody waits for, such as trails and log lines.

For the journal, whose thread writes them beside its entries.

Source: none.
"""

from contextlib import suppress
from pathlib import Path
from typing import IO

Target = Path | IO[bytes]  # where a note goes: another file, or an open stream
Notes = dict[int, tuple[Target, list[bytes]]]  # by the identity of the target, which is quick


class NoteFiles:
    """Where notes go. Of files, the newest is held open."""

    def __init__(self) -> None:
        self._open: dict[Path, IO[bytes]] = {}

    def write(self, notes: Notes) -> None:
        """Write them, each target's in one go."""
        for target, lines in notes.values():
            try:
                file = self._opened(target) if isinstance(target, Path) else target
                file.write(b"".join(lines))
                file.flush()
            except (OSError, ValueError):  # a full disk; a stream that somebody closed
                # Nobody was promised a note, and an answer must not wait or fail for one.
                continue

    def close(self) -> None:
        """Close the file that is held open. Streams are closed by whoever opened them."""
        for file in self._open.values():
            with suppress(OSError):  # notes that a full disk would not take
                file.close()
        self._open = {}

    def _opened(self, path: Path) -> IO[bytes]:
        if path not in self._open:
            self.close()
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open = {path: path.open("ab")}
        return self._open[path]
