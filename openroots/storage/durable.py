"""Forcing files and their names to disk, so that a power cut does not take them back; and folders
into which nobody else may look.

For whatever in storage tells somebody that something is kept. A file that is new, or has another
name, is there for good only once the folder in which it stands is on disk as well.

Source: fsync(2), fdatasync(2), posix_fadvise(2), mkdir(2); SQLite's documentation on atomic
commit, for when.
"""

import os
from pathlib import Path


def start_to_disk(file: int, start: int, size: int) -> None:
    """Have the system begin to write this stretch of an open file, where it does so when it is told
    that nobody will read it soon, as Linux does. `to_disk` has less to wait for then."""
    if not hasattr(os, "posix_fadvise"):
        return
    try:
        os.posix_fadvise(file, start, size, os.POSIX_FADV_DONTNEED)
    except OSError:  # what is wrong with the disk `to_disk` tells
        return


def to_disk(file: int) -> None:
    """Return once what was written to this open file is on disk. Raises OSError."""
    getattr(os, "fdatasync", os.fsync)(file)


def names_to_disk(folder: Path) -> None:
    """Return once the names in this folder are on disk. Windows sees to that by itself."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def make_private(folder: Path) -> None:
    """Have the folder there, and those in which it stands; what is made is its owner's alone,
    whatever others may see of what this process makes else. Raises OSError."""
    if not folder.parent.exists():
        make_private(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
