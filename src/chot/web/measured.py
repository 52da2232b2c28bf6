"""Requests by view and status, and what the parts of the application say of themselves when a monitor asks."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator

from django.apps import apps
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from prometheus_client import REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from chot.calls.models import TelephonyNode
from chot.core import clock
from chot.feed.models import FactChange, Generation
from chot.feed.queries import rejected_numbers
from chot.web import parts

REQUESTS = Histogram(
    "chot_request_seconds", "Time of requests by view and status", ["view", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip


class Measured:
    """Counts and times every request, by the name of its view: addresses would make a series for each customer."""

    def __init__(self, handler: Callable[[HttpRequest], HttpResponse]) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        answer = self.handler(request)
        view = request.resolver_match.view_name if request.resolver_match else ""
        REQUESTS.labels(view or "none", str(answer.status_code)).observe(time.perf_counter() - began)
        return answer


class Parts:
    """What is read at the moment of asking, alike from every web process."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Jobs, the feed of the facts, exchanges and the parts of ``/health/parts``."""
        jobs = apps.get_model("procrastinate", "ProcrastinateJob").objects.order_by().values_list("queue_name", "status")
        yield _family("chot_jobs", "Jobs by queue and state", ("queue", "state"), ((row[:2], row[2]) for row in jobs.annotate(Count("pk"))))
        moved = Generation.objects.values_list("at", flat=True).first()
        yield _family("chot_facts_moved_timestamp_seconds", "When changes were last moved into the facts", (),
                      [((), moved.timestamp())] if moved else [])  # fmt: skip
        yield _family("chot_facts_waiting_changes", "Changes that wait to be moved into the facts", (), [((), FactChange.objects.count())])
        yield _family("chot_facts_rejected_rows", "Rows that the facts cannot hold", (), [((), rejected_numbers()[0])])
        driven = TelephonyNode.objects.values_list("name", "lease_until")
        yield _family("chot_telephony_node_driven", "1 while somebody drives the exchange", ("node",),
                      (((name,), until > clock.instant()) for name, until in driven))  # fmt: skip
        known = {name: state for name, state in parts.states().items() if state != "absent"}
        yield _family("chot_part_up", "1 while the part is well", ("part",), (((name,), state == "ok") for name, state in known.items()))


def _family(name: str, about: str, labels: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, about, labels=labels)
    for values, number in rows:
        family.add_metric(values, float(number))
    return family


def exposition() -> bytes:
    """Everything measured, of all web processes when they share a folder of numbers."""
    own = CollectorRegistry()
    own.register(Parts())
    shared = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return generate_latest(shared if "PROMETHEUS_MULTIPROC_DIR" in os.environ else REGISTRY) + generate_latest(own)
