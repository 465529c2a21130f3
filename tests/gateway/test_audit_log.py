"""When the audit log of a world signs how far it has come."""

import pytest

from openroots.gateway.audit_log import EVERY, LONGEST, MOST_BEHIND, is_due


@pytest.mark.parametrize(
    ("waited", "entries", "segments", "due"),
    [
        (EVERY, 1, 1, True),
        (EVERY - 1, 100, 1, False),
        (EVERY, 26, 27, False),
        (EVERY, 27, 27, True),
        (LONGEST, 1, 27, True),
        (1.0, MOST_BEHIND, 27, True),
    ],
)
def test_a_checkpoint_is_signed_where_as_much_is_new_as_it_has_to_say(
    waited, entries, segments, due
):
    """It has a line for each segment, and waits for as many entries, for some minutes at most."""
    assert is_due(waited, entries, segments) is due
