"""What calls are made for."""

from __future__ import annotations

from django.urls import path

from chot.campaigns import views

app_name = "campaigns"
urlpatterns = [
    path("campaigns", views.campaigns, name="campaigns"),
    path("campaigns.<str:kind>", views.export, name="export"),
    path("campaigns/new", views.campaign, name="campaign_new"),
    path("campaigns/<int:pk>", views.campaign, name="campaign"),
    path("campaigns/<int:pk>/archive", views.archive, name="campaign_archive"),
]
