"""A file that a verb makes, where none was before.

Source: none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from openroots.cli.terminal import CONFLICT, USAGE, Stop

STDOUT = Path("-")  # as many other commands call it


@contextmanager
def making(file: Path) -> Iterator[None]:
    """For as long as it is made. Raises Stop where there is one already, or it cannot be written
    to its end; and for what stands for stdout elsewhere, as nobody means a file of that name."""
    if file == STDOUT:
        raise Stop("- names no file here: nothing goes to stdout", "Name a file.", USAGE)
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
