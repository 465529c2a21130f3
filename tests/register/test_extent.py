"""Whom a mandate is for, and which of two that are for the same holds."""

from dataclasses import replace

import pytest

from openroots.register.bearer import Bearer
from openroots.register.decision import binding, standing
from openroots.register.extent import Extent
from tests.register.samples import mandated, moment

WAVE = mandated(1, "2026-12-01", settings=("hospital", "maternity"))
NOW = moment("2027-05-01")


def extent(**bounds):
    return Extent.of(replace(WAVE, **bounds))


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ({}, {}, ["hospital", "maternity"]),
        ({}, {"settings": ("maternity", "dentistry")}, ["maternity"]),
        ({}, {"settings": ("dentistry",)}, []),
        ({}, {"regions": ("Y56",)}, []),
        ({"regions": ("Y56",)}, {"regions": ("Y62",)}, []),
        ({"regions": ("Y56", "Y62")}, {"regions": ("Y62",)}, []),
        ({"regions": ("Y56", "Y62")}, {"regions": ("Y62", "Y56")}, ["hospital", "maternity"]),
        ({"regions": ("Y56", "Y62")}, {"regions": ("Y62", "Y63")}, ["hospital", "maternity"]),
        ({"regions": ("Y56",)}, {"organisation_types": ("RO197",)}, ["hospital", "maternity"]),
        ({"regions": ("Y56",)}, {"regions": ("Y56",), "organisation_types": ("RO197",)}, []),
    ],
)
def test_two_are_at_odds_where_neither_is_the_narrower(one, other, shared):
    """In the care settings of both, unless nobody can be in both."""
    assert extent(**one).shared(extent(**other)) == shared
    assert extent(**other).shared(extent(**one)) == shared


@pytest.mark.parametrize("first", [1, 2])
@pytest.mark.parametrize(
    ("bearer", "narrowest"),
    [
        (Bearer("hospital", region="Y56"), True),
        (Bearer("hospital", region="Y62"), False),
        (Bearer("hospital"), False),
    ],
)
def test_of_waves_decided_together_the_narrowest_holds(first, bearer, narrowest):
    """Whichever is written first: some of them go before the others, or after."""
    narrow = replace(WAVE, id=f"made-{first:08d}", regions=("Y56",))
    broad = replace(WAVE, id=f"made-{3 - first:08d}")
    assert binding(standing([narrow, broad], NOW), bearer) == (narrow if narrowest else broad)


def test_what_was_decided_last_holds_however_narrow_what_was_before():
    """Another decision about the same takes the place of those before it."""
    narrow = replace(WAVE, regions=("Y56",))
    later = mandated(2, "2026-12-02")
    assert binding(standing([narrow, later], NOW), Bearer("hospital", region="Y56")) == later
    assert binding(standing([narrow], NOW), Bearer("dentistry")) is None
