"""Many customers at once: assigned, taken along as a file, kept as a filter, merged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core.errors import InputError
from chot.core.phones import national
from chot.core.text import normal
from chot.customers import actions_merge
from chot.customers.actions_customers import assign as assign_to
from chot.customers.actions_settings import drop_filter, keep_filter
from chot.customers.models import Customer, CustomField, Merge
from chot.customers.queries import every, owners_for
from chot.customers.queries_duplicates import groups
from chot.customers.rules import edits, leads_with_customers, rules_customers, sees_customers
from chot.customers.views import asked
from chot.people.answering import back, say
from chot.people.audit import record
from chot.people.exports import SHEETS, Value, sheet_response
from chot.people.masking import masked
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries import agent_names
from chot.people.rates import limited
from chot.people.rules import allowed

MOST_ASSIGNED = 5_000
MOST_EXPORTED = 100_000


@allowed(leads_with_customers)
@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """The chosen customers, or everyone of the filter, to one agent or spread over the agents that the user may choose."""
    assert isinstance(request.user, User)
    agents = [key for key, _name in owners_for(request.user)[1:]]
    wanted = request.POST.get("to", "")
    chosen = agents if wanted == "spread" else [wanted] if wanted in agents else []
    if request.POST.get("all"):
        rows = every(asked(request), MOST_ASSIGNED)
    else:
        keys = [int(key) for key in request.POST.getlist("key")[:MOST_ASSIGNED] if key.isdigit()]
        rows = list(Customer.objects.filter(pk__in=keys))
    mine = [row.pk for row in rows if rules_customers(request.user) or not row.owner or row.owner in agents]
    if not chosen or not mine:
        messages.error(request, _("Choose customers, and to whom they go."))
    else:
        assign_to(mine, chosen, by=request.user, address=address_of(request))
        messages.success(request, _("%(total)d customers assigned.") % {"total": len(mine)})
    return back(request, "/customers")


@allowed(leads_with_customers)
@require_GET
@limited("export")
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """The list as it is filtered, as ``csv`` or ``xlsx``; numbers masked, or whole for managers who ask for it (``whole=1``)."""
    assert isinstance(request.user, User)
    if kind not in SHEETS:
        raise Http404
    whole = request.GET.get("whole") == "1"
    if whole and not rules_customers(request.user):
        raise PermissionDenied
    rows = every(asked(request), MOST_EXPORTED)
    told = {"customers": len(rows), "whole": whole, "filter": sorted(name for name, value in request.GET.items() if value)}
    record("customer.exported", "customers", by=request.user, address=address_of(request), after=told)
    custom = list(CustomField.objects.filter(shown=True))
    headings = [_("Customer id"), _("Name"), _("Telephone"), "E-mail", _("Postal address"), _("Born on"), _("Came from")]
    headings += [_("Looked after by"), _("Tags")]
    return sheet_response(kind, "customers", headings + [field.label for field in custom], _cells(rows, custom, whole=whole))


def _cells(rows: list[Customer], custom: list[CustomField], *, whole: bool) -> Iterator[list[Value]]:
    for row in rows:
        phone = national(row.phone) if whole else masked(row.phone)
        tags = ", ".join(tag.name for tag in row.tags.all())
        plain: list[Value] = [row.customer_id, row.name, phone, row.email, row.address, row.born_on, row.source, row.owner, tags]
        yield plain + [row.fields.get(field.key, "") for field in custom]


@allowed(sees_customers)
@require_POST
def filter_keep(request: HttpRequest) -> HttpResponse:
    """Keep the filter of the list under a name."""
    assert isinstance(request.user, User)
    name = normal(request.POST.get("name", "")).strip()[:60]
    query = request.POST.get("query", "")
    if name and query:
        keep_filter(request.user, "customers", name, query, shared=bool(request.POST.get("shared")))
    return redirect(f"/customers?{query}" if query else "/customers")


@allowed(sees_customers)
@require_POST
def filter_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget it."""
    assert isinstance(request.user, User)
    drop_filter(request.user, pk)
    return redirect("customers:customers")


@allowed(leads_with_customers)
@require_GET
def duplicates(request: HttpRequest) -> HttpResponse:
    """Who may be the same person, by number, e-mail or name; and what was merged lately."""
    by = request.GET.get("by", "phone")
    merges = Merge.objects.select_related("survivor", "by")[:20]
    by = by if by in ("phone", "email", "name") else "phone"
    shown = {"by": by, "groups_found": groups(by), "merges": merges, "names": agent_names()}
    return render(request, "customers/duplicates.html", shown)


@allowed(leads_with_customers)
@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Two customers side by side (``with``); sent with the one to stay, merged."""
    assert isinstance(request.user, User)
    given = request.POST.get("with", request.GET.get("with", ""))
    one = get_object_or_404(Customer, pk=pk, erased_at=None)
    other = get_object_or_404(Customer, pk=int(given) if given.isdigit() and len(given) < 19 else 0, erased_at=None)
    if one.pk == other.pk:
        raise Http404
    if not (edits(request.user, one) and edits(request.user, other)):
        raise PermissionDenied
    if request.method == "POST" and request.POST.get("stays") in (str(one.pk), str(other.pk)):
        stays = int(request.POST["stays"])
        try:
            actions_merge.merge(stays, other.pk if stays == one.pk else one.pk, by=request.user, address=address_of(request))
        except InputError as error:
            say(request, error)
        return redirect("customers:customer", pk=stays)
    shown: dict[str, Any] = {"pair": [one, other], "names": agent_names()}
    return render(request, "customers/merge.html", shown)


@allowed(leads_with_customers)
@require_POST
def unmerge(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a merge."""
    assert isinstance(request.user, User)
    done = get_object_or_404(Merge, pk=pk)
    if not edits(request.user, done.survivor):
        raise PermissionDenied
    try:
        again = actions_merge.undo(pk, by=request.user, address=address_of(request))
    except InputError as error:
        say(request, error)
        return redirect("customers:duplicates")
    return redirect("customers:customer", pk=again.pk)
