"""Figures: what several processes counted, told as that of one world."""

from openroots.gateway.metrics import Metrics
from openroots.storage import Batched


def test_figures_of_several_processes_add_up() -> None:
    """Requests, their durations and what was put on disk are those of all processes together."""
    total = Metrics()
    for requests, batched in ((1, Batched(3, 1)), (2, Batched(5, 2)), (0, Batched())):
        one = Metrics()
        for _ in range(requests):
            one.count("demographics.read-patient", "GET", 200, 0.0004, ())
        total.add(one.figures(batched))
    text = total.text().decode()
    assert 'read-patient",method="GET",status="200"} 3.0' in text
    assert 'duration_seconds_count{endpoint="demographics.read-patient"} 3.0' in text
    assert "\nopenroots_store_commits_total 8.0\n" in text
    assert "\nopenroots_store_batches_total 3.0\n" in text
