"""An agent's place among colleagues, hiding from them, and the manager's rule of what they see."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core.errors import InputError
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rules import allowed, is_agent, sets_goals
from chot.performance import actions_ranking, queries, queries_ranking
from chot.performance.models_ranking import RankingRule


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """What colleagues see of each other."""

    class Meta:
        model = RankingRule
        fields = ("shows", "top", "opt_out")
        widgets = {  # noqa: RUF012 - Django's own way
            "shows": forms.Select(attrs={"class": "form-select"}), "top": forms.NumberInput(attrs={"class": "form-control w-auto"}),
            "opt_out": forms.CheckboxInput(attrs={"class": "form-check-input"}),
        }  # fmt: skip


@allowed(is_agent)
@require_GET
def ranking(request: HttpRequest) -> HttpResponse:
    """The own place in a period, and of colleagues what the company's rule shows."""
    assert isinstance(request.user, User)
    agent_id = request.user.agent_id
    periods = queries.periods_of_agent(agent_id)
    period = queries.chosen_period(request.GET.get("period"), periods)
    context = {
        "periods": periods, "period": period, "standings": queries_ranking.standings(agent_id, period) if period else [],
        "rule": queries_ranking.rule(), "hides": queries_ranking.hides(agent_id),
    }  # fmt: skip
    return render(request, "performance/ranking.html", context)


@allowed(is_agent)
@require_POST
def ranking_visibility(request: HttpRequest) -> HttpResponse:
    """Hide the own name from colleagues, or show it again."""
    assert isinstance(request.user, User)
    try:
        actions_ranking.hide(
            request.user.agent_id, hidden=request.POST.get("hidden") == "1", by=request.user, address=address_of(request)
        )
    except InputError:
        raise PermissionDenied from None
    return redirect("performance:ranking")


@allowed(sets_goals)
@require_http_methods(["GET", "POST"])
def ranking_rule(request: HttpRequest) -> HttpResponse:
    """What colleagues see of each other's places."""
    assert isinstance(request.user, User)
    form = RuleForm(request.POST or None, instance=queries_ranking.rule())
    if request.method == "POST" and form.is_valid():
        actions_ranking.set_rule(**form.cleaned_data, by=request.user, address=address_of(request))
        messages.success(request, _("Saved. Pages and files follow the rule from now on."))
        return redirect("performance:ranking_rule")
    return render(request, "performance/ranking_rule.html", {"form": form})
