"""The payslip of one person in a run (Labour Code 2019, Art. 95): what a page shows and a signed PDF holds."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.periods import parse
from chot.kpi.plan import Plan
from chot.kpi.wording import reason_words
from chot.pay import queries
from chot.pay.core_words import reader
from chot.pay.models import PayAdjustment, PayRun
from chot.pay.queries import Person
from chot.people.queries_teams import TeamTitles, team_titles
from chot.people.signing import signed
from chot.people.templatetags import figures
from chot.performance.models import Result
from chot.performance.workplace import read_plan
from chot.printing.paper import Paper


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of variable pay: its amount, what it corrects, and how it comes about in a few words."""

    id: str
    label: str
    amount_vnd: int
    how: str


@dataclass(frozen=True, kw_only=True)
class Payslip:
    """One person's pay in a run, in the reader's language; the lines add up to variable pay, with the adjustments to what is paid."""

    run: PayRun
    person: Person
    team: str
    lines: Sequence[Line]
    adjustments: Sequence[PayAdjustment]

    @property
    def paid_vnd(self) -> int:
        """Variable pay and adjustments."""
        return self.person.paid_vnd


def payslip(run: PayRun, person: Person, items: Mapping[str, Mapping[str, Any]], titles: TeamTitles) -> Payslip:
    """The slip of a person of the run; ``items`` are the figures behind the item lines, by metric, ``titles`` what teams were called."""
    plan = read_plan(run.plan.text)
    lines = [
        Line(id=line["id"], label=queries.line_label(plan, line["id"]), amount_vnd=line["amount_vnd"], how=_how(line, plan, items))
        for line in person.lines
    ]
    return Payslip(run=run, person=person, team=titles[person.team_id], lines=lines, adjustments=person.adjustments)


def _how(line: Mapping[str, Any], plan: Plan, items: Mapping[str, Mapping[str, Any]]) -> str:
    if line.get("corrects"):
        corrects = line["corrects"]
        said = {
            "period": figures.period(corrects["period"]),
            "before": figures.vnd(corrects["before_vnd"]),
            "after": figures.vnd(corrects["after_vnd"]),
        }
        return _("corrects %(period)s: %(before)s → %(after)s") % said
    item = items.get(line["id"].partition(":")[2]) if line["id"].startswith("item:") else None
    if item and item["status"] == "measured":
        unit = plan.metrics[item["metric"]].unit
        return _("%(actual)s against %(target)s: %(attainment)s") % {
            "actual": figures.measured(item["actual"], unit), "target": figures.measured(item["target"], unit),
            "attainment": figures.percent(item["attainment"]),
        }  # fmt: skip
    reason = (item or {}).get("reason") or line.get("reason") or ""
    return reason_words(reason, reader(), {name: each.title for name, each in plan.metrics.items()}) if reason else ""


def of_agent(run: PayRun, agent_id: str) -> Payslip | None:
    """The slip of one agent; None for somebody whom the run does not pay."""
    person = next(iter(queries.people_of(run, frozenset({agent_id}))), None)
    return payslip(run, person, queries.items_of(run, agent_id), _titles(run)) if person else None


def _titles(run: PayRun) -> TeamTitles:
    """What teams were called at the end of the period; a later name changes no slip."""
    return team_titles(parse(run.period).last)


def everyone(run: PayRun, people: Sequence[Person]) -> Iterator[Payslip]:
    """The slips of all people of a run."""
    results = Result.objects.filter(run__plan=run.plan_id, run__period=run.period, run__run_id=run.run_id)
    items = {agent: {each["metric"]: each for each in found} for agent, found in results.values_list("agent_id", "items")}
    titles = _titles(run)
    for person in people:
        yield payslip(run, person, items.get(person.agent_id, {}), titles)


def printed(slip: Payslip) -> bytes:
    """The slip as a PDF, in the language in force; the same slip gives the same bytes."""
    run, person = slip.run, slip.person
    language: Literal["vi", "en"] = "vi" if reader() == "vi" else "en"
    paper = Paper(
        title=_("KPI payslip %(period)s") % {"period": figures.period(run.period)}, subtitle=f"{settings.COMPANY} · {run.plan.title}",
        language=language, foot=f"{_('Run')} {run.run_id} · {person.agent_id}", at=run.closed_at or clock.now(),
    )  # fmt: skip
    paper.facts(
        [
            (_("Name"), person.name), (_("Agent"), person.agent_id), (_("Team"), slip.team or "–"),
            (_("Base pay of a full month"), figures.vnd(person.base_vnd)),
            (_("Prepared by"), str(run.prepared_by)), (_("Closed by"), _closed(run)),
        ]
    )  # fmt: skip
    paper.table(
        [_("Line"), _("How it comes about"), _("Amount")], [[each.label, each.how, figures.vnd(each.amount_vnd)] for each in slip.lines],
        align="llr", widths=(4, 7, 3), total=[_("Variable pay"), "", figures.vnd(person.variable_vnd)],
    )  # fmt: skip
    if slip.adjustments:
        paper.heading(_("Adjustments and deductions"))
        paper.table(
            [_("Kind"), _("Reason"), _("Proposed and approved by"), _("Amount")],
            [
                [each.get_kind_display(), each.reason, f"{each.proposed_by}\n{each.decided_by}", figures.vnd(each.amount_vnd)]
                for each in slip.adjustments
            ],
            align="lllr", widths=(3, 4, 3, 3), total=[_("Paid out with this slip"), "", "", figures.vnd(slip.paid_vnd)],
        )  # fmt: skip
    if person.carry_vnd:
        paper.text(_("Carried to the next period: %(amount)s") % {"amount": figures.vnd(person.carry_vnd)})
    paper.note(
        _(
            "This slip covers pay by KPI and its adjustments. No KPI lowers base pay. Base pay, overtime and night pay, insurance and tax"
            " are on the payroll office's slip."
        )
    )
    return paper.content()


def _closed(run: PayRun) -> str:
    return f"{run.closed_by}, {figures.moment(run.closed_at)}" if run.closed_at else "–"


def signed_file(slip: Payslip, language: str) -> Path:
    """The signed PDF of a closed run's slip, made once and then kept as it is."""
    folder = Path(settings.VAR) / "payslips" / str(slip.run.pk)
    path = folder / f"{_safe(slip.person.agent_id)}-{language}.pdf"
    if path.is_file():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with translation.override(language):
        content = signed(printed(slip), reason=_("KPI payslip %(period)s") % {"period": figures.period(slip.run.period)})
    draft = folder / f".{path.name}.{os.getpid()}"
    draft.write_bytes(content)
    try:
        os.link(draft, path)  # whoever is first; another process's file stays as it is
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path


def _safe(agent_id: str) -> str:
    """An agent's id as part of a file's name, never two the same."""
    plain = "".join(each if each.isascii() and (each.isalnum() or each in "_-") else "_" for each in agent_id)
    return plain if plain == agent_id else f"{plain}-{agent_id.encode().hex()[:40]}"
