"""The editor of flows, and a flow tried without a call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core import clock
from chot.core.flow_problems import problems
from chot.core.flows import Flow, Step
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries import working_on
from chot.people.rules import allowed
from chot.switchboard import actions_queues as actions
from chot.switchboard.documents_routing import as_document, present, steps_of
from chot.switchboard.flow_diagram import diagram
from chot.switchboard.flow_steps import KEYS, changed, read, renamed
from chot.switchboard.flow_tryout import tried
from chot.switchboard.flow_words import KINDS, TESTS, in_words
from chot.switchboard.forms_flows import FlowForm
from chot.switchboard.models import CallFlow, RoutingVersion
from chot.switchboard.queries_routing import titles_of_parts
from chot.switchboard.rules import manages_queues, sees_lines

_FIRST = (
    Step(name="hello", kind="say", text="Cảm ơn quý khách đã gọi đến tổng đài."),
    Step(name="menu", kind="menu", text="Gặp tư vấn viên, xin bấm phím 1."),
)


@allowed(manages_queues)
@require_http_methods(["GET", "POST"])
def flow(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A flow, or a new one: buttons change its steps, *Save* keeps them when nothing is wrong."""
    assert isinstance(request.user, User)
    found = get_object_or_404(CallFlow, pk=pk) if pk else CallFlow()
    form = FlowForm(request.POST or None, instance=found)
    if request.method != "POST":
        version = request.GET.get("version", "")
        earlier = actions.flow_of_version(found.name, int(version)) if pk and version.isdigit() else None
        return _editor(request, form, found, steps_of(earlier or found.document) if pk else _FIRST)
    steps = _posted(request)
    wish = request.POST.get("do", "")
    if wish != "save":
        return _editor(request, form, found, changed(steps, wish), opened=wish)
    wrong = _wrong(found.name or request.POST.get("name", ""), steps)
    if wrong or not form.is_valid():
        return _editor(request, form, found, steps, status=422)
    row = form.save(commit=False)
    row.document = as_document(steps)
    version_made = actions.save(row, by=request.user, address=address_of(request))
    messages.success(request, _("Saved as version %(number)s.") % {"number": version_made.number})
    return redirect("switchboard:flow", row.pk)


@allowed(manages_queues)
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """What is wrong with the steps of the page, and their picture."""
    steps = _posted(request)
    name = request.POST.get("name", "")
    drawn = diagram(Flow(name=name, steps=steps), titles_of_parts())
    shown = {"problems": [in_words(each) for each in _wrong(name, steps)], "diagram": drawn}
    return render(request, "switchboard/flow.html#beside", shown)


@allowed(sees_lines)
@require_GET
def tryout(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """A flow or a queue tried: ``did`` is what the caller did so far."""
    done, known = request.GET.getlist("did"), bool(request.GET.get("known"))
    moment = _moment(request.GET.get("at", ""))
    shown = tried(present(), kind, name, done, at=moment, known=known)
    here = {"try": shown, "kind": kind, "name": name, "did": done, "known": known, "at": moment.astimezone(clock.ZONE), "keys": KEYS}
    return render(request, "switchboard/tryout.html", here)


def _posted(request: HttpRequest) -> tuple[Step, ...]:
    steps = read(request.POST.dict())
    before = tuple(request.POST.get(f"s{place}-was", "") for place in range(len(steps)))
    return renamed(steps, before)


def _wrong(name: str, steps: tuple[Step, ...]) -> list[Any]:
    routing = present()
    return problems(Flow(name=name, steps=steps), routing)


def _editor(
    request: HttpRequest, form: FlowForm, found: CallFlow, steps: tuple[Step, ...], *, opened: str = "", status: int = 200
) -> HttpResponse:
    routing, made = present(), Flow(name=found.name, steps=steps)
    wrong = [in_words(each) for each in problems(made, routing)]
    people = working_on(clock.today()).order_by("name").values_list("agent_id", "name")
    titles = titles_of_parts()
    versions = RoutingVersion.objects.defer("document").select_related("saved_by").filter(why=f"flow {found.name}")[:10] if found.pk else ()
    shown = {
        "form": form, "pk": found.pk, "title": found.title or _("New flow"), "steps": list(enumerate(steps)),
        "kinds": KINDS.items(), "tests": TESTS.items(),
        "keys": KEYS, "routing": routing, "people": list(people), "problems": wrong, "diagram": diagram(made, titles), "opened": opened,
        "titles": titles, "versions": versions, "name": found.name,
    }  # fmt: skip
    return render(request, "switchboard/flow.html", shown, status=status)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=clock.ZONE)
    except ValueError:
        return clock.now()
