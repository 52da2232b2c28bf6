"""Writes around signing in: sessions opened and closed, passwords, second factors."""

from __future__ import annotations

import django_otp
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest
from django_otp.plugins.otp_totp.models import TOTPDevice

from chot.people.actions_sessions import end_sessions, forget_session, renew_session
from chot.people.audit import record
from chot.people.models import RecoveryCode, User
from chot.people.origin import device_of

_BACKEND = "django.contrib.auth.backends.ModelBackend"
_NAME = "totp"


@transaction.atomic
def sign_in(request: HttpRequest, user: User, *, device: TOTPDevice | None, address: str | None) -> None:
    """Open a session under a new key; ``device`` is the second factor that was given."""
    login(request, user, backend=_BACKEND)
    if device is not None:
        django_otp.login(request, device)
    after = {"device": device_of(request), "second_factor": device is not None}
    record("session.opened", f"user:{user.username}", by=user, address=address, after=after)


@transaction.atomic
def sign_out(request: HttpRequest, user: User, *, address: str | None) -> None:
    """Note that the person ended the session."""
    forget_session(request.session.session_key or "")
    record("session.closed", f"user:{user.username}", by=user, address=address)


def note_lock_out(username: str, *, address: str | None) -> None:
    """Note the wrong password that locked an account; what is typed for a name that nobody has is never kept."""
    if User.objects.filter(username=username).exists():
        record("session.locked_out", f"user:{username}", by=None, address=address)


def note_lapsed(user: User, *, address: str | None) -> None:
    """Note that somebody came with a first password after its time."""
    record("session.password_lapsed", f"user:{user.username}", by=None, address=address)


def accepts(device: TOTPDevice, code: str) -> bool:
    """Whether the code is right now and was not used before; a wrong one makes the next try wait."""
    return django_otp.verify_token(device.user, device.persistent_id, code) is not None


@transaction.atomic
def change_password(request: HttpRequest, user: User, new: str, *, address: str | None) -> None:
    """A new password of the person's own; every other session of the person ends."""
    user = User.objects.select_for_update().get(pk=user.pk)
    user.set_password(new)
    user.temporary_password, user.password_given_at = False, None
    user.save(update_fields=["password", "temporary_password", "password_given_at"])
    renew_session(request, user)
    end_sessions(user, by=user, address=address, but=request.session.session_key)
    record("password.changed", f"user:{user.username}", by=user, address=address)


@transaction.atomic
def begin_second_factor(user: User) -> TOTPDevice:
    """A new secret for the person's app; it counts only when a first code has confirmed it."""
    User.objects.select_for_update().get(pk=user.pk)
    TOTPDevice.objects.filter(user=user, confirmed=False).delete()
    return TOTPDevice.objects.create(user=user, name=_NAME, confirmed=False)


@transaction.atomic
def confirm_second_factor(request: HttpRequest, user: User, code: str, *, address: str | None) -> bool:
    """Whether the first code is right; from then on every sign-in asks for one, and sessions without it end."""
    User.objects.select_for_update().get(pk=user.pk)
    waiting = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    if waiting is None or not accepts(waiting, code):
        return False
    waiting.refresh_from_db()
    waiting.confirmed = True
    waiting.save(update_fields=["confirmed"])
    TOTPDevice.objects.filter(user=user).exclude(pk=waiting.pk).delete()
    django_otp.login(request, waiting)
    end_sessions(user, by=user, address=address, but=request.session.session_key)
    record("second_factor.added", f"user:{user.username}", by=user, address=address)
    return True


@transaction.atomic
def remove_second_factor(user: User, *, by: User, address: str | None) -> bool:
    """Ask for no code any more; False when none was asked for."""
    User.objects.select_for_update().get(pk=user.pk)
    had: bool = TOTPDevice.objects.filter(user=user, confirmed=True).exists()
    TOTPDevice.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    if had:
        record("second_factor.removed", f"user:{user.username}", by=by, address=address)
    return had
