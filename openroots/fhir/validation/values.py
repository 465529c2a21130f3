"""Whether a value is a given one, or holds it: what `fixed[x]` and `pattern[x]` ask.

For profiles. Numbers are the same where they are equal; a boolean is no number.

Source: FHIR R4 4.0.1, ElementDefinition.fixed[x] and .pattern[x].
"""

from typing import Any

DEEPEST = 50


def same(value: Any, wanted: Any, depth: int = 0) -> bool:
    """Whether the value is exactly the wanted one."""
    if isinstance(wanted, dict):
        return (
            value.__class__ is dict
            and depth < DEEPEST
            and value.keys() == wanted.keys()
            and all(same(value[name], wanted[name], depth + 1) for name in wanted)
        )
    if isinstance(wanted, list):
        return (
            value.__class__ is list
            and depth < DEEPEST
            and len(value) == len(wanted)
            and all(same(*pair, depth + 1) for pair in zip(value, wanted, strict=True))
        )
    return isinstance(value, bool) == isinstance(wanted, bool) and bool(value == wanted)


def holds(value: Any, wanted: Any, depth: int = 0) -> bool:
    """Whether the value has all that the wanted one has; each item of a list somewhere in it."""
    if isinstance(wanted, dict):
        return (
            value.__class__ is dict
            and depth < DEEPEST
            and all(
                name in value and holds(value[name], each, depth + 1)
                for name, each in wanted.items()
            )
        )
    if isinstance(wanted, list):
        return (
            value.__class__ is list
            and depth < DEEPEST
            and all(any(holds(each, one, depth + 1) for each in value) for one in wanted)
        )
    return same(value, wanted)
