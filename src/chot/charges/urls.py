"""What calls may cost, and what they cost."""

from __future__ import annotations

from django.urls import path

from chot.charges import views_ported, views_prices, views_quotas, views_reports

app_name = "charges"
urlpatterns = [
    path("charges/quotas", views_quotas.quotas_page, name="quotas"),
    path("charges/quotas.<str:kind>", views_quotas.quotas_export, name="quotas_export"),
    path("charges/quotas/own", views_quotas.own, name="own"),
    path("charges/quotas/new", views_quotas.quota, name="quota_new"),
    path("charges/quotas/<int:pk>", views_quotas.quota, name="quota"),
    path("charges/quotas/<int:pk>/delete", views_quotas.quota_delete, name="quota_delete"),
    path("charges/quotas/lift/<str:holder>/<str:period>/<str:holder_id>", views_quotas.lift, name="quota_lift"),
    path("charges/tariffs", views_prices.tariffs_page, name="tariffs"),
    path("charges/tariffs.<str:kind>", views_prices.tariffs_export, name="tariffs_export"),
    path("charges/tariffs/import", views_prices.tariffs_import, name="tariffs_import"),
    path("charges/tariffs/new", views_prices.tariff, name="tariff_new"),
    path("charges/tariffs/<int:pk>", views_prices.tariff, name="tariff"),
    path("charges/brands", views_prices.brands_page, name="brands"),
    path("charges/brands/new", views_prices.brand, name="brand_new"),
    path("charges/brands/<int:pk>", views_prices.brand, name="brand"),
    path("charges/routes", views_prices.routes_page, name="routes"),
    path("charges/routes/new", views_prices.route, name="route_new"),
    path("charges/routes/<int:pk>", views_prices.route, name="route"),
    path("charges/routes/<int:pk>/move", views_prices.route_move, name="route_move"),
    path("charges/ported", views_ported.ported_page, name="ported"),
    path("charges/ported.<str:kind>", views_ported.ported_export, name="ported_export"),
    path("charges/ported/import", views_ported.ported_import, name="ported_import"),
    path("charges/ported/new", views_ported.ported_one, name="ported_new"),
    path("charges/ported/<int:pk>", views_ported.ported_one, name="ported_edit"),
    path("charges/ported/<int:pk>/delete", views_ported.ported_delete, name="ported_delete"),
    path("charges/reports", views_reports.reports_page, name="reports"),
    path("charges/reports/<int:pk>", views_reports.report, name="report"),
    path("charges/reports/<int:pk>/delete", views_reports.report_delete, name="report_delete"),
    path("charges/reports/<int:pk>.<str:kind>", views_reports.report_export, name="report_export"),
    path("charges/reports/new/<str:token>", views_reports.look, name="report_look"),
    path("charges/<str:kind>/<int:pk>/delete", views_prices.delete, name="delete"),
    path("charges/rules", views_prices.calling_rules, name="rules"),
]
