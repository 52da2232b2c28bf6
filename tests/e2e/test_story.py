"""One month from the running plan to a closed, signed payslip: each step by whoever does it, at their width, in their language."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.e2e.company import copied, environment
from tests.e2e.conftest import PHONE, Application, Enter, free_port, requires_chromium

pytestmark = [requires_chromium, pytest.mark.slow]
PERIOD, AGENT = "2026-10", "a05"
QUESTION = "Vì sao dòng này tính như vậy?"
TEAM, ROLE, JOINED, LEADER = "t9", "telesale", "a90", "a02"
MONTH, PLAN = "2026-11", "KPI chiến dịch tháng 11/2026"
ASKED, ANSWERED, WHY_LATE = "What if the list runs out?", "Then the target is cut by the days without a list.", "Một chiến dịch thêm, không ai được ít hơn trước"
_FITS = "document.documentElement.scrollWidth <= window.innerWidth + 1"


@pytest.fixture(scope="module")
def application(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """An application of this story's own: it closes a period."""
    running = Application(copied(company, tmp_path_factory.mktemp("s") / "v"), free_port())
    running.start()
    yield running
    running.stop()


def paid_by_command_line(var: Path, plan: Path, period: str) -> int:
    """What ``chot kpi pay`` says that the agent earns, from the same facts and the same plan."""
    command = [sys.executable, "-m", "chot", "kpi", "pay", str(plan), "--data", str(var / "data"), "--period", period]
    said = subprocess.run([*command, "--format", "json"], env={**os.environ, **environment(var)}, check=True, capture_output=True, text=True).stdout
    return next(int(each["variable_vnd"]) for each in json.loads(said)["agents"] if each["agent_id"] == AGENT)


def vnd(amount: int) -> str:
    """As pages in Vietnamese show it, digits and dots."""
    return f"{amount:,}".replace(",", ".")


def saved(page: Page) -> None:
    """Send the form that stands under the heading, and see that it was taken."""
    page.locator("main form:not([method=get]) button.btn-primary").last.click()
    page.wait_for_selector(".notice.success")


def a_new_team(admin: Page) -> None:
    """The administrator names a team, moves two people into it, and adds a third with an account."""
    admin.goto("/people/teams")
    for name, value in (("team_id", TEAM), ("name", "Nhóm bán thêm"), ("leader_id", LEADER), ("day", "2026-11-01")):
        admin.fill(f"#team [name={name}]", value)
    saved(admin)
    for agent, role in ((LEADER, "lead"), (AGENT, ROLE)):
        admin.goto(f"/people/change/{agent}")
        for name, value in (("day", "2026-11-01"), ("team_id", TEAM), ("plan_role", role)):
            admin.fill(f"[name={name}]", value)
        saved(admin)
    admin.goto("/people/new")
    for name, value in (("agent_id", JOINED), ("name", "Đinh Thảo My"), ("day", "2026-11-02"), ("team_id", TEAM), ("plan_role", ROLE)):
        admin.fill(f"[name={name}]", value)
    saved(admin)
    admin.locator("main a[href*='/people/accounts/new']").click()
    admin.fill("[name=username]", JOINED)
    assert admin.locator("[name=name]").input_value() == "Đinh Thảo My"
    admin.locator("main form button.btn-primary").click()
    assert len(admin.locator("main code").inner_text()) >= 10  # shown only now
    admin.goto(f"/audit?subject={AGENT}")
    assert "Đỗ Quang Huy" in admin.locator("main tbody tr").first.inner_text()


def a_goal(manager: Page) -> None:
    """The manager says what it is all for."""
    manager.goto("/goals/new")
    manager.fill("[name=title]", "Bán thêm cho khách cũ")
    manager.select_option("[name=horizon]", "short")
    manager.select_option("[name=metric]", "revenue")
    manager.fill("[name=target]", "300.000.000")
    manager.fill("[name=due]", "2026-12-31")
    manager.locator("main form button.btn-primary").first.click()
    manager.wait_for_url("**/goals")
    manager.get_by_text("Bán thêm cho khách cũ").first.wait_for()


def a_plan(manager: Page) -> str:
    """From the template: goal, people, weights, reward, days; the address of the draft."""
    manager.goto("/plans")
    manager.locator("a[href='/plans/new?template=telesale']").click()
    manager.wait_for_selector("#designer")
    manager.fill("[name=title]", PLAN)
    manager.select_option("[name=goal]", label="Bán thêm cho khách cũ")
    for name, value in (
        ("items.0.weight", "50"), ("items.1.weight", "20"), ("bonus_vnd", "5000000"),
        ("scales.standard.points", "0% → 0%; 100% → 100%; 120% → 150%"), ("plan", "campaign-2026-11"),
        ("announced", "2026-10-30"), ("starts", "2026-11-01"), ("ends", "2026-11-30"), ("rollout.message", "Mỗi khách cũ xứng đáng một cuộc gọi tử tế."),
    ):  # fmt: skip
        manager.fill(f"#designer [name='{name}']", value)
    manager.locator("#designer .head .btn-primary").click()
    manager.wait_for_url(re.compile(r"/plans/\d+$"), timeout=60_000)
    return manager.url


