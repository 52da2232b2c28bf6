"""Announcing a plan, and what people see and answer."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.people.exports import csv_response
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries import agent_names
from chot.people.rates import limited
from chot.people.rules import allowed, anyone_signed_in, is_agent, may_see_pay_of, sees_company, sees_plans, sets_goals
from chot.performance import actions, plan_guards
from chot.performance.actions_plans import announce_draft, ready
from chot.performance.models import Acknowledgement, PlanVersion
from chot.performance.plan_changes import changes
from chot.performance.plan_paper import signed_paper
from chot.performance.plan_reading import language, line_title, reading
from chot.performance.queries_plans import acknowledged_before, announcements_of, answers_of, goal_titles
from chot.performance.queries_records import consulted_on
from chot.performance.views_plans import named
from chot.performance.workplace import read_plan, workplace


@allowed(sets_goals)
@require_http_methods(["GET", "POST"])
def plan_announce(request: HttpRequest, pk: int) -> HttpResponse:
    """What the guards found and who will get the plan; then announce it."""
    assert isinstance(request.user, User)
    saved = get_object_or_404(PlanVersion, pk=pk)
    if saved.state != PlanVersion.State.DRAFT:
        return redirect("performance:plan_answers", pk=pk)
    reason, problems = request.POST.get("override", ""), tuple[Problem, ...]()
    if request.method == "POST":
        try:
            saved = announce_draft(saved, by=request.user, override=reason, address=address_of(request))
        except InputError as error:
            problems = error.problems
        else:
            messages.success(request, _("The plan is announced."))
            return redirect("performance:plan_answers", pk=saved.pk)
    plan = read_plan(ready(saved.text))
    found = plan_guards.findings(plan)
    with workplace() as work:
        people = actions.named(plan, work.facts)
    names = agent_names()
    context = {
        "plan": saved, "findings": named(found, request.user), "errors": plan_guards.counts(found)["error"], "problems": problems,
        "reason": reason,
        "people": sorted((names.get(agent, agent), agent) for agent in people), "announced": plan.announced,
        "late": plan.starts <= clock.today(), "consulted": consulted_on(plan.id),
        "replaced": PlanVersion.objects.filter(plan_id=plan.id, state=PlanVersion.State.ANNOUNCED).first(),
    }  # fmt: skip
    return render(request, "performance/acknowledge_before.html", context, status=422 if problems else 200)


@allowed(sees_plans)
@require_http_methods(["GET", "POST"])
@limited("export", asked="export")
def plan_answers(request: HttpRequest, pk: int) -> HttpResponse:
    """Who acknowledged, who asked, who has not answered; managers answer here."""
    assert isinstance(request.user, User)
    saved = get_object_or_404(PlanVersion, pk=pk)
    if request.method == "POST":
        if not sets_goals(request.user):
            raise PermissionDenied
        given = get_object_or_404(saved.acknowledgements, pk=request.POST.get("given"), state=Acknowledgement.State.ASKED)
        text = request.POST.get("answer", "").strip()
        if text:
            actions.answer(given, text, by=request.user, address=address_of(request))
            messages.success(request, _("The answer is sent."))
        return redirect("performance:plan_answers", pk=pk)
    rows = answers_of(saved, request.user)
    if request.GET.get("export") == "proof":
        return _proof(saved, rows)
    if request.GET.get("export") == "csv":
        headings = [_("Name"), _("Agent"), _("Sent"), _("Days without an answer"), _("Reminders")]
        waiting = [row for row in rows if row["waiting_days"] is not None]
        return csv_response(
            f"{saved.plan_id}-reminders", headings,
            ((row["name"], row["given"].agent_id, row["given"].sent_at, row["waiting_days"], row["given"].reminders) for row in waiting),
        )  # fmt: skip
    states = [row["given"].state for row in rows]
    context = {
        "plan": saved, "rows": rows, "designs": sets_goals(request.user), "agreed": states.count("agreed"), "waiting": states.count("sent"),
        "open": sum(row["open"] for row in rows),
    }  # fmt: skip
    return render(request, "performance/acknowledge_answers.html", context)


def _proof(saved: PlanVersion, rows: list[dict[str, Any]]) -> HttpResponse:
    """Who answered what, when, from where, and the hash of the document that they read."""
    headings = [_("Name"), _("Agent"), _("State"), _("Sent"), _("Reminders"), _("Answered"), _("Address"), _("Document (SHA-256)")]
    cells = (
        (
            row["name"], row["given"].agent_id, str(row["given"].get_state_display()), row["given"].sent_at, row["given"].reminders,
            row["given"].answered_at, row["given"].address, row["given"].document_hash,
        )
        for row in rows
    )  # fmt: skip
    return csv_response(f"{saved.plan_id}-acknowledgements", headings, cells)


@allowed(is_agent)
@require_GET
def announcements(request: HttpRequest) -> HttpResponse:
    """Every plan that was announced to the agent."""
    assert isinstance(request.user, User)
    return render(request, "performance/acknowledge_list.html", {"rows": announcements_of(request.user)})


@allowed(anyone_signed_in)
@require_GET
def announcement(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan in plain words, with the reader's own last period as an example; for those who see plans a preview."""
    assert isinstance(request.user, User)
    saved, given, agent_id = _opened(request, pk)
    return render(request, "performance/announcement.html", _read(request.user, saved, given, agent_id))


