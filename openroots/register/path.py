"""What a condition can look at: the method and headers of a request, or the members of a record.

The path of a record's member is a few words: `name[use=usual].family` is the family name of each
name whose use is "usual". A step is a member's name, then any number of filters; lists are gone
into. An object that was come to but lacks the last member is a match without a value (None), so
that one usual name without a family name is not hidden by another that has one.

Source: none; the paths are a small part of what FHIRPath (N1) can say.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

# A request as a condition sees it: its method, and its headers by their names in lower case. It is
# a bare tuple because one is made for every request, and a named one takes seven times as long.
Sent = tuple[str, Mapping[str, str]]
Reader = Callable[[Any], Sequence[Any]]  # what is looked at -> every value found there

STEP = re.compile(r"(?P<member>[A-Za-z_]\w*)(?P<filters>(?:\[\w+=[^\[\]]+\])*)", re.ASCII)
FILTER = re.compile(r"\[(\w+)=([^\[\]]+)\]", re.ASCII)
BETWEEN_STEPS = re.compile(r"\.(?![^\[]*\])")
HEADER = re.compile(r"header\.([a-z0-9!#$%&'*+.^_`|~-]+)")


class Step(NamedTuple):
    """One step of a path: a member's name, and what the objects found there must say."""

    member: str
    filters: tuple[tuple[str, str], ...]


def read_request(fact: str) -> Reader:
    """How to find `method` or `header.<name>` in a request. Raises ValueError for another fact."""
    if fact == "method":
        return lambda sent: (sent[0],)
    if not (header := HEADER.fullmatch(fact)):
        raise ValueError(f"'{fact}' is neither method nor header.<name in lower case>")
    name = header[1]
    return lambda sent: (sent[1].get(name),)


def read_record(path: str) -> Reader:
    """How to find every match of a path in a record. Raises ValueError where it is not a path."""
    steps = parse_path(path)
    last = steps[-1]

    def read(record: Any) -> list[Any]:
        found = [record]
        for step in steps:
            below: list[Any] = []
            for node in found:
                below += _under(node, step, step is last)
            found = below
        return found

    return read


def parse_path(path: str) -> tuple[Step, ...]:
    """The steps of a path. Raises ValueError, quoting the step that is not one."""
    steps = []
    for words in BETWEEN_STEPS.split(path):
        if not (step := STEP.fullmatch(words)):
            raise ValueError(f"'{words}' is not a step of a path such as name[use=usual].family")
        filters = tuple((key, value) for key, value in FILTER.findall(step["filters"]))
        steps.append(Step(step["member"], filters))
    return tuple(steps)


def _under(node: Any, step: Step, last: bool) -> list[Any]:
    if not isinstance(node, dict):
        return []
    member, filters = step
    value = node.get(member)
    values = value if isinstance(value, list) else [value]
    for key, wanted in filters:
        values = [one for one in values if isinstance(one, dict) and _says(one.get(key), wanted)]
    # Nothing there counts as a match without a value, but only where the path ends.
    return values or [None] if last and not filters else values


def _says(value: Any, wanted: str) -> bool:
    if value.__class__ is str:  # by far the most usual
        return bool(value == wanted)
    if isinstance(value, bool):
        value = "true" if value else "false"
    return value is not None and str(value) == wanted
