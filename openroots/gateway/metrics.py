"""Figures of what the gateway did, for Prometheus.

Labels are names that the program itself gives: endpoints, methods, statuses, standards. None can
be made up by a client, so their number is bounded, and none can hold anything about a person.

Source: Prometheus text exposition format 0.0.4.
"""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from openroots.register.rulebook import Finding

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})


class Metrics:
    """The figures of one world."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "openroots_http_requests",
            "Requests answered.",
            ("endpoint", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "openroots_http_request_duration_seconds",
            "Time from request to answer.",
            ("endpoint",),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._findings = Counter(
            "openroots_standard_findings",
            "What standards said of requests and of what was written.",
            ("standard", "clause", "mode", "met"),
            registry=self.registry,
        )
        # Looking a child up by its labels costs more than counting.
        self._counted: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._found: dict[tuple[str, ...], Counter] = {}

    def count(
        self, endpoint: str, method: str, status: int, seconds: float, findings: Iterable[Finding]
    ) -> None:
        """Count one request and what was found of it."""
        method = method if method in METHODS else "other"
        key = (endpoint, method, status)
        if key not in self._counted:
            self._counted[key] = (
                self._requests.labels(endpoint, method, str(status)),
                self._seconds.labels(endpoint),
            )
        requests, duration = self._counted[key]
        requests.inc()
        duration.observe(seconds)
        for finding in findings:
            met = "yes" if finding.met else "no"
            labels = (finding.standard, finding.clause, finding.mode, met)
            if labels not in self._found:
                self._found[labels] = self._findings.labels(*labels)
            self._found[labels].inc()

    def text(self) -> bytes:
        """All figures in the text format."""
        return generate_latest(self.registry)
