"""Teams: what they are called and who leads them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chot.core import clock
from chot.core.errors import InputError
from chot.people.actions_teams import set_team
from chot.people.forms_people import TeamForm
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries_accounts import agents_to_choose
from chot.people.queries_teams import teams_on
from chot.people.rules import allowed, manages_people, sees_people


@allowed(sees_people)
@require_http_methods(["GET", "POST"])
def teams(request: HttpRequest) -> HttpResponse:
    """Every team; those who manage people change them here."""
    assert isinstance(request.user, User)
    manages, today = manages_people(request.user), clock.today()
    listed = teams_on(today)
    chosen = next((team for team in listed if team.team_id == request.GET.get("team")), None)
    held = {"team_id": chosen.team_id, "name": chosen.name, "leader_id": chosen.leader_id} if chosen else {}
    form = TeamForm(request.POST if manages and request.method == "POST" else None, initial={**held, "day": today})
    if manages and request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            changed = set_team(
                given["team_id"], given["day"], given["name"], given["leader_id"], by=request.user, address=address_of(request)
            )
        except InputError as error:
            form.add_error("leader_id", "; ".join(str(problem.what) for problem in error.problems))
        else:
            messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
            return redirect("people:list_teams")
    if request.method == "POST" and not manages:
        return HttpResponse(status=403)
    shown = {"teams": listed, "form": form, "manages": manages, "agents": agents_to_choose(), "chosen": chosen}
    return render(request, "people/teams.html", shown, status=422 if form.errors else 200)
