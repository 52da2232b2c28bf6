"""Campaigns: listed, changed, archived, taken along."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.campaigns import actions, queries
from chot.campaigns.forms import CampaignForm
from chot.campaigns.models import Campaign
from chot.campaigns.rules import manages_campaigns, sees_campaigns
from chot.core import clock
from chot.people.exports import SHEETS, Value, sheet_response
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries_teams import team_titles
from chot.people.rates import limited
from chot.people.rules import allowed

_ROWS = 50


@allowed(sees_campaigns)
@require_GET
def campaigns(request: HttpRequest) -> HttpResponse:
    """What is called for now; or what is over."""
    assert isinstance(request.user, User)
    archived = bool(request.GET.get("archived"))
    page = Paginator(queries.campaigns(request.user, archived=archived), _ROWS).get_page(request.GET.get("page"))
    today = clock.today()
    titles = team_titles()
    rows = [{"campaign": each, "teams": [titles[team] for team in each.teams], "over": _over(each, today)} for each in page]
    shown = {
        "rows": rows, "page": page, "query": "archived=1&" if archived else "", "archived": archived,
        "manages": manages_campaigns(request.user),
    }  # fmt: skip
    return render(request, "campaigns/campaigns.html", shown)


@allowed(sees_campaigns)
@require_GET
@limited("export")
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """The campaigns as a file, archived ones too."""
    assert isinstance(request.user, User)
    if kind not in SHEETS:
        raise Http404
    fields = ("code", "name", "purpose", "teams", "first_day", "last_day", "status", "description")
    headings = [str(Campaign._meta.get_field(name).verbose_name) for name in fields]  # type: ignore[union-attr]
    found = [*queries.campaigns(request.user), *queries.campaigns(request.user, archived=True)]
    titles = team_titles()
    rows: list[list[Value]] = [
        [
            each.code, each.name, str(each.get_purpose_display()), ", ".join(titles[team] for team in each.teams),
            each.first_day, each.last_day, str(each.get_status_display()), each.description,
        ]
        for each in found
    ]  # fmt: skip
    return sheet_response(kind, "campaigns", headings, rows)


@allowed(manages_campaigns)
@require_http_methods(["GET", "POST"])
def campaign(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A campaign, or a new one."""
    assert isinstance(request.user, User)
    found = get_object_or_404(Campaign, pk=pk) if pk else Campaign(first_day=clock.today(), status=Campaign.Status.RUNNING)
    form = CampaignForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        actions.save_campaign(form.save(commit=False), by=request.user, address=address_of(request))
        messages.success(request, _("Saved."))
        return redirect("campaigns:campaigns")
    title = Campaign.objects.values_list("name", flat=True).get(pk=pk) if pk else _("New campaign")
    shown = {"form": form, "title": title, "campaign": found if pk else None}
    return render(request, "campaigns/campaign.html", shown, status=422 if form.errors else 200)


@allowed(manages_campaigns)
@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    """Out of the forms, or back."""
    assert isinstance(request.user, User)
    archived = request.POST.get("back") != "1"
    found = actions.archive_campaign(pk, archived=archived, by=request.user, address=address_of(request))
    told = _("%(name)s is archived: nobody can choose it any more; its calls stay.") if archived else _("%(name)s is running again.")
    messages.success(request, told % {"name": found.name})
    return redirect("campaigns:campaigns")


def _over(each: Campaign, today: Any) -> bool:
    return bool(each.last_day and each.last_day < today)
