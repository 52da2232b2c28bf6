"""Pages of one agent: KPIs over time with activity, the statement of a period, and a line down to its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chot.core.errors import InputError
from chot.core.periods import parse
from chot.kpi.wording import reason_words
from chot.people.exports import SHEETS, Value, csv_response, sheet_response
from chot.people.models import User
from chot.people.queries import agent_names, team_of
from chot.people.rates import limited
from chot.people.rules import allowed, anyone_signed_in, may_see_agent, may_see_pay_of
from chot.people.templatetags.figures import measured, said
from chot.people.templatetags.figures import period as period_words
from chot.performance import actions, queries, queries_agent
from chot.performance.models import PlanVersion, Result, Run
from chot.performance.page_papers import agent_paper
from chot.performance.queries_agent import Shown
from chot.performance.report_files import pdf_response
from chot.performance.report_filter import OWN, SPANS, days_of, saved_days


@allowed(anyone_signed_in)
@require_GET
@limited("export", asked="export")
def agent(request: HttpRequest, agent_id: str) -> HttpResponse:
    """One agent's KPIs over the periods, and what was done on any days; as a page or a file."""
    assert isinstance(request.user, User)
    if not may_see_agent(request.user, agent_id):
        raise PermissionDenied
    names = agent_names()
    if agent_id not in names:
        raise Http404
    results, pasts = queries_agent.history(agent_id)
    latest = parse(results[-1].run.period) if results else None
    usual = (latest.first, latest.last) if latest else None
    first, last, span = days_of(request.user, request.GET.dict(), usual="month", default=usual, longest=queries_agent.LONGEST + 1)
    done = queries_agent.activity(agent_id, first, last)
    kind = request.GET.get("export", "")
    if kind in SHEETS:
        heads = [_("Agent"), _("Name"), _("From"), _("To"), _("Figure"), _("Value"), _("In words")]
        rows: list[list[Value]] = [
            [agent_id, names[agent_id], first, last, said(each["title"]), _plain(each["value"]), measured(each["value"], each["unit"])]
            for each in done
        ]
        return sheet_response(kind, f"activity-{agent_id}-{first}-{last}", heads, rows)
    if kind == "pdf":
        paper = agent_paper(agent_id, names[agent_id], team_of(agent_id), (first, last), done, results, pasts)
        return pdf_response(f"agent-{agent_id}-{first}-{last}", paper)
    titles = [said(past.title) for past in pasts]
    periods = [period_words(each.run.period) for each in results]
    context = {
        "agent_id": agent_id, "name": names[agent_id], "team": team_of(agent_id), "results": results, "pasts": pasts,
        "chart": queries_agent.history_chart(results, pasts, periods, titles) if results else None,
        "activity": done, "first": first, "last": last, "span": span, "spans": SPANS,
        "saved": [(f"{OWN}{each.pk}", each) for each in saved_days(request.user)],
        "money": may_see_pay_of(request.user, agent_id), "own": agent_id == request.user.agent_id,
    }  # fmt: skip
    return render(request, "performance/agent.html", context)


def _plain(value: Any) -> Value:
    """An exact ``n/d`` as a whole number where it is one."""
    return None if value is None else int(value.removesuffix("/1")) if value.endswith("/1") or "/" not in value else value


def _document(
    request: HttpRequest, plan: int, period: str, agent_id: str, line_id: str = ""
) -> tuple[Run, Mapping[str, Any] | None, str]:  # fmt: skip
    """The agent's statement for someone who may see the pay, of a line for its own page; without it, why not."""
    assert isinstance(request.user, User)
    if not may_see_pay_of(request.user, agent_id):
        raise PermissionDenied
    announced = Result.objects.select_related("run__plan").exclude(run__plan__state=PlanVersion.State.DRAFT)
    result = get_object_or_404(announced, run__plan=plan, run__period=period, agent_id=agent_id)
    if line_id and line_id not in [line["id"] for line in result.lines]:
        raise Http404
    try:
        return result.run, actions.statement_document(result, line_id), ""
    except InputError:
        return result.run, None, _("Facts came in after this was computed. The statement is back as soon as the run is computed again.")


