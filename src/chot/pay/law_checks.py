"""What the law says about a pay run: the regional minimum wage (L1), no deduction (L2), a published rule (L3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chot.core.periods import Period
from chot.kpi import law
from chot.kpi.checks_plan import publication
from chot.kpi.findings import Severity
from chot.kpi.plan import Plan
from chot.people.models import AgentRow

_MONTHS = {"month": 1, "quarter": 3}
"""How many monthly wages a period pays; the pay of a week says nothing about a month's."""


@dataclass(frozen=True, kw_only=True)
class LawCheck:
    """One finding in the reader's language; ``agent_id`` is empty when it is about the plan."""

    code: str
    severity: Severity
    agent_id: str
    what: str
    advice: str


def law_checks(plan: Plan, period: Period, pay: Mapping[str, int], rows: Sequence[AgentRow], *, consulted: date | None) -> list[LawCheck]:
    """Every finding about a run that pays ``pay`` (variable pay by agent), the gravest first."""
    found = [
        *_minimum_wages(period, pay, rows),
        *_deductions(pay),
        *_publication(plan, consulted),
    ]
    return sorted(found, key=lambda each: (("error", "warning", "note").index(each.severity), each.code, each.agent_id))


def _minimum_wages(period: Period, pay: Mapping[str, int], rows: Sequence[AgentRow]) -> Iterator[LawCheck]:
    """L1: base pay, and base and variable pay together, against the minimum wage (Labour Code 2019, Art. 90)."""
    seen: set[str] = set()
    unknown: set[str] = set()
    for row in rows:
        if row.agent_id not in pay or row.agent_id in seen:
            continue
        if row.base_pay_vnd is None or not law.minimum_wage(row.wage_region, period.first):
            unknown.add(row.agent_id)
            continue
        found = _shortfall(row, period, pay[row.agent_id])
        if found:
            seen.add(row.agent_id)
            yield found
    if unknown:
        yield LawCheck(
            code="L1", severity="note", agent_id="",
            what=_("Without base pay or wage region, so not compared with the minimum wage: %(agents)s")
            % {"agents": ", ".join(sorted(unknown)[:10]) + (", …" if len(unknown) > 10 else "")},
            advice=_("Complete them under People."),
        )  # fmt: skip


def _shortfall(row: AgentRow, period: Period, variable: int) -> LawCheck | None:
    first = max(period.first, row.valid_from or date.min, row.hired_on or date.min)
    last = min(period.last, row.valid_to - timedelta(days=1) if row.valid_to else date.max, row.left_on or date.max)
    if first > last or row.base_pay_vnd is None:
        return None
    monthly = variable // _MONTHS[period.kind] if period.kind in _MONTHS else 0
    wages = [wage for day in law.changes(row.wage_region, first, last) if (wage := law.minimum_wage(row.wage_region, day))]
    wage = max(wages, key=lambda each: each.vnd)
    if row.base_pay_vnd >= wage.vnd:
        return None
    said = {
        "base": _vnd(row.base_pay_vnd), "minimum": _vnd(wage.vnd), "region": wage.region,
        "together": _vnd(row.base_pay_vnd + monthly), "source": _("Decree %(number)s") % {"number": wage.source.removeprefix("Decree ")},
    }  # fmt: skip
    if row.base_pay_vnd + monthly < wage.vnd:
        what = _("Base and variable pay together are %(together)s, below the minimum wage of region %(region)s, %(minimum)s (%(source)s)")
        severity: Severity = "error"
    else:
        what = _(
            "Base pay of %(base)s is below the minimum wage of region %(region)s, %(minimum)s (%(source)s); only variable pay lifts it"
        )
        severity = "warning"
    advice = _("Raise base pay to at least %(minimum)s.") % said
    return LawCheck(code="L1", severity=severity, agent_id=row.agent_id, what=what % said, advice=advice)


def _deductions(pay: Mapping[str, int]) -> Iterator[LawCheck]:
    """L2: variable pay below 0 would come out of base pay."""
    for agent_id, variable in sorted(pay.items()):
        if variable < 0:
            yield LawCheck(
                code="L2", severity="error", agent_id=agent_id,
                what=_("Variable pay of %(pay)s would be taken out of base pay") % {"pay": _vnd(variable)},
                advice=_("Do not pay this run."),
            )  # fmt: skip


def _publication(plan: Plan, consulted: date | None) -> Iterator[LawCheck]:
    """L3: the rule is published, and was before it was applied."""
    vi = (get_language() or "vi").startswith("vi")
    for each in publication(plan, consulted):
        what, advice = (each.what.vi, each.suggestion.vi) if vi else (each.what.en, each.suggestion.en)
        yield LawCheck(code="L3", severity=each.severity, agent_id="", what=what, advice=advice)


def _vnd(amount: int) -> str:
    from chot.kpi.figure_words import money

    return money(amount, "vi" if (get_language() or "vi").startswith("vi") else "en")
