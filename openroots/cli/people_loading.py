"""A file of people on its way to the server: part by part, and those without a number last.

For the verb `people load`. Whoever is to be given a number comes after all who bring one, so that
nobody is given what another brings; until then they wait on disk. A check keeps nobody, so it notes
what those who fit would claim, and tells the server where later ones of the file claim the same.
So it says of a file what the load says.

Source: none.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from openroots.cli.client import Server
from openroots.cli.new_file import begun, making
from openroots.cli.terminal import CONFLICT, USAGE, Json, Stop, some
from openroots.loading.checking import brings_number
from openroots.loading.reading import Found
from openroots.storage.texts import Texts

AT_ONCE = 200  # people in one request
AT_ONCE_BYTES = 1 << 20
LISTED = 1000  # refusals that are held in memory
IN_MEMORY = 1 << 22  # bytes of those who wait


class Loading:
    """What is sent, and what came of it so far."""

    def __init__(self, server: Server, files: ExitStack, *, any_number: bool, check: bool) -> None:
        self._server = server
        self._how: Json = {"any_number": any_number, "check": check}
        self._counts = {"read": 0, "kept": 0, "fit": 0, "wrong": 0}
        self._refused: list[Json] = []
        self._last = 0
        self._claims = files.enter_context(closing(Texts())) if check else None
        self.report: Report | None = None

    @property
    def so_far(self) -> str:
        """What had been done, for whoever is told that it went no further."""
        kept = some(self._counts["kept"], "person", "people")
        return f" ({kept} loaded before, up to record {self._last})" if self._last else ""

    def send(self, part: list[Found]) -> int:
        """Have the server keep one part of the file; how many records of it have been read."""
        self._counts["read"] += len(part)
        bad = [one.wrong._asdict() for one in part if one.wrong is not None]
        good = [(one.line, one.patient) for one in part if one.patient is not None]
        answer: Json = {"kept": 0, "fit": 0, "refused": []}
        if good:
            answer = self._asked(good)
        self._last = part[-1].line
        for name in ("kept", "fit"):
            self._counts[name] += answer[name]
        self._note(sorted([*bad, *answer["refused"]], key=lambda one: int(one["line"])))
        return self._counts["read"]

    def told(self) -> Json:
        """The counts, and the first of those who were refused."""
        return {
            **self._counts,
            "check": self._how["check"],
            "unit": "record",
            "refused": sorted(self._refused, key=lambda one: int(one["line"])),
        }

    def _asked(self, records: list[tuple[int, Json]]) -> Json:
        """What the server says of these; asked again where those before would have come first."""
        answer: Json = self._server.post("/people/load", records=records, **self._how)
        if self._claims is None:
            return answer
        if before := self._claims.among(answer["claims"]):
            more: Json = {**self._how, "claimed": before}
            answer = self._server.post("/people/load", records=records, **more)
        self._claims.add(answer["claimed"])
        return answer

    def _note(self, refused: list[Json]) -> None:
        self._counts["wrong"] += len(refused)
        self._refused += refused[: LISTED - len(self._refused)]
        if self.report is not None:
            self.report.note(refused)


class Report:
    """A new file of who was refused, and why. What it is told is in it before anything else is
    sent, so that whoever has no more room hears of it at once."""

    def __init__(self, path: Path, file: IO[str]) -> None:
        self._path = path
        self._file = file

    @classmethod
    @contextmanager
    def begun(cls, path: Path) -> Iterator["Report"]:
        """The report in this file. Raises Stop where there is one already, or it cannot be made."""
        file = begun(path)
        try:
            yield cls(path, file)
        finally:
            with suppress(OSError):  # for what could not be written, which was told
                file.close()

    def note(self, refused: list[Json]) -> None:
        """Add these. Raises Stop where there is no room for them."""
        with making(self._path):
            self._file.writelines(f"{json.dumps(one, ensure_ascii=False)}\n" for one in refused)
            self._file.flush()


def readable(file: Path, found: Iterator[Found]) -> Iterator[Found]:
    """What is found in a file. Raises Stop where it cannot be read to its end."""
    try:
        yield from found
    except OSError as error:
        cause = f"{file} cannot be read: {error.strerror or error}"
        raise Stop(cause, "Make it readable.", USAGE) from error


class Parts:
    """The records in parts that one request can hold, in the order in which they are sent.
    `waiting` counts those that were read and are not sent yet."""

    def __init__(self, found: Iterable[Found], at_once: int = AT_ONCE) -> None:
        self._found, self._at_once = found, at_once
        self.waiting = 0

    def __iter__(self) -> Iterator[list[Found]]:
        part: list[Found] = []
        size = 0
        for one in self._numbered_first():
            part.append(one)
            size += len(json.dumps(one.patient))
            if len(part) >= self._at_once or size > AT_ONCE_BYTES:
                yield part
                part, size = [], 0
        if part:
            yield part

    def _numbered_first(self) -> Iterator[Found]:
        try:
            with SpooledTemporaryFile(IN_MEMORY, "w+", encoding="utf-8") as later:
                yield from self._numbered(later)
                later.seek(0)
                for line in later:
                    self.waiting -= 1
                    yield Found(*json.loads(line))
        except OSError as error:
            cause = f"who has no number yet cannot wait on disk: {error.strerror or error}"
            raise Stop(cause, "Name another folder by TMPDIR.", CONFLICT) from error

    def _numbered(self, later: IO[str]) -> Iterator[Found]:
        for one in self._found:
            if one.patient is None or brings_number(one.patient):
                yield one
            else:
                later.write(f"{json.dumps([one.line, one.patient])}\n")
                self.waiting += 1
