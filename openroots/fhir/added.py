"""The FHIR packages that were added to one world, and the validator that knows their profiles.

For `$validate` and for the command. What `openroots package add` made of a package is one file of
a folder. The folder is looked at whenever a validator is wanted, so that a package counts from the
next question on, in every process that serves the world.

Source: FHIR NPM Package Specification (hl7.org/fhir/packages.html).
"""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from openroots.fhir.validation import Validator

Json = dict[str, Any]
Seen = tuple[tuple[str, int, int], ...]  # of each file: name, when it was changed, size

PACKAGES = "packages"  # the folder's name, in that of the state


class Unusable(ValueError):
    """A file of the folder is not what `package add` makes. `path` says which."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} cannot be read")
        self.path = path


class Added:
    """The packages of one folder. The validator is made anew only where a file has changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.left_out: tuple[str, ...] = ()
        self._seen: Seen = ()
        self._made: Validator | None = None
        self._one_by_one = threading.Lock()

    def validator(self) -> "Validator":
        """What judges by the definitions that the program brings and those that were added. Files
        that cannot be read are left out, and named in `left_out`."""
        from openroots.fhir.definitions import Definitions
        from openroots.fhir.validation import Validator, standard_validator

        with self._one_by_one:
            seen = self._now()
            if self._made is None or seen != self._seen:
                entries, self.left_out = self._entries()
                self._made = (
                    Validator(Definitions(added=entries)) if entries else standard_validator()
                )
                self._seen = seen
            return self._made

    def _now(self) -> Seen:
        found = []
        for path in sorted(self.folder.glob("*.json")):
            try:
                status = path.stat()
            except OSError:
                continue  # it went away just now
            found.append((path.name, status.st_mtime_ns, status.st_size))
        return tuple(found)

    def _entries(self) -> tuple[list[Json], tuple[str, ...]]:
        entries: list[Json] = []
        left_out = []
        for path in sorted(self.folder.glob("*.json")):
            try:
                entries += read_kept(path)["entries"]
            except Unusable:
                left_out.append(path.stem)
        return entries, tuple(left_out)


def read_kept(path: Path) -> Json:
    """A package as it is kept: name, version, entries. Raises Unusable."""
    try:
        kept = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        raise Unusable(path) from None
    entries = kept.get("entries") if isinstance(kept, dict) else None
    if not isinstance(entries, list) or not all(
        isinstance(entry, dict) and isinstance(entry.get("u"), str) for entry in entries
    ):
        raise Unusable(path)
    return dict(kept)
