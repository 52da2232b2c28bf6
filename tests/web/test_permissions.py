"""Every address for every role: an address that the table does not name fails, so nothing opens by accident."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from chot.people.models import Role, User
from chot.performance.models import Result

pytestmark = pytest.mark.django_db

ALL = frozenset(Role.values)
TEAMS = frozenset({"leader", "manager", "quality", "payroll", "auditor"})
PLANS = frozenset({"leader", "manager", "payroll", "auditor"})
PAY = frozenset({"leader", "manager", "payroll", "auditor"})
AGENTS = frozenset({"agent", "leader"})
PEOPLE = frozenset({"admin", "manager", "auditor"})
FACTS = frozenset({"admin", "manager", "auditor"})
IMPORTS = frozenset({"admin", "manager"})
GOALS = frozenset({"manager"})
AUDIT = frozenset({"admin", "auditor"})
ADMIN = frozenset({"admin"})
CLOSING = frozenset({"payroll"})
ANSWERING = frozenset({"payroll", "manager"})
CUSTOMERS = frozenset({"agent", "leader", "manager", "quality", "auditor"})
WATCHERS = frozenset({"leader", "manager", "quality"})
CRM = frozenset({"agent", "leader", "manager"})
CRM_LEADERS = frozenset({"leader", "manager"})
DATA = frozenset({"manager", "auditor"})
QUOTAS = frozenset({"leader", "manager", "admin", "auditor"})
EXAMS = TEAMS | AGENTS
SCORING = frozenset({"manager", "quality"})
PUBLIC = None

TABLE: dict[str, frozenset[str] | None] = {
    "web:home": ALL, "web:language": PUBLIC, "web:theme": PUBLIC, "web:health": PUBLIC, "web:metrics": PUBLIC, "web:health_parts": PUBLIC,
    "people:sign_in": PUBLIC, "people:code": PUBLIC, "people:sign_out": ALL, "people:account": ALL, "people:password": ALL,
    "people:second_factor": ALL, "people:second_factor_confirm": ALL, "people:second_factor_remove": ALL, "people:sessions_end": ALL,
    "people:notifications": ALL, "people:notifications_bell": ALL, "people:notifications_read": ALL,
    "people:list": PEOPLE, "people:list_export": PEOPLE, "people:person": PEOPLE,
    "people:list_accounts": PEOPLE, "people:list_account_new": ADMIN, "people:list_account": ADMIN, "people:list_account_password": ADMIN,
    "people:list_account_second_factor": ADMIN, "people:list_account_sessions": ADMIN,
    "people:person_new": IMPORTS, "people:person_change": IMPORTS, "people:person_correct": IMPORTS, "people:person_off_board": IMPORTS,
    "people:person_rehire": IMPORTS, "people:person_hand_over": IMPORTS, "people:person_close_account": IMPORTS, "people:hand_over_undo": IMPORTS, "people:person_phone": IMPORTS, "people:list_teams": PEOPLE,
    "people:recovery_codes": ALL, "people:list_sessions": ADMIN,
    "people:roster": frozenset({"leader", "manager", "payroll", "auditor"}), "people:roster_copy": frozenset({"leader", "manager"}), "people:roster_fill": CRM_LEADERS, "people:roster_undo": CRM_LEADERS,
    "people:roster_settings": IMPORTS, "people:my_shifts": AGENTS, "people:leave_withdraw": AGENTS, "people:leave": frozenset({"leader", "manager"}),
    "people:leave_decide": frozenset({"leader", "manager"}), "people:leave_take_back": CRM_LEADERS, "people:leave_enter": CRM_LEADERS,
    "people:leave_calendar": PLANS, "people:annual": PLANS, "people:annual_carry": GOALS,
    "people:audit": AUDIT, "people:audit_export": AUDIT, "people:audit_check": AUDIT, "people:audit_entry": AUDIT,
    "customers:customers": CUSTOMERS, "customers:customer_new": CRM, "customers:customer_by_id": CUSTOMERS, "customers:customer": CUSTOMERS,
    "customers:customer_course": CUSTOMERS, "customers:customer_edit": CRM, "customers:customer_phone_add": CRM, "customers:customer_note": CRM,
    "customers:customer_phone_main": CRM, "customers:customer_phone_remove": CRM,
    "customers:leads": CUSTOMERS, "customers:lead": CUSTOMERS, "customers:lead_move": CRM, "customers:lead_give": frozenset({"leader", "manager"}),
    "customers:leads_give": CRM_LEADERS, "customers:leads_export": CRM_LEADERS, "customers:orders_export": CRM_LEADERS,
    "customers:tickets_export": CRM_LEADERS,
    "customers:lead_new": CRM, "customers:orders": CUSTOMERS, "customers:order": CUSTOMERS, "customers:order_edit": CRM, "customers:order_step": CRM,
    "customers:order_new": CRM, "customers:tickets": CUSTOMERS, "customers:ticket": CUSTOMERS, "customers:ticket_settle": CRM,
    "customers:ticket_new": CRM, "customers:tasks": CUSTOMERS, "customers:task_tick": CRM,
    "customers:customer_consent": CRM, "customers:customer_spare": CRM, "customers:assign": CRM_LEADERS, "customers:export": CRM_LEADERS,
    "customers:filter_keep": CUSTOMERS, "customers:filter_drop": CUSTOMERS, "customers:duplicates": CRM_LEADERS, "customers:merge": CRM_LEADERS,
    "customers:unmerge": CRM_LEADERS, "customers:fields": GOALS, "customers:field": GOALS, "customers:do_not_call": CRM_LEADERS,
    "customers:do_not_call_lift": CRM_LEADERS, "customers:import": CRM_LEADERS, "customers:import_file": CRM_LEADERS,
    "customers:import_rejects": CRM_LEADERS, "customers:import_blank": CRM_LEADERS,
    **dict.fromkeys([f"customers:leads_import{part}" for part in ("", "_file", "_rejects", "_blank")], CRM_LEADERS), "customers:data_request_new": CRM, "customers:data_requests": DATA, "customers:data_request": DATA,
    "customers:data_request_file": GOALS,
    "switchboard:lines": PEOPLE, "switchboard:apply": ADMIN, "switchboard:trunk_new": ADMIN, "switchboard:trunk": ADMIN,
    "switchboard:trunk_delete": ADMIN, "switchboard:number_new": ADMIN, "switchboard:number": ADMIN, "switchboard:number_delete": ADMIN,
    "switchboard:restore": ADMIN,
    "switchboard:queues": PEOPLE, "switchboard:tryout": PEOPLE, "switchboard:prompt_sound": PEOPLE, "calls:messages": CRM,
    **dict.fromkeys([f"switchboard:{name}" for name in (
        "queues_apply", "queues_restore", "queue_new", "queue", "hours_new", "hours", "prompt_new", "prompt", "skills", "flow_new", "flow_check", "flow", "remove",
    )], IMPORTS),
    "campaigns:campaigns": QUOTAS, "campaigns:export": QUOTAS, "campaigns:campaign_new": GOALS, "campaigns:campaign": GOALS, "campaigns:campaign_archive": GOALS,
    "charges:quotas": QUOTAS, "charges:quotas_export": QUOTAS, "charges:quota_new": GOALS, "charges:quota": GOALS, "charges:quota_delete": GOALS,
    "charges:tariffs": PEOPLE, "charges:tariffs_export": PEOPLE, "charges:tariffs_import": IMPORTS, "charges:tariff_new": IMPORTS,
    "charges:tariff": IMPORTS, "charges:brands": PEOPLE, "charges:brand_new": IMPORTS, "charges:brand": IMPORTS, "charges:routes": PEOPLE,
    "charges:route_new": IMPORTS, "charges:route": IMPORTS, "charges:route_move": IMPORTS, "charges:delete": IMPORTS, "charges:rules": PEOPLE,
    "charges:reports": PEOPLE, "charges:report": PEOPLE, "charges:report_export": PEOPLE, "charges:report_look": IMPORTS,
    "charges:report_delete": IMPORTS,
    "charges:ported": PEOPLE, **dict.fromkeys([f"charges:ported_{name}" for name in ("export", "import", "new", "edit", "delete")], IMPORTS),
    "charges:own": AGENTS,
    "performance:mine": AGENTS, "performance:team": TEAMS, "performance:report": TEAMS, "performance:patterns": TEAMS, "performance:campaigns": TEAMS,
    "feed:feed": FACTS, "feed:rejected_export": FACTS, "feed:retry": IMPORTS, "feed:dismiss": IMPORTS, "feed:prove": IMPORTS,
    "performance:columns_keep": ALL, "performance:days_keep": TEAMS, "performance:days_drop": TEAMS,
    "performance:ranking": AGENTS, "performance:ranking_visibility": AGENTS, "performance:ranking_rule": GOALS,
    "performance:live": TEAMS, "performance:live_stream": TEAMS,
    "performance:goals": PLANS, "performance:goal_new": GOALS, "performance:goal_edit": GOALS, "performance:goal_move": GOALS, "performance:goal_place": GOALS,
    "performance:goal_delete": GOALS,
    "performance:plans": PLANS, "performance:plan_new": GOALS, "performance:plan_check": GOALS, "performance:plan": PLANS,
    "performance:plan_yaml": PLANS, "performance:plan_findings": PLANS, "performance:plan_backtest": PLANS, "performance:plan_edit": GOALS,
    "performance:plan_delete": GOALS, "performance:plan_records": PLANS, "performance:plan_minutes": PLANS,
    "performance:plan_record_void": GOALS, "performance:plan_remind": GOALS, "performance:plan_announce": GOALS, "performance:plan_answers": PLANS,
    "performance:plan_review": PLANS, "performance:plan_review_draft": GOALS, "performance:plan_review_event": GOALS,
    "performance:plan_history": PLANS, "performance:plan_review_days": PLANS,
    "performance:plan_targets": PLANS, "performance:plan_targets_bulk": GOALS, "performance:plan_targets_upload": GOALS,
    "performance:plan_targets_publish": GOALS, "performance:plan_targets_file": PLANS,
    "performance:announcements": AGENTS,
    "performance:people_import": IMPORTS, "performance:people_import_passwords": ADMIN, "performance:people_import_file": IMPORTS, "performance:people_import_skipped": IMPORTS,
    "performance:facts": FACTS, "performance:facts_receive": IMPORTS, "performance:facts_upload": FACTS, "performance:facts_progress": FACTS,
    "performance:facts_start": IMPORTS, "performance:facts_discard": IMPORTS, "performance:facts_rejects": FACTS,
    "performance:facts_rows": FACTS, "performance:facts_repair": IMPORTS,
    "pay:runs": PAY, "pay:prepare": CLOSING, "pay:run": PAY, "pay:submit": CLOSING, "pay:send_back": CLOSING, "pay:discard": CLOSING,
    "pay:close": CLOSING, "pay:job": CLOSING, "pay:compare": PAY, "pay:compare_export": PAY, "pay:adjustment_new": CLOSING,
    "pay:adjustment_approve": ANSWERING, "pay:adjustment_refuse": ANSWERING, "pay:adjustment_withdraw": CLOSING, "pay:mine": AGENTS,
    "pay:export_bank": PAY, "pay:slips_make": CLOSING, "pay:slips": CLOSING, "pay:export_people": PAY, "pay:export_lines": PAY,
    "calls:desk": AGENTS, "calls:desk_stream": AGENTS, "calls:desk_phone": AGENTS, "calls:desk_dial": AGENTS, "calls:desk_call": AGENTS,
    "calls:desk_ear": AGENTS, "calls:phones": PEOPLE, "calls:phone_give": ADMIN, "calls:phone_take": ADMIN,
    "calls:desk_state": AGENTS, "calls:desk_places": AGENTS, "calls:desk_ended": AGENTS, "calls:desk_callback_drop": AGENTS,
    "calls:desk_outcome": AGENTS, "calls:desk_card": AGENTS, "calls:states": frozenset({"leader", "manager"}), "calls:wallboard": WATCHERS, "calls:wallboard_stream": WATCHERS,
    "calls:wallboard_supervise": WATCHERS, "calls:wallboard_state": WATCHERS, "calls:settings": GOALS,
    "calls:settings_disposition_new": GOALS, "calls:settings_disposition": GOALS, "calls:settings_field_new": GOALS,
    "calls:settings_field": GOALS, "calls:settings_notice_new": GOALS, "calls:settings_notice": GOALS,
    "recordings:recordings": CUSTOMERS, "recordings:retention": DATA,
    "quality:knowledge_exams": EXAMS, "quality:knowledge_exams_export": EXAMS, "quality:exam": EXAMS, "quality:exam_new": WATCHERS,
    "quality:exam_remove": WATCHERS, "quality:reviews": EXAMS, "quality:reviews_export": EXAMS, "quality:review": EXAMS,
    "quality:review_new": WATCHERS, "quality:review_remove": WATCHERS, "quality:score_forms": EXAMS, "quality:form": EXAMS,
    "quality:score_form_new": SCORING, "quality:form_change": SCORING, "quality:form_put_away": SCORING,
    "connections:clients": AUDIT, "connections:client_new": ADMIN, "connections:client": ADMIN, "connections:client_token": ADMIN,
    "connections:webhooks": AUDIT, "connections:webhook_new": ADMIN, "connections:webhook": AUDIT, "connections:webhook_test": ADMIN,
    "connections:delivery_again": ADMIN,
    "pay:disputes": ALL, "pay:answer": ANSWERING,
}  # fmt: skip
BY_OBJECT = {  # decided for each agent or announcement: tests of their own
    "calls:desk_wish", "charges:quota_lift",
    "recordings:recording", "recordings:sound", "recordings:file", "recordings:comment", "recordings:retention_of",
    "performance:rows",
    "performance:agent", "performance:statement", "performance:line", "performance:announcement", "performance:announcement_paper", "performance:acknowledge",
    "people:annual_of", "people:reveal", "people:notification", "pay:dispute_new", "pay:dispute", "pay:slip", "pay:slip_pdf", "pay:adjustment", "pay:adjustment_attachment",
}  # fmt: skip
ARGUMENTS = {
    "call_id": "c1", "wish": "hold",
    "pk": 1, "token": "x", "agent_id": "a02", "plan": 1, "period": "2026-10", "line": "item:revenue", "line_id": "item:revenue", "kind": "csv", "form": "csv",
    "subject": "a02", "customer_id": "nobody", "holder": "agent", "holder_id": "a02", "name": "tong-dai", "code": "x",
}


def patterns(resolver: URLResolver, space: str = "") -> dict[str, URLPattern]:
    found: dict[str, URLPattern] = {}
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            found |= patterns(each, each.namespace or space)
        else:
            found[f"{space}:{each.name}"] = each
    return found


URLS = {name: each for name, each in patterns(get_resolver()).items() if not name.startswith("api:")}  # by token: tests/web/api


def address(name: str) -> str:
    return reverse(name, kwargs={key: ARGUMENTS[key] for key in URLS[name].pattern.converters})


@pytest.fixture
def as_role(sign_in: Callable[[str], Client]) -> Callable[[str], Client]:
    """A client with someone of the role signed in; the agent and the leader are in a plan."""

    def as_role(role: str) -> Client:
        user = User.objects.filter(role=role, is_active=True).order_by("pk").first()
        assert user, role
        return sign_in(user.username)

    return as_role


def test_every_address_is_in_the_table() -> None:
    assert set(TABLE) | BY_OBJECT == set(URLS)


@pytest.mark.parametrize("role", Role.values)
def test_every_role_opens_exactly_what_the_table_says(as_role: Callable[[str], Client], role: str) -> None:
    client = as_role(role)
    client.raise_request_exception = True
    wrong = {}
    for name, roles in TABLE.items():
        if roles is PUBLIC:
            continue
        status = client.get(address(name)).status_code
        if (status == 403) == (role in roles) or status >= 500:
            wrong[name] = status
    assert wrong == {}


def test_nobody_sees_anything_without_signing_in(client: Client) -> None:
    open_to_all = set()
    for name in URLS:
        answer = client.get(address(name))
        if not (answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in")):
            open_to_all.add(name)
    # signing out needs no signing in, and the code page sends back whoever has not given a password
    assert open_to_all == {name for name, roles in TABLE.items() if roles is PUBLIC} - {"people:code"} | {"people:sign_out"}


@pytest.mark.parametrize("name", ["performance:statement", "performance:line"])
def test_pay_of_others_stays_closed(as_role: Callable[[str], Client], sign_in: Callable[[str], Client], agent: str, name: str) -> None:
    """One's own pay, payroll's, the manager's, the auditor's; never a colleague's."""
    result = Result.objects.select_related("run").filter(agent_id=agent).first()
    assert result
    named = {"plan": result.run.plan_id, "period": result.run.period, "agent_id": agent}
    if name == "performance:line":
        named["line_id"] = result.lines[0]["id"]
    url = reverse(name, kwargs=named)
    statuses = {role: as_role(role).get(url).status_code for role in ("manager", "payroll", "auditor", "quality", "admin")}
    assert statuses == {"manager": 200, "payroll": 200, "auditor": 200, "quality": 403, "admin": 403}
    colleague = User.objects.filter(role="agent").exclude(agent_id=agent).first()
    assert colleague and sign_in(colleague.username).get(url).status_code == 403
    assert sign_in(agent).get(url).status_code == 200


def test_the_auditor_changes_nothing(as_role: Callable[[str], Client]) -> None:
    """Every POST of the auditor is refused, but for the own account and language."""
    client = as_role("auditor")
    own = {"web:language", "web:theme", "people:sign_out", "people:account", "people:password", "people:sessions_end", "people:code", "people:sign_in"}
    own |= {"people:notifications_read", "people:second_factor", "people:second_factor_confirm", "people:second_factor_remove", "people:recovery_codes"}
    own |= {"customers:filter_keep", "customers:filter_drop", "performance:columns_keep", "performance:days_keep", "performance:days_drop"}
    reads = {"people:audit_check", "performance:plan_findings", "performance:plan_backtest", "web:home"}
    accepted = {name for name in URLS if name not in own | reads and client.post(address(name)).status_code not in (403, 404, 405)}
    views_that_read = {name for name in accepted if "GET" in client.options(address(name)).headers.get("Allow", "")}
    assert accepted - views_that_read == set()
