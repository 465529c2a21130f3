"""Figures of what the gateway did, for Prometheus.

Labels are names that the program itself gives: endpoints, methods, statuses, standards. None can
be made up by a client, so their number is bounded, and none can hold anything about a person.
Counting is a plain addition; the library makes the text when it is asked for.

Source: Prometheus text exposition format 0.0.4.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate
from operator import add
from typing import NamedTuple

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from openroots.delivery.figures import Deliveries
from openroots.delivery.item import BECAME
from openroots.delivery.lane import LEFT
from openroots.register.rulebook import Finding
from openroots.storage import Batched

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
BOUNDS = (*map(str, BUCKETS), "+Inf")
NONE = Deliveries()
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})


class Figures(NamedTuple):
    """What one process counted."""

    requests: Counter[tuple[str, str, int]]
    durations: dict[str, list[int]]
    seconds: dict[str, float]
    findings: Counter[tuple[str, str, str, bool]]
    batched: Batched
    deliveries: Deliveries


def text_of(figures: Iterable[Figures]) -> bytes:
    """What several processes counted, as that of one world, in the text format."""
    total = Metrics()
    for one in figures:
        total.add(one)
    return generate_latest(total.registry)


class Metrics(Collector):
    """The figures of one world."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._durations: dict[str, list[int]] = {}  # how many fell between two bounds
        self._seconds: dict[str, float] = {}
        self._findings: Counter[tuple[str, str, str, bool]] = Counter()
        self._batched = Batched()
        self._deliveries = Deliveries()
        self.registry = CollectorRegistry()
        self.registry.register(self)

    def count(
        self, endpoint: str, method: str, status: int, seconds: float, findings: Iterable[Finding]
    ) -> None:
        """Count one request and what was found of it."""
        self._requests[endpoint, method if method in METHODS else "other", status] += 1
        if endpoint not in self._durations:
            self._durations[endpoint] = [0] * len(BOUNDS)
            self._seconds[endpoint] = 0.0
        self._durations[endpoint][bisect_left(BUCKETS, seconds)] += 1
        self._seconds[endpoint] += seconds
        for finding in findings:
            self._findings[finding.standard, finding.clause, finding.mode, finding.met] += 1

    def figures(self, batched: Batched, deliveries: Deliveries = NONE) -> Figures:
        """All that was counted here, what the store put on disk and what became of deliveries, to
        be added up with that of other processes."""
        counted = self._requests, self._durations, self._seconds, self._findings
        return Figures(*counted, batched, deliveries)

    def add(self, figures: Figures) -> None:
        """Count what another process counted too."""
        self._requests.update(figures.requests)
        self._findings.update(figures.findings)
        self._batched = Batched(*map(add, self._batched, figures.batched))
        self._deliveries = Deliveries(*map(add, self._deliveries, figures.deliveries))
        for endpoint, counts in figures.durations.items():
            own = self._durations.get(endpoint, [0] * len(BOUNDS))
            self._durations[endpoint] = list(map(add, own, counts))
            self._seconds[endpoint] = self._seconds.get(endpoint, 0.0) + figures.seconds[endpoint]

    def collect(self) -> Iterator[Metric]:
        """The figures as the library takes them."""
        requests = CounterMetricFamily(
            "openroots_http_requests", "Requests answered.", labels=("endpoint", "method", "status")
        )
        for (endpoint, method, status), count in self._requests.items():
            requests.add_metric((endpoint, method, str(status)), count)
        yield requests
        yield self._histogram()
        findings = CounterMetricFamily(
            "openroots_standard_findings",
            "What standards said of requests and of what was written.",
            labels=("standard", "clause", "mode", "met"),
        )
        for (standard, clause, mode, met), count in self._findings.items():
            findings.add_metric((standard, clause, mode, "yes" if met else "no"), count)
        yield findings
        yield from self._of_the_store()
        yield from self._of_delivery()

    def _of_the_store(self) -> Iterator[Metric]:
        """A batch is one flush of the store to disk, which its commits share."""
        for name, words, value in (
            ("openroots_store_commits", "Commits put on disk.", self._batched.commits),
            ("openroots_store_batches", "Batches in which they went.", self._batched.batches),
        ):
            yield CounterMetricFamily(name, words, value=value)

    def _of_delivery(self) -> Iterator[Metric]:
        """Each outcome and state is told, if as 0: so the first of them is seen to be one more."""
        attempts = CounterMetricFamily(
            "openroots_deliveries", "Attempts to deliver an event.", labels=("outcome",)
        )
        for outcome in BECAME:
            attempts.add_metric((outcome,), self._deliveries.outcomes[outcome])
        yield attempts
        left = GaugeMetricFamily(
            "openroots_subscriptions_left",
            "Subscriptions that do not follow what happens, by how they stand.",
            labels=("state",),
        )
        for state in LEFT:
            left.add_metric((state,), self._deliveries.states[state])
        yield left

    def _histogram(self) -> Metric:
        seconds = HistogramMetricFamily(
            "openroots_http_request_duration_seconds",
            "Time from request to answer.",
            labels=("endpoint",),
        )
        for endpoint, counts in self._durations.items():
            buckets = list(zip(BOUNDS, accumulate(counts), strict=True))
            seconds.add_metric((endpoint,), buckets, self._seconds[endpoint])
        return seconds
