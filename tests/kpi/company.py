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
