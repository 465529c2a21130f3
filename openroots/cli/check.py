"""A check that the verb `doctor` makes.

Source: none.
"""

from typing import NamedTuple


class Check(NamedTuple):
    """One thing that can be wrong with a machine, whether it is, and how to mend it."""

    name: str
    ok: bool
    words: str
    mend: str = ""
