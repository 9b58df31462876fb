"""What is measured, in Prometheus form, on a registry of the process's own."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each label set, which nobody asks for

LATENCIES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The instruments of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self.requests = Histogram(
            "demain_http_request_seconds",
            "Time until the response was sent",
            ["service", "method", "route", "status"],
            buckets=LATENCIES,
            registry=r,
        )
        self.relayed = Counter("demain_relayed", "Messages the relay appended to the log", ["service"], registry=r)
        self.applied = Counter("demain_applied", "Messages a consumer applied", ["consumer"], registry=r)
        self.skipped = Counter("demain_skipped", "Messages a consumer had already", ["consumer"], registry=r)
        self.outbox_depth = Gauge("demain_outbox_depth", "Messages not yet on the log", ["service"], registry=r)
        self.outbox_age = Gauge(
            "demain_outbox_age_seconds",
            "Age of the oldest message not yet on the log",
            ["service"],
            registry=r,
        )
        self.lag = Gauge(
            "demain_consumer_lag", "Messages on the log a consumer has not applied", ["consumer"], registry=r
        )
        self.parked = Gauge("demain_parked", "Messages set aside", ["service"], registry=r)
        self.orphans = Gauge("demain_orphans", "Entities whose parent was not heard of", ["projection"], registry=r)
        self.dirt = Gauge("demain_dirt", "Documents the index does not show yet", ["projection"], registry=r)
        self.index_up = Gauge("demain_index_up", "1 while the search index takes changes", ["projection"], registry=r)
        self.searches = Histogram(
            "demain_search_query_seconds",
            "Time search took to find an answer",
            ["kind"],
            buckets=LATENCIES,
            registry=r,
        )
        self.generation = Gauge(
            "demain_index_generation",
            "1 for the generation of the index that answers",
            ["projection", "generation"],
            registry=r,
        )
        self.loop_lag = Gauge("demain_loop_lag_seconds", "How late the event loop runs", registry=r)
        self.circuit_open = Gauge(
            "demain_circuit_open",
            "1 while a service is not asked because it did not answer lately",
            ["service"],
            registry=r,
        )
        self.page_cache_answers = Counter(
            "demain_page_cache_answers",
            "Requests for pages that may be kept: hit, joined, miss, or why it was not looked for there",
            ["how"],
            registry=r,
        )
        self.page_cache_renders = Counter(
            "demain_page_cache_renders", "Pages made to be kept: kept, or why they were not", ["outcome"], registry=r
        )
        self.page_cache_dropped = Counter(
            "demain_page_cache_dropped", "Kept pages that were let go, by why", ["why"], registry=r
        )
        self.page_cache_bytes = Gauge("demain_page_cache_bytes", "What the kept pages take, about", registry=r)
        self.page_cache_pages = Gauge("demain_page_cache_pages", "Pages that are kept", registry=r)
        self.up = Gauge("demain_worker_up", "1 while the worker does its work", ["worker"], registry=r)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry)
