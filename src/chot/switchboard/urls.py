"""The lines to the telephone network."""

from __future__ import annotations

from django.urls import path

from chot.switchboard import views, views_flows, views_queues

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
    path("lines/queues", views_queues.queues, name="queues"),
    path("lines/queues/apply", views_queues.apply, name="queues_apply"),
    path("lines/queues/versions/<int:pk>/restore", views_queues.restore, name="queues_restore"),
    path("lines/queues/new", views_queues.queue, name="queue_new"),
    path("lines/queues/<int:pk>", views_queues.queue, name="queue"),
    path("lines/hours/new", views_queues.hours, name="hours_new"),
    path("lines/hours/<int:pk>", views_queues.hours, name="hours"),
    path("lines/prompts/new", views_queues.prompt, name="prompt_new"),
    path("lines/prompts/<int:pk>", views_queues.prompt, name="prompt"),
    path("lines/prompts/<int:pk>/sound", views_queues.prompt_sound, name="prompt_sound"),
    path("lines/skills", views_queues.skills, name="skills"),
    path("lines/flows/new", views_flows.flow, name="flow_new"),
    path("lines/flows/check", views_flows.check, name="flow_check"),
    path("lines/flows/<int:pk>", views_flows.flow, name="flow"),
    path("lines/try/<slug:kind>/<str:name>", views_flows.tryout, name="tryout"),
    path("lines/<slug:kind>/<int:pk>/remove", views_queues.remove, name="remove"),
]
