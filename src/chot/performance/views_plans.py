"""Plans: the list, one plan as people read it, and the designer."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core.errors import InputError
from chot.kpi.finding_words import figure_words
from chot.kpi.plan import Plan
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries import agent_names
from chot.people.queries_teams import team_titles
from chot.people.rates import limited
from chot.people.rules import allowed, sees_company, sees_plans, sets_goals
from chot.performance import plan_files, plan_guards, plan_rollout, queries_missing
from chot.performance.actions_plans import change_draft, delete_draft, new_draft, ready
from chot.performance.models import PlanVersion
from chot.performance.plan_charts import backtest_view
from chot.performance.plan_form import Form, applied, problems_of
from chot.performance.plan_reading import language, reading, said
from chot.performance.queries_plans import TEMPLATES, from_template, goal_titles, next_version, own_team, plan_versions
from chot.performance.queries_review import ended_periods
from chot.performance.target_sets import names_in, stored, with_kept_files
from chot.performance.views_review import described
from chot.performance.workplace import data_folder, metrics, read_plan

PERIODS = (3, 6, 12)
_GRAVITY = ("error", "warning", "note")


@allowed(sees_plans)
@require_GET
def plans(request: HttpRequest) -> HttpResponse:
    """Every version of every plan."""
    assert isinstance(request.user, User)
    now = plan_guards.stand()
    rows = [_row(each, now) for each in plan_versions()]
    context = {"rows": rows, "templates": TEMPLATES, "designs": sets_goals(request.user)}
    return render(request, "performance/plans.html", context)


def _row(saved: PlanVersion, now: plan_guards.Stand) -> dict[str, Any]:
    """A version with whom it is for, and how many findings it has as far as that is known."""
    try:
        loaded = _as_announced(saved)
    except InputError:
        return {"plan": saved, "findings": None}
    found = plan_guards.known_findings(loaded, now)
    who = ", ".join(loaded.roles or map(team_titles().__getitem__, loaded.teams))
    return {"plan": saved, "who": who, "findings": None if found is None else plan_guards.counts(found)}


def _as_announced(saved: PlanVersion) -> Plan:
    """The plan that the guards look at: a draft as it would be announced today."""
    return read_plan(ready(saved.text) if saved.state == PlanVersion.State.DRAFT else saved.text)


@allowed(sees_plans)
@require_GET
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """One plan; the guards and the replay come on request, and without script by a link."""
    assert isinstance(request.user, User)
    saved = get_object_or_404(plan_versions(), pk=pk)
    context: dict[str, Any] = {"plan": saved, "designs": sets_goals(request.user), "periods": PERIODS}
    context |= {"target_files": names_in(saved.text)}
    try:
        loaded = read_plan(saved.text)
        context |= {"missing": _lacking(request, saved, loaded)}
        context |= {"read": reading(loaded, names=agent_names(), goals=goal_titles())}
        context |= _guards(request, saved) | {"ended": ended_periods(saved), "changes": _changes(saved, loaded)}
    except InputError as error:
        context |= {"problems": error.problems}
    return render(request, "performance/plan.html", context)


def _lacking(request: HttpRequest, saved: PlanVersion, loaded: Plan) -> list[str]:
    """Who joined and has no target yet; a leader sees the own team."""
    assert isinstance(request.user, User)
    seen = None if sees_company(request.user) else own_team(request.user)
    found = queries_missing.still_missing(saved, loaded)
    return [queries_missing.words(each, saved.title) for each in found if seen is None or each.agent_id in seen]


def _changes(saved: PlanVersion, loaded: Plan) -> list[dict[str, Any]]:
    """What a version drafted from a review changes."""
    return described(saved.changes, {item.metric.id: (item.title or said(item.metric.title), item.metric.unit) for item in loaded.items})


def _guards(request: HttpRequest, saved: PlanVersion) -> dict[str, Any]:
    assert isinstance(request.user, User)
    loaded = _as_announced(saved)
    found = plan_guards.findings(loaded) if "findings" in request.GET else plan_guards.known_findings(loaded, plan_guards.stand())
    context: dict[str, Any] = {} if found is None else {"findings": named(found, request.user)}
    return context | ({"backtest": _replayed(request, loaded)} if "backtest" in request.GET else {})


def _replayed(request: HttpRequest, loaded: Plan) -> dict[str, Any]:
    """The replay; a leader sees who would reach what, and nobody's pay."""
    assert isinstance(request.user, User)
    return backtest_view(plan_guards.backtest(loaded, _periods(request)), loaded, agent_names(), pays=sees_company(request.user))


