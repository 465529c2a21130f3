"""What a service arranges for a moment to come: a resource that says when, and what happens then.

For services, which declare what happens with `@service.comes("Type")`, and for the gateway, which
has it happen once the world's time has come to it.

    arranged("Due", id, midnight, subject, number="9000000009")  ->  the change to commit

Source: none.
"""

from collections.abc import Callable
from datetime import datetime

from openroots.problem import Json
from openroots.storage import Change, Row, Signal, Snapshot

# The resource that was arranged, the store, chance -> what changes besides, and what is told.
Happens = Callable[[Row, Snapshot, Callable[[int], bytes]], tuple[list[Change], list[Signal]]]


def arranged(type: str, id: str, at: datetime, subject: str = "", **said: Json | str) -> Change:
    """What to commit so that the things of this type happen at a moment of the world's time."""
    return Change(type, id, {**said, "at": at.isoformat()}, 0, subject)


def moment_of(arrangement: Row) -> datetime:
    """When it is due, by the world's time."""
    return datetime.fromisoformat(arrangement.body["at"])


def done_with(arrangement: Row) -> Change:
    """What to commit so that it is due no more."""
    version, subject = arrangement.version, arrangement.subject
    return Change(arrangement.type, arrangement.id, None, version, subject)
