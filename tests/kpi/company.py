"""A company of two in plain CSV, for tests that need a whole folder."""

from __future__ import annotations

from pathlib import Path

AGENTS = """agent_id,name,team_id,role,hired_on,left_on,base_pay_vnd,wage_region,valid_from,valid_to
a01,Nguyễn Thị Lan,t1,telesale,2025-01-01,,8000000,I,2025-01-01,
a02,Trần Văn Minh,t1,telesale,2026-10-12,,8000000,I,2026-10-12,
"""

ORDERS = """order_id,agent_id,customer_id,call_id,ordered_at,status,status_at,amount_vnd
o1,a01,c1,k1,2026-10-03T09:00:00+07:00,confirmed,2026-10-03T09:00:00+07:00,96000000
o2,a01,c2,,2026-10-04T09:00:00+07:00,cancelled,2026-10-05T09:00:00+07:00,5000000
o3,a02,c2,,2026-10-20T09:00:00+07:00,completed,2026-10-21T09:00:00+07:00,60000000
o4,a01,c4,,2026-11-03T09:00:00+07:00,confirmed,2026-11-03T09:00:00+07:00,120000000
"""

CALLS = """call_id,agent_id,direction,started_at,outcome,talk_s,customer_id
k1,a01,out,2026-10-03T08:59:00+07:00,answered,61,c1
k2,a01,out,2026-10-03T09:59:00+07:00,answered,61,c3
k3,a01,out,2026-10-03T09:59:00+07:00,no_answer,,c3
k4,a01,internal,2026-10-03T10:59:00+07:00,answered,90,
"""

PLAN = """plan: p1
title: KPI thử
role: telesale
period: month
starts: 2026-10-01
ends: 2026-12-31
announced: 2026-09-10
supervisor: lan
bonus_vnd: 6000000
items:
  - {metric: revenue, weight: 70, target: 120000000, scale: standard}
  - {metric: close_rate, weight: 30, target: 8%, scale: standard, min_sample: 1}
scales:
  standard: {mode: linear, points: [[70%, 0%], [100%, 100%], [120%, 150%]]}
commission:
  - {on: revenue, mode: marginal, tiers: [[0, 0%], [50000000, 1%]]}
lines:
  - {name: early_bird, formula: "500000 if orders >= 1 else 0"}
"""


def build(folder: Path, *, plan: str = PLAN) -> Path:
    """Write the company into ``folder``; returns the path of its plan."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "agents.csv").write_text(AGENTS)
    (folder / "orders.csv").write_text(ORDERS)
    (folder / "calls.csv").write_text(CALLS)
    path = folder / "plan.yaml"
    path.write_text(plan)
    return path


FULL_AGENTS = """agent_id,name,team_id,role,hired_on,left_on,base_pay_vnd,wage_region,valid_from,valid_to
a01,Nguyễn Thị Lan,t1,telesale,2025-01-01,,8000000,I,2025-01-01,
a02,Trần Văn Minh,t1,telesale,2026-10-12,,8000000,I,2026-10-12,
a03,Lê Hoàng Anh,cs,cskh,2025-01-01,,7000000,I,2025-01-01,2026-10-15
a03,Lê Hoàng Anh,t2,telesale,2025-01-01,,7500000,I,2026-10-15,
a04,Phạm Đức Huy,t2,telesale,2025-01-01,2026-10-20,7000000,I,2025-01-01,
"""

FULL_ORDERS = ORDERS + """o5,a03,c5,k8,2026-10-10T09:00:00+07:00,confirmed,2026-10-10T09:00:00+07:00,7000000
o6,a03,c5,,2026-10-16T09:00:00+07:00,completed,2026-10-16T09:00:00+07:00,33333333
o7,a03,c6,,2026-07-16T09:00:00+07:00,completed,2026-07-16T09:00:00+07:00,1000000
o8,a01,c6,,2026-08-16T09:00:00+07:00,completed,2026-08-16T09:00:00+07:00,1000000
"""

FULL_CALLS = """call_id,agent_id,team_id,queue_id,direction,started_at,ended_at,outcome,talk_s,hold_s,wrap_s,wait_s,customer_id,disposition,fields_collected
k1,a01,,,out,2026-10-03T08:59:00+07:00,2026-10-03T09:01:00+07:00,answered,61,1,9,,c1,ordered,1
k2,a01,,,out,2026-10-03T09:59:00+07:00,2026-10-03T10:00:00+07:00,answered,61,,,,c3,callback,1
k3,a01,,,out,2026-10-03T09:59:30+07:00,,no_answer,,,,,c3,,
k4,a01,,,internal,2026-10-03T10:59:00+07:00,,answered,90,,,,,,
k5,a01,,q1,in,2026-10-05T10:00:00+07:00,2026-10-05T10:05:00+07:00,answered,200,,,12,c9,,
k6,,t1,q1,in,2026-10-05T11:00:00+07:00,,abandoned,,,,30,c9,,
k7,,t2,q2,in,2026-11-01T01:30:00+07:00,,abandoned,,,,30,c8,,
k8,a03,,,out,2026-10-10T08:50:00+07:00,2026-10-10T08:58:00+07:00,answered,400,,,,c5,ordered,2
k9,a03,,,out,2026-10-16T08:50:00+07:00,2026-10-16T08:51:00+07:00,answered,29,,,,c5,refused,1
k10,a02,,,out,2026-10-13T08:50:00+07:00,2026-10-13T08:51:00+07:00,answered,35,,,,c2,interested,1
"""

FULL_TABLES = {
    "reviews": """review_id,agent_id,score_bp,auto_fail,final,reviewed_at
