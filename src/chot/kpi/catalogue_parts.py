"""What the built-in metrics are made of: shared conditions, measures, and who can influence what."""

from __future__ import annotations

from chot.kpi.measures import Condition, Measure
from chot.kpi.metrics import Words

IN = Condition("direction", "in", ("in",))
OUT = Condition("direction", "in", ("out",))
CUSTOMER = Condition("direction", "in", ("in", "out"))
ANSWERED = Condition("outcome", "in", ("answered",))
COUNTED = Condition("status", "in", ("confirmed", "completed"))
DONE = Condition("status", "in", ("done",))
OPPORTUNITY = Condition("best_stage", "in", ("interested", "trial", "won"))


def call_measure(name: str, *where: Condition, total: str = "") -> Measure:
    """A count of calls (or the sum of a column); calls in and out unless a condition says otherwise, never internal ones."""
    conditions = where if any(each.column == "direction" for each in where) else (CUSTOMER, *where)
    return Measure(name=name, table="calls", kind="sum" if total else "count", column=total, where=conditions)


def row_measure(name: str, table: str, *where: Condition, total: str = "", day: str = "local_date") -> Measure:
    """A count of a table's rows, or the sum of a column."""
    return Measure(name=name, table=table, kind="sum" if total else "count", column=total, where=where, day=day)


def survey_measure(kind: str, *where: Condition, name: str = "answers", total: str = "") -> Measure:
    """A count of answered surveys of one kind, or the sum of their scores."""
    of_kind = (Condition("kind", "in", (kind,)), Condition("score", "known"), *where)
    return row_measure(f"{kind}_{name}", "surveys", *of_kind, total=total)


ANSWERED_CALLS = call_measure("answered_calls", ANSWERED)
COUNTED_ORDERS = row_measure("counted_orders", "orders", COUNTED)
COUNTED_AMOUNT = row_measure("counted_amount", "orders", COUNTED, total="amount_vnd")
OPPORTUNITIES = row_measure("opportunity_leads", "leads", OPPORTUNITY)
OUTBOUND = call_measure("outbound_calls", OUT)
INBOUND = call_measure("inbound_calls", IN)
TALK = call_measure("answered_talk_s", ANSWERED, total="talk_s")
TICKETS_DONE = row_measure("done_tickets", "tickets", DONE, Condition("done_at", "known"), day="done_date")
CHARGE = call_measure("outbound_charge", OUT, total="charge_vnd")
HANDLE = tuple(call_measure(f"answered_{part}", ANSWERED, total=part) for part in ("hold_s", "wrap_s"))
BUSY = tuple(call_measure(f"all_{part}", total=part) for part in ("talk_s", "hold_s", "wrap_s"))
ON_TIME = (DONE, Condition("due_at", "known"), Condition("done_at", "<= column", "due_at"))

AGENT = Words(vi="nhân viên", en="the agent")
AGENT_AND_LIST = Words(vi="nhân viên, cùng chất lượng danh sách khách hàng", en="the agent, with the quality of the list")
AGENT_AND_PRICE = Words(vi="nhân viên, cùng giá bán và danh sách", en="the agent, with prices and the list")
TEAM = Words(vi="cả nhóm và việc xếp ca", en="the whole team and its staffing")
PROCESS = Words(vi="nhân viên, cùng quy trình và công cụ", en="the agent, with process and tools")

CHOT = "Chốt KPI contract, section 2"
COPC = "COPC CX Standard; Chốt KPI contract, section 2"
