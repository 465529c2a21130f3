"""The folder of one sandbox: what is kept in it beside the state of a world.

For `sandboxes`. What is known of a sandbox is known without opening it.

    sandboxes/NAME/   a state folder as any other, and sandbox.json

Source: none.
"""

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from openroots.gateway.tooling import TOKEN_FILE
from openroots.sandboxes.templates import Kind
from openroots.storage.dropped import drop
from openroots.storage.durable import names_to_disk

NOTED = "sandbox.json"


@dataclass(slots=True)
class Noted:
    """What is known of a sandbox without opening it."""

    name: str
    people: int
    seed: int
    created: str
    application: str = ""

    @property
    def kind(self) -> Kind:
        """Which people it begins with."""
        return Kind(self.people, self.seed)


def note(folder: Path, noted: Noted) -> None:
    """Keep on disk what is known of a sandbox."""
    making = folder / f"{NOTED}.making"
    making.write_bytes(orjson.dumps(asdict(noted)))
    making.replace(folder / NOTED)
    names_to_disk(folder)


def noted_in(folder: Path) -> Noted | None:
    """What is known of the sandbox in this folder; None where there is no whole one."""
    try:
        return Noted(**orjson.loads((folder / NOTED).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def take_place(made: Path) -> None:
    """Let a file that is ready have the name of the store, which nobody has open, in the place of
    the world that was there."""
    drop(made.parent)
    made.replace(made.with_suffix(""))
    names_to_disk(made.parent)


def token_in(folder: Path) -> str:
    """The token of a sandbox's own door."""
    return (folder / TOKEN_FILE).read_text("ascii").strip()


def take_down(folder: Path) -> None:
    """The folder is gone at once by its name, and then in fact."""
    gone = folder.with_name(f".dropped-{folder.name}-{folder.stat().st_ino}")
    folder.rename(gone)
    names_to_disk(folder.parent)
    shutil.rmtree(gone, ignore_errors=True)
