"""Signing in, with the second factor where there is one, and signing out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp.plugins.otp_totp.models import TOTPDevice

from chot.core import clock
from chot.people import actions_sign_in as actions
from chot.people.actions_recovery import use_code, written
from chot.people.answering import given_next
from chot.people.forms import SignInCodeForm, SignInForm
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries_accounts import password_lapsed, password_lapses, second_factor_of, should_have_second_factor
from chot.people.rates import limited
from chot.people.rules import public
from chot.people.templatetags.figures import moment

_WAITING = "waiting_for_code"
_WAITS = timedelta(minutes=5)


@public
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
@limited("sign_in", methods=("POST",))
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name and password; whoever has a second factor is asked for it next."""
    if request.user.is_authenticated:
        return redirect(_next(request))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = authenticate(request, **form.cleaned_data)
        if isinstance(user, User) and not password_lapsed(user):
            return _after_password(request, user)
        if getattr(request, "axes_failures_since_start", None) == settings.AXES_FAILURE_LIMIT:
            actions.note_lock_out(form.cleaned_data["username"], address=address_of(request))
        form.add_error(None, _lapsed(request, user) if isinstance(user, User) else _("Wrong sign-in name or password."))
    return render(request, "people/sign_in.html", {"form": form, "next": given_next(request)})


def _lapsed(request: HttpRequest, user: User) -> str:
    actions.note_lapsed(user, address=address_of(request))
    said = {"until": moment(password_lapses(user))}
    return _("This first password was valid until %(until)s. Ask an administrator for a new one.") % said


def _after_password(request: HttpRequest, user: User) -> HttpResponse:
    device = second_factor_of(user)
    if device is None:
        return _let_in(request, user)
    request.session.cycle_key()
    request.session[_WAITING] = {"user": user.pk, "password": user.get_session_auth_hash(), "until": (clock.now() + _WAITS).isoformat()}
    given = given_next(request)
    return redirect(reverse("people:code") + (f"?{urlencode({'next': given})}" if given else ""))


@public
@never_cache
@require_http_methods(["GET", "POST"])
@limited("sign_in", methods=("POST",))
def code(request: HttpRequest) -> HttpResponse:
    """The second factor: until it is right, nobody is signed in."""
    if request.user.is_authenticated:
        return redirect(_next(request))
    user = _waiting(request)
    device = second_factor_of(user) if user else None
    if user is None or device is None:
        messages.warning(request, _("Sign in with your password first."))
        return redirect("people:sign_in")
    form = SignInCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["code"]
        if use_code(user, given, address=address_of(request)) if written(given) else actions.accepts(device, given):
            del request.session[_WAITING]
            return _let_in(request, user, device)
        form.add_error("code", _refusal(device))
    return render(request, "people/code.html", {"form": form, "next": given_next(request)})


def _refusal(device: TOTPDevice) -> str:
    device.refresh_from_db()
    allowed, why = device.verify_is_allowed()
    if allowed:
        return _("The code is wrong, or it was used already. Wait for the next one.")
    seconds = 2 ** max(int(why["failure_count"]) - 1, 0)
    return _("The code is wrong, or it was used already. The next try counts in %(seconds)s seconds.") % {"seconds": seconds}


def _waiting(request: HttpRequest) -> User | None:
    """Who has given the right password in this browser, not long ago, and may still sign in with it."""
    waiting: dict[str, Any] = request.session.get(_WAITING) or {}
    if not waiting or datetime.fromisoformat(waiting["until"]) < clock.now():
        return None
    user = User.objects.filter(pk=waiting["user"], is_active=True).first()
    return user if user and user.get_session_auth_hash() == waiting["password"] else None


def _let_in(request: HttpRequest, user: User, device: TOTPDevice | None = None) -> HttpResponse:
    actions.sign_in(request, user, device=device, address=address_of(request))
    if device is None and should_have_second_factor(user):
        messages.warning(
            request,
            format_html(
                '{} <a href="{}#second-factor">{}</a>',
                _("Your role opens the pay and the accounts of others."), reverse("people:account"), _("Add a second factor"),
            ),
        )  # fmt: skip
    return redirect(_next(request))


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign this browser out."""
    if isinstance(request.user, User):
        actions.sign_out(request, request.user, address=address_of(request))
    logout(request)
    return redirect("people:sign_in")


def _next(request: HttpRequest) -> str:
    return given_next(request) or str(settings.LOGIN_REDIRECT_URL)


@public
def locked_out(request: HttpRequest, *arguments: object, **named: object) -> HttpResponse:
    """Too many wrong passwords for this name from this address: until when nothing is tried any more."""
    credentials: Any = getattr(request, "axes_credentials", None) or {}
    tried = AccessAttempt.objects.filter(username=credentials.get("username"), ip_address=getattr(request, "axes_ip_address", None))
    last = tried.order_by("-attempt_time").values_list("attempt_time", flat=True).first()
    wait = get_cool_off(request) or timedelta()
    minutes = int(wait.total_seconds() // 60)
    answer = render(request, "people/locked_out.html", {"until": last + wait if last else None, "minutes": minutes}, status=429)
    answer.headers["Retry-After"] = str(int(wait.total_seconds()))
    return answer
