"""Every address, by app."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("chot.web.urls")),
    path("", include("chot.people.urls")),
    path("", include("chot.performance.urls")),
    path("", include("chot.pay.urls")),
]
