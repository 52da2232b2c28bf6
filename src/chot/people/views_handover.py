"""The hand-over of somebody who leaves: what there is, who takes it, undone if it was wrong, and the account closed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chot.core.errors import InputError, Problem
from chot.people import actions_handover as actions
from chot.people import handover
from chot.people.handover import ACCOUNT
from chot.people.models import HandOver, User
from chot.people.origin import address_of
from chot.people.queries import agent_names
from chot.people.queries_handover import Held, hand_overs_of, held_by, successors
from chot.people.queries_people import history_of
from chot.people.rules import allowed, manages_people


def _by(request: HttpRequest) -> dict[str, Any]:
    assert isinstance(request.user, User)
    return {"by": request.user, "address": address_of(request)}


def _wanted(request: HttpRequest, held: list[Held]) -> dict[str, Any]:
    """The successor of each kind: its own choice, else the one for everything where that person may take it."""
    everything = request.POST.get("everything", "")
    account = User.objects.filter(agent_id=everything, is_active=True).first() if everything else None
    found: dict[str, Any] = {}
    for each in held:
        if not (each.given and each.count):
            continue
        otherwise = everything if each.holding.to != ACCOUNT else str(account.pk) if account else ""
        chosen = request.POST.get(f"to_{each.holding.kind}") or otherwise
        if chosen in dict(each.choices):
            found[each.holding.kind] = int(chosen) if each.holding.to == ACCOUNT else chosen
    return found


@allowed(manages_people)
@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest, agent_id: str) -> HttpResponse:
    """What the person has in hand, and a successor for each kind."""
    rows = history_of(agent_id)
    if not rows:
        raise Http404
    leaver = handover.leaver_of(agent_id)
    held = held_by(leaver)
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        try:
            made = actions.give(agent_id, _wanted(request, held), **_by(request))
        except InputError as error:
            problems = error.problems
        else:
            done = sum(len(each["ids"]) for each in made.moved.values()) if made else 0
            said = _("%(count)s things were handed over.") % {"count": done} if made else _("Choose a successor first.")
            (messages.success if made else messages.warning)(request, said)
            return redirect("people:person_hand_over", agent_id)
    names, titles = agent_names(), {each.holding.kind: each.holding.title for each in held}
    past = [(made, [(titles.get(kind, kind), len(each["ids"]), _said(each["to"], names)) for kind, each in made.moved.items()])
            for made in hand_overs_of(agent_id)]  # fmt: skip
    shown = {
        "agent_id": agent_id, "row": rows[0], "account": leaver.user, "held": [each for each in held if each.count],
        "empty": [each for each in held if not each.count and each.given], "successors": successors(leaver), "past": past,
        "open": sum(each.count for each in held if each.given), "problems": problems,
    }  # fmt: skip
    return render(request, "people/hand_over.html", shown, status=422 if problems else 200)


def _said(to: Any, names: dict[str, str]) -> str:
    if isinstance(to, int):
        return str(User.objects.filter(pk=to).first() or to)
    return str(names.get(to, to))


@allowed(manages_people)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """What was handed over goes back, as far as it is still where it went."""
    made = get_object_or_404(HandOver, pk=pk)
    try:
        back = actions.undo(pk, **_by(request))
    except InputError as error:
        messages.error(request, f"{error.problems[0].what}. {error.problems[0].fix}")
    else:
        messages.success(request, _("%(count)s things went back.") % {"count": back})
    return redirect("people:person_hand_over", made.agent_id)


@allowed(manages_people)
@require_POST
def close(request: HttpRequest, agent_id: str) -> HttpResponse:
    """The account closes now."""
    try:
        closed = actions.close(agent_id, **_by(request))
    except InputError as error:
        messages.error(request, f"{error.problems[0].what}. {error.problems[0].fix}")
    else:
        ended = _("The account is closed and every session has ended.")
        messages.success(request, ended if closed else _("There was no open account; the phone is given back."))
    return redirect("people:person_hand_over", agent_id)
