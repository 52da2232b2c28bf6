"""The list of customers, one customer's page, and the course of everything with them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from chot.core import clock
from chot.customers import timeline
from chot.customers.calling import may_call
from chot.customers.forms import NoteForm, PhoneForm
from chot.customers.models import Customer, CustomField, DataRequest
from chot.customers.models_contact import Purpose
from chot.customers.queries import Asked, customer_of, ids_of, listed, owners_for, saved_filters, sources, tags, team_agents
from chot.customers.queries_consents import spared, standing
from chot.customers.queries_duplicates import like
from chot.customers.rules import edits, leads_with_customers, rules_customers, sees_customers, sees_data_requests, works_with_customers
from chot.people.models import Role, User
from chot.people.queries import agent_names
from chot.people.rules import allowed


def asked(request: HttpRequest) -> Asked:
    """The filter of a request; ``whose`` is mine, team, nobody's or an agent."""
    assert isinstance(request.user, User)
    given, whose = request.GET, request.GET.get("whose", "")
    before = given.get("before", "")
    return Asked(
        q=given.get("q", "")[:100],
        owner=request.user.agent_id if whose == "mine" else "" if whose == "team" else whose,
        team=team_agents(request.user, clock.today()) or ["-"] if whose == "team" else (),
        tag=given.get("tag", ""), source=given.get("source", ""), consent=given.get("consent", ""),
        before=int(before) if before.isdigit() else 0,
    )  # fmt: skip


@allowed(sees_customers)
@require_GET
def customers(request: HttpRequest) -> HttpResponse:
    """Customers, searched without accents by name, number, e-mail or id."""
    assert isinstance(request.user, User)
    found = listed(asked(request))
    query = request.GET.copy()
    query.pop("before", None)
    shown: dict[str, Any] = {
        "found": found, "names": agent_names(), "given": request.GET, "query": query.urlencode(),
        "leads": leads_with_customers(request.user),
    }  # fmt: skip
    if request.headers.get("HX-Request"):
        return render(request, "customers/customers.html#rows", shown)
    shown |= {
        "tags": tags(), "sources": sources(), "writes": works_with_customers(request.user),
        "rules": rules_customers(request.user), "has_team": request.user.role == Role.LEADER,
        "saved": saved_filters(request.user), "path": request.get_full_path(),
        "agents": owners_for(request.user)[1:] if leads_with_customers(request.user) else [],
    }  # fmt: skip
    return render(request, "customers/customers.html", shown)


@allowed(sees_customers)
@require_GET
def by_id(request: HttpRequest, customer_id: str) -> HttpResponse:
    """To the page of the customer whom facts name so, merged ones too."""
    customer = customer_of(customer_id)
    if customer is None:
        raise Http404
    return redirect("customers:customer", pk=customer.pk)


@allowed(sees_customers)
@require_GET
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one customer."""
    assert isinstance(request.user, User)
    found = Customer.objects.filter(pk=pk).prefetch_related("tags", "phones").first()
    if found is None:
        raise Http404
    return render(request, "customers/customer.html", {**page_of(request, found), "note_form": NoteForm(), "phone_form": PhoneForm()})


def page_of(request: HttpRequest, found: Customer) -> dict[str, Any]:
    """What the page of a customer shows."""
    assert isinstance(request.user, User)
    phones, fields = list(found.phones.all()), found.fields
    main = next((row.phone for row in phones if row.main), "")
    return {
        "customer": found, "phones": phones, "names": agent_names(), "edits": edits(request.user, found),
        "custom": [(field, fields[field.key]) for field in CustomField.objects.all() if fields.get(field.key)],
        "asked_for": list(found.data_requests.filter(state=DataRequest.State.OPEN)), "sees_requests": sees_data_requests(request.user),
        "today": clock.today(),
        "standing": standing(found), "spared": spared(found, [row.phone for row in phones]),
        "writes": works_with_customers(request.user), "leads": leads_with_customers(request.user),
        "like": like(found) if leads_with_customers(request.user) and not found.erased_at else [],
        "refusal": may_call(number=main, purpose=Purpose.ADVERTISING, customer=found) if main else None, **_course(request, found),
    }  # fmt: skip


def _course(request: HttpRequest, found: Customer) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    events, after = timeline.page(timeline.Subject(customer=found, ids=ids_of(found)), only=kind, after=request.GET.get("after", ""))
    return {"events": events, "after": after, "kinds": timeline.kinds(), "kind": kind}


@allowed(sees_customers)
@require_GET
def course(request: HttpRequest, pk: int) -> HttpResponse:
    """More of a customer's course, or one kind of it."""
    found = Customer.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    if not request.headers.get("HX-Request"):
        return redirect(f"{reverse('customers:customer', args=[pk])}?{request.GET.urlencode()}")
    shown = {"customer": found, "names": agent_names(), **_course(request, found)}
    part = "more" if request.GET.get("after") else "course"
    return render(request, f"customers/customer.html#{part}", shown)
