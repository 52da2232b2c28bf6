"""The figures of reports and rows: a metric's measure, so that a number and the rows behind it are counted by the same conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chot.kpi.catalogue import METRICS
from chot.kpi.catalogue_parts import ANSWERED_CALLS, CUSTOMER, call_measure, row_measure
from chot.kpi.measures import Condition, Measure
from chot.kpi.metrics import Words
from chot.kpi.schema import STAGES


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure: the rows of ``measure``, without those of ``less``."""

    name: str
    title: Words
    about: Words
    unit: str
    measure: Measure
    less: Measure | None = None

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What an engine is asked for."""
        return (self.measure,) if self.less is None else (self.measure, self.less)


def _of_metric(name: str) -> Figure:
    metric = METRICS[name]
    measures = {each.name: each for each in metric.measures}
    first, _minus, second = metric.formula.partition(" - ")
    return Figure(
        name=name, title=metric.title, about=metric.about, unit=metric.unit, measure=measures[first],
        less=measures[second] if second else None,
    )


def _answered(name: str, direction: str, title: Words, about: Words) -> Figure:
    where = (Condition("direction", "in", (direction,)), Condition("outcome", "in", ("answered",)))
    return Figure(name=name, title=title, about=about, unit="count", measure=call_measure(f"report_{name}", *where))


REPORT: tuple[Figure, ...] = (
    _of_metric("calls_out"),
    _answered(
        "answered_out", "out", Words(vi="Gọi ra có trả lời", en="Answered out"),
        Words(vi="Cuộc gọi ra được khách trả lời", en="Outbound calls that the customer answered"),
    ),
    _of_metric("talk_time_out"), _of_metric("call_charge"), _of_metric("calls_in"),
    _answered(
        "answered_in", "in", Words(vi="Gọi vào đã nghe", en="Answered in"),
        Words(vi="Cuộc gọi vào đã được nghe máy", en="Inbound calls that were answered"),
    ),
    _of_metric("talk_time_in"), _of_metric("calls_missed"), _of_metric("tickets_done"), _of_metric("tickets_overdue"),
    _of_metric("orders"), _of_metric("revenue"),
)  # fmt: skip
CALLS = Figure(
    name="calls", title=Words(vi="Cuộc gọi", en="Calls"), about=Words(vi="Cuộc gọi vào và gọi ra", en="Calls in and out"), unit="count",
    measure=call_measure("report_calls", CUSTOMER),
)
ANSWERED = Figure(
    name="answered", title=Words(vi="Được trả lời", en="Answered"), about=METRICS["calls_answered"].about, unit="count",
    measure=ANSWERED_CALLS,
)
_REACHED = {
    "assigned": (STAGES, Words(vi="Được giao", en="Assigned")),
    "contacted": (("contacted", "interested", "trial", "won"), Words(vi="Đã liên hệ", en="Contacted")),
    "interested": (("interested", "trial", "won"), Words(vi="Quan tâm", en="Interested")),
    "trial": (("trial", "won"), Words(vi="Dùng thử hoặc chốt", en="Trial or won")),
    "won": (("won",), Words(vi="Đã chốt", en="Won")),
}
FUNNEL: tuple[Figure, ...] = tuple(
    Figure(
        name=f"leads_{name}", title=title, unit="count",
        about=Words(vi="Khách hàng tiềm năng được giao trong thời gian này", en="Leads assigned in this time"),
        measure=row_measure(f"report_leads_{name}", "leads", Condition("best_stage", "in", stages)),
    )
    for name, (stages, title) in _REACHED.items()
)  # fmt: skip
LIVE: tuple[Figure, ...] = (
    CALLS, _of_metric("talk_time"), _of_metric("tickets_done"), _of_metric("orders"), _of_metric("revenue"),
)  # fmt: skip
_SOMEBODY_ELSE = ("wrong_number", "voicemail")


def _spoken_with(name: str, title: Words, about: Words, *where: Condition) -> Figure:
    found = (
        Condition("direction", "in", ("out",)), Condition("outcome", "in", ("answered",)),
        Condition("disposition", "not in", _SOMEBODY_ELSE), *where,
    )  # fmt: skip
    return Figure(name=name, title=title, about=about, unit="count", measure=call_measure(f"report_{name}", *found))


_REPORTED = {each.name: each for each in REPORT}
CAMPAIGN: tuple[Figure, ...] = (
    _REPORTED["calls_out"], _REPORTED["answered_out"],
    _spoken_with(
        "right_party", Words(vi="Đúng người", en="Right party"),
        Words(
            vi="Cuộc gọi ra có trả lời, có ghi kết quả, không phải nhầm số hay hộp thư thoại",
            en="Answered outbound calls with a disposition that is neither a wrong number nor a voice mailbox",
        ),
    ),
    _spoken_with(
        "conversations", Words(vi="Trao đổi từ 30 giây", en="Talked for 30 s"),
        Words(vi="Trong số đó, cuộc gọi nói chuyện từ 30 giây", en="Of these, the calls with at least 30 seconds of talk"),
        Condition("talk_s", ">=", 30),
    ),
    _REPORTED["orders"], _REPORTED["revenue"], _REPORTED["talk_time_out"], _of_metric("call_charge"),
)  # fmt: skip
FIGURES: Mapping[str, Figure] = {each.name: each for each in (*REPORT, CALLS, ANSWERED, *LIVE, *FUNNEL, *CAMPAIGN)}
