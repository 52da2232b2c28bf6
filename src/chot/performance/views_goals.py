"""Pages of business goals: the tree with progress, and the form of one goal."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core.errors import InputError
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rules import allowed, sees_plans, sets_goals
from chot.performance import actions_goals, queries_goals
from chot.performance.actions_goals import Step
from chot.performance.forms_goals import GoalForm
from chot.performance.models import Goal


@allowed(sees_plans)
@require_GET
def goals(request: HttpRequest) -> HttpResponse:
    """The tree of goals, where each stands, what serves it, and what serves none."""
    return render(request, "performance/goals.html", _tree(request))


def _tree(request: HttpRequest) -> dict[str, object]:
    assert isinstance(request.user, User)
    served = queries_goals.serving()
    nodes = queries_goals.tree(served)
    return {
        "nodes": nodes, "counts": queries_goals.counts(nodes), "edits": sets_goals(request.user),
        "unserving": queries_goals.unserving(served, [node.goal for node in nodes]),
    }  # fmt: skip


@allowed(sets_goals)
@require_http_methods(["GET", "POST"])
def goal_new(request: HttpRequest) -> HttpResponse:
    """A new goal; ``?parent=`` says which one it serves."""
    return _form(request, Goal())


@allowed(sets_goals)
@require_http_methods(["GET", "POST"])
def goal_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a goal."""
    return _form(request, get_object_or_404(Goal, pk=pk))


def _form(request: HttpRequest, goal: Goal) -> HttpResponse:
    if not isinstance(request.user, User):
        raise PermissionDenied
    form = GoalForm(request.POST or None, instance=goal, initial={} if goal.pk else {"parent": request.GET.get("parent")})
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions_goals.save_goal(form.save(commit=False), by=request.user, address=_address(request))
        except InputError as error:
            form.add_error("parent", "; ".join(problem.what for problem in error.problems))
        else:
            messages.success(request, _("Saved: %(title)s") % {"title": saved.title})
            return redirect("performance:goals")
    kept = queries_goals.serves(goal) if goal.pk else []
    status = 422 if request.method == "POST" else 200
    return render(request, "performance/goal_form.html", {"form": form, "goal": goal, "kept": kept}, status=status)


@allowed(sets_goals)
@require_POST
def goal_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a goal one step; the tree again for htmx, else the page."""
    assert isinstance(request.user, User)
    goal = get_object_or_404(Goal, pk=pk)
    step = request.POST.get("step", "")
    if step in ("up", "down", "in", "out"):
        actions_goals.move_goal(goal, cast(Step, step), by=request.user, address=_address(request))
    if getattr(request, "htmx", False):
        return render(request, "performance/goals.html#tree", _tree(request))
    return redirect("performance:goals")


@allowed(sets_goals)
@require_POST
def goal_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a goal where it was dropped; the tree as it is then, with 409 when the place is no longer there."""
    assert isinstance(request.user, User)
    goal = get_object_or_404(Goal, pk=pk)
    places = [request.POST.get(name, "") for name in ("parent", "before")]
    if not all(place == "" or place.isdecimal() for place in places):
        return HttpResponse(status=400)
    parent_id, before_id = (int(place) if place else None for place in places)
    problem, status = "", 200
    try:
        actions_goals.place_goal(goal, parent_id=parent_id, before_id=before_id, by=request.user, address=_address(request))
    except InputError as error:
        problem, status = " ".join(f"{each.what[:1].upper()}{each.what[1:]}. {each.fix}" for each in error.problems), 409
    return render(request, "performance/goals.html#tree", {**_tree(request), "problem": problem}, status=status)


@allowed(sets_goals)
@require_POST
def goal_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a goal that nothing serves."""
    assert isinstance(request.user, User)
    goal = get_object_or_404(Goal, pk=pk)
    try:
        actions_goals.delete_goal(goal, by=request.user, address=_address(request))
        messages.success(request, _("Deleted: %(title)s") % {"title": goal.title})
    except InputError as error:
        messages.error(request, "; ".join(f"{problem.what}. {problem.fix}" for problem in error.problems))
    return redirect("performance:goals")


def _address(request: HttpRequest) -> str | None:
    return address_of(request)
