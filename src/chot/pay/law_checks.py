"""What the law says about a pay run: the regional minimum wage (L1), no deduction (L2), a published rule (L3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chot.core.money import round_half_away
from chot.core.periods import Period, parse
from chot.kpi import law
from chot.kpi.checks_plan import publication
from chot.kpi.findings import Severity
from chot.kpi.law import MinimumWage
from chot.kpi.plan import Plan
from chot.pay.models import PayRun
from chot.people.models import AgentRow
from chot.people.templatetags import figures
from chot.performance.models import Result
from chot.performance.queries_records import consulted_on
from chot.performance.workplace import read_plan

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


def law_checks(
    plan: Plan, period: Period, pay: Mapping[str, int], rows: Sequence[AgentRow], *, consulted: date | None,
    lines: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> list[LawCheck]:  # fmt: skip
    """Every finding about a run that pays ``pay`` (variable pay by agent, its ``lines`` too), the gravest first."""
    found = [
        *_minimum_wages(period, pay, rows),
        *_deductions(pay),
        *_negative_lines(lines or {}),
        *_lowered_base_pay(period, pay, rows),
        *_publication(plan, consulted),
    ]
    return sorted(found, key=lambda each: (("error", "warning", "note").index(each.severity), each.code, each.agent_id))


def of_run(run: PayRun) -> list[LawCheck]:
    """Every finding about an open run, as it was last computed."""
    results = Result.objects.filter(run__plan=run.plan_id, run__period=run.period).values_list("agent_id", "variable_vnd", "lines")
    pay, lines = {agent: amount for agent, amount, _lines in results}, {agent: each for agent, _amount, each in results}
    return found_in(run, read_plan(run.plan.text), pay, lines)


def found_in(run: PayRun, plan: Plan, pay: Mapping[str, int], lines: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[LawCheck]:
    """Every finding about a run whose people are known."""
    period = parse(run.period)
    rows = AgentRow.objects.filter(agent_id__in=list(pay)).filter(Q(valid_from=None) | Q(valid_from__lte=period.last))
    return law_checks(plan, period, pay, list(rows), consulted=consulted_on(plan.id), lines=lines)


@dataclass(frozen=True, kw_only=True)
class _Part:
    """The days of a period on which one row of an agent holds, as a share of its working days."""

    row: AgentRow
    base: int
    wage: MinimumWage
    share: Fraction


def _minimum_wages(period: Period, pay: Mapping[str, int], rows: Sequence[AgentRow]) -> Iterator[LawCheck]:
    """L1: base pay, and base and variable pay together, against the minimum wage (Labour Code 2019, Art. 90)."""
    unknown: set[str] = set()
    by_agent: dict[str, list[AgentRow]] = {}
    for row in rows:
        if row.agent_id in pay and _days(row, period):
            by_agent.setdefault(row.agent_id, []).append(row)
    for agent_id, held in by_agent.items():
        parts = [part for row in held if (part := _part(row, period))]
        if len(parts) < len(held):
            unknown.add(agent_id)
        elif found := _shortfall(parts, period, pay[agent_id]):
            yield found
    if unknown:
        yield LawCheck(
            code="L1", severity="note", agent_id="",
            what=_("Without base pay or wage region, so not compared with the minimum wage: %(agents)s")
            % {"agents": ", ".join(sorted(unknown)[:10]) + (", …" if len(unknown) > 10 else "")},
            advice=_("Complete them under People."),
        )  # fmt: skip


def _days(row: AgentRow, period: Period) -> tuple[date, date] | None:
    """The first and the last day of the period on which the row holds and its agent is employed."""
    first = max(period.first, row.valid_from or date.min, row.hired_on or date.min)
    last = min(period.last, row.valid_to - timedelta(days=1) if row.valid_to else date.max, row.left_on or date.max)
    return (first, last) if first <= last else None


def _part(row: AgentRow, period: Period) -> _Part | None:
    """None without base pay or a known minimum wage."""
    days = _days(row, period)
    if days is None or row.base_pay_vnd is None:
        return None
    wages = [wage for day in law.changes(row.wage_region, *days) if (wage := law.minimum_wage(row.wage_region, day))]
    if not wages:
        return None
    share = Fraction(_weekdays(*days), _weekdays(period.first, period.last) or 1)
    return _Part(row=row, base=row.base_pay_vnd, wage=max(wages, key=lambda each: each.vnd), share=share)


def _weekdays(first: date, last: date) -> int:
    """Monday to Saturday, by which part months are paid."""
    return sum((first + timedelta(days=each)).isoweekday() <= 6 for each in range((last - first).days + 1))


def _shortfall(parts: Sequence[_Part], period: Period, variable: int) -> LawCheck | None:
    """Someone whose base pay is too low on some day; graver when variable pay does not lift it either, both for the days employed."""
    low = [part for part in parts if part.base < part.wage.vnd]
    if not low:
        return None
    months, lifted = _MONTHS.get(period.kind, 1), variable if period.kind in _MONTHS else 0
    together = sum((part.base * part.share * months for part in parts), Fraction(lifted))
    needed = sum((part.wage.vnd * part.share * months for part in parts), Fraction(0))
    worst = low[-1]
    said = {
        "base": _vnd(worst.base), "minimum": _vnd(worst.wage.vnd), "region": worst.wage.region,
        "together": _vnd(round_half_away(together)), "needed": _vnd(round_half_away(needed)),
        "source": _("Decree %(number)s/ND-CP") % {"number": worst.wage.source.removeprefix("Decree ").removesuffix("/ND-CP")},
    }  # fmt: skip
    if together < needed:
        what = _(
            "Base and variable pay of the days employed are %(together)s together,"
            " below the minimum wage of region %(region)s for these days, %(needed)s (%(source)s)"
        )
        severity: Severity = "error"
    else:
        what = _(
            "Base pay of %(base)s is below the minimum wage of region %(region)s, %(minimum)s (%(source)s); only variable pay lifts it"
        )
        severity = "warning"
    advice = _("Raise base pay to at least %(minimum)s.") % said
    return LawCheck(code="L1", severity=severity, agent_id=worst.row.agent_id, what=what % said, advice=advice)


def _deductions(pay: Mapping[str, int]) -> Iterator[LawCheck]:
    """L2: variable pay below 0 would come out of base pay."""
    for agent_id, variable in sorted(pay.items()):
        if variable < 0:
            yield LawCheck(
                code="L2", severity="error", agent_id=agent_id,
                what=_("Variable pay of %(pay)s would be taken out of base pay") % {"pay": _vnd(variable)},
                advice=_("Do not pay this run."),
            )  # fmt: skip


def _negative_lines(lines: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[LawCheck]:
    """L2: only a gate (less bonus) and a commission taken back may be below 0 in the KPI document."""
    for agent_id, listed in sorted(lines.items()):
        for line in listed:
            corrected = str(line.get("corrects", {}).get("line", ""))
            typed = line["kind"] == "gate" or (line["kind"] == "adjust" and corrected.startswith("commission:"))
            if line["amount_vnd"] < 0 and not typed:
                yield LawCheck(
                    code="L2", severity="error", agent_id=agent_id,
                    what=_("The line %(line)s takes %(amount)s, and pay is never cut as a penalty (Labour Code 2019, Art. 127)")
                    % {"line": line["id"], "amount": _vnd(line["amount_vnd"])},
                    advice=_("Change the plan so that the line is never below 0."),
                )  # fmt: skip


def _lowered_base_pay(period: Period, pay: Mapping[str, int], rows: Sequence[AgentRow]) -> Iterator[LawCheck]:
    """L2: base pay that fell in the period, which only a signed change of the contract may do."""
    earlier: dict[str, int] = {}
    for row in sorted(rows, key=lambda each: (each.agent_id, each.valid_from or date.min)):
        before, now = earlier.get(row.agent_id), row.base_pay_vnd
        if row.agent_id in pay and before is not None and now is not None and now < before and row.valid_from and row.valid_from in period:
            yield LawCheck(
                code="L2", severity="warning", agent_id=row.agent_id,
                what=_("Base pay fell from %(before)s to %(after)s on %(day)s")
                % {"before": _vnd(before), "after": _vnd(now), "day": figures.day(row.valid_from)},
                advice=_("That needs an annex to the contract that both have signed; no KPI lowers base pay."),
            )  # fmt: skip
        if now is not None:
            earlier[row.agent_id] = now


def _publication(plan: Plan, consulted: date | None) -> Iterator[LawCheck]:
    """L3: the rule is published, and was before it was applied."""
    vi = (get_language() or "vi").startswith("vi")
    for each in publication(plan, consulted):
        what, advice = (each.what.vi, each.suggestion.vi) if vi else (each.what.en, each.suggestion.en)
        yield LawCheck(code="L3", severity=each.severity, agent_id="", what=what, advice=advice)


def _vnd(amount: int) -> str:
    return figures.vnd(amount)
