"""The content security policy: everything from this address, no inline script, no inline style sheet."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from chot.calls.queries_exchange import phones_address
from chot.people.models import User

POLICY = "; ".join(
    [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "style-src-attr 'unsafe-inline'", "font-src 'self'",
        "img-src 'self' data:", "connect-src 'self'", "media-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
        "manifest-src 'self'",
    ]
)  # fmt: skip
"""Style attributes are allowed because charts and progress bars set widths by them; sheets and scripts come from files."""


class ContentSecurityPolicy:
    """Adds the policy to every answer."""

    def __init__(self, handler: Callable[[HttpRequest], HttpResponse]) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.handler(request)
        answer.headers.setdefault("Content-Security-Policy", _policy(request))
        answer.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(self)")
        return answer


def _policy(request: HttpRequest) -> str:
    """For somebody with a phone also the one address at which it registers."""
    user = getattr(request, "user", None)
    exchange = phones_address() if isinstance(user, User) and user.agent_id else ""
    return POLICY.replace("connect-src 'self'", f"connect-src 'self' {exchange}") if exchange else POLICY
