"""What callers of queues left: messages, and wishes to be called back."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from chot.calls import actions_queues as actions
from chot.calls.queries_queues import shown_tasks, tasks_for
from chot.calls.rules import looks_after_messages
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rules import allowed

_ROWS = 50


@allowed(looks_after_messages)
@require_http_methods(["GET", "POST"])
def tasks(request: HttpRequest) -> HttpResponse:
    """The list; a POST takes one or says that it is done."""
    assert isinstance(request.user, User)
    mine = tasks_for(request.user)
    if request.method == "POST":
        pk = request.POST.get("task", "")
        row = get_object_or_404(mine, pk=int(pk) if pk.isdigit() else 0)
        if request.POST.get("do") == "take" and request.user.agent_id:
            actions.take(row.pk, request.user, address=address_of(request))
        elif request.POST.get("do") == "done":
            actions.finish(row.pk, request.user, address=address_of(request))
        return redirect("calls:messages")
    done = bool(request.GET.get("done"))
    page = Paginator(mine.filter(done_at__isnull=not done), _ROWS).get_page(request.GET.get("page"))
    shown = {
        "page": page, "query": "done=1&" if done else "", "rows": shown_tasks(list(page)), "done": done,
        "takes": bool(request.user.agent_id),
    }  # fmt: skip
    return render(request, "calls/messages.html", shown)
