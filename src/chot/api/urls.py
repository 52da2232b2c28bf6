"""The addresses of the API and of the pages that manage it."""

from __future__ import annotations

from django.urls import include, path

from chot.api import views, views_webhooks
from chot.api.endpoints import addresses

app_name = "connections"
urlpatterns = [
    path("settings/api", views.clients, name="clients"),
    path("settings/api/new", views.new_client, name="client_new"),
    path("settings/api/<int:pk>", views.client, name="client"),
    path("settings/api/<int:pk>/token", views.new_token, name="client_token"),
    path("settings/webhooks", views_webhooks.webhooks, name="webhooks"),
    path("settings/webhooks/new", views_webhooks.new_webhook, name="webhook_new"),
    path("settings/webhooks/<int:pk>", views_webhooks.webhook, name="webhook"),
    path("settings/webhooks/<int:pk>/test", views_webhooks.send_test, name="webhook_test"),
    path("settings/webhooks/deliveries/<int:pk>/again", views_webhooks.send_again, name="delivery_again"),
]
api_patterns = [path("api/v1/", include((addresses(), "api")))]
