"""Recordings."""

from __future__ import annotations

from django.urls import path

from chot.recordings import views

app_name = "recordings"
urlpatterns = [
    path("recordings", views.recordings, name="recordings"),
    path("recordings/retention", views.retention, name="retention"),
    path("recordings/<str:call_id>", views.recording, name="recording"),
    path("recordings/<str:call_id>/sound", views.sound, name="sound"),
    path("recordings/<str:call_id>/file", views.file, name="file"),
    path("recordings/<str:call_id>/comments", views.comment, name="comment"),
    path("recordings/<str:call_id>/retention", views.retention_of, name="retention_of"),
]
