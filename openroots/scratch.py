"""A folder for what is soon gone.

For `testing`. It is in memory where the system offers that: what nobody will read again need not
be waited for until it is on disk.

Source: tmpfs(5).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory

MEMORY = Path("/dev/shm")  # on Linux
ROOM = 512 << 20  # bytes free there, less than which are left to others


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    within = MEMORY if MEMORY.is_dir() and disk_usage(MEMORY).free > ROOM else None
    with TemporaryDirectory(prefix="openroots-", dir=within, ignore_cleanup_errors=True) as made:
        yield Path(made)