def its_targets(manager: Page, plan: str) -> None:
    """Targets are proposed from everyone's own past; one is eased with a reason, and all become part of the plan."""
    manager.goto(f"{plan}/targets")
    cell = manager.locator(f"tr:has-text('{AGENT}') input[data-metric=revenue]")
    assert cell.input_value() not in ("", "50.000.000")
    cell.fill("50.000.000")
    manager.fill("#reason", "Tháng đầu ở nhóm mới")
    manager.locator(".grid-bar button.btn-primary").click()
    manager.wait_for_selector(".notice.success")
    manager.locator("form[action$='/targets/publish'] button").click()
    manager.wait_for_url(re.compile(r"/plans/\d+$"), timeout=60_000)


def announced(manager: Page, plan: str) -> None:
    """The guards say that it comes too late; the manager says why it is announced all the same."""
    manager.on("dialog", lambda dialog: dialog.accept())
    manager.goto(f"{plan}/announce")
    assert f"({AGENT})" in manager.locator("main").inner_text() and f"({JOINED})" in manager.locator("main").inner_text()
    manager.fill("#override", WHY_LATE)
    manager.locator("main form button.btn-primary").last.click()
    manager.wait_for_url("**/answers", timeout=60_000)
    assert manager.locator("main tbody tr").count() == 15  # every telesale agent who works in November, the new one too


def earned_in_november(manager: Page, plan: str, var: Path, folder: Path) -> int:
    """What ``chot kpi pay`` makes of the announced document that the page gives, over the same facts."""
    packed = zipfile.ZipFile(io.BytesIO(manager.request.get(f"{plan}.yaml").body()))
    packed.extractall(folder)
    document = next(folder.rglob("*.yaml"))
    return paid_by_command_line(var, document, MONTH)


def the_agents_day(agent: Page, manager: Page, plan: str) -> None:
    """On a telephone, in English: the plan is read, asked about, answered by the manager, and acknowledged."""
    number = plan.rpartition("/")[2]
    agent.goto("/kpi")
    agent.locator(f"main a[href='/announcements/{number}']").first.click()
    agent.wait_for_selector("#your-answer")
    assert agent.evaluate(_FITS)
    agent.locator("main details summary").first.click()
    agent.fill("#question", ASKED)
    agent.locator("button[value=ask]").click()
    agent.wait_for_selector(".notice.success")
    manager.goto(f"{plan}/answers")
    assert ASKED in manager.locator("main").inner_text()
    manager.fill("textarea[name=answer]", ANSWERED)
    manager.locator("main tbody form button").click()
    manager.wait_for_selector(".notice.success")
    agent.reload()
    agent.get_by_text(ANSWERED).wait_for()
    agent.locator("button[value=agree]").click()
    agent.wait_for_selector(".notice.success")
    manager.reload()
    assert manager.locator("main tbody tr", has_text=AGENT).locator(".tag.good").count() == 1


def my_kpi(agent: Page, earned: int) -> None:
    """The agent's own figure is the core's; three more orders are never worth less."""
    for _attempt in range(60):
        agent.goto(f"/kpi?period={MONTH}")
        if agent.locator("main section", has_text=PLAN).count():
            break
        agent.wait_for_timeout(1000)  # the run follows within seconds
    own = agent.locator("main section", has_text=PLAN).first
    assert f"{earned:,}" in own.locator("tfoot").first.inner_text() and agent.evaluate(_FITS)
    own.locator("[name=orders]").fill("3")
    own.locator("form button.btn-primary").click()
    then = own.locator("[id^=what-if] .fs-3")
    then.wait_for()
    assert re.search(rf"[\d,]+ ₫ instead of {earned:,} ₫", then.inner_text())


def the_leaders_day(leader: Page, earned: int) -> None:
    """On a telephone, in English: the board, the team's figures, and the rows behind one of them."""
    leader.goto("/team/live")
    number = leader.locator(f"a[data-cell='agent:{AGENT}:calls']")
    calls = number.inner_text()
    number.click()
    leader.wait_for_selector("main h1:has-text(':')")
    assert leader.locator("main h1").inner_text().endswith(f": {calls}")
    assert leader.locator("main tbody tr").count() == min(int(calls), 50)
    leader.goto(f"/team?period={MONTH}")
    assert f"{earned:,}" in leader.locator("main section", has_text=PLAN).locator("tr", has_text=AGENT).inner_text()
    assert leader.evaluate(_FITS)


