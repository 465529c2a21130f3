"""Keys and segments for the tests of what is signed.

Source: none.
"""

from openroots.clock import Repeatable
from openroots.identity.keys import Keys
from openroots.storage.segment import Segment


def keys_in(folder, seed=1):
    """The keys of a world whose state is in this folder, the same for the same seed."""
    return Keys(folder / "keys", Repeatable(seed))


def body(number):
    """An entry as the journal hands it over, its closing brace left off."""
    return (
        b'{"wall":"2026-11-21T12:00:00+00:00","trail":"%024x","subjects":["p%d"],'
        b'"request":"a%d","response":"b%d"' % (number, number % 3, number, number)
    )


def sealed_segment(folder, keys, *sizes, name="0"):
    """A segment with so many entries in each batch; the receipts of all of them."""
    segment = Segment(folder / "audit" / f"{name}.jsonl", keys)
    receipts, number = [], segment.head().seq
    for size in sizes:
        receipts += segment.append([body(number + at) for at in range(size)])
        number += size
    head = segment.head()
    segment.remember()
    segment.close()
    return receipts, head
