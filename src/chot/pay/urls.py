"""Addresses of ``pay``."""

from __future__ import annotations

from django.urls import path

from chot.pay import views, views_disputes, views_exports

app_name = "pay"
urlpatterns = [
    path("pay", views.runs, name="runs"),
    path("pay/prepare", views.prepare, name="prepare"),
    path("pay/<int:pk>", views.run, name="run"),
    path("pay/<int:pk>/submit", views.submit, name="submit"),
    path("pay/<int:pk>/send-back", views.send_back, name="send_back"),
    path("pay/<int:pk>/discard", views.discard, name="discard"),
    path("pay/<int:pk>/close", views.close, name="close"),
    path("pay/<int:pk>/people.<str:form>", views_exports.people, name="export_people"),
    path("pay/<int:pk>/lines.<str:form>", views_exports.lines, name="export_lines"),
    path("pay/<int:pk>/slip/<str:agent_id>", views_exports.slip, name="slip"),
    path("disputes", views_disputes.disputes, name="disputes"),
    path("disputes/new/<int:plan>/<str:period>/<path:line>", views_disputes.dispute_new, name="dispute_new"),
    path("disputes/<int:pk>", views_disputes.dispute, name="dispute"),
    path("disputes/<int:pk>/answer", views_disputes.answer, name="answer"),
]
