"""The lines to the telephone network."""

from __future__ import annotations

from django.urls import path

from chot.switchboard import views

app_name = "switchboard"
urlpatterns = [
    path("lines", views.lines_page, name="lines"),
    path("lines/apply", views.apply, name="apply"),
    path("lines/trunks/new", views.trunk, name="trunk_new"),
    path("lines/trunks/<int:pk>", views.trunk, name="trunk"),
    path("lines/trunks/<int:pk>/delete", views.trunk_delete, name="trunk_delete"),
    path("lines/numbers/new", views.number, name="number_new"),
    path("lines/numbers/<int:pk>", views.number, name="number"),
    path("lines/numbers/<int:pk>/delete", views.number_delete, name="number_delete"),
    path("lines/versions/<int:pk>/restore", views.restore, name="restore"),
]