def _periods(request: HttpRequest) -> int:
    given = request.GET.get("backtest", "")
    return int(given) if given in map(str, PERIODS) else PERIODS[1]


def named(found: list[dict[str, Any]], user: User) -> list[dict[str, Any]]:
    """Findings for a page, the gravest first: metrics and agents by their names, and nothing about agents whom the user does not see."""
    agents, titles = agent_names(), {name: vars(metric.title) for name, metric in metrics().items()}
    lang, of = language(), team_titles()
    hidden = set() if sees_company(user) else agents.keys() - own_team(user)
    shown = [(each, each["subject"].split(", ")) for each in sorted(found, key=lambda each: _GRAVITY.index(each["severity"]))]
    return [
        {
            **each, "subjects": [(agents | titles).get(part, part) for part in subjects],
            "figures": [
                figure_words(name, of[value] if name.endswith("_team") else value, lang) for name, value in each["figures"].items()
            ],
        }
        for each, subjects in shown
        if not hidden.intersection(subjects)
    ]  # fmt: skip


@allowed(sees_plans)
@require_GET
def plan_findings(request: HttpRequest, pk: int) -> HttpResponse:
    """What the guards find, as a part of the plan's page."""
    assert isinstance(request.user, User)
    saved = get_object_or_404(PlanVersion, pk=pk)
    found = plan_guards.findings(_as_announced(saved))
    return render(request, "performance/plan.html#findings", {"plan": saved, "findings": named(found, request.user)})


