"""Pay as files for payroll software, and the slip of one agent for print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chot.kpi.plan import Plan
from chot.kpi.wording import reason_words
from chot.pay import queries
from chot.pay.models import PayRun
from chot.pay.queries import Person
from chot.people.exports import Value, csv_response, xlsx_response
from chot.people.models import User
from chot.people.rules import allowed, anyone_signed_in, may_see_pay_of, sees_pay
from chot.performance.workplace import read_plan


@allowed(sees_pay)
@require_GET
def people(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """One row per agent, one column per kind of line."""
    run, found = _visible(request, pk)
    headings = [
        _("Agent"),
        _("Name"),
        _("Team"),
        *(queries.kind_name(kind) for kind in queries.KINDS),
        _("Variable pay"),
        _("Carried over"),
    ]
    rows: Iterable[Sequence[Value]] = (
        [each.agent_id, each.name, each.team_id, *(each.kinds.get(kind, 0) for kind in queries.KINDS), each.variable_vnd, each.carry_vnd]
        for each in found
    )
    return _file(form, _name(run, "people"), headings, rows)


@allowed(sees_pay)
@require_GET
def lines(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """One row per line of pay."""
    run, found = _visible(request, pk)
    headings = [
        _("Agent"), _("Name"), _("Team"), _("Line"), _("Kind"), _("Title"), _("Amount (₫)"),
        _("Corrects period"), _("Corrects run"), _("Reason"),
    ]  # fmt: skip
    return _file(form, _name(run, "lines"), headings, _lines(found, read_plan(run.plan.text)))


def _lines(found: Sequence[Person], plan: Plan) -> Iterable[Sequence[Value]]:
    for person in found:
        for line in person.lines:
            corrects = line.get("corrects", {})
            reason = reason_words(line["reason"], queries.reader()) if line.get("reason") else ""
            yield [
                person.agent_id, person.name, person.team_id, line["id"], queries.kind_name(line["kind"]),
                queries.line_label(plan, line["id"]),
                line["amount_vnd"], corrects.get("period", ""), corrects.get("run_id", ""), reason,
            ]  # fmt: skip


@allowed(anyone_signed_in)
@require_GET
def slip(request: HttpRequest, pk: int, agent_id: str) -> HttpResponse:
    """One agent's pay on a sheet of paper; agents get their own once the period is closed."""
    assert isinstance(request.user, User)
    if not may_see_pay_of(request.user, agent_id):
        raise PermissionDenied
    run = _found(pk)
    person = next(iter(queries.people_of(run, frozenset({agent_id}))), None)
    if person is None or (run.state != PayRun.State.CLOSED and not sees_pay(request.user)):
        raise Http404
    plan, rows = read_plan(run.plan.text), queries.rows_of_period(run.period, [agent_id])
    listed = [(queries.line_label(plan, line["id"]), line) for line in person.lines]
    base = next((row.base_pay_vnd for row in sorted(rows, key=lambda each: each.valid_from or run.plan.starts, reverse=True)), None)
    context = {"run": run, "person": person, "lines": listed, "base": base, "computed": queries.computed_run(run)}
    return render(request, "pay/slip.html", context)


def _visible(request: HttpRequest, pk: int) -> tuple[PayRun, list[Person]]:
    """The run, and whoever of it the person may see."""
    assert isinstance(request.user, User)
    run, visible = _found(pk), queries.visible_agents(request.user)
    found = queries.people_of(run, visible)
    if not found and visible is not None:
        raise PermissionDenied
    return run, found


def _found(pk: int) -> PayRun:
    return get_object_or_404(PayRun.objects.select_related("plan", "prepared_by", "closed_by"), pk=pk)


def _name(run: PayRun, what: str) -> str:
    return slugify(f"pay-{run.plan.plan_id}-{run.period}-{what}")


def _file(form: str, name: str, headings: Sequence[str], rows: Iterable[Sequence[Value]]) -> HttpResponse:
    if form == "csv":
        return csv_response(name, headings, rows)
    if form == "xlsx":
        return xlsx_response(name, headings, rows)
    raise Http404
