"""The front door, health and metrics."""

from __future__ import annotations

from django.urls import path

from chot.web import appearance, views

app_name = "web"
urlpatterns = [
    path("", views.home, name="home"),
    path("language", views.language, name="language"),
    path("theme", appearance.theme, name="theme"),
    path("health", views.health, name="health"),
    path("health/parts", views.health_parts, name="health_parts"),
    path("metrics", views.metrics, name="metrics"),
]
