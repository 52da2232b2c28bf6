"""What one request reads again and again is read once: answers live as long as a request that only reads, and no longer."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse

P = ParamSpec("P")
R = TypeVar("R")
_answers: ContextVar[dict[Any, Any] | None] = ContextVar("answers", default=None)


def once_a_request(read: Callable[P, R]) -> Callable[P, R]:
    """A read whose arguments can be hashed, and whose answer nobody changes."""

    @wraps(read)
    def asked(*arguments: P.args, **named: P.kwargs) -> R:
        answers = _answers.get()
        if answers is None:
            return read(*arguments, **named)
        key = (read, arguments, tuple(sorted(named.items())))
        if key not in answers:
            answers[key] = read(*arguments, **named)
        found: R = answers[key]
        return found

    return asked


class AskedOnce:
    """Remembers while a request reads; one that writes asks anew each time."""

    def __init__(self, handler: Callable[[HttpRequest], HttpResponse]) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _answers.set({} if request.method in ("GET", "HEAD") else None)
        try:
            return self.handler(request)
        finally:
            _answers.reset(token)
