"""Where a running period will end, as it is stored with its run; what past periods teach is learnt once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from django.core.cache import cache

from chot.core import clock
from chot.core.money import exact_text
from chot.core.periods import Period
from chot.facts.folder import Dataset
from chot.kpi import forecast as forecasting
from chot.kpi.forecast import Errors, Lesson
from chot.kpi.pay import metrics_read
from chot.kpi.plan import Plan
from chot.kpi.run import ENGINE_VERSION
from chot.kpi.values import measures_of
from chot.performance.fact_states import FactState
from chot.performance.workplace import Workplace

_REMEMBERED_S = 7 * 24 * 3600


def outlook(plan: Plan, period: Period, work: Workplace) -> dict[str, Any] | None:
    """Where the period will end while it runs; None before and after."""
    day = clock.today()
    if day not in period:
        return None
    dataset = work.facts.dataset
    if dataset.stored:
        found = forecasting.forecast(plan, work.facts, day, remembered=_remembering(plan, dataset))
    else:  # nothing says when a table that is no file of the store has changed
        found = forecasting.forecast(plan, work.facts, day)
    return dict(plain(forecasting.document(found)))


def _remembering(plan: Plan, dataset: Dataset) -> Callable[[Lesson, Callable[[], Errors]], Errors]:
    facts = FactState(dataset)
    metrics = metrics_read(plan)
    rules = [plan.version, ENGINE_VERSION, [(metric.id, metric.version, metric.formula) for metric in metrics]]
    measures = measures_of(metrics)

    def remembered(lesson: Lesson, learn: Callable[[], Errors]) -> Errors:
        hours = [(weekday, exact_text(share)) for weekday, share in sorted(lesson.hours.items())]
        said = [rules, lesson.period, lesson.day, hours, facts.until(max(lesson.period.months())), facts.of(measures, lesson.period)]
        key = f"lesson:{hashlib.sha256(repr(said).encode()).hexdigest()}"
        known: Errors | None = cache.get(key)
        if known is None:
            known = learn()
            cache.set(key, known, _REMEMBERED_S)
        return known

    return remembered


def plain(value: Any) -> Any:
    """A document as JSON stores it."""
    if value is None or isinstance(value, (str, int, float, bool)):  # nearly all of a statement's cells
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return str(value)
