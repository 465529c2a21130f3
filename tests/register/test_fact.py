"""Facts: the one that counts most, and of those the newest, as of any day."""

from datetime import date, timedelta

import pytest

from openroots.register.fact import Fact, standing_fact
from tests.register.samples import moment


def fact(value, source="attested", seen="2027-01-01", **more):
    return Fact(
        f"f.{value}", "product:x", "product.users", value, source, moment(seen), "x", **more
    )


@pytest.mark.parametrize(
    ("facts", "on", "value"),
    [
        ([], "2027-06-01", None),
        ([fact(1)], "2026-12-31", None),
        ([fact(1), fact(2, seen="2027-02-01")], "2027-01-31", 1),
        ([fact(1), fact(2, seen="2027-02-01")], "2027-02-01", 2),
        ([fact(1, "computed"), fact(2, seen="2027-02-01")], "2027-06-01", 1),
        ([fact(1, "certified"), fact(2, "registry")], "2027-06-01", 2),
        ([fact(1, valid_to=date(2027, 3, 1))], "2027-03-01", 1),
        ([fact(1, valid_to=date(2027, 3, 1))], "2027-03-02", None),
        ([fact(1, valid_from=date(2026, 3, 1))], "2026-03-01", 1),
    ],
)
def test_what_is_known_on_a_day(facts, on, value):
    """The source that counts most wins, then the newest; each holds on its days only."""
    found = standing_fact(facts, "product.users", date.fromisoformat(on))
    assert (found.value if found else None) == value


def test_what_is_too_old_or_not_sure_enough_is_not_known():
    """A question can ask for a rank, and for a fact that is young enough."""
    on, known = date(2027, 6, 1), [fact(1)]
    assert standing_fact(known, "product.users", on, needs="registry") is None
    assert standing_fact(known, "product.users", on, max_age=timedelta(days=150)) is None
    assert standing_fact(known, "product.users", on, max_age=timedelta(days=151)).value == 1


def test_a_fact_is_stored_and_read_as_the_same():
    stored = fact(3, evidence=("https://example.org",), valid_to=date(2027, 3, 1))
    assert Fact.from_json(stored.to_json()) == stored
