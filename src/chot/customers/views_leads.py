"""Leads as a board and as a list; a lead's page; leads made, moved on and given to others."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core.errors import InputError
from chot.customers import actions_work as actions
from chot.customers import queries_work as queries
from chot.customers.forms_work import LeadForm
from chot.customers.models import Customer, CustomerPhone, Lead
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
def leads(request: HttpRequest) -> HttpResponse:
    """By stage on a board, or as a list."""
    assert isinstance(request.user, User)
    given = request.GET
    whose, stage, as_list = given.get("whose", ""), given.get("stage", ""), given.get("as") == "list"
    shown: dict[str, Any] = {
        "as_list": as_list, "given": given, "names": agent_names(), "stages": Lead.Stage.choices,
        "writes": works_with_customers(request.user),
        "agents": owners_for(request.user)[1:] if leads_with_customers(request.user) else [], "path": request.get_full_path(),
        "query": urlencode({"whose": whose, "stage": stage}),
    }  # fmt: skip
    if as_list:
        rows, before = queries.page_of(queries.leads(request.user, whose, stage), given.get("before", ""))
        shown |= {"rows": rows, "before": before}
    else:
        shown["columns"] = queries.board(request.user, whose)
        rows = [lead for column in shown["columns"] for lead in column.leads]
    shown["customers"] = queries.customers_by_id(row.customer_id for row in rows)
    return render(request, "customers/leads.html", shown)


@allowed(sees_customers)
@require_GET
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """One lead, and where it may go."""
    assert isinstance(request.user, User)
    found = reached(Lead, pk, request.user, change=False)
    shown = {
        "lead": found, "customer": customer_of(found.customer_id), "names": agent_names(), "stages": Lead.Stage.choices,
        "edits": works_for(request.user, found.agent_id), "path": request.path,
        "agents": owners_for(request.user)[1:] if leads_with_customers(request.user) else [],
        "phones": CustomerPhone.objects.filter(customer__customer_id=found.customer_id, customer__erased_at=None),
    }  # fmt: skip
    return render(request, "customers/lead.html", shown)


@allowed(works_with_customers)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """A lead with a customer."""
    assert isinstance(request.user, User)
    customer = get_object_or_404(Customer, pk=pk, erased_at=None)
    agents = owners_for(request.user)[1:]
    initial = {"agent_id": customer.owner or request.user.agent_id, "source": customer.source}
    form = LeadForm(request.POST or None, agents=agents, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        by: dict[str, Any] = {"by": request.user, "address": address_of(request)}
        made = actions.new_lead(customer, given["agent_id"], given["title"], given["source"], **by)
        return redirect("customers:lead", pk=made.pk)
    shown = {"form": form, "customer": customer, "title": _("New lead")}
    return render(request, "customers/work_form.html", shown, status=422 if form.errors else 200)


@allowed(works_with_customers)
@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """To another stage."""
    assert isinstance(request.user, User)
    reached(Lead, pk, request.user)
    stage = request.POST.get("stage", "")
    if stage in Lead.Stage.values:
        try:
            actions.move_lead(pk, stage, was=request.POST.get("was"), by=request.user, address=address_of(request))
        except InputError as error:
            say(request, error)
    return back(request, "/leads")


@allowed(leads_with_customers)
@require_POST
def give(request: HttpRequest, pk: int) -> HttpResponse:
    """To another agent."""
    assert isinstance(request.user, User)
    reached(Lead, pk, request.user)
    agent = request.POST.get("agent_id", "")
    if agent not in dict(owners_for(request.user)[1:]):
        raise PermissionDenied
    actions.give_lead(pk, agent, by=request.user, address=address_of(request))
    messages.success(request, _("Given."))
    return back(request, "/leads")