def test_from_a_new_team_to_the_acknowledged_plan(enter: Enter, application: Application, tmp_path: Path) -> None:
    a_new_team(enter("admin"))
    manager = enter("manager")
    a_goal(manager)
    plan = a_plan(manager)
    its_targets(manager, plan)
    announced(manager, plan)
    earned = earned_in_november(manager, plan, application.var, tmp_path)
    assert earned > 0
    agent = enter(AGENT, language="en", size=PHONE)
    the_agents_day(agent, manager, plan)
    my_kpi(agent, earned)
    the_leaders_day(enter(LEADER, language="en", size=PHONE), earned)

    quality = enter("quality", language="en")
    quality.goto(f"/agents/{AGENT}")
    assert quality.locator("main h1").count() == 1
    assert quality.request.get("/pay").status == 403 and quality.request.get(plan).status == 403

    auditor = enter("auditor")
    for path in (plan, f"{plan}/answers", "/goals"):
        auditor.goto(path)
        assert auditor.locator("main form[method=post]").count() == 0, path
    assert WHY_LATE in auditor.request.get(plan).text()
    auditor.goto("/audit")
    auditor.fill("#id_first", "31/02/2026")
    auditor.locator("#id_first").blur()
    assert auditor.evaluate("document.querySelector('#id_first').validationMessage") == "Hãy ghi ngày theo dạng 31/12/2026."
    auditor.fill("#id_first", "3/11/2026")
    with auditor.expect_navigation():
        auditor.locator("#id_first").blur()
    assert "first=2026-11-03" in auditor.url and auditor.locator("#id_first").input_value() == "03/11/2026"


def prepared(page: Page) -> str:
    """Payroll prepares October's telesales pay; the address of the run."""
    page.goto("/pay")
    page.locator("form[action='/pay/prepare']", has=page.locator(f"input[value='{PERIOD}']")).filter(has_text="Telesale").locator("button").first.click()
    page.wait_for_url(re.compile(r"/pay/\d+$"), timeout=60_000)
    return page.url


def closed(page: Page, address: str) -> None:
    """The second one of payroll gives the reasons that are asked for, and closes."""
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(address)
    for box in page.locator("#closing input[type=checkbox]").all():
        box.check()
    for name in ("note", "law_because", "accepted_because"):
        if page.locator(f"#closing [name={name}]").count():
            page.fill(f"#closing [name={name}]", "Checked against the sources")
    page.locator("#closing form[action*='/close'] button.btn-primary").click()
    if page.locator("dialog[open] .btn-primary, dialog[open] .btn-danger").count():
        page.locator("dialog[open] .btn-primary, dialog[open] .btn-danger").first.click()
    page.wait_for_selector("a[href*='slips.zip'], form[action$='/slips']", timeout=90_000)


def test_from_the_draft_to_the_answered_question(enter: Enter, application: Application) -> None:
    earned = paid_by_command_line(application.var, application.var / "data/plans/telesale.yaml", PERIOD)
    assert earned > 0
    payroll = enter("payroll")
    address = prepared(payroll)
    assert vnd(earned) in payroll.locator("main tr", has_text=AGENT).first.inner_text()
    payroll.locator("form[action$='/submit'] button").click()
    payroll.wait_for_selector("#closing")
    assert payroll.locator("#closing form[action*='/close']").count() == 0  # four eyes

    closed(enter("payroll2", language="en"), address)

    agent = enter(AGENT, size=PHONE)
    agent.goto("/kpi/pay")
    assert vnd(earned) in agent.locator("main table").inner_text() and agent.evaluate(_FITS)
    slip = agent.locator("main a[href$='.pdf']").first.get_attribute("href")
    pdf = agent.request.get(str(slip)).body()
    assert pdf.startswith(b"%PDF") and b"/ByteRange" in pdf  # signed
    agent.locator(f"main a[href*='/slip/{AGENT}']").first.click()
    assert vnd(earned) in agent.locator("main tfoot").first.inner_text() and agent.evaluate(_FITS)
    agent.locator("main tbody a[href*='/statements/']").first.click()
    agent.wait_for_selector("main a[href^='/disputes/new/']")
    assert agent.evaluate(_FITS)
    agent.locator("main a[href^='/disputes/new/']").click()
    agent.fill("[name=text]", QUESTION)
    agent.locator("main form button.btn-primary").click()
    agent.wait_for_url(re.compile(r"/disputes/\d+$"))
    asked = agent.url

    payroll.goto(asked)
    assert QUESTION in payroll.locator("main").inner_text()
    payroll.fill("[name=answer]", "Đã đối chiếu từng dòng: đúng như kế hoạch.")
    payroll.locator("button[name=decision][value=refuse]").click()
    agent.goto(asked)
    agent.get_by_text("Đã đối chiếu từng dòng").wait_for()

    auditor = enter("auditor", language="en")
    auditor.goto(address)
    assert f"{earned:,}" in auditor.locator("main tr", has_text=AGENT).first.inner_text()
    assert auditor.locator("main form[method=post]:not(.column-choice)").count() == 0  # reads all, changes nothing but what own files hold