@allowed(sees_plans)
@require_GET
def plan_backtest(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan over past periods, as a part of the plan's page."""
    saved = get_object_or_404(PlanVersion, pk=pk)
    view = _replayed(request, _as_announced(saved))
    return render(request, "performance/plan.html#backtest", {"plan": saved, "backtest": view, "periods": PERIODS})


@allowed(sees_plans)
@require_GET
@limited("export")
def plan_yaml(request: HttpRequest, pk: int) -> HttpResponse:
    """The document, as the command line reads it."""
    saved = get_object_or_404(PlanVersion, pk=pk)
    files = stored(saved.text)
    if files:
        return _packed(saved, files)
    headers = {"Content-Disposition": f'attachment; filename="{saved.plan_id}-{saved.version[:8]}.yaml"'}
    return HttpResponse(saved.text, content_type="application/yaml; charset=utf-8", headers=headers)


def _packed(saved: PlanVersion, files: dict[str, str]) -> HttpResponse:
    """The document and the target files that it names, side by side."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{saved.plan_id}.yaml", saved.text)
        for name, text in files.items():
            archive.writestr(name, text)
    headers = {"Content-Disposition": f'attachment; filename="{saved.plan_id}-{saved.version[:8]}.zip"'}
    return HttpResponse(content.getvalue(), content_type="application/zip", headers=headers)


@allowed(sets_goals)
@require_http_methods(["GET", "POST"])
def plan_new(request: HttpRequest) -> HttpResponse:
    """A new plan, from a template, another version or a file; nothing is kept before it is saved."""
    assert isinstance(request.user, User)
    if request.method == "POST" and "file" in request.FILES:
        return _designer(request, _uploaded(request))
    if request.method == "POST":
        text, both = applied(request.POST.dict())
        try:
            saved = new_draft(text, by=request.user, address=address_of(request))
        except InputError as error:
            return _designer(request, text, problems=error.problems, both=both)
        return _saved(request, saved, both)
    return _designer(request, _begun(request))


def _begun(request: HttpRequest) -> str:
    """The document that a new plan begins with."""
    template, source = request.GET.get("template", TEMPLATES[0]), request.GET.get("from", "")
    if source.isdecimal():
        return next_version(get_object_or_404(PlanVersion, pk=int(source)))
    if template not in TEMPLATES:
        raise Http404
    return from_template(template)


def _uploaded(request: HttpRequest) -> str:
    """The uploaded document, with the target files that came with it kept; empty with a message when it cannot be read."""
    assert isinstance(request.user, User)
    try:
        text, files = plan_files.read(request.FILES.getlist("file"))
        return with_kept_files(text, folder=data_folder() / "plans", plan_id="uploaded", by=request.user, given=files)
    except plan_files.NotReadableError as error:
        messages.error(request, str(error))
        return ""


@allowed(sets_goals)
@require_http_methods(["GET", "POST"])
def plan_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The designer over a draft."""
    assert isinstance(request.user, User)
    saved = get_object_or_404(PlanVersion, pk=pk)
    if saved.state != PlanVersion.State.DRAFT:
        messages.error(request, _("An announced plan never changes. Make a new version of it."))
        return redirect("performance:plan", pk=pk)
    if request.method == "GET":
        return _designer(request, saved.text, saved=saved)
    text, both = applied(request.POST.dict())
    try:
        saved = change_draft(saved, text, by=request.user, address=address_of(request))
    except InputError as error:
        return _designer(request, text, saved=saved, problems=error.problems, both=both)
    return _saved(request, saved, both)


def _saved(request: HttpRequest, saved: PlanVersion, both: list[str]) -> HttpResponse:
    assert isinstance(request.user, User)
    _tell_both(request, both)
    if "rollout.tools" in request.POST:
        plan_rollout.save_rollout(saved, plan_rollout.posted(request.POST), by=request.user, address=address_of(request))
    if request.POST.get("then") == "stay":
        messages.success(request, _("Saved."))
        return redirect("performance:plan_edit", pk=saved.pk)
    return redirect("performance:plan", pk=saved.pk)


def _tell_both(request: HttpRequest, both: list[str]) -> None:
    if both:
        text = _("Changed in the form and in the text; the text was kept: %(places)s.") % {"places": ", ".join(both)}
        messages.warning(request, text)


def _designer(
    request: HttpRequest, text: str, *, saved: PlanVersion | None = None, problems: Any = None, both: list[str] | None = None
) -> HttpResponse:
    _tell_both(request, both or [])
    found = problems_of(text) if problems is None else problems
    source = request.GET.get("from", "")
    like = saved or (PlanVersion.objects.filter(pk=int(source)).first() if source.isdecimal() else None)
    kept = plan_rollout.posted(request.POST) if "rollout.tools" in request.POST else plan_rollout.rollout_of(like)
    if saved is None and like is not None:
        kept = {**kept, "reviews": []}  # the days of the plan before are over
    context = {
        "form": Form(text, found), "plan": saved, "lines": max(20, min(text.count("\n") + 3, 60)), "rollout": plan_rollout.shown(kept),
    }  # fmt: skip
    return render(request, "performance/plan_form.html", context, status=422 if problems else 200)


@allowed(sets_goals)
@require_POST
def plan_check(request: HttpRequest) -> HttpResponse:
    """Beside the designer, after each change: problems and the sum of weights at once, then what the guards find."""
    assert isinstance(request.user, User)
    text, _both = applied(request.POST.dict())
    problems = problems_of(text)
    context: dict[str, Any] = {"form": Form(text, problems), "checked": True}
    if "guards" in request.GET and not problems:
        context |= {"findings": named(plan_guards.findings(read_plan(ready(text))), request.user)}
    return render(request, "performance/plan_form.html#beside", context)


@allowed(sets_goals)
@require_POST
def plan_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a draft."""
    assert isinstance(request.user, User)
    saved = get_object_or_404(PlanVersion, pk=pk)
    if not delete_draft(saved, by=request.user, address=address_of(request)):
        raise PermissionDenied
    messages.success(request, _("The draft is removed."))
    return redirect("performance:plans")
