"""Accounts: who may sign in, and as what."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core.errors import InputError
from chot.people import actions_accounts as actions
from chot.people import actions_sessions, actions_sign_in
from chot.people.forms import AccountForm
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries_accounts import accounts as all_accounts
from chot.people.queries_accounts import agents_to_choose, second_factor_of
from chot.people.queries_sessions import sessions_running
from chot.people.rules import allowed, manages_users, sees_people

ROWS = 50
"""Accounts, or sessions, on a page."""


def _admin(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@allowed(sees_people)
@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """Everyone who may sign in."""
    page = Paginator(all_accounts(), ROWS).get_page(request.GET.get("page"))
    return render(request, "people/accounts.html", {"page": page, "manages": manages_users(_admin(request))})


@allowed(manages_users)
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Make an account; its first password is shown once."""
    form = AccountForm(request.POST or None, initial={"agent_id": request.GET.get("agent", ""), "name": request.GET.get("name", "")})
    if request.method == "POST" and form.is_valid():
        account, password = actions.create_account(form.cleaned_data, by=_admin(request), address=address_of(request))
        return render(request, "people/password_once.html", {"account": account, "password": password, "new": True})
    return _edit(request, form, None)


@allowed(manages_users)
@never_cache
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an account."""
    found = get_object_or_404(User, pk=pk)
    held = {name: getattr(found, name) for name in ("username", "name", "role", "agent_id", "sees_pay", "is_active")}
    form = AccountForm(request.POST or None, account=found, initial=held)
    if request.method == "POST" and form.is_valid():
        try:
            changed = actions.change_account(found, form.cleaned_data, by=_admin(request), address=address_of(request))
        except InputError as error:
            for problem in error.problems:
                form.add_error(None, f"{problem.what}. {problem.fix}")
        else:
            messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
            return redirect("people:list_accounts")
    return _edit(request, form, found)


def _edit(request: HttpRequest, form: AccountForm, account: User | None) -> HttpResponse:
    shown = {
        "form": form, "account": account, "agents": agents_to_choose(), "protected": bool(account and second_factor_of(account)),
        "own": account is not None and account.pk == request.user.pk,
    }  # fmt: skip
    return render(request, "people/account_edit.html", shown, status=422 if form.errors else 200)


@allowed(manages_users)
@never_cache
@require_POST
def reset_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Give somebody a generated password, shown once."""
    found = get_object_or_404(User, pk=pk)
    if found.pk == request.user.pk:
        raise PermissionDenied
    password = actions.reset_password(found, by=_admin(request), address=address_of(request))
    return render(request, "people/password_once.html", {"account": found, "password": password, "new": False})


@allowed(manages_users)
@require_POST
def remove_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """For somebody whose phone is lost: the password alone, until a new app is set up."""
    found = get_object_or_404(User, pk=pk)
    if found.pk == request.user.pk:
        raise PermissionDenied
    if actions_sign_in.remove_second_factor(found, by=_admin(request), address=address_of(request)):
        messages.success(request, _("The second factor is off."))
    return redirect("people:list_account", pk)


@allowed(manages_users)
@require_POST
def end_sessions(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign somebody out everywhere."""
    found = get_object_or_404(User, pk=pk)
    keep = request.session.session_key if found.pk == request.user.pk else None
    actions_sessions.end_sessions(found, by=_admin(request), address=address_of(request), but=keep)
    messages.success(request, _("%(name)s is signed out everywhere.") % {"name": found.name})
    return redirect("people:list_account", pk)


@allowed(manages_users)
@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """Who is signed in, and from where."""
    page = Paginator(sessions_running(), ROWS).get_page(request.GET.get("page"))
    return render(request, "people/sessions.html", {"page": page, "query": ""})
