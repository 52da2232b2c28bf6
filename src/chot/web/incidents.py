"""Every request has a number; an answer that refuses or fails shows it, and the log has it with what happened."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import structlog
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse

log = structlog.get_logger()

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is mistaken for another over the telephone
_QUIET = frozenset({401, 404, 405})
_current: ContextVar[str] = ContextVar("incident", default="")


def new_number() -> str:
    """A number that is read out easily: ``7KQ2-M4XD``."""
    letters = [secrets.choice(_LETTERS) for _place in range(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


class Incidents:
    """Gives the request its number (``request.incident``, header ``X-Incident``) and notes what was refused or failed."""

    def __init__(self, handler: Callable[[HttpRequest], HttpResponse]) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = request.incident = new_number()  # type: ignore[attr-defined]
        token = _current.set(number)
        try:
            answer = self.handler(request)
        finally:
            _current.reset(token)
        if answer.status_code >= 400:
            answer.headers["X-Incident"] = number
            if answer.status_code < 500:
                note = log.info if answer.status_code in _QUIET else log.warning
                note("request refused", status=answer.status_code, **_circumstances(request, number))
        return answer


def _circumstances(request: HttpRequest, number: str) -> dict[str, Any]:
    user = request.__dict__.get("_cached_user")
    return {"incident": number, "method": request.method, "path": request.path, "user": getattr(user, "pk", None)}


def note_failure(sender: object, request: HttpRequest | None = None, **_named: object) -> None:
    """A view or a part below it raised: the whole traceback, under the number that the person sees."""
    if request is not None:
        log.error("request failed", exc_info=True, status=500, **_circumstances(request, getattr(request, "incident", "")))


got_request_exception.connect(note_failure, dispatch_uid="incidents")
