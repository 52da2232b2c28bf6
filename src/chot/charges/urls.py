"""What calls may cost, and what they cost."""

from __future__ import annotations

from django.urls import path

from chot.charges import views_quotas

app_name = "charges"
urlpatterns = [
    path("charges/quotas", views_quotas.quotas_page, name="quotas"),
    path("charges/quotas.<str:kind>", views_quotas.quotas_export, name="quotas_export"),
    path("charges/quotas/own", views_quotas.own, name="own"),
    path("charges/quotas/new", views_quotas.quota, name="quota_new"),
    path("charges/quotas/<int:pk>", views_quotas.quota, name="quota"),
    path("charges/quotas/<int:pk>/delete", views_quotas.quota_delete, name="quota_delete"),
    path("charges/quotas/lift/<str:holder>/<str:period>/<str:holder_id>", views_quotas.lift, name="quota_lift"),
]
