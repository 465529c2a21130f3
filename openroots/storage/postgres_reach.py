"""Whether a PostgreSQL server can be reached, as whoever asks it finds, and as its keeper is told.

For the store in PostgreSQL. A server that goes is told of in one line of the log, however many are
refused meanwhile, and in another when it is back.

Source: none.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from openroots.storage.types import Unavailable

log = logging.getLogger(__name__)


class Reach:
    """Whether the server was there when it was last asked."""

    def __init__(self) -> None:
        self._away = False

    @contextmanager
    def told(self) -> Iterator[None]:
        """Tells how it went to ask the server, where it went otherwise than the last time."""
        try:
            yield
        except Unavailable as error:
            if not self._away:
                log.warning("the PostgreSQL server is away: %s", error)
            self._away = True
            raise
        if self._away:
            log.warning("the PostgreSQL server is back")
        self._away = False
