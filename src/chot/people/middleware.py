"""Every page in the person's language, and for signed-in people only unless the view says that it is public."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from chot.people.actions_sessions import mark_seen
from chot.people.models import User

Handler = Callable[[HttpRequest], HttpResponse]
View = Callable[..., HttpResponse]

_WITHOUT_THE_SECOND_FACTOR = {
    "people:account", "people:password", "people:second_factor", "people:second_factor_confirm", "people:sessions_end", "people:sign_out",
}  # fmt: skip
_WITH_A_TEMPORARY_PASSWORD = {"people:account", "people:password", "people:sign_out"}


class Language:
    """The language of the user's account; before signing in the cookie's, else Vietnamese."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = getattr(request.user, "language", None) or request.COOKIES.get("chot_language", "vi")
        with translation.override(chosen if chosen in ("vi", "en") else "vi"):
            request.LANGUAGE_CODE = translation.get_language()
            return self.handler(request)


class SignedIn:
    """A view without a predicate answers nobody: forgetting one is an error, not a hole.

    Somebody who still owes the second factor is not signed in at all, see ``views.code``; somebody whose password was given
    by another chooses one before anything else; whose role needs a second factor sets it up first.
    """

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User) and request.user.is_authenticated:
            mark_seen(request, request.user)
        return self.handler(request)

    def process_view(self, request: HttpRequest, view: View, arguments: object, named: object) -> HttpResponse | None:
        """Refuse to run a view that says neither who may see it nor that it is public."""
        if getattr(view, "public", False):
            return None
        if not hasattr(view, "predicate"):
            raise RuntimeError(f"{view.__module__}.{view.__qualname__} has no predicate")
        place = request.resolver_match.view_name if request.resolver_match else ""
        if _owes_password(request) and place not in _WITH_A_TEMPORARY_PASSWORD:
            return redirect("people:account")
        if place not in _WITHOUT_THE_SECOND_FACTOR and _owes_second_factor(request):
            messages.warning(request, _("Your role needs a second factor. Set it up here before you go on."))
            return redirect(f"{reverse('people:account')}#second-factor")
        return None


def kept_out(request: HttpRequest) -> bool:
    """Whether the person has to choose a password or set up a second factor before any other page answers."""
    return _owes_password(request) or _owes_second_factor(request)


def _owes_password(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "temporary_password", False))


def _owes_second_factor(request: HttpRequest) -> bool:
    role = getattr(request.user, "role", "")
    return role in settings.SECOND_FACTOR_ROLES and not request.user.is_verified()  # type: ignore[union-attr]
