"""The national data opt-out: who does not want their data used beyond their own care.

For the policy and whoever keeps it. It stands under the person's subject key, so that a scope can
leave them out with everything about them: `Scope(without=OPT_OUT)`. It outlives them.

    OptOut  id: the subject key; since

Source: NHS England, national data opt-out operational policy.
"""

from datetime import datetime

from openroots.storage import Change, Snapshot

OPT_OUT = "OptOut"


def has_opted_out(subject: str, db: Snapshot) -> bool:
    """Whether this person has. One read."""
    return db.get(OPT_OUT, subject) is not None


def opt_out(subject: str, time: datetime, db: Snapshot) -> list[Change]:
    """What to commit so that they have; nothing, where they have already."""
    if has_opted_out(subject, db):
        return []
    return [Change(OPT_OUT, subject, {"since": time.isoformat()}, 0, subject=subject)]


def opt_in(subject: str, db: Snapshot) -> list[Change]:
    """What to commit so that they have not; nothing, where they have not."""
    row = db.get(OPT_OUT, subject)
    return [Change(OPT_OUT, subject, None, row.version, subject=subject)] if row else []
