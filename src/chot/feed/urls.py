"""Addresses of ``feed``."""

from __future__ import annotations

from django.urls import path

from chot.feed import views

app_name = "feed"
urlpatterns = [
    path("facts/feed", views.feed, name="feed"),
    path("facts/feed/rejected.<str:form>", views.rejected_export, name="rejected_export"),
    path("facts/feed/retry", views.retry, name="retry"),
    path("facts/feed/dismiss", views.dismiss, name="dismiss"),
    path("facts/feed/prove", views.prove, name="prove"),
]
