"""A client that is broken is told in which ways; mended, it passes."""

from openroots.testing import Nation
from tests.gateway.clients.practice import APPLICATION, BREAKS, day_of
from tests.gateway.clients.reading import outcomes

SIX, OTHERS = tuple(BREAKS)[:6], tuple(BREAKS)[6:]


def test_a_client_that_is_broken_in_six_ways_is_told_all_six(openroots: Nation) -> None:
    """No more and no fewer are named, each with a request that shows it and how to mend it."""
    day_of(openroots, frozenset(SIX))
    report = openroots.client_report(APPLICATION)
    assert outcomes(report, "fail") == {BREAKS[each] for each in SIX}
    assert not report["passed"]
    trails = {each["trail"] for each in openroots.trails()}
    for rule in report["rules"]:
        if rule["outcome"] == "fail":
            assert {one["trail"] for one in rule["examples"]} <= trails
            assert rule["mend"]


def test_the_same_client_mended_passes(openroots: Nation) -> None:
    """Each rule that it was broken by is seen to be kept."""
    day_of(openroots, frozenset())
    report = openroots.client_report(APPLICATION)
    assert outcomes(report, "fail") == set()
    assert outcomes(report, "pass") >= set(BREAKS.values()) | {"request-id"}
    assert report["passed"]


def test_a_client_that_is_broken_in_other_ways_is_told_those(openroots: Nation) -> None:
    """What is well is not called wrong because something else is."""
    day_of(openroots, frozenset(OTHERS))
    report = openroots.client_report(APPLICATION)
    assert outcomes(report, "fail") == {BREAKS[each] for each in OTHERS}
    assert outcomes(report, "pass") >= {BREAKS[each] for each in SIX} - {"token-reused"}
