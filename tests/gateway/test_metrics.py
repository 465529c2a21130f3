"""Figures: what several processes counted, told as that of one world."""

from collections import Counter

from openroots.delivery.figures import Deliveries
from openroots.gateway.metrics import Metrics, text_of
from openroots.storage import Batched


def test_figures_of_several_processes_add_up() -> None:
    """Requests, their durations and what was put on disk are those of all processes together."""
    figures = []
    for requests, batched in ((1, Batched(3, 1)), (2, Batched(5, 2)), (0, Batched())):
        one = Metrics()
        for _ in range(requests):
            one.count("demographics.read-patient", "GET", 200, 0.0004, ())
        figures.append(one.figures(batched))
    text = text_of(figures).decode()
    assert 'read-patient",method="GET",status="200"} 3.0' in text
    assert 'duration_seconds_count{endpoint="demographics.read-patient"} 3.0' in text
    assert "\nopenroots_store_commits_total 8.0\n" in text
    assert "\nopenroots_store_batches_total 3.0\n" in text


def test_each_outcome_of_a_delivery_is_told_from_the_start() -> None:
    """As 0, so that the first that is given up is one more; subscriptions as they stand now."""
    one = Deliveries(
        Counter({"delivered": 2, "given up": 1}), Counter({"following": 3, "paused": 1})
    )
    other = Deliveries(Counter({"delivered": 5}))
    text = text_of([Metrics().figures(Batched(), each) for each in (one, other)]).decode()
    told = [line for line in text.splitlines() if line.startswith("openroots_")][2:]
    assert told == [
        'openroots_deliveries_total{outcome="delivered"} 7.0',
        'openroots_deliveries_total{outcome="failed"} 0.0',
        'openroots_deliveries_total{outcome="given up"} 1.0',
        'openroots_subscriptions_left{state="paused"} 1.0',
        'openroots_subscriptions_left{state="resting"} 0.0',
        'openroots_subscriptions_left{state="replaying"} 0.0',
        'openroots_subscriptions_left{state="behind"} 0.0',
    ]
