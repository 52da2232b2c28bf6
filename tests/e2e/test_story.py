"""Two months from the running plan to a closed, signed payslip: each step by whoever does it, at their width, every page in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import PHONE, Application, Enter, free_port, requires_chromium
from tests.e2e.languages import language_of, said, switched
from tests.e2e.story import AGENT, LEADER, MONTH, PERIOD, paid_by_command_line, seen
from tests.e2e.story_pay import (
    ANSWER,
    OWED,
    QUESTION,
    REFUSAL,
    SECOND_QUESTION,
    TAKEN,
    again,
    answered,
    asked,
    best_seller,
    by_four_eyes,
    closed,
    every_file,
    handed_over,
    on_the_page,
    owed,
    prepared,
    taken_back,
    the_payslip,
)
from tests.e2e.story_people import approved, asked_for, days_off, first_sign_in, recorded, second_factor, the_day_of_quality
from tests.e2e.story_plan import (
    JOINED,
    WHY_LATE,
    a_goal,
    a_new_team,
    a_plan,
    announced,
    its_targets,
    my_kpi,
    taken_along,
    the_agents_day,
    the_leaders_day,
    what_if,
)
from tests.made_once import copied

pytestmark = [requires_chromium, pytest.mark.slow]


@pytest.fixture(scope="module")
def application(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """An application of this story's own, in which administrators need a second factor: it closes periods."""
    running = Application(copied(company, tmp_path_factory.mktemp("s") / "v"), free_port(), more={"CHOT_SECOND_FACTOR_ROLES": "admin"})
    running.start()
    yield running
    running.stop()


def test_from_a_new_team_to_the_acknowledged_plan(enter: Enter, application: Application, tmp_path: Path) -> None:
    call = recorded(application)  # the worker keeps it while the plan is made
    admin = enter("admin")
    second_factor(admin, "admin")
    password = a_new_team(admin)
    manager = enter("manager")
    a_goal(manager)
    plan = a_plan(manager)
    its_targets(manager, plan)
    announced(manager, plan)
    document = taken_along(manager, plan, tmp_path)
    earned = paid_by_command_line(application.var, document, MONTH)
    assert earned > 0
    first_sign_in(enter(JOINED, size=PHONE, password=password), JOINED, password, f"/announcements/{plan.rpartition('/')[2]}")
    agent, leader = enter(AGENT, size=PHONE), enter(LEADER, size=PHONE)
    the_agents_day(agent, manager, plan)
    my_kpi(agent, earned)
    what_if(agent, earned)
    the_leaders_day(leader, earned)
    days_off(agent, leader)
    eased = paid_by_command_line(application.var, document, MONTH)
    assert eased > earned  # a day off takes its part of the target away
    my_kpi(agent, eased)
    the_day_of_quality(enter("quality"), agent, plan, call)

    auditor = enter("auditor")
    for path in (plan, f"{plan}/answers", "/goals"):
        auditor.goto(path)
        seen(auditor)
        assert auditor.locator("main form[method=post]").count() == 0, path
    assert WHY_LATE in auditor.request.get(plan).text()
    auditor.goto("/audit?action=recording.heard")
    seen(auditor, "Listened to a recording", texts=("Bùi Thanh Tâm",))
    auditor.goto("/audit")
    if language_of(auditor) != "vi":
        switched(auditor)
    auditor.fill("#id_first", "31/02/2026")
    auditor.locator("#id_first").blur()
    assert auditor.evaluate("document.querySelector('#id_first').validationMessage") == "Hãy ghi ngày theo dạng 31/12/2026."
    auditor.fill("#id_first", "3/11/2026")
    with auditor.expect_navigation():
        auditor.locator("#id_first").blur()
    assert "first=2026-11-03" in auditor.url and auditor.locator("#id_first").input_value() == "03/11/2026"


def test_from_a_closed_month_to_the_answered_question(enter: Enter, application: Application) -> None:
    plan = application.var / "data/plans/telesale.yaml"
    payroll, second, manager = enter("payroll"), enter("payroll2", language="en"), enter("manager")
    agent, leader = enter(AGENT, size=PHONE), enter(LEADER, size=PHONE)
    for page in (payroll, second, manager):
        page.on("dialog", lambda dialog: dialog.accept())
    september = prepared(payroll, "2026-09")
    handed_over(payroll)
    closed(second, september)
    question = asked(agent, september, QUESTION)
    answered(payroll, agent, question, ANSWER, "accept")

    october = prepared(payroll, PERIOD)
    asked_for(agent, "2026-10-30", "Ốm, quên báo")
    told = approved(leader, "Ốm, quên báo", "Đã biết")
    assert said("Open this pay", language_of(leader)) in told  # October's pay is prepared already
    by_four_eyes(payroll, manager, owed(payroll, question), OWED)
    seller, commission = best_seller(payroll, september)
    by_four_eyes(payroll, second, taken_back(payroll, october, seller, commission), TAKEN)
    again(payroll, october)  # the leave has reached the facts meanwhile
    earned = paid_by_command_line(application.var, plan, PERIOD)
    assert earned > 0
    handed_over(payroll)
    closed(second, october)
    shown = on_the_page(second, october)
    assert (AGENT, earned, OWED, earned + OWED) in shown and -TAKEN in [row[2] for row in shown if row[0] == seller]
    every_file(second, october, shown)
    every_file(manager, october, on_the_page(manager, october))

    the_payslip(agent, october, shown)
    answered(payroll, agent, asked(agent, october, SECOND_QUESTION), REFUSAL, "refuse")
    auditor = enter("auditor", language="en")
    auditor.goto(october)
    seen(auditor, amounts=(earned, earned + OWED))
    assert auditor.locator("main form[method=post]:not(.column-choice)").count() == 0  # reads all, changes nothing but what own files hold
