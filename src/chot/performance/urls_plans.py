"""Addresses of plans, announcements and facts."""

from __future__ import annotations

from django.urls import path

from chot.performance import (
    views_announcements,
    views_facts,
    views_plans,
    views_records,
    views_review,
    views_review_days,
    views_targets,
)

urlpatterns = [
    path("plans", views_plans.plans, name="plans"),
    path("plans/new", views_plans.plan_new, name="plan_new"),
    path("plans/check", views_plans.plan_check, name="plan_check"),
    path("plans/<int:pk>", views_plans.plan, name="plan"),
    path("plans/<int:pk>.yaml", views_plans.plan_yaml, name="plan_yaml"),
    path("plans/<int:pk>/findings", views_plans.plan_findings, name="plan_findings"),
    path("plans/<int:pk>/backtest", views_plans.plan_backtest, name="plan_backtest"),
    path("plans/<int:pk>/edit", views_plans.plan_edit, name="plan_edit"),
    path("plans/<int:pk>/delete", views_plans.plan_delete, name="plan_delete"),
    path("plans/<int:pk>/review", views_review_days.review_days, name="plan_review_days"),
    path("plans/<int:pk>/review/<str:period>", views_review.review, name="plan_review"),
    path("plans/<int:pk>/review/<str:period>/draft", views_review.review_draft, name="plan_review_draft"),
    path("plans/<int:pk>/review/<str:period>/event", views_review.review_event, name="plan_review_event"),
    path("plans/<int:pk>/versions", views_review.plan_history, name="plan_history"),
    path("plans/<int:pk>/targets", views_targets.targets, name="plan_targets"),
    path("plans/<int:pk>/targets/bulk", views_targets.targets_bulk, name="plan_targets_bulk"),
    path("plans/<int:pk>/targets/upload", views_targets.targets_upload, name="plan_targets_upload"),
    path("plans/<int:pk>/targets/publish", views_targets.targets_publish, name="plan_targets_publish"),
    path("plans/<int:pk>/targets.<str:kind>", views_targets.targets_file, name="plan_targets_file"),
    path("plans/<int:pk>/announce", views_announcements.plan_announce, name="plan_announce"),
    path("plans/<int:pk>/answers", views_announcements.plan_answers, name="plan_answers"),
    path("plans/<int:pk>/remind", views_records.plan_remind, name="plan_remind"),
    path("plans/<int:pk>/records", views_records.plan_records, name="plan_records"),
    path("plans/records/<int:pk>/minutes", views_records.plan_minutes, name="plan_minutes"),
    path("plans/records/<int:pk>/void", views_records.plan_record_void, name="plan_record_void"),
    path("announcements", views_announcements.announcements, name="announcements"),
    path("announcements/<int:pk>", views_announcements.announcement, name="announcement"),
    path("announcements/<int:pk>.pdf", views_announcements.announcement_paper, name="announcement_paper"),
    path("announcements/<int:pk>/acknowledge", views_announcements.acknowledge, name="acknowledge"),
    path("facts", views_facts.facts, name="facts"),
    path("facts/upload", views_facts.facts_receive, name="facts_receive"),
    path("facts/uploads/<int:pk>", views_facts.upload, name="facts_upload"),
    path("facts/uploads/<int:pk>/progress", views_facts.upload_progress, name="facts_progress"),
    path("facts/uploads/<int:pk>/start", views_facts.upload_start, name="facts_start"),
    path("facts/uploads/<int:pk>/discard", views_facts.upload_discard, name="facts_discard"),
    path("facts/uploads/<int:pk>/rejects.csv", views_facts.upload_rejects, name="facts_rejects"),
    path("facts/uploads/<int:pk>/rows", views_facts.upload_rows, name="facts_rows"),
    path("facts/uploads/<int:pk>/repair", views_facts.facts_repair, name="facts_repair"),
]
