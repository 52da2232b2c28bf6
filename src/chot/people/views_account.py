"""The person's own account: password, second factor, sessions."""

from __future__ import annotations

from base64 import b32encode
from typing import Any

import segno
from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST
from django_otp.plugins.otp_totp.models import TOTPDevice

from chot.people import actions_sign_in as actions
from chot.people.actions_recovery import new_codes
from chot.people.actions_sessions import end_sessions
from chot.people.forms import CodeForm, NewPasswordForm, OwnPasswordForm
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries_accounts import second_factor_of, should_have_second_factor, waiting_second_factor_of
from chot.people.queries_sessions import key_hash, sessions_of
from chot.people.rates import limited
from chot.people.rules import allowed, anyone_signed_in


@allowed(anyone_signed_in)
@never_cache
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """Everything about the own account on one page."""
    return _page(request)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _page(request: HttpRequest, *, status: int = 200, **forms: Any) -> HttpResponse:
    user = _user(request)
    key = request.session.session_key or ""
    device = second_factor_of(user)
    waiting = None if device else waiting_second_factor_of(user)
    shown = {
        "password_form": NewPasswordForm(user=user), "proof_form": OwnPasswordForm(), "code_form": CodeForm(), "device": device,
        "waiting": waiting, "picture": _picture(waiting), "secret": _secret(waiting), "recommended": should_have_second_factor(user),
        "sessions": sessions_of(user, key), "own_hash": key_hash(key),
        "codes_left": user.recovery_codes.filter(used_at=None).count() if device else 0, **forms,
    }  # fmt: skip
    for form in (shown["proof_form"], shown["code_form"]):
        for field in form.fields.values():
            field.widget.attrs.pop("autofocus", None)
    return render(request, "people/account.html", shown, status=status)


def _picture(device: TOTPDevice | None) -> str:
    return str(segno.make(device.config_url, error="m").svg_data_uri(scale=4, border=3, light="#fff")) if device else ""


def _secret(device: TOTPDevice | None) -> str:
    """The secret to type where no picture can be taken, in groups of four."""
    text = b32encode(device.bin_key).decode() if device else ""
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def _proven(request: HttpRequest, form: Any, field: str) -> bool:
    """Whether the form holds the person's own password; wrong ones count towards the lock-out."""
    if not form.is_valid():
        return False
    user = authenticate(request, username=_user(request).username, password=form.cleaned_data[field])
    if user is None:
        form.add_error(field, _("This is not your password."))
    return user is not None


@allowed(anyone_signed_in)
@sensitive_post_parameters()
@require_POST
@limited("password")
def password(request: HttpRequest) -> HttpResponse:
    """Change the own password."""
    form = NewPasswordForm(request.POST, user=_user(request))
    if not _proven(request, form, "old"):
        return _page(request, status=422, password_form=form)
    actions.change_password(request, _user(request), form.cleaned_data["new"], address=address_of(request))
    messages.success(request, _("Your password is changed. Everywhere else you are signed out."))
    return redirect("people:account")


@allowed(anyone_signed_in)
@sensitive_post_parameters("password")
@require_POST
def add_second_factor(request: HttpRequest) -> HttpResponse:
    """Show a secret to an app."""
    form = OwnPasswordForm(request.POST)
    if second_factor_of(_user(request)) is None:
        if not _proven(request, form, "password"):
            return _page(request, status=422, proof_form=form)
        actions.begin_second_factor(_user(request))
    return redirect("people:account")


@allowed(anyone_signed_in)
@require_POST
def confirm_second_factor(request: HttpRequest) -> HttpResponse:
    """The app's first code: from now on each sign-in asks for one."""
    form = CodeForm(request.POST)
    if form.is_valid():
        if actions.confirm_second_factor(request, _user(request), form.cleaned_data["code"], address=address_of(request)):
            messages.success(request, _("The second factor is on. Everywhere else you are signed out."))
            return redirect("people:account")
        form.add_error("code", _("The code is wrong. Wait for the next one; the clock of the phone has to be right."))
    return _page(request, status=422, code_form=form)


@allowed(anyone_signed_in)
@sensitive_post_parameters("password")
@require_POST
def remove_second_factor(request: HttpRequest) -> HttpResponse:
    """Sign in with the password alone from now on."""
    form = OwnPasswordForm(request.POST)
    if not _proven(request, form, "password"):
        return _page(request, status=422, proof_form=form)
    if actions.remove_second_factor(_user(request), by=_user(request), address=address_of(request)):
        messages.success(request, _("The second factor is off."))
    return redirect("people:account")


@allowed(anyone_signed_in)
@sensitive_post_parameters("password")
@never_cache
@require_POST
@limited("password")
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Ten codes for the day on which the phone is lost, shown once."""
    form = OwnPasswordForm(request.POST)
    if second_factor_of(_user(request)) is None:
        return redirect("people:account")
    if not _proven(request, form, "password"):
        return _page(request, status=422, proof_form=form)
    return render(request, "people/recovery_codes.html", {"codes": new_codes(_user(request), address=address_of(request))})


@allowed(anyone_signed_in)
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else."""
    end_sessions(_user(request), by=_user(request), address=address_of(request), but=request.session.session_key)
    messages.success(request, _("Everywhere else you are signed out."))
    return redirect("people:account")
