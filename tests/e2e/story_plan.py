"""From a new team to the acknowledged plan: the steps of administrator, manager, agent and leader."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

from playwright.sync_api import Page

from tests.e2e.languages import language_of, said, switched
from tests.e2e.story import (
    AGENT,
    LEADER,
    MONTH,
    csv_rows,
    fetched,
    pdf_text,
    saved,
    seen,
    vnd,
    well,
    whole,
    xlsx_rows,
)

TEAM, ROLE, JOINED, NAME = "t9", "telesale", "a90", "Đinh Thảo My"
PLAN, GOAL = "KPI chiến dịch tháng 11/2026", "Bán thêm cho khách cũ"
ASKED, ANSWERED = "Hết danh sách khách thì sao ạ?", "Những ngày không có danh sách được trừ khỏi chỉ tiêu."
WHY_LATE = "Một chiến dịch thêm, không ai được ít hơn trước"


def a_new_team(admin: Page) -> str:
    """The administrator names a team, moves two people into it, and adds a third with an account; its first password."""
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
    for name, value in (("agent_id", JOINED), ("name", NAME), ("day", "2026-11-02"), ("team_id", TEAM), ("plan_role", ROLE)):
        admin.fill(f"[name={name}]", value)
    saved(admin)
    admin.locator("main a[href*='/people/accounts/new']").click()
    admin.fill("[name=username]", JOINED)
    assert admin.locator("[name=name]").input_value() == NAME
    admin.locator("main form button.btn-primary").click()
    password = admin.locator("main code").inner_text()
    assert len(password) == 23 and re.search(r"10(/11/| Nov )2026", admin.locator("main").inner_text())  # shown only now, valid for seven days
    well(admin)
    for page in ("/people/teams", f"/people/agents/{AGENT}", "/people/accounts"):
        admin.goto(page)
        seen(admin)
        assert password not in admin.content()
    admin.goto(f"/audit?subject={AGENT}")
    seen(admin, "Changed a person from a day on", texts=("Đỗ Quang Huy",))
    return password


def a_goal(manager: Page) -> None:
    """The manager says what it is all for."""
    manager.goto("/goals/new")
    manager.fill("[name=title]", GOAL)
    manager.select_option("[name=horizon]", "short")
    manager.select_option("[name=metric]", "revenue")
    manager.fill("[name=target]", "300.000.000")
    manager.fill("[name=due]", "2026-12-31")
    manager.locator("main form button.btn-primary").first.click()
    manager.wait_for_url("**/goals")
    manager.get_by_text(GOAL).first.wait_for()


def a_plan(manager: Page) -> str:
    """From the template: goal, people, weights, reward, days; the address of the draft."""
    manager.goto("/plans")
    manager.locator("a[href='/plans/new?template=telesale']").click()
    manager.wait_for_selector("#designer")
    manager.fill("[name=title]", PLAN)
    manager.select_option("[name=goal]", label=GOAL)
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
    seen(manager, texts=(NAME,))
    assert manager.locator("main tbody tr").count() == 15  # every telesale agent who works in November, the new one too


def taken_along(manager: Page, plan: str, folder: Path) -> Path:
    """The announced document that the page gives, for ``chot kpi pay``."""
    packed = zipfile.ZipFile(io.BytesIO(manager.request.get(f"{plan}.yaml").body()))
    packed.extractall(folder)
    return next(folder.rglob("*.yaml"))


def the_agents_day(agent: Page, manager: Page, plan: str) -> None:
    """On a telephone: the plan is read, asked about, answered by the manager, and acknowledged."""
    number = plan.rpartition("/")[2]
    agent.goto("/kpi")
    agent.locator(f"main a[href='/announcements/{number}']").first.click()
    agent.wait_for_selector("#your-answer")
    seen(agent, "Please read the plan and answer", "I have read and understood it", amounts=(5_000_000,))
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
    seen(manager, texts=(ASKED, ANSWERED))


def my_kpi(agent: Page, earned: int) -> None:
    """The agent's own figure is the core's, in both languages; it follows within seconds."""
    for _attempt in range(60):
        agent.goto(f"/kpi?period={MONTH}")
        own = agent.locator("main section", has_text=PLAN)
        if own.count() and vnd(earned, language_of(agent)) in own.first.locator("tfoot").first.inner_text():
            break
        agent.wait_for_timeout(1000)
    seen(agent, "Variable pay", "Weighted attainment", amounts=(earned,))


def what_if(agent: Page, earned: int) -> None:
    """Three more orders are never worth less."""
    if language_of(agent) != "en":
        switched(agent)
    own = agent.locator("main section", has_text=PLAN).first
    own.locator("[name=orders]").fill("3")
    own.locator("form button.btn-primary").click()
    then = own.locator("[id^=what-if] .fs-3")
    then.wait_for()
    assert re.search(rf"[\d,]+ ₫ instead of {earned:,} ₫", then.inner_text())
    well(agent)


def the_leaders_day(leader: Page, earned: int) -> None:
    """On a telephone: the board, the rows behind one of its numbers, and the team's figures, taken along as files."""
    leader.goto("/team/live")
    seen(leader, "Live board")
    number = leader.locator(f"a[data-cell='agent:{AGENT}:calls']")
    calls = number.inner_text()
    number.click()
    leader.wait_for_selector("main h1:has-text(':')")
    assert leader.locator("main h1").inner_text().endswith(f": {calls}")
    assert leader.locator("main tbody tr").count() == min(int(calls), 50)
    seen(leader, texts=(calls,))
    leader.goto(f"/team?period={MONTH}")
    seen(leader, "Variable pay", amounts=(earned,))
    language, table = language_of(leader), leader.locator("main section", has_text=PLAN).locator("table").first
    shown = {row.locator("a[href^='/agents/']").get_attribute("href"): whole(row.locator("td").last.inner_text()) for row in table.locator("tbody tr").all()}
    assert shown[f"/agents/{AGENT}"] == earned and f"/agents/{JOINED}" in shown
    files = {kind: fetched(leader, f"main details.menu a[href$='{kind}']") for kind in ("csv", "xlsx", "pdf")}
    title = said("Variable pay", language)
    for rows in (csv_rows(files["csv"]), xlsx_rows(files["xlsx"])):
        head, *found = rows
        place = next(number for number, each in enumerate(head) if str(each).startswith(title))
        people = {f"/agents/{row[head.index(said('Agent', language))]}": int(row[place]) for row in found if row[0] == PLAN}
        assert people == shown
    written = pdf_text(files["pdf"])
    assert [each for each in shown.values() if vnd(each, language) not in written] == []
