"""Exemptions: what they ease, for whom and how long, and what ends them."""

from dataclasses import replace
from datetime import date

import pytest

from openroots.register.exemption import Exemption, eased, in_force
from tests.register.samples import moment

WAIVER = Exemption(
    *("waiver-00000001", "plain", "waiver", moment("2027-01-01"), "x", "r"),
    applications=("heron",),
    due=date(2027, 6, 1),
)
PLAN = replace(WAIVER, id="plan-00000001", kind="plan")
BRAKE = Exemption("brake-00000001", "plain", "brake", moment("2027-01-01"), "x", "r")
SIGNED = replace(BRAKE, id="sign-off-00000001", kind="sign-off", of="plan-00000001")


@pytest.mark.parametrize(
    ("held", "application", "on", "lifted", "put_off"),
    [
        ([WAIVER], "heron", "2027-06-01", True, False),
        ([WAIVER], "heron", "2027-06-02", False, False),
        ([WAIVER], "alder", "2027-02-01", False, False),
        ([PLAN], "heron", "2027-08-29", False, True),
        ([PLAN, SIGNED], "heron", "2027-08-29", False, True),
        ([PLAN, SIGNED], "heron", "2027-08-30", False, False),
        ([PLAN], "heron", "2030-01-01", False, True),  # nobody signed that it ends
        ([BRAKE], "anybody", "2030-01-01", False, True),
        ([replace(BRAKE, applications=("alder",))], "heron", "2027-02-01", False, False),
        ([replace(PLAN, kind="proposal")], "heron", "2027-02-01", False, False),
        ([BRAKE, WAIVER], "heron", "2027-02-01", True, False),
    ],
)
def test_what_eases_a_mandate(held, application, on, lifted, put_off):
    """A waiver lifts it; a plan and a brake put it off; a proposal does nothing."""
    found = eased(held, application, date.fromisoformat(on))
    assert (found.lifted, found.put_off) == (lifted, put_off)


def test_what_was_ended_or_is_yet_to_come_is_not_in_force():
    end = replace(
        BRAKE, id="end-00000001", kind="end", of=WAIVER.id, decided_at=moment("2027-03-01")
    )
    known = [WAIVER, end]
    days = ("2026-12-31", "2027-02-28", "2027-03-01")
    assert [len(in_force(known, moment(day))) for day in days] == [0, 1, 0]


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "wish"},
        {"applications": ()},
        {"due": None},
        {"kind": "end"},
        {"decided_at": moment("2027-01-01").replace(tzinfo=None)},
    ],
)
def test_an_exemption_that_means_nothing_cannot_be(changed):
    with pytest.raises(ValueError, match="exemption waiver-00000001"):
        replace(WAIVER, **changed)


@pytest.mark.parametrize("one", [WAIVER, PLAN, BRAKE, SIGNED])
def test_an_exemption_is_stored_and_read_as_the_same(one):
    assert Exemption.from_json(one.to_json()) == one
    with pytest.raises(ValueError, match="not an exemption"):
        Exemption.from_json({})
