"""When a delivery is tried again, and when it is given up.

For lanes. Each wait is twice the one before, up to a bound, and a fifth longer or shorter by
chance, so that many that failed together do not come back together. A receiver may ask to be left
alone for longer, up to a bound too. All of it is wall time.

Source: Standard Webhooks 1.0, "Retry schedule", for the idea; the figures are ours. RFC 9110
section 10.2.3, for Retry-After.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MOST_ATTEMPTS = 32  # at one delivery whose receiver takes others: some five days of them
LONGEST = timedelta(days=5)  # since the first attempt
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(hours=6)  # between attempts at one delivery
LONGEST_REST = timedelta(minutes=15)  # between looks at a receiver that takes nothing
LONGEST_ASKED = timedelta(hours=1)  # for which a receiver is left alone because it asks to be
SPREAD = 0.2
DOUBLINGS = 20  # more would not fit into a timedelta, and are far over every bound

Chance = Callable[[int], bytes]


def wait_after(failures: int, longest: timedelta, chance: Chance) -> timedelta:
    """How long to wait after so many failures, of which there is at least one."""
    doubled = FIRST_WAIT * (1 << min(failures - 1, DOUBLINGS))
    part = int.from_bytes(chance(4), "big") / 0xFFFFFFFF  # from 0 to 1
    return min(doubled, longest) * (1 - SPREAD + 2 * SPREAD * part)


def wait_asked(retry_after: str, now: datetime) -> timedelta | None:
    """For how long a receiver asks to be left alone, in seconds or by a date, as far as it is
    granted; None where it does not ask, or nobody can tell for how long."""
    try:
        if retry_after.isascii() and retry_after.isdigit():
            wait = timedelta(seconds=min(int(retry_after), LONGEST_ASKED.seconds))
        else:
            date = parsedate_to_datetime(retry_after)
            wait = (date if date.tzinfo else date.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError):
        return None
    return min(wait, LONGEST_ASKED) if wait > timedelta(0) else None


def is_spent(attempts: int, first: datetime, now: datetime) -> bool:
    """Whether a delivery that failed so often since then is given up."""
    return attempts >= MOST_ATTEMPTS or now - first >= LONGEST
