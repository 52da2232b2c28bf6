"""The desk and the phone in the page."""

from __future__ import annotations

from django.urls import path

from chot.calls import views_desk, views_phone

app_name = "calls"
urlpatterns = [
    path("desk", views_desk.desk, name="desk"),
    path("desk/stream", views_phone.stream, name="desk_stream"),
    path("desk/phone", views_phone.phone, name="desk_phone"),
    path("desk/calls", views_phone.dial, name="desk_dial"),
    path("desk/calls/<str:call_id>", views_phone.placed, name="desk_call"),
    path("desk/calls/<str:call_id>/<str:wish>", views_phone.wish, name="desk_wish"),
]
