"""A customer made and changed: fields, numbers, notes."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chot.core.errors import InputError
from chot.customers import actions_customers as actions
from chot.customers.forms import CustomerForm, NoteForm, PhoneForm
from chot.customers.models import Customer, CustomerPhone, CustomField
from chot.customers.queries import customers_of_number, owners_for, sources
from chot.customers.rules import edits, works_with_customers
from chot.customers.views import page_of
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rules import allowed


def of_mine(request: HttpRequest, pk: int) -> Customer:
    """The customer, when the user may change it."""
    assert isinstance(request.user, User)
    customer = get_object_or_404(Customer, pk=pk)
    if not edits(request.user, customer):
        raise PermissionDenied
    return customer


@allowed(works_with_customers)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Somebody new; whoever has the number already is shown before a second one is made."""
    assert isinstance(request.user, User)
    custom = list(CustomField.objects.filter(shown=True))
    initial = {"owner": request.user.agent_id, "phone": request.GET.get("phone", "")[:20]}
    form = CustomerForm(request.POST or None, owners=owners_for(request.user), custom=custom, initial=initial)
    same: list[Customer] = []
    if request.method == "POST" and form.is_valid():
        same = customers_of_number(form.cleaned_data["phone"]) if form.cleaned_data["phone"] else []
        if not same or request.POST.get("anyway"):
            made = actions.create(form.values(), by=request.user, address=address_of(request))
            return redirect("customers:customer", pk=made.pk)
    shown = {"form": form, "same": same, "sources": sources()}
    return render(request, "customers/edit.html", shown, status=422 if form.errors or same else 200)


@allowed(works_with_customers)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is known."""
    assert isinstance(request.user, User)
    customer = of_mine(request, pk)
    custom = list(CustomField.objects.filter(shown=True))
    initial = {name: getattr(customer, name) for name in actions.PLAIN} | {"tags": ", ".join(tag.name for tag in customer.tags.all())}
    initial |= {f"field_{key}": value for key, value in customer.fields.items()}
    owners = owners_for(request.user, customer.owner)
    form = CustomerForm(request.POST or None, owners=owners, custom=custom, known=customer, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.change(pk, form.values(), by=request.user, address=address_of(request))
        messages.success(request, _("Saved."))
        return redirect("customers:customer", pk=pk)
    shown = {"form": form, "customer": customer, "sources": sources()}
    return render(request, "customers/edit.html", shown, status=422 if form.errors else 200)


@allowed(works_with_customers)
@require_POST
def add_phone(request: HttpRequest, pk: int) -> HttpResponse:
    """Another number."""
    assert isinstance(request.user, User)
    customer, form = of_mine(request, pk), PhoneForm(request.POST)
    if form.is_valid():
        try:
            actions.add_phone(pk, form.cleaned_data["phone"], form.cleaned_data["label"], by=request.user, address=address_of(request))
        except InputError as error:
            form.add_error("phone", f"{error.problems[0].what}. {error.problems[0].fix}")
    if form.errors:
        shown = {**page_of(request, customer), "note_form": NoteForm(), "phone_form": form}
        return render(request, "customers/customer.html", shown, status=422)
    return redirect("customers:customer", pk=pk)


def _number(request: HttpRequest, pk: int) -> CustomerPhone:
    row = CustomerPhone.objects.filter(pk=pk).first()
    if row is None:
        raise Http404
    of_mine(request, row.customer_id)
    return row


@allowed(works_with_customers)
@require_POST
def main_phone(request: HttpRequest, pk: int) -> HttpResponse:
    """Call this number first."""
    assert isinstance(request.user, User)
    row = _number(request, pk)
    actions.make_main(pk, by=request.user, address=address_of(request))
    return redirect("customers:customer", pk=row.customer_id)


@allowed(works_with_customers)
@require_POST
def remove_phone(request: HttpRequest, pk: int) -> HttpResponse:
    """A number that is the customer's no longer."""
    assert isinstance(request.user, User)
    row = _number(request, pk)
    actions.remove_phone(pk, by=request.user, address=address_of(request))
    return redirect("customers:customer", pk=row.customer_id)


@allowed(works_with_customers)
@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Write something down; whoever talks to the customer may."""
    assert isinstance(request.user, User)
    customer, form = get_object_or_404(Customer, pk=pk, erased_at=None), NoteForm(request.POST)
    if not form.is_valid():
        shown = {**page_of(request, customer), "note_form": form, "phone_form": PhoneForm()}
        return render(request, "customers/customer.html", shown, status=422)
    actions.write_note(customer, form.cleaned_data["text"], by=request.user)
    return redirect("customers:customer", pk=pk)
