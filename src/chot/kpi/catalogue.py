"""The built-in metrics: measures and formulas of the KPI contract, as data.

``docs/metrics.md`` is generated from this file; ``Metric.formula`` is evaluated by ``kpi.formula``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from chot.kpi.catalogue_parts import (
    AGENT,
    AGENT_AND_LIST,
    AGENT_AND_PRICE,
    ANSWERED,
    ANSWERED_CALLS,
    BUSY,
    CHARGE,
    CHOT,
    COPC,
    COUNTED_AMOUNT,
    COUNTED_ORDERS,
    DONE,
    HANDLE,
    IN,
    INBOUND,
    ON_TIME,
    OPPORTUNITIES,
    OUT,
    OUTBOUND,
    PROCESS,
    TALK,
    TEAM,
    TICKETS_DONE,
    call_measure,
    row_measure,
    survey_measure,
)
from chot.kpi.measures import Condition, Measure
from chot.kpi.metrics import Metric, Words


def _growth(which: str, window: str, title: Words, about: Words) -> Metric:
    base = replace(COUNTED_AMOUNT, name=f"revenue_{window}", window=window)  # type: ignore[arg-type]
    return Metric(
        id=f"revenue_growth_{which}", title=title, about=about, unit="ratio",
        formula=f"counted_amount / {base.name} - 1", measures=(COUNTED_AMOUNT, base), sample=base.name,
        periods=("month",), influence=AGENT_AND_LIST, source=CHOT, employed=True,
    )


_SALES = (
    Metric(
        id="revenue", unit="vnd", formula="counted_amount", measures=(COUNTED_AMOUNT, COUNTED_ORDERS),
        sample="counted_orders", always=True, influence=AGENT_AND_PRICE, source=CHOT,
        title=Words(vi="Doanh thu", en="Revenue"),
        about=Words(
            vi="Tổng tiền các đơn đã xác nhận hoặc hoàn thành, theo ngày đặt",
            en="Amount of confirmed and completed orders, by order day",
        ),
    ),
    _growth(
        "mom", "previous_month", Words(vi="Tăng trưởng so với tháng trước", en="Revenue growth, month on month"),
        Words(vi="Doanh thu chia doanh thu tháng trước, trừ 1", en="Revenue divided by last month's, minus 1"),
    ),
    _growth(
        "yoy", "same_month_last_year", Words(vi="Tăng trưởng so với cùng kỳ", en="Revenue growth, year on year"),
        Words(vi="Doanh thu chia doanh thu cùng tháng năm trước, trừ 1", en="Revenue divided by that of the same month last year, minus 1"),
    ),
    Metric(
        id="orders", unit="count", formula="counted_orders", measures=(COUNTED_ORDERS,), sample="counted_orders",
        always=True, influence=AGENT_AND_LIST, source=CHOT, title=Words(vi="Số đơn hàng", en="Orders"),
        about=Words(vi="Số đơn đã xác nhận hoặc hoàn thành, theo ngày đặt", en="Confirmed and completed orders, by order day"),
    ),
    Metric(
        id="close_rate", unit="ratio", formula="counted_orders / answered_calls",
        measures=(COUNTED_ORDERS, ANSWERED_CALLS), sample="answered_calls", influence=AGENT_AND_LIST, source=CHOT,
        title=Words(vi="Tỷ lệ chốt đơn", en="Close rate"),
        about=Words(vi="Số đơn chia số cuộc gọi được trả lời", en="Orders divided by answered calls"),
    ),
    Metric(
        id="opportunities", unit="count", formula="opportunity_leads", measures=(OPPORTUNITIES,),
        sample="opportunity_leads", always=True, influence=AGENT_AND_LIST, source=CHOT,
        title=Words(vi="Cơ hội bán hàng", en="Opportunities"),
        about=Words(
            vi="Khách tiềm năng đã quan tâm, dùng thử hoặc mua, theo ngày giao",
            en="Leads that reached interested, trial or won, by day of assignment",
        ),
    ),
    Metric(
        id="conversion_rate", unit="ratio", formula="won_leads / opportunity_leads",
        measures=(row_measure("won_leads", "leads", Condition("stage", "in", ("won",))), OPPORTUNITIES),
        sample="opportunity_leads", influence=AGENT, source=CHOT, title=Words(vi="Tỷ lệ chuyển đổi", en="Conversion rate"),
        about=Words(vi="Khách mua chia số cơ hội bán hàng", en="Leads won divided by opportunities"),
    ),
    Metric(
        id="average_order_value", unit="vnd", formula="counted_amount / counted_orders",
        measures=(COUNTED_AMOUNT, COUNTED_ORDERS), sample="counted_orders", influence=AGENT_AND_PRICE, source=CHOT,
        title=Words(vi="Giá trị đơn trung bình", en="Average order value"),
        about=Words(vi="Doanh thu chia số đơn", en="Revenue divided by orders"),
    ),
    Metric(
        id="repeat_customer_rate", unit="ratio", formula="repeat_again / repeat_base",
        measures=tuple(
            Measure(name=name, table="orders", kind="linked", link=name, window="three_months_before")
            for name in ("repeat_again", "repeat_base")
        ),
        sample="repeat_base", periods=("month",), influence=AGENT_AND_LIST, source=CHOT,
        title=Words(vi="Tỷ lệ khách mua lại", en="Repeat customer rate"),
        about=Words(
            vi="Trong số khách mua của nhân viên ba tháng trước, phần mua lại trong 90 ngày",
            en="Of the agent's buyers three months earlier, the share that bought again within 90 days",
        ),
    ),
    Metric(
        id="interest_kept_rate", unit="ratio", formula="kept_without_order / answered_without_order",
        measures=tuple(
            Measure(name=name, table="calls", kind="linked", link=name)
            for name in ("kept_without_order", "answered_without_order")
        ),
        sample="answered_without_order", influence=AGENT, source=CHOT,
        title=Words(vi="Tỷ lệ giữ được quan tâm", en="Interest kept"),
        about=Words(
            vi="Trong các cuộc trả lời chưa ra đơn, phần khách còn quan tâm hoặc hẹn gọi lại",
            en="Of answered calls without an order, the share left interested or with a callback",
        ),
    ),
    Metric(
        id="defect_rate", unit="ratio", direction="lower", formula="returned_orders / final_orders",
        measures=(
            row_measure("returned_orders", "orders", Condition("status", "in", ("returned",))),
            row_measure("final_orders", "orders", Condition("status", "in", ("confirmed", "completed", "returned"))),
        ),
        sample="final_orders", influence=PROCESS, source=CHOT, title=Words(vi="Tỷ lệ đơn hoàn", en="Defect rate"),
        about=Words(vi="Đơn bị hoàn chia đơn được tính hoặc bị hoàn", en="Returned orders divided by orders counted or returned"),
    ),
)


def _successful(settings: Mapping[str, int]) -> Metric:
    where = (
        ANSWERED,
        Condition("talk_s", ">=", settings["min_talk_s"]),
        Condition("fields_collected", ">=", settings["min_fields"]),
    )
    name = f"successful_calls_{settings['min_talk_s']}s_{settings['min_fields']}f"
    return Metric(
        id="successful_calls", unit="count", formula=name, measures=(call_measure(name, *where),), sample=name, always=True,
        influence=AGENT_AND_LIST, source=CHOT, settings=settings, title=Words(vi="Cuộc gọi thành công", en="Successful calls"),
        about=Words(
            vi=f"Cuộc trả lời nói từ {settings['min_talk_s']} giây và thu được ít nhất {settings['min_fields']} thông tin",
            en=f"Answered calls with at least {settings['min_talk_s']} s of talk and {settings['min_fields']} collected field(s)",
        ),
    )


def _count(metric_id: str, measure: Measure, title: Words, about: Words, influence: Words = AGENT, direction: str = "higher") -> Metric:
    return Metric(
        id=metric_id, unit="count", direction=direction, formula=measure.name, measures=(measure,),  # type: ignore[arg-type]
        sample=measure.name, always=True, influence=influence, source=CHOT, title=title, about=about,
    )


def _talk(metric_id: str, total: Measure, rows: Measure, title: Words, about: Words) -> Metric:
    return Metric(
        id=metric_id, unit="seconds", formula=total.name, measures=(total, rows), sample=rows.name, always=True,
        influence=AGENT_AND_LIST, source=CHOT, title=title, about=about,
    )


_ANSWERED_OUT = call_measure("answered_outbound", OUT, ANSWERED)
_ANSWERED_IN = call_measure("answered_inbound", IN, ANSWERED)
_ABANDONED = Condition("outcome", "in", ("abandoned",))

_CALLING = (
    _successful({"min_talk_s": 30, "min_fields": 1}),
    _count("calls_out", OUTBOUND, Words(vi="Cuộc gọi ra", en="Outbound calls"), Words(vi="Số cuộc gọi ra", en="Calls made")),
    _count(
        "calls_in", INBOUND, Words(vi="Cuộc gọi vào", en="Inbound calls"),
        Words(vi="Số cuộc gọi vào", en="Calls received"), influence=TEAM,
    ),
    _count(
        "calls_answered", ANSWERED_CALLS, Words(vi="Cuộc gọi được trả lời", en="Answered calls"),
        Words(vi="Số cuộc gọi ra và vào được trả lời", en="Answered calls, in and out"), influence=AGENT_AND_LIST,
    ),
    _count(
        "calls_missed", call_measure("missed_calls", IN, Condition("outcome", "in", ("no_answer", "abandoned"))),
        Words(vi="Cuộc gọi nhỡ", en="Missed calls"), Words(
            vi="Cuộc gọi vào không ai trả lời hoặc khách bỏ",
            en="Inbound calls not answered or abandoned",
        ),
        influence=TEAM, direction="lower",
    ),
    _talk(
        "talk_time", TALK, ANSWERED_CALLS, Words(vi="Thời gian đàm thoại", en="Talk time"),
        Words(vi="Tổng giây nói chuyện của các cuộc trả lời", en="Seconds of talk in answered calls"),
    ),
    _talk(
        "talk_time_out", call_measure("outbound_talk_s", OUT, ANSWERED, total="talk_s"), _ANSWERED_OUT,
        Words(vi="Thời gian đàm thoại gọi ra", en="Outbound talk time"),
        Words(vi="Tổng giây nói chuyện của các cuộc gọi ra", en="Seconds of talk in answered outbound calls"),
    ),
    _talk(
        "talk_time_in", call_measure("inbound_talk_s", IN, ANSWERED, total="talk_s"), _ANSWERED_IN,
        Words(vi="Thời gian đàm thoại gọi vào", en="Inbound talk time"),
        Words(vi="Tổng giây nói chuyện của các cuộc gọi vào", en="Seconds of talk in answered inbound calls"),
    ),
    Metric(
        id="average_talk_time", unit="seconds", formula="answered_talk_s / answered_calls", measures=(TALK, ANSWERED_CALLS),
        sample="answered_calls", influence=AGENT_AND_LIST, source=COPC, title=Words(
            vi="Thời gian nói trung bình",
            en="Average talk time",
        ),
        about=Words(vi="Thời gian đàm thoại chia số cuộc trả lời", en="Talk time divided by answered calls"),
    ),
    Metric(
        id="average_handle_time", unit="seconds", direction="lower",
        formula="(answered_talk_s + answered_hold_s + answered_wrap_s) / answered_calls",
        measures=(TALK, *HANDLE, ANSWERED_CALLS), sample="answered_calls", influence=PROCESS, source=COPC,
        title=Words(vi="Thời gian xử lý trung bình (AHT)", en="Average handle time (AHT)"),
        about=Words(vi="Nói, chờ máy và ghi chú sau gọi, chia số cuộc trả lời", en="Talk, hold and wrap-up divided by answered calls"),
    ),
    Metric(
        id="connect_rate", unit="ratio", formula="answered_outbound / outbound_calls", measures=(_ANSWERED_OUT, OUTBOUND),
        sample="outbound_calls", influence=AGENT_AND_LIST, source=CHOT, title=Words(vi="Tỷ lệ kết nối", en="Connect rate"),
        about=Words(vi="Cuộc gọi ra được trả lời chia số cuộc gọi ra", en="Answered outbound calls divided by outbound calls"),
    ),
    _count(
        "customers_reached",
        Measure(name="reached_customers", table="calls", kind="distinct", column="customer_id", where=(OUT, ANSWERED)),
        Words(vi="Khách hàng đã tiếp cận", en="Customers reached"),
        Words(vi="Số khách khác nhau trong các cuộc gọi ra được trả lời", en="Different customers in answered outbound calls"),
        influence=AGENT_AND_LIST,
    ),
    Metric(
        id="service_level", unit="ratio", formula="quick_answers / (answered_inbound + waited_abandons)",
        measures=(
            call_measure("quick_answers", IN, ANSWERED, Condition("wait_s", "<=", 20)), _ANSWERED_IN,
            call_measure("waited_abandons", IN, _ABANDONED, Condition("wait_s", ">", 5)),
        ),
        sample="answered_inbound + waited_abandons", influence=TEAM, source=COPC, title=Words(
            vi="Mức phục vụ (20 giây)",
            en="Service level (20 s)",
        ),
        about=Words(
            vi="Cuộc vào trả lời trong 20 giây chia cuộc vào được trả lời hoặc bỏ sau hơn 5 giây",
            en="Inbound calls answered within 20 s divided by those answered or abandoned after more than 5 s",
        ),
    ),
    Metric(
        id="abandon_rate", unit="ratio", direction="lower", formula="abandoned_calls / inbound_calls",
        measures=(call_measure("abandoned_calls", IN, _ABANDONED), INBOUND), sample="inbound_calls", influence=TEAM, source=COPC,
        title=Words(vi="Tỷ lệ bỏ cuộc", en="Abandon rate"),
        about=Words(vi="Cuộc vào bị khách bỏ chia số cuộc vào", en="Abandoned inbound calls divided by inbound calls"),
    ),
    Metric(
        id="call_charge", unit="vnd", direction="lower", formula="outbound_charge", measures=(CHARGE, OUTBOUND),
        sample="outbound_calls", always=True, influence=AGENT, source=CHOT, title=Words(vi="Cước gọi", en="Call charge"),
        about=Words(vi="Tổng cước các cuộc gọi ra", en="Charges of outbound calls"),
    ),
    Metric(
        id="cost_per_order", unit="vnd", direction="lower", formula="outbound_charge / counted_orders",
        measures=(CHARGE, COUNTED_ORDERS), sample="counted_orders", influence=AGENT, source=CHOT,
        title=Words(vi="Cước trên mỗi đơn", en="Call cost per order"),
        about=Words(vi="Cước gọi chia số đơn", en="Call charge divided by orders"),
    ),
    Metric(
        id="occupancy", unit="ratio", formula="(all_talk_s + all_hold_s + all_wrap_s) / (worked_seconds - paused_seconds)",
        measures=(*BUSY, row_measure("worked_seconds", "workdays", total="worked_s"), row_measure("paused_seconds", "workdays",
        total="pause_s")),
        sample="worked_seconds - paused_seconds", influence=TEAM, source=COPC, title=Words(vi="Tỷ lệ bận việc", en="Occupancy"),
        about=Words(
            vi="Thời gian nói, chờ máy và ghi chú chia thời gian làm việc trừ nghỉ, đào tạo và họp",
            en="Talk, hold and wrap-up divided by worked time less breaks, training and meetings",
        ),
    ),
)

_CARE = (
    Metric(
        id="csat", unit="score", formula="csat_points / csat_answers",
        measures=(survey_measure("csat", name="points", total="score"), survey_measure("csat")),
        sample="csat_answers", influence=PROCESS, source=CHOT, title=Words(vi="Mức hài lòng (CSAT)", en="Customer satisfaction (CSAT)"),
        about=Words(vi="Điểm trung bình 1 đến 5", en="Average score from 1 to 5"),
    ),
    Metric(
        id="ces", unit="score", formula="ces_points / ces_answers", measures=(survey_measure("ces", name="points",
        total="score"), survey_measure("ces")),
        sample="ces_answers", influence=PROCESS, source=CHOT, title=Words(vi="Mức dễ dàng (CES)", en="Customer effort score (CES)"),
        about=Words(vi="Điểm trung bình 1 đến 7", en="Average score from 1 to 7"),
    ),
    Metric(
        id="nps", unit="ratio", formula="(nps_promoters - nps_detractors) / nps_answers",
        measures=(
            survey_measure("nps", Condition("score", ">=", 9), name="promoters"),
            survey_measure("nps", Condition("score", "<=", 6), name="detractors"),
            survey_measure("nps"),
        ),
        sample="nps_answers", influence=PROCESS, source="Reichheld 2003; Chốt KPI contract, section 2",
        title=Words(vi="Chỉ số giới thiệu (NPS)", en="Net promoter score (NPS)"),
        about=Words(vi="Phần khách cho 9-10 trừ phần cho 0-6", en="Share of 9-10 minus share of 0-6"),
    ),
    Metric(
        id="quality_score", unit="ratio", formula="review_points / (10000 * (scored_reviews + failed_reviews))",
        measures=(
            row_measure("review_points", "reviews", Condition("final", "in", (True,)), Condition("auto_fail", "in", (False,)),
            total="score_bp"),
            row_measure(
                "scored_reviews", "reviews", Condition("final", "in", (True,)), Condition("auto_fail", "in", (False,)),
                Condition("score_bp", "known"),
            ),
            row_measure("failed_reviews", "reviews", Condition("final", "in", (True,)), Condition("auto_fail", "in", (True,))),
        ),
        sample="scored_reviews + failed_reviews", influence=AGENT, source=CHOT, title=Words(vi="Điểm chất lượng", en="Quality score"),
        about=Words(vi="Trung bình điểm chấm chính thức; lỗi nghiêm trọng tính 0", en="Average of final reviews; an auto-fail counts 0"),
    ),
    Metric(
        id="first_contact_resolution", unit="ratio", formula="resolved_first / done_tickets",
        measures=(Measure(name="resolved_first", table="tickets", kind="linked", link="resolved_first", day="done_date"), TICKETS_DONE),
        sample="done_tickets", influence=PROCESS, source=COPC, title=Words(
            vi="Giải quyết ngay lần đầu (FCR)",
            en="First contact resolution (FCR)",
        ),
        about=Words(
            vi="Phiếu xong chỉ với một cuộc gọi, không mở lại, chia phiếu xong",
            en="Tickets done with exactly one call and not reopened, divided by tickets done",
        ),
    ),
    _count(
        "tickets_done", TICKETS_DONE, Words(vi="Phiếu đã xong", en="Tickets done"),
        Words(vi="Số phiếu hoàn thành, theo ngày xong", en="Tickets done, by day of completion"),
    ),
    Metric(
        id="tickets_overdue", unit="count", direction="lower", formula="due_tickets - met_tickets",
        measures=(
            row_measure("due_tickets", "tickets", Condition("status", "not in", ("cancelled",)), day="due_date"),
            row_measure("met_tickets", "tickets", *ON_TIME, day="due_date"),
        ),
        sample="due_tickets - met_tickets", always=True, influence=AGENT, source=CHOT, title=Words(
            vi="Phiếu quá hạn",
            en="Tickets overdue",
        ),
        about=Words(
            vi="Phiếu không hủy và không xong đúng hạn, theo ngày hạn",
            en="Tickets not cancelled and not done by their due time, by due day",
        ),
    ),
    Metric(
        id="on_time_rate", unit="ratio", formula="on_time_tickets / dated_tickets",
        measures=(
            row_measure("on_time_tickets", "tickets", *ON_TIME, day="done_date"),
            row_measure("dated_tickets", "tickets", DONE, Condition("due_at", "known"), Condition("done_at", "known"), day="done_date"),
        ),
        sample="dated_tickets", influence=AGENT, source=CHOT, title=Words(vi="Tỷ lệ đúng hạn", en="On-time rate"),
        about=Words(
            vi="Phiếu xong đúng hạn chia phiếu xong có hạn",
            en="Tickets done in time divided by tickets done that have a due time",
        ),
    ),
    Metric(
        id="exam_score", unit="ratio", formula="best_exam_bp / 10000",
        measures=(
            Measure(name="best_exam_bp", table="exams", kind="max", column="score_bp"),
            row_measure("scored_exams", "exams", Condition("score_bp", "known")),
        ),
        sample="scored_exams", influence=AGENT, source=CHOT, title=Words(vi="Điểm kiểm tra", en="Exam score"),
        about=Words(vi="Điểm cao nhất trong kỳ", en="Best score of the period"),
    ),
    Metric(
        id="adherence", unit="ratio", formula="present_seconds / scheduled_seconds",
        measures=(
            row_measure("present_seconds", "workdays", Condition("leave", "in", ("none",)), total="worked_s"),
            row_measure("scheduled_seconds", "workdays", Condition("leave", "in", ("none",)), total="scheduled_s"),
        ),
        sample="scheduled_seconds", influence=AGENT, source=COPC, title=Words(vi="Tuân thủ ca làm", en="Adherence"),
        about=Words(
            vi="Thời gian làm chia thời gian xếp ca, ngày không nghỉ phép",
            en="Worked time divided by scheduled time, on days without leave",
        ),
    ),
)

METRICS: dict[str, Metric] = {metric.id: metric for metric in (*_SALES, *_CALLING, *_CARE)}
"""Every built-in metric by id."""

_WITH_SETTINGS: dict[str, Callable[[Mapping[str, int]], Metric]] = {"successful_calls": _successful}


def with_settings(metric: Metric, settings: Mapping[str, int]) -> Metric:
    """The metric under an item's own settings; the metric itself when there are none.

    ``settings`` holds known names only (the plan loader refuses others).
    """
    if not settings:
        return metric
    return _WITH_SETTINGS[metric.id]({**metric.settings, **settings})
