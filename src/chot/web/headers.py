"""The content security policy: everything from this address, no inline script, no inline style sheet."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

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
        answer.headers.setdefault("Content-Security-Policy", POLICY)
        answer.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(self)")
        return answer
