"""Addresses of ``performance``: KPIs, teams, statements, goals; plans have a list of their own."""

from __future__ import annotations

from django.urls import path

from chot.performance import (
    views,
    views_agent,
    views_campaigns,
    views_choices,
    views_goals,
    views_live,
    views_people_import,
    views_ranking,
    views_reports,
)
from chot.performance.urls_plans import urlpatterns as plan_patterns

app_name = "performance"
urlpatterns = [
    path("kpi", views.mine, name="mine"),
    path("team", views.team, name="team"),
    path("ranking", views_ranking.ranking, name="ranking"),
    path("ranking/visibility", views_ranking.ranking_visibility, name="ranking_visibility"),
    path("ranking/rule", views_ranking.ranking_rule, name="ranking_rule"),
    path("team/live", views_live.board, name="live"),
    path("team/live/stream", views_live.stream, name="live_stream"),
    path("reports", views_reports.report, name="report"),
    path("reports/campaigns", views_campaigns.campaigns, name="campaigns"),
    path("reports/patterns", views_reports.patterns, name="patterns"),
    path("reports/columns", views_choices.columns_keep, name="columns_keep"),
    path("reports/days", views_choices.days_keep, name="days_keep"),
    path("reports/days/<int:pk>/drop", views_choices.days_drop, name="days_drop"),
    path("reports/rows", views_reports.rows, name="rows"),
    path("agents/<str:agent_id>", views_agent.agent, name="agent"),
    path("statements/<int:plan>/<str:period>/<str:agent_id>", views_agent.statement, name="statement"),
    path("statements/<int:plan>/<str:period>/<str:agent_id>/<str:line_id>", views_agent.line, name="line"),
    path("goals", views_goals.goals, name="goals"),
    path("goals/new", views_goals.goal_new, name="goal_new"),
    path("goals/<int:pk>", views_goals.goal_edit, name="goal_edit"),
    path("goals/<int:pk>/move", views_goals.goal_move, name="goal_move"),
    path("goals/<int:pk>/place", views_goals.goal_place, name="goal_place"),
    path("goals/<int:pk>/delete", views_goals.goal_delete, name="goal_delete"),
    path("people/import", views_people_import.people_import, name="people_import"),
    path("people/import/first-passwords", views_people_import.people_import_passwords, name="people_import_passwords"),
    path("people/import/<str:token>", views_people_import.people_import_file, name="people_import_file"),
    path("people/import/<str:token>/skipped", views_people_import.people_import_skipped, name="people_import_skipped"),
    *plan_patterns,
]
