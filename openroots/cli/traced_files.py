"""The files that `trace` writes: what came of each line, and those in doubt apart.

A part of the input is written whole, forced to disk, and then noted as done. Whatever of a part
stands in the files without that note, as after a power cut, is cut off again before the next part:
so no line is in them twice, and none is left out.

Source: RFC 4180.
"""

import csv
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import file_digest
from io import StringIO
from pathlib import Path

from openroots.cli.folder import alone_with
from openroots.cli.terminal import CONFLICT, USAGE, Json, Stop

RESULTS = ("line", "reference", "result", "nhs_number", "score", "why")
DOUBTFUL = ("line", "reference", "rank", "nhs_number", "score", "why")

Row = Sequence[object]


class Traced:
    """What has been written of one input so far. `read` is how many of its lines."""

    def __init__(self, source: Path, out: Path) -> None:
        self.out = out
        self.doubtful = out.with_name(f"{out.stem}.doubtful{out.suffix}")
        self.note = out.with_name(f"{out.name}.unfinished")
        with source.open("rb") as file:
            self._digest = file_digest(file, "sha256").hexdigest()
        self.read = 0
        self.counts: Counter[str] = Counter()

    def begin(self) -> bool:
        """Go on where it was left, which is told; or begin. Raises Stop where the files are of
        something else."""
        again = self.note.exists()
        if again:
            self._go_on(self._noted())
        else:
            self._refuse_others()
            self._write_note([0, 0])
        if not self.out.exists() or not self.out.stat().st_size:
            self._keep([RESULTS], [DOUBTFUL])
        return again

    def keep(self, results: Iterable[Row], doubtful: Iterable[Row], read: int) -> None:
        """One more part, of so many lines of the input."""
        self.read += read
        self._keep(results, doubtful)

    def finish(self) -> None:
        """All of the input is done."""
        self.note.unlink()

    def forget(self) -> None:
        """The input is none: leave nothing of it."""
        for path in (self.out, self.doubtful, self.note):
            path.unlink(missing_ok=True)

    def _refuse_others(self) -> None:
        for path in (self.out, self.doubtful):
            if path.exists():
                mend = "Name another with --out, or remove that one."
                raise Stop(f"{path} is there already", mend, CONFLICT)

    def _noted(self) -> Json:
        try:
            noted: Json = json.loads(self.note.read_text("utf-8"))
        except ValueError as error:
            mend = f"Remove it, {self.out} and {self.doubtful}."
            raise Stop(f"{self.note} cannot be read", mend, CONFLICT) from error
        if noted["input"] != self._digest:
            written = f"{self.note}, {self.out} and {self.doubtful}"
            mend = f"Finish that one, name another file with --out, or remove {written}."
            raise Stop(f"{self.out} is of another input, not yet finished", mend, CONFLICT)
        return noted

    def _go_on(self, noted: Json) -> None:
        self.read, self.counts = noted["read"], Counter(noted["counts"])
        written = list(zip((self.out, self.doubtful), noted["sizes"], strict=True))
        for path, size in written:
            if size and (not path.exists() or path.stat().st_size < size):
                mend = f"Put it back, or remove {self.note} and what is there of {self.out.name}."
                raise Stop(f"{path} has less than was written to it", mend, CONFLICT)
        for path, size in written:
            with path.open("ab") as file:
                file.truncate(size)

    def _keep(self, results: Iterable[Row], doubtful: Iterable[Row]) -> None:
        self._write_note([_append(self.out, results), _append(self.doubtful, doubtful)])

    def _write_note(self, sizes: Sequence[int]) -> None:
        noted = {"input": self._digest, "read": self.read, "sizes": sizes}
        making = self.note.with_name(f"{self.note.name}.making")
        with making.open("w", encoding="utf-8") as file:
            json.dump(noted | {"counts": self.counts}, file)
            file.flush()
            os.fsync(file.fileno())
        making.replace(self.note)


@contextmanager
def traced_file(source: Path, out: Path) -> Iterator[Traced]:
    """The files of one input, which no other process writes meanwhile. Raises Stop where they
    cannot be written."""
    guard = out.with_name(f"{out.name}.lock")
    try:
        with alone_with(guard):
            try:
                yield Traced(source, out)
            finally:
                with suppress(PermissionError):  # on Windows, as it is open
                    guard.unlink()
    except OSError as error:
        cause = f"{error.filename or out} cannot be used: {error.strerror or error}"
        raise Stop(cause, "Name another place with --out.", USAGE) from error


def _append(path: Path, rows: Iterable[Row]) -> int:
    """Add these lines and force them to disk; how many bytes the file has then."""
    text = StringIO()
    csv.writer(text).writerows(rows)
    with path.open("ab") as file:
        file.write(text.getvalue().encode())
        file.flush()
        os.fsync(file.fileno())
        return file.tell()
