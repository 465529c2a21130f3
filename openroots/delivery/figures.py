"""What became of the deliveries of one process, in figures.

For whoever watches a world: the log of each subscription tells its owner more.

Source: none.
"""

from collections import Counter
from typing import NamedTuple


class Deliveries(NamedTuple):
    """How many attempts became what, and how many subscriptions stand how. Those of two processes
    are added up one by one."""

    outcomes: Counter[str] = Counter()
    states: Counter[str] = Counter()
