"""Many leads, orders or tickets at once: leads given to agents, and each list taken along as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chot.customers import actions_work
from chot.customers import queries_work as queries
from chot.customers.models import Customer, Lead, Order, Ticket
from chot.customers.queries import owners_for
from chot.customers.rules import leads_with_customers
from chot.people.answering import back
from chot.people.audit import record
from chot.people.exports import SHEETS, Value, sheet_response
from chot.people.masking import masked
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries import agent_names
from chot.people.rates import limited
from chot.people.rules import allowed

MOST_GIVEN = 1_000
MOST_EXPORTED = 100_000


@allowed(leads_with_customers)
@require_POST
def give_leads(request: HttpRequest) -> HttpResponse:
    """The chosen leads, or everyone of the filter, to one agent or spread over the agents that the user may choose."""
    assert isinstance(request.user, User)
    agents, wanted = [key for key, _name in owners_for(request.user)[1:]], request.POST.get("to", "")
    chosen = agents if wanted == "spread" else [wanted] if wanted in agents else []
    rows = queries.leads(request.user, request.GET.get("whose", ""), request.GET.get("stage", ""))
    if not request.POST.get("all"):
        rows = rows.filter(pk__in=[int(key) for key in request.POST.getlist("key")[:MOST_GIVEN] if key.isdigit() and len(key) < 19])
    keys = list(rows.order_by("-pk").values_list("pk", flat=True)[:MOST_GIVEN])
    if not chosen or not keys:
        messages.error(request, _("Choose leads, and to whom they go."))
    else:
        got = actions_work.give_leads(keys, chosen, by=request.user, address=address_of(request))
        messages.success(request, _("%(total)d leads given.") % {"total": sum(got.values())})
    return back(request, "/leads?as=list")


@allowed(leads_with_customers)
@require_GET
@limited("export")
def export(request: HttpRequest, what: str, kind: str) -> HttpResponse:
    """``leads``, ``orders`` or ``tickets`` as the list is filtered, as ``csv`` or ``xlsx``."""
    assert isinstance(request.user, User)
    if kind not in SHEETS:
        raise Http404
    chosen, heads, cells = _LISTS[what]
    rows = list(chosen(request.user, request.GET).order_by("-pk")[:MOST_EXPORTED])
    told = {"rows": len(rows), "filter": sorted(name for name, value in request.GET.items() if value)}
    record(f"{what}.exported", what, by=request.user, address=address_of(request), after=told)
    names, known = agent_names(), queries.customers_by_id(row.customer_id for row in rows)
    made = ([*_whose(row, known), *cells(row), row.agent_id, names.get(row.agent_id, row.agent_id)] for row in rows)
    return sheet_response(kind, what, [_("Customer id"), _("Customer"), *heads(), _("Agent id"), _("Agent")], made)


def _whose(row: Any, known: dict[str, Customer]) -> list[Value]:
    """Facts may name somebody by a number, which nobody takes along."""
    customer = known.get(row.customer_id)
    return [masked(row.customer_id) if row.customer_id.startswith("+") else row.customer_id, customer.name if customer else ""]


def _leads(lead: Lead) -> Sequence[Value]:
    return [lead.lead_id, lead.title, lead.source, str(lead.get_stage_display()), *_local(lead.stage_at, lead.assigned_at)]


def _orders(order: Order) -> Sequence[Value]:
    words = [order.order_id, order.product, order.quantity, order.amount_vnd, str(order.get_status_display())]
    return [*words, *_local(order.status_at, order.ordered_at), order.call_id]


def _tickets(ticket: Ticket) -> Sequence[Value]:
    state = str(Ticket.Status(actions_work.state_of(ticket)).label)
    reopened = _("reopened") if ticket.reopened else ""
    return [ticket.ticket_id, ticket.title, state, reopened, *_local(ticket.opened_at, ticket.due_at, ticket.done_at)]


def _local(*moments: Any) -> Iterable[Value]:
    return [timezone.localtime(each) if each else None for each in moments]


_List = tuple[Callable[[User, Any], Any], Callable[[], Sequence[str]], Callable[[Any], Sequence[Value]]]
_LISTS: dict[str, _List] = {
    "leads": (
        lambda user, given: queries.leads(user, given.get("whose", ""), given.get("stage", "")),
        lambda: [_("Lead id"), _("About"), _("Came from"), _("Stage"), _("since"), _("Assigned")], _leads,
    ),
    "orders": (
        lambda user, given: queries.orders(user, given.get("whose", ""), given.get("status", "")),
        lambda: [_("Order id"), _("Product"), _("Quantity"), _("Amount (₫)"), _("Status"), _("since"), _("Placed"), _("Call")], _orders,
    ),
    "tickets": (
        lambda user, given: queries.tickets(user, given.get("whose", ""), given.get("state", "open")),
        lambda: [_("Ticket id"), _("About"), _("Status"), _("Reopened"), _("Opened"), _("Due"), _("Done on")], _tickets,
    ),
}  # fmt: skip
"""The rows of a filter, what its columns are called, and the cells of a row."""