@allowed(anyone_signed_in)
@require_GET
def statement(request: HttpRequest, plan: int, period: str, agent_id: str) -> HttpResponse:
    """The whole payslip of an agent and a period, every line with its steps; made to be printed."""
    run, document, problem = _document(request, plan, period, agent_id)
    lines = [{**line, "reason_words": _reason(run, line)} for line in document["lines"]] if document else []
    context = {"run": run, "period": period, "document": document, "lines": lines, "problem": problem, "agent_id": agent_id,
               "closed": queries.is_closed(run), "own": _own(request, agent_id)}  # fmt: skip
    return render(request, "performance/statement.html", context)


@allowed(anyone_signed_in)
@require_GET
@limited("export", asked="export")
def line(request: HttpRequest, plan: int, period: str, agent_id: str, line_id: str) -> HttpResponse:
    """One line of a payslip: formula, steps, and every row that counted or did not; as a page or a file."""
    run, document, problem = _document(request, plan, period, agent_id, line_id)
    context = {"run": run, "period": period, "problem": problem, "agent_id": agent_id, "closed": queries.is_closed(run),
               "own": _own(request, agent_id), "document": document}  # fmt: skip
    if document is None:
        return render(request, "performance/statement_line.html", context)
    found = next((each for each in document["lines"] if each["id"] == line_id), None)
    if found is None:
        raise Http404
    export = request.GET.get("export") == "csv"
    everything = export or request.GET.get("rows") == "all"
    inputs = [_input(run, document, each, everything=everything) for each in found["inputs"]]
    if export:
        heads = [_("Figure"), _("Measure"), _("Counted"), _("Why not"), _("Id"), _("Time"), _("What happened")]
        heads += [_("Figure of the row"), _("Adds")]
        return csv_response(f"{agent_id}-{period}-{line_id.replace(':', '-')}", heads, _export(inputs))
    context |= {"line": found, "inputs": inputs, "everything": everything, "reason": _reason(run, found)}
    return render(request, "performance/statement_line.html", context)


def _own(request: HttpRequest, agent_id: str) -> bool:
    return isinstance(request.user, User) and request.user.agent_id == agent_id


def _reason(run: Run, line: Mapping[str, Any]) -> str:
    """The note of a line in the reader's language."""
    if not line.get("reason") or line["kind"] in ("guarantee", "floor"):
        return ""
    titles = {name: metric.title for name, metric in queries.opened_plan(run.plan.text).metrics.items()}
    return reason_words(line["reason"], _lang(), titles)


def _lang() -> str:
    return "vi" if (translation.get_language() or "vi").startswith("vi") else "en"


def _input(run: Run, document: Mapping[str, Any], found: Mapping[str, Any], *, everything: bool) -> dict[str, Any]:
    plan = queries.opened_plan(run.plan.text)
    return {
        **found,
        "reason_words": reason_words(found["reason"], _lang(), {name: each.title for name, each in plan.metrics.items()})
        if found.get("reason") else "",
        "behind": [
            queries_agent.behind(plan, each, scope=found["of"], lang=_lang(), zone=ZoneInfo(document["timezone"]), everything=everything)
            for each in found["measures"]
        ],
    }  # fmt: skip


def _export(inputs: list[dict[str, Any]]) -> Iterator[list[Value]]:
    for each in inputs:
        for measure in each["behind"]:
            head: list[Value] = [said(each["title"]), said(measure.title)]
            yield from ([*head, _("yes"), "", *_cells(row), row.added] for row in measure.counted)
            yield from ([*head, _("no"), said(row.reason), *_cells(row), 0] for row in measure.left_out)


def _cells(row: Shown) -> list[Value]:
    return [row.id, row.at, ", ".join(said(each) for each in row.what), row.figure]
