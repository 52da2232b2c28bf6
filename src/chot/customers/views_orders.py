"""Orders: a list, one with its lines, placed and led from status to status."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core.errors import InputError
from chot.customers import actions_orders as actions
from chot.customers import queries_work as queries
from chot.customers.current_calls import call_with
from chot.customers.forms_work import OrderForm
from chot.customers.models import Customer, Order
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
def orders(request: HttpRequest) -> HttpResponse:
    """Orders, the latest first."""
    assert isinstance(request.user, User)
    given = request.GET
    rows, before = queries.page_of(queries.orders(request.user, given.get("whose", ""), given.get("status", "")), given.get("before", ""))
    shown = {
        "rows": rows, "before": before, "given": given, "names": agent_names(), "statuses": Order.Status.choices,
        "customers": queries.customers_by_id(row.customer_id for row in rows),
        "agents": owners_for(request.user)[1:] if leads_with_customers(request.user) else [],
    }  # fmt: skip
    return render(request, "customers/orders.html", shown)


@allowed(sees_customers)
@require_GET
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """One order with its lines."""
    assert isinstance(request.user, User)
    found = reached(Order, pk, request.user, change=False)
    edits = works_for(request.user, found.agent_id)
    shown = {
        "order": found, "items": list(found.items.all()), "customer": customer_of(found.customer_id), "names": agent_names(),
        "edits": edits, "path": request.path,
        "steps": [(each, Order.Status(each).label) for each in actions.steps_for(found, request.user)] if edits else [],
    }  # fmt: skip
    return render(request, "customers/order.html", shown)


@allowed(works_with_customers)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """An order of a customer; ``call`` names the call it comes from: the one that goes on, or was just now, is offered."""
    assert isinstance(request.user, User)
    customer = get_object_or_404(Customer, pk=pk, erased_at=None)
    initial = {"agent_id": request.user.agent_id or customer.owner}
    form = OrderForm(request.POST or None, agents=owners_for(request.user)[1:], initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        by: dict[str, Any] = {"by": request.user, "address": address_of(request)}
        made = actions.place(customer, given["agent_id"], given["lines"], call_id=request.POST.get("call", "")[:100], **by)
        return redirect("customers:order", pk=made.pk)
    shown = {
        "form": form, "customer": customer, "title": _("New order"), "products": queries.products(),
        "call": call_with(request.user.agent_id, customer), "unticked": request.method == "POST" and not request.POST.get("call"),
    }  # fmt: skip
    return render(request, "customers/order_form.html", shown, status=422 if form.errors else 200)


@allowed(works_with_customers)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Other lines of a pending order."""
    assert isinstance(request.user, User)
    found = reached(Order, pk, request.user)
    initial: dict[str, Any] = {"agent_id": found.agent_id}
    for place, item in enumerate(found.items.all()):
        initial |= {f"product_{place}": item.product, f"quantity_{place}": item.quantity, f"price_{place}": item.price_vnd}
    form = OrderForm(request.POST or None, agents=[(found.agent_id, agent_names().get(found.agent_id, found.agent_id))], initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_lines(pk, form.cleaned_data["lines"], by=request.user, address=address_of(request))
        except InputError as error:
            say(request, error)
        return redirect("customers:order", pk=pk)
    shown = {"form": form, "order": found, "title": found.order_id, "products": queries.products()}
    return render(request, "customers/order_form.html", shown, status=422 if form.errors else 200)


@allowed(works_with_customers)
@require_POST
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """The next status."""
    assert isinstance(request.user, User)
    reached(Order, pk, request.user)
    try:
        actions.lead_to(pk, request.POST.get("status", ""), by=request.user, address=address_of(request))
    except InputError as error:
        say(request, error)
    return back(request, f"/orders/{pk}")
