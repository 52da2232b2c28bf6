"""The desk, the phone in the page, and what is asked after calls."""

from __future__ import annotations

from django.urls import path

from chot.calls import views_desk, views_desk_phones, views_messages, views_outcomes, views_phone, views_wallboard

app_name = "calls"
urlpatterns = [
    path("desk", views_desk.desk, name="desk"),
    path("desk/stream", views_phone.stream, name="desk_stream"),
    path("desk/phone", views_phone.phone, name="desk_phone"),
    path("desk/ear", views_phone.ear, name="desk_ear"),
    path("desk/state", views_desk.state, name="desk_state"),
    path("desk/places", views_phone.places, name="desk_places"),
    path("desk/wallboard", views_wallboard.wallboard, name="wallboard"),
    path("desk/wallboard/stream", views_wallboard.stream, name="wallboard_stream"),
    path("desk/wallboard/supervise", views_wallboard.supervise, name="wallboard_supervise"),
    path("desk/wallboard/state", views_wallboard.state, name="wallboard_state"),
    path("desk/states", views_desk.states, name="states"),
    path("desk/messages", views_messages.tasks, name="messages"),
    path("desk/settings", views_desk.settings, name="settings"),
    path("desk/settings/dispositions/new", views_desk.disposition, name="settings_disposition_new"),
    path("desk/settings/dispositions/<int:pk>", views_desk.disposition, name="settings_disposition"),
    path("desk/settings/fields/new", views_desk.field, name="settings_field_new"),
    path("desk/settings/fields/<int:pk>", views_desk.field, name="settings_field"),
    path("desk/settings/announcements/new", views_desk.notice, name="settings_notice_new"),
    path("desk/settings/announcements/<int:pk>", views_desk.notice, name="settings_notice"),
    path("lines/phones", views_desk_phones.desk_phones, name="phones"),
    path("lines/phones/give", views_desk_phones.give, name="phone_give"),
    path("lines/phones/take", views_desk_phones.take, name="phone_take"),
    path("desk/callbacks/<int:pk>/drop", views_outcomes.drop_callback, name="desk_callback_drop"),
    path("desk/calls", views_phone.dial, name="desk_dial"),
    path("desk/calls/<str:call_id>/outcome", views_outcomes.outcome, name="desk_outcome"),
    path("desk/calls/<str:call_id>/ended", views_outcomes.ended, name="desk_ended"),
    path("desk/calls/<str:call_id>/card", views_outcomes.card, name="desk_card"),
    path("desk/calls/<str:call_id>", views_phone.placed, name="desk_call"),
    path("desk/calls/<str:call_id>/<str:wish>", views_phone.wish, name="desk_wish"),
]
