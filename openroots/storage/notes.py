"""Notes: lines that are kept soon, and that nobody waits for, such as trails and log lines.

For the journal, whose thread writes them beside its entries.

Source: none.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import IO

Target = Path | IO[bytes]  # where a note goes: another file, or an open stream
Notes = dict[int, tuple[Target, list[bytes]]]  # by the identity of the target, which is quick


class NoteFiles:
    """Where notes go. Of files, the newest is held open."""

    def __init__(self) -> None:
        self._open: dict[Path, IO[bytes]] = {}
        self._waiting: list[tuple[Path, list[bytes]]] | None = None  # while files are left

    def write(self, notes: Notes) -> None:
        """Write them, each target's in one go."""
        for target, lines in notes.values():
            if self._waiting is not None and isinstance(target, Path):
                self._waiting.append((target, lines))
            else:
                self._write(target, lines)

    def leave(self) -> None:
        """Close the file that is held open; notes for files wait until these are entered again."""
        self.close()
        self._waiting = []

    def enter(self) -> None:
        """Write what has waited for files, and what comes at once again."""
        waiting, self._waiting = self._waiting or [], None
        for path, lines in waiting:
            self._write(path, lines)

    def close(self) -> None:
        """Close the file that is held open. Streams are closed by whoever opened them."""
        for file in self._open.values():
            with suppress(OSError):  # notes that a full disk would not take
                file.close()
        self._open = {}

    def _write(self, target: Target, lines: list[bytes]) -> None:
        try:
            file = self._opened(target) if isinstance(target, Path) else target
            file.write(b"".join(lines))
            file.flush()
        except (OSError, ValueError):  # a full disk; a stream that somebody closed
            # Nobody was promised a note, and an answer must not wait or fail for one.
            return

    def _opened(self, path: Path) -> IO[bytes]:
        if path not in self._open:
            self.close()
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open = {path: _going_on(path)}
        return self._open[path]


def _going_on(path: Path) -> IO[bytes]:
    """The file, open to be added to. A line that a crash tore is ended, so that it spoils none."""
    file = path.open("a+b")
    if file.seek(0, os.SEEK_END):
        file.seek(-1, os.SEEK_END)
        if file.read() != b"\n":
            file.write(b"\n")
    return file
