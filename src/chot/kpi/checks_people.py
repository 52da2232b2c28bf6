"""The guards about people: K3 without a plan, L1 below the minimum wage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from chot.kpi import law
from chot.kpi.findings import Finding
from chot.kpi.metrics import Words
from chot.kpi.people import People
from chot.kpi.plan import Plan
from chot.kpi.source import AgentRow


def without_plan(plans: Sequence[Plan], people: People, roles: Sequence[str] = ("telesale", "cskh")) -> Iterator[Finding]:
    """K3: agents of paid roles whom none of the plans names on the day the first plan starts."""
    day = min(plan.starts for plan in plans)
    rows = [row for agent_id in people.ids if (row := people.employed(agent_id, day))]
    missing = [
        row.agent_id for row in rows if row.role in roles and not any(plan.names(role=row.role, team_id=row.team_id) for plan in plans)
    ]
    if missing:
        yield Finding(
            code="K3",
            severity="note",
            subject=", ".join(missing[:10]) + (", …" if len(missing) > 10 else ""),
            figures={"agents": len(missing)},
            what=Words(
                vi=f"{len(missing)} nhân viên không có kế hoạch KPI nào trong số đang xét",
                en=f"{len(missing)} agents have none of the plans looked at",
            ),
            suggestion=Words(
                vi="Công bố thêm kế hoạch cho họ, hoặc xét cùng kế hoạch của họ",
                en="Announce a plan for them too, or look at theirs with it",
            ),
            written="--also PLAN",
        )


def different_scales(plans: Sequence[Plan]) -> Iterator[Finding]:
    """K3: the same role under different scales for one metric."""
    for place, plan in enumerate(plans):
        for other in plans[place + 1 :]:
            for role in sorted(set(plan.roles) & set(other.roles)):
                mine = {item.metric.id: item.scale.points for item in plan.items}
                theirs = {item.metric.id: item.scale.points for item in other.items}
                for metric in sorted(set(mine) & set(theirs)):
                    if mine[metric] != theirs[metric]:
                        yield Finding(
                            code="K3",
                            severity="warning",
                            subject=f"{role}: {metric}",
                            figures={"plan": plan.id, "other_plan": other.id},
                            what=Words(vi="Cùng vai trò nhưng thang trả khác nhau", en="The same role under different scales"),
                            suggestion=Words(vi="Dùng chung một thang cho cùng vai trò", en="Use one scale for one role"),
                        )


def below_minimum(plan: Plan, people: People) -> Iterator[Finding]:
    """L1: base pay below the regional minimum wage on any day of the plan (Labour Code 2019, Art. 90)."""
    for agent_id in people.ids:
        for row in people.rows(agent_id):
            if not plan.names(role=row.role, team_id=row.team_id) or row.base_pay_vnd is None:
                continue
            found = _shortfall(row, plan)
            if found:
                yield found
                break


def _shortfall(row: AgentRow, plan: Plan) -> Finding | None:
    first = max(plan.starts, row.valid_from or date.min, row.hired_on or date.min)
    last = min(plan.ends, row.valid_to - timedelta(days=1) if row.valid_to else date.max, row.left_on or date.max)
    if first > last:
        return None
    for day in law.changes(row.wage_region, first, last):
        wage = law.minimum_wage(row.wage_region, day)
        if wage and row.base_pay_vnd is not None and row.base_pay_vnd < wage.vnd:
            return Finding(
                code="L1",
                severity="error",
                subject=row.agent_id,
                figures={
                    "base_pay_vnd": row.base_pay_vnd,
                    "minimum_vnd": wage.vnd,
                    "region": wage.region,
                    "day": day.isoformat(),
                    "source": wage.source,
                },
                what=Words(
                    vi=f"Lương cơ bản của {row.agent_id} thấp hơn lương tối thiểu vùng {wage.region}",
                    en=f"The base pay of {row.agent_id} is below the minimum wage of region {wage.region}",
                ),
                suggestion=Words(
                    vi=f"Nâng lên ít nhất {wage.vnd} ₫ từ {day.isoformat()} ({wage.source})",
                    en=f"Raise it to at least {wage.vnd} VND from {day.isoformat()} ({wage.source})",
                ),
            )
    return None
