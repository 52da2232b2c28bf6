"""One month from the running plan to a closed, signed payslip: each step by whoever does it, at their width, in their language."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.e2e.company import copied, environment
from tests.e2e.conftest import PHONE, Application, Enter, free_port, requires_chromium

pytestmark = [requires_chromium, pytest.mark.slow]
PERIOD, AGENT = "2026-10", "a05"
QUESTION = "Vì sao dòng này tính như vậy?"
_FITS = "document.documentElement.scrollWidth <= window.innerWidth + 1"


@pytest.fixture(scope="module")
def application(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """An application of this story's own: it closes a period."""
    running = Application(copied(company, tmp_path_factory.mktemp("s") / "v"), free_port())
    running.start()
    yield running
    running.stop()


def paid_by_command_line(var: Path) -> int:
    """What ``chot kpi pay`` says that the agent earns, from the same facts and the same plan."""
    command = [sys.executable, "-m", "chot", "kpi", "pay", str(var / "data/plans/telesale.yaml"), "--data", str(var / "data"), "--period", PERIOD]
    said = subprocess.run([*command, "--format", "json"], env={**os.environ, **environment(var)}, check=True, capture_output=True, text=True).stdout
    return next(int(each["variable_vnd"]) for each in json.loads(said)["agents"] if each["agent_id"] == AGENT)


def vnd(amount: int) -> str:
    """As pages in Vietnamese show it, digits and dots."""
    return f"{amount:,}".replace(",", ".")


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
    earned = paid_by_command_line(application.var)
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
    assert auditor.locator("main form[method=post]").count() == 0  # reads all, changes nothing
