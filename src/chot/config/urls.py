"""Every address, by app."""

from __future__ import annotations

from django.urls import include, path

from chot.api.urls import api_patterns

urlpatterns = [
    path("", include("chot.web.urls")),
    path("", include("chot.people.urls")),
    path("", include("chot.customers.urls")),
    path("", include("chot.switchboard.urls")),
    path("", include("chot.campaigns.urls")),
    path("", include("chot.charges.urls")),
    path("", include("chot.calls.urls")),
    path("", include("chot.recordings.urls")),
    path("", include("chot.quality.urls")),
    path("", include("chot.feed.urls")),
    path("", include("chot.performance.urls")),
    path("", include("chot.pay.urls")),
    path("", include("chot.api.urls")),
    *api_patterns,
]

handler400 = "chot.web.errors.bad_request"
handler403 = "chot.web.errors.forbidden"
handler404 = "chot.web.errors.not_found"
handler500 = "chot.web.errors.failed"
