"""What people of a given name are called for short, in the languages that are spoken here.

For tracing. Names come folded: without case or accents.

Source: own list in nicknames.txt.
"""

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType


def called(name: str) -> frozenset[str]:
    """What else somebody of this given name may be called: "joe" for "joseph", or the reverse.

    Two short names of one full name do not stand for each other.
    """
    return CALLED.get(name, frozenset())


def _read(text: str) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        for short in words[1:]:
            found.setdefault(words[0], set()).add(short)
            found.setdefault(short, set()).add(words[0])
    return MappingProxyType({name: frozenset(others - {name}) for name, others in found.items()})


CALLED = _read(files(__package__).joinpath("nicknames.txt").read_text("utf-8"))
