"""Pay as files: for payroll software, for the bank, and line by line."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chot.kpi.plan import Plan
from chot.kpi.wording import reason_words
from chot.pay import queries
from chot.pay.core_words import reader
from chot.pay.models import PayRun
from chot.pay.pay_sheets import people_columns, people_rows
from chot.pay.queries import Person
from chot.people.exports import Value, csv_response, xlsx_response
from chot.people.models import User
from chot.people.queries_teams import team_titles
from chot.people.rates import limited
from chot.people.rules import allowed, sees_pay
from chot.performance.report_files import Sheet, response
from chot.performance.workplace import read_plan


@allowed(sees_pay)
@require_GET
@limited("export")
def people(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """One row per person, one column per kind of line and of adjustment, the totals in the last row; the columns that are kept."""
    run, found = _visible(request, pk)
    if form not in ("csv", "xlsx"):
        raise Http404
    sheet = Sheet(table="pay", name=_name(run, "people"), title="", facts=[], columns=people_columns(found), rows=people_rows(found))
    assert isinstance(request.user, User)
    return response(request.user, sheet, form)


@allowed(sees_pay)
@require_GET
@limited("export")
def bank(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """One row per person who gets something: number, id, name and text in plain capitals, the amount; no totals, no formulas."""
    run, found = _visible(request, pk)
    text = f"KPI {run.period}"
    paid = (person for person in found if person.paid_vnd > 0)
    rows: Iterable[Sequence[Value]] = (
        [number, each.agent_id, plain(each.name), each.paid_vnd, f"{text} {plain(each.agent_id)}"] for number, each in enumerate(paid, 1)
    )
    return _file(form, _name(run, "bank"), [_("No."), _("Agent"), _("Name"), _("Amount (₫)"), _("Transfer text")], rows)


def plain(text: str) -> str:
    """Letters as banks take them: capitals without marks.

    >>> plain("Đặng Thị Ánh-Nguyệt")
    'DANG THI ANH NGUYET'
    """
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    kept = "".join(each if each.isascii() and each.isalnum() else " " for each in bare if not unicodedata.combining(each))
    return " ".join(kept.upper().split())


@allowed(sees_pay)
@require_GET
@limited("export")
def lines(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """One row per line of pay."""
    run, found = _visible(request, pk)
    headings = [
        _("Agent"), _("Name"), _("Team"), _("Line"), _("Kind"), _("Title"), _("Amount (₫)"),
        _("Corrects period"), _("Corrects run"), _("Reason"), _("Proposed by"), _("Approved by"),
    ]  # fmt: skip
    return _file(form, _name(run, "lines"), headings, _lines(found, read_plan(run.plan.text)))


def _lines(found: Sequence[Person], plan: Plan) -> Iterable[Sequence[Value]]:
    titles = team_titles()
    for person in found:
        for line in person.lines:
            corrects = line.get("corrects", {})
            reason = reason_words(line["reason"], reader()) if line.get("reason") else ""
            yield [
                person.agent_id, person.name, titles[person.team_id], line["id"], queries.kind_name(line["kind"]),
                queries.line_label(plan, line["id"]),
                line["amount_vnd"], corrects.get("period", ""), corrects.get("run_id", ""), reason, "", "",
            ]  # fmt: skip
        for each in person.adjustments:
            yield [
                person.agent_id, person.name, titles[person.team_id], f"adjustment:{each.pk}", _("Other adjustments"),
                each.get_kind_display(), each.amount_vnd,
                each.corrects.period if each.corrects else "", each.corrects.run_id if each.corrects else "", each.reason,
                str(each.proposed_by), str(each.decided_by),
            ]  # fmt: skip


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