r1,a01,9000,false,true,2026-10-08T10:00:00+07:00
r2,a01,8000,false,false,2026-10-09T10:00:00+07:00
r3,a02,4000,false,,2026-10-15T10:00:00+07:00
r4,a03,9900,true,true,2026-10-20T10:00:00+07:00
""",
    "tickets": """ticket_id,agent_id,customer_id,opened_at,due_at,done_at,status,reopened
p1,a01,c9,2026-10-05T09:00:00+07:00,2026-10-06T09:00:00+07:00,2026-10-05T12:00:00+07:00,done,false
p2,a01,c9,2026-10-07T09:00:00+07:00,2026-10-08T09:00:00+07:00,2026-10-09T12:00:00+07:00,done,false
""",
    "workdays": """agent_id,date,scheduled_s,worked_s,pause_s,leave
a01,2026-10-20,28800,0,0,sick
a01,2026-10-21,28800,14400,600,annual
a01,2026-10-22,28800,0,0,unpaid
a02,2026-10-14,28800,27000,1800,none
""",
}

FULL_PLAN = """plan: full
title: KPI đủ mọi dòng
role: telesale
period: month
starts: 2026-10-01
ends: 2026-12-31
announced: 2026-09-10
supervisor: lan
bonus_vnd: 6000000
items:
  - {metric: revenue, weight: 40, target: 120000000, scale: standard}
  - {metric: close_rate, weight: 20, target: 40%, scale: steps, min_sample: 2, unmeasured: neutral}
  - {metric: abandon_rate, title: Tỷ lệ bỏ cuộc của nhóm, weight: 20, target: 60%, scale: standard, of: team}
  - {metric: service_level, weight: 10, target: 80%, scale: steps, of: company, unmeasured: zero}
  - {metric: first_contact_resolution, weight: 10, target: 50%, scale: standard}
scales:
  standard: {mode: linear, points: [[70%, 0%], [100%, 100%], [120%, 150%]]}
  steps: {mode: step, points: [[0%, 0%], [80%, 50%], [100%, 100%], [110%, 120%]]}
gates:
  - {title: Chất lượng, when: quality_score >= 60%, otherwise: 50%, min_sample: 1}
  - {when: orders >= 1 and calls_out >= 1, otherwise: 33%}
commission:
  - {title: Hoa hồng bậc, on: revenue, mode: marginal, tiers: [[0, 0%], [50000000, 1.5%]], gated: true}
  - {on: average_order_value, mode: whole, tiers: [[1000000, 1%], [50000000, 2%]]}
lines:
  - {name: early_bird, title: Đơn sớm, formula: "500000 if orders >= 1 else 0"}
  - {name: share, formula: "round(revenue * 0.1% / max(talk_time, 60)) * 7 if close_rate > 0 else 0"}
  - {name: penalty, title: Không có đơn, formula: "-9000000 if orders < 1 else 0"}
pool: {vnd: 1000000, by: revenue}
guarantee: {periods: 2, lookback: 3}
rounding: {unit_vnd: 1000, mode: half_up}
"""


def build_full(folder: Path, *, plan: str = FULL_PLAN) -> Path:
    """Write a company of four in which every kind of line comes up; returns the path of its plan."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {"agents": FULL_AGENTS, "orders": FULL_ORDERS, "calls": FULL_CALLS, **FULL_TABLES}
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text(rows)
    path = folder / "plan.yaml"
    path.write_text(plan)
    return path
