"""Signing in, the own account, people, accounts, the audit trail."""

from __future__ import annotations

from django.urls import path

from chot.people import (
    views,
    views_account,
    views_accounts,
    views_audit,
    views_leave,
    views_notifications,
    views_people,
    views_person_edit,
    views_phones,
    views_roster,
    views_teams,
)

app_name = "people"
urlpatterns = [
    path("sign-in", views.sign_in, name="sign_in"),
    path("sign-in/code", views.code, name="code"),
    path("sign-out", views.sign_out, name="sign_out"),
    path("account", views_account.account, name="account"),
    path("account/password", views_account.password, name="password"),
    path("account/second-factor", views_account.add_second_factor, name="second_factor"),
    path("account/second-factor/confirm", views_account.confirm_second_factor, name="second_factor_confirm"),
    path("account/second-factor/remove", views_account.remove_second_factor, name="second_factor_remove"),
    path("account/sessions/end", views_account.end_other_sessions, name="sessions_end"),
    path("notifications", views_notifications.notifications, name="notifications"),
    path("notifications/read", views_notifications.read_all, name="notifications_read"),
    path("notifications/<int:pk>", views_notifications.open_one, name="notification"),
    path("people", views_people.people, name="list"),
    path("people/export.<str:kind>", views_people.export, name="list_export"),
    path("people/new", views_person_edit.join, name="person_new"),
    path("people/change/<path:agent_id>", views_person_edit.change, name="person_change"),
    path("people/rows/<int:pk>", views_person_edit.correct, name="person_correct"),
    path("people/last-day/<path:agent_id>", views_person_edit.off_board, name="person_off_board"),
    path("people/return/<path:agent_id>", views_person_edit.rehire, name="person_rehire"),
    path("people/phone/<path:agent_id>", views_person_edit.phone, name="person_phone"),
    path("roster", views_roster.roster, name="roster"),
    path("roster/copy", views_roster.copy, name="roster_copy"),
    path("roster/settings", views_roster.settings, name="roster_settings"),
    path("my-shifts", views_leave.mine, name="my_shifts"),
    path("my-shifts/<int:pk>/withdraw", views_leave.withdraw, name="leave_withdraw"),
    path("leave", views_leave.leave, name="leave"),
    path("leave/<int:pk>", views_leave.decide, name="leave_decide"),
    path("people/teams", views_teams.teams, name="list_teams"),
    path("phones/<str:kind>/<path:subject>", views_phones.reveal, name="reveal"),
    path("people/agents/<path:agent_id>", views_people.person, name="person"),
    path("people/accounts", views_accounts.accounts, name="list_accounts"),
    path("people/accounts/new", views_accounts.new, name="list_account_new"),
    path("people/accounts/<int:pk>", views_accounts.account, name="list_account"),
    path("people/accounts/<int:pk>/password", views_accounts.reset_password, name="list_account_password"),
    path("people/accounts/<int:pk>/second-factor", views_accounts.remove_second_factor, name="list_account_second_factor"),
    path("people/accounts/<int:pk>/sessions", views_accounts.end_sessions, name="list_account_sessions"),
    path("audit", views_audit.entries, name="audit"),
    path("audit/export.csv", views_audit.export, name="audit_export"),
    path("audit/check", views_audit.check, name="audit_check"),
    path("audit/<int:pk>", views_audit.entry, name="audit_entry"),
]