def _read(user: User, saved: PlanVersion, given: Acknowledgement | None, agent_id: str) -> dict[str, Any]:
    """The plan for one reader: in words, with what changed since the last one acknowledged, and with the worked example."""
    names, plan = agent_names(), read_plan(saved.text)
    of = given or (saved.acknowledgements.filter(agent_id=agent_id).first() if agent_id else None)
    before = acknowledged_before(of) if of else None
    return {
        "plan": saved, "given": given, "read": reading(plan, names=names, goals=goal_titles(), agent_id=agent_id),
        "name": names.get(agent_id, agent_id), "example": _example(plan, agent_id) if agent_id else None,
        "people": _readers(saved, user, names) if given is None else (), "agent_id": agent_id, "before": before,
        "changes": changes(read_plan(before.text), plan, agent_id=agent_id) if before else [],
    }  # fmt: skip


@allowed(anyone_signed_in)
@require_GET
@limited("export")
def announcement_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The announcement as a PDF with the company's signature, for the same readers as the page."""
    assert isinstance(request.user, User)
    saved, given, agent_id = _opened(request, pk)
    answer = HttpResponse(signed_paper(_read(request.user, saved, given, agent_id)), content_type="application/pdf")
    whose = f"-{agent_id}" if agent_id else ""
    answer.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"{saved.plan_id}{whose}.pdf") or ""
    return answer


def _opened(request: HttpRequest, pk: int) -> tuple[PlanVersion, Acknowledgement | None, str]:
    """The plan, the reader's own announcement of it, and whose example is shown; who may not see them is refused."""
    assert isinstance(request.user, User)
    saved = get_object_or_404(PlanVersion, pk=pk)
    given = saved.acknowledgements.filter(agent_id=request.user.agent_id).first() if request.user.agent_id else None
    if given is None and not sees_plans(request.user):
        raise PermissionDenied
    agent_id = request.GET.get("agent", "") or (given.agent_id if given else "")
    if agent_id and not may_see_pay_of(request.user, agent_id):
        raise PermissionDenied
    return saved, given, agent_id


def _readers(saved: PlanVersion, user: User, names: dict[str, str]) -> list[tuple[str, str]]:
    """The people whose example a previewer may look at."""
    if not (sees_plans(user) and sees_company(user)):
        return []
    agents = saved.acknowledgements.values_list("agent_id", flat=True)
    return sorted(((agent, names.get(agent, agent)) for agent in agents), key=lambda each: each[1])


def _example(plan: Any, agent_id: str) -> dict[str, Any] | None:
    """The agent's last period under the plan, line by line."""
    found = plan_guards.example(plan, agent_id)
    if found is None:
        return None
    units = {item.metric.id: item.metric.unit for item in plan.items}
    bonus = plan.bonus_vnd * Fraction(found["bonus_share"])
    items = {
        f"item:{each['metric']}": {
            **each, "unit": units[each["metric"]], "bonus_vnd": str(bonus), "share": str(Fraction(each["effective_weight"]) / 100),
        }
        for each in found["items"]
    }  # fmt: skip
    lines = [{**line, "title": line_title(line["id"], plan), "item": items.get(line["id"])} for line in found["lines"]]
    return {**found, "lines": lines, "lang": language()}


@allowed(anyone_signed_in)
@require_POST
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """The agent has read the plan, or asks."""
    assert isinstance(request.user, User)
    if not request.user.agent_id:
        raise PermissionDenied
    given = get_object_or_404(Acknowledgement.objects.exclude(plan__state="draft"), plan_id=pk, agent_id=request.user.agent_id)
    question = request.POST.get("question", "").strip()[:4000]
    if request.POST.get("does") == "ask" and not question:
        messages.error(request, _("Write your question first."))
    else:
        asked = question if request.POST.get("does") == "ask" else ""
        actions.acknowledge(given, by=request.user, question=asked, address=address_of(request))
        messages.success(request, _("Your question is sent.") if asked else _("Thank you. Your acknowledgement is recorded."))
    return redirect("performance:announcement", pk=pk)
