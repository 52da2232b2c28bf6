"""Tickets and tasks: lists, a ticket's page, opened, done, opened again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core import clock
from chot.core.errors import InputError
from chot.customers import actions_work as actions
from chot.customers import queries_work as queries
from chot.customers.forms_work import TaskForm, TicketForm, due_later
from chot.customers.models import Customer, Task, Ticket
from chot.customers.queries import customer_of, owners_for
from chot.customers.reaching import reached
from chot.customers.rules import leads_with_customers, sees_customers, works_for, works_with_customers
from chot.people.answering import back, say
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries import agent_names
from chot.people.rules import allowed


@allowed(sees_customers)
@require_GET
def tickets(request: HttpRequest) -> HttpResponse:
    """Tickets: open ones unless asked otherwise."""
    assert isinstance(request.user, User)
    given = request.GET
    whose, state = given.get("whose", ""), given.get("state", "open")
    rows, before = queries.page_of(queries.tickets(request.user, whose, state), given.get("before", ""))
    shown = {
        "rows": rows, "before": before, "given": given, "state": state, "names": agent_names(), "now": clock.now(),
        "numbers": queries.ticket_numbers(request.user, whose), "customers": queries.customers_by_id(row.customer_id for row in rows),
        "agents": owners_for(request.user)[1:] if leads_with_customers(request.user) else [],
    }  # fmt: skip
    return render(request, "customers/tickets.html", shown)


@allowed(sees_customers)
@require_http_methods(["GET", "POST"])
def ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """One ticket; sent, changed."""
    assert isinstance(request.user, User)
    found = reached(Ticket, pk, request.user, change=request.method == "POST")
    agents = owners_for(request.user, found.agent_id)[1:] if works_with_customers(request.user) else []
    initial = {name: getattr(found, name) for name in ("agent_id", "title", "details", "due_at")}
    form = TicketForm(request.POST or None, agents=agents, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.change_ticket(pk, form.cleaned_data, by=request.user, address=address_of(request))
        messages.success(request, _("Saved."))
        return redirect("customers:ticket", pk=pk)
    state = actions.state_of(found)
    shown = {
        "ticket": found, "form": form, "customer": customer_of(found.customer_id), "names": agent_names(), "path": request.path,
        "edits": works_for(request.user, found.agent_id), "state": state, "label": Ticket.Status(state).label,
        "late": bool(state == Ticket.Status.OPEN and found.due_at and found.due_at < clock.now()),
    }  # fmt: skip
    return render(request, "customers/ticket.html", shown, status=422 if form.errors else 200)


@allowed(works_with_customers)
@require_http_methods(["GET", "POST"])
def new_ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """A ticket of a customer."""
    assert isinstance(request.user, User)
    customer = get_object_or_404(Customer, pk=pk, erased_at=None)
    initial = {"agent_id": request.user.agent_id or customer.owner, "due_at": due_later(2, clock.now().astimezone(clock.ZONE))}
    form = TicketForm(request.POST or None, agents=owners_for(request.user)[1:], initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        by: dict[str, Any] = {"by": request.user, "address": address_of(request)}
        made = actions.open_ticket(customer, given["agent_id"], given["title"], given["details"], given["due_at"], **by)
        return redirect("customers:ticket", pk=made.pk)
    shown = {"form": form, "customer": customer, "title": _("New ticket")}
    return render(request, "customers/work_form.html", shown, status=422 if form.errors else 200)


@allowed(works_with_customers)
@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Done, cancelled, or open again."""
    assert isinstance(request.user, User)
    reached(Ticket, pk, request.user)
    does = request.POST.get("status", "")
    if does in Ticket.Status.values:
        try:
            actions.settle_ticket(pk, does, by=request.user, address=address_of(request))
        except InputError as error:
            say(request, error)
    return back(request, f"/tickets/{pk}")


@allowed(sees_customers)
@require_http_methods(["GET", "POST"])
def tasks(request: HttpRequest) -> HttpResponse:
    """What is to be done, late first; sent, a new one."""
    assert isinstance(request.user, User)
    writes = works_with_customers(request.user)
    if request.method == "POST" and not writes:
        raise PermissionDenied
    agents = owners_for(request.user)[1:] if writes else []
    initial = {"agent_id": request.user.agent_id, "due_at": due_later(1, clock.now().astimezone(clock.ZONE))}
    form = TaskForm(request.POST or None, agents=agents, initial=initial)
    if request.method == "POST" and form.is_valid():
        customer = _customer(request.POST.get("customer", ""))
        given = form.cleaned_data
        actions.new_task(given["agent_id"], given["title"], given["due_at"], customer, by=request.user)
        return redirect("customers:customer", pk=customer.pk) if customer else redirect("customers:tasks")
    found: dict[str, Any] = queries.tasks(request.user, request.GET.get("whose", "mine" if request.user.agent_id else ""))
    shown = {
        "by_due": [(key, name, found[key]) for key, name in _groups()], "form": form, "names": agent_names(), "writes": writes,
        "agents": agents if leads_with_customers(request.user) else [], "given": request.GET, "path": request.get_full_path(),
        "nothing": not any(found.values()), "customer": _customer(request.GET.get("customer", "")),
    }  # fmt: skip
    return render(request, "customers/tasks.html", shown, status=422 if form.errors else 200)


def _customer(pk: str) -> Customer | None:
    return Customer.objects.filter(pk=int(pk), erased_at=None).first() if pk.isdigit() and len(pk) < 19 else None


def _groups() -> list[tuple[str, str]]:
    return [("late", _("Late")), ("today", _("Today")), ("later", _("Later")), ("done", _("Done in the last 7 days"))]


@allowed(works_with_customers)
@require_POST
def tick(request: HttpRequest, pk: int) -> HttpResponse:
    """A task is done, or not after all."""
    assert isinstance(request.user, User)
    task = get_object_or_404(Task, pk=pk)
    if not works_for(request.user, task.agent_id):
        raise PermissionDenied
    actions.tick_task(pk, done=request.POST.get("done") == "1")
    return back(request, "/tasks")
