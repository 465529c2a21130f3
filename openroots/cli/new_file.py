"""A file that a verb makes, where none was before.

Source: none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from openroots.cli.terminal import CONFLICT, Stop


@contextmanager
def making(file: Path) -> Iterator[None]:
    """For as long as it is made. Raises Stop where there is one already, or it cannot be written
    to its end."""
    try:
        yield
    except FileExistsError as error:
        mend = "Name another file, or remove that one."
        raise Stop(f"{file} is there already", mend, CONFLICT) from error
    except OSError as error:
        cause = f"{file} cannot be written: {error.strerror or error}"
        raise Stop(cause, "Name another place.", CONFLICT) from error


def begun(file: Path) -> IO[str]:
    """The file, empty, for text. Raises Stop where there is one already, or it cannot be made."""
    with making(file):
        return file.open("x", encoding="utf-8")
