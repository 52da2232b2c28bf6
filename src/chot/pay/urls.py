"""Addresses of ``pay``."""

from __future__ import annotations

from django.urls import path

from chot.pay import views, views_adjustments, views_compare, views_disputes, views_exports, views_mine, views_slips

app_name = "pay"
urlpatterns = [
    path("pay", views.runs, name="runs"),
    path("pay/prepare", views.prepare, name="prepare"),
    path("pay/<int:pk>", views.run, name="run"),
    path("pay/<int:pk>/submit", views.submit, name="submit"),
    path("pay/<int:pk>/send-back", views.send_back, name="send_back"),
    path("pay/<int:pk>/discard", views.discard, name="discard"),
    path("pay/<int:pk>/close", views.close, name="close"),
    path("pay/jobs/<int:pk>", views.job, name="job"),
    path("pay/<int:pk>/compare", views_compare.compare, name="compare"),
    path("pay/<int:pk>/compare.<str:form>", views_compare.compare_export, name="compare_export"),
    path("pay/<int:pk>/adjustments/new", views_adjustments.adjustment_new, name="adjustment_new"),
    path("pay/adjustments/<int:pk>", views_adjustments.adjustment, name="adjustment"),
    path("pay/adjustments/<int:pk>/attachment", views_adjustments.adjustment_attachment, name="adjustment_attachment"),
    path("pay/adjustments/<int:pk>/approve", views_adjustments.adjustment_approve, name="adjustment_approve"),
    path("pay/adjustments/<int:pk>/refuse", views_adjustments.adjustment_refuse, name="adjustment_refuse"),
    path("pay/adjustments/<int:pk>/withdraw", views_adjustments.adjustment_withdraw, name="adjustment_withdraw"),
    path("kpi/pay", views_mine.mine, name="mine"),
    path("pay/<int:pk>/people.<str:form>", views_exports.people, name="export_people"),
    path("pay/<int:pk>/bank.<str:form>", views_exports.bank, name="export_bank"),
    path("pay/<int:pk>/lines.<str:form>", views_exports.lines, name="export_lines"),
    path("pay/<int:pk>/slip/<str:agent_id>.pdf", views_slips.slip_pdf, name="slip_pdf"),
    path("pay/<int:pk>/slip/<str:agent_id>", views_slips.slip, name="slip"),
    path("pay/<int:pk>/slips", views_slips.slips_make, name="slips_make"),
    path("pay/<int:pk>/slips.zip", views_slips.slips, name="slips"),
    path("disputes", views_disputes.disputes, name="disputes"),
    path("disputes/new/<int:plan>/<str:period>/<path:line>", views_disputes.dispute_new, name="dispute_new"),
    path("disputes/<int:pk>", views_disputes.dispute, name="dispute"),
    path("disputes/<int:pk>/answer", views_disputes.answer, name="answer"),
]
