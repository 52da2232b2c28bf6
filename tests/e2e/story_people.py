"""Signing in for the first time, days off, and a day of quality's."""

from __future__ import annotations

import re
import time
import wave
from pathlib import Path

import numpy as np
import pyotp
from playwright.sync_api import Page, expect
from psycopg.types.json import Jsonb

from chot.core.messages import RecordingStopped, encode
from tests.e2e.breaking import rows
from tests.e2e.conftest import PASSWORD, Application
from tests.e2e.languages import language_of, said
from tests.e2e.story import AGENT, seen, well

OWN_PASSWORD = "cau-phoi-nang-2026"
COMMENT, SECONDS = "Chào khách rõ, hỏi đúng nhu cầu.", 4
_HEARD = """sound => new Promise((heard, failed) => {
  sound.addEventListener("timeupdate", () => sound.currentTime > 0.3 && heard())
  sound.play().catch(failed)
})"""


def _signed_in(page: Page, name: str, password: str) -> None:
    page.fill("[name=username]", name)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")


def _signed_out(page: Page) -> None:
    page.locator("header.top form[action='/sign-out'] button").click()
    page.wait_for_selector("[name=username]")


def second_factor(page: Page, name: str) -> None:
    """Whose role asks for it sets up a second factor before anything else, and signs in with it."""
    page.goto("/people/teams")
    page.wait_for_url("**/account#second-factor")
    seen(page, "Your role opens the pay and the accounts of others. Add a second factor, so that a stolen password alone opens nothing.")
    page.fill("#second-factor [name=password]", PASSWORD)
    page.locator("#second-factor form button").click()
    app = pyotp.TOTP(page.locator("#second-factor code").inner_text().replace(" ", ""))
    well(page)
    now = time.time()
    page.fill("#second-factor [name=code]", app.at(now))
    page.locator("#second-factor form button").click()
    page.wait_for_selector(".notice.success")
    _signed_out(page)
    _signed_in(page, name, PASSWORD)
    page.wait_for_url("**/sign-in/code**")
    well(page)
    page.fill("[name=code]", app.at(now + 30))  # each code opens once
    page.press("[name=code]", "Enter")
    page.wait_for_selector("nav.side", state="attached")
    assert page.locator(".notice.warning").count() == 0


def first_sign_in(page: Page, name: str, given: str, plan: str) -> None:
    """A joiner on a telephone: the first password opens nothing but its own change, then never again; the plan is read and acknowledged."""
    page.goto("/kpi")
    page.wait_for_url("**/account")
    seen(page, "Somebody else has given you this password. Choose your own before you go on.")
    for old, new, again, kept in ((given, "ngan", "ngan", False), (given, OWN_PASSWORD, OWN_PASSWORD, True)):
        for field, value in (("old", old), ("new", new), ("again", again)):
            page.fill(f"#password [name={field}]", value)
        page.locator("#password form button").click()
        page.wait_for_selector(".notice.success" if kept else "#password .errorlist")
        well(page)
    page.goto(plan)
    seen(page, "Please read the plan and answer")
    page.locator("button[value=agree]").click()
    page.wait_for_selector("p#your-answer.good")
    page.goto("/my-shifts")
    seen(page, "My shifts", "Ask for days off")
    _signed_out(page)
    _signed_in(page, name, given)
    page.wait_for_selector(".notice.error")
    _signed_in(page, name, OWN_PASSWORD)
    page.wait_for_selector("nav.side", state="attached")


def left(agent: Page) -> float:
    """The days of annual leave that the agent's page still gives."""
    agent.goto("/my-shifts")
    return float(agent.locator("table.account tfoot td").inner_text().replace(",", "."))


def asked_for(agent: Page, day: str, note: str) -> float:
    """The agent asks for a day off; what is left afterwards."""
    before = left(agent)
    agent.select_option("[name=kind]", "annual")
    for name, value in (("first_day", day), ("last_day", day), ("note", note)):
        agent.fill(f"[name={name}]", value)
    agent.locator("main form.panel button.btn-primary").click()
    agent.wait_for_selector(".notice.success")
    assert left(agent) == before - 1  # what is asked for is set aside
    return before - 1


def approved(leader: Page, note: str, answer: str) -> str:
    """The leader finds the request and approves it; what the page says afterwards."""
    leader.goto("/leave")
    seen(leader, "Requests", texts=(note,))
    request = leader.locator("main tbody tr", has_text=note)
    request.locator("[name=answer]").fill(answer)
    request.locator("button[value='1']").click()
    leader.wait_for_selector(".notice.success")
    well(leader)
    assert leader.locator("main tbody tr", has_text=answer).locator(".tag.good").count() == 1
    return leader.locator("main").inner_text()


def days_off(agent: Page, leader: Page) -> None:
    """Asked for on one telephone, approved on another; the agent is told, and sees the day in the coming shifts."""
    stays = asked_for(agent, "2026-11-11", "Việc gia đình")
    said_then = approved(leader, "Việc gia đình", "Đã có người trực thay")
    assert said("Open this pay", language_of(leader)) not in said_then  # no pay of November is prepared
    assert left(agent) == stays
    seen(agent, "Approved", texts=("Đã có người trực thay",))
    day = agent.locator("main tbody tr", has_text="11/11").first
    assert day.locator(".tag.good").inner_text() == said("Annual leave", language_of(agent))
    agent.goto("/notifications")
    seen(agent, "Notifications")
    assert agent.locator("ul.told li.unread", has_text="11").count() >= 1


def recorded(running: Application) -> str:
    """The exchange has stopped the recording of today's last answered call of the agent; the call."""
    incoming = running.var / "recordings" / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    [[call]] = rows(
        running, "SELECT call_id FROM calls_call WHERE agent_id = %s AND outcome = 'answered' ORDER BY started_at DESC LIMIT 1", AGENT
    )  # fmt: skip
    files = [incoming / f"story{side}.wav" for side in ("", "-rx", "-tx")]
    for file, hertz in zip(files, (440, 440, 1000), strict=True):
        _tone(file, hertz)
    mixed, customer, agent = map(str, files)
    told = RecordingStopped(call_id=call, mixed=mixed, customer=customer, agent=agent, duration_ms=SECONDS * 1000)
    written = "INSERT INTO telephony_journal (node, call_id, kind, payload, at) VALUES ('n1', %s, 'recording_stopped', %s, now()) RETURNING call_id"
    assert rows(running, written, call, Jsonb(encode(told))) == [(call,)]
    return str(call)


def _tone(path: Path, hertz: int) -> None:
    samples = (12000 * np.sin(2 * np.pi * hertz * np.arange(SECONDS * 8000) / 8000)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(samples.tobytes())


def the_day_of_quality(quality: Page, agent: Page, plan: str, call: str) -> None:
    """A call is listened to and commented on, which its agent reads; hours and funnel; no pay and no plan of anybody."""
    quality.goto(f"/recordings?agent={AGENT}")
    quality.locator("main tbody a").first.click()
    quality.wait_for_selector("chot-replay audio")
    seen(quality, "Every listen is noted in the audit trail.")
    quality.locator("chot-replay audio").evaluate(_HEARD)
    quality.fill("[name=at_s]", "2")
    quality.fill("[name=text]", COMMENT)
    quality.locator("form.remark button").click()
    expect(quality.locator("ol.remarks a")).to_have_text("0:02")
    for page in ("/reports/patterns", f"/agents/{AGENT}", "/team", "/desk/wallboard"):
        quality.goto(page)
        seen(quality)
    for page in ("/pay", plan, "/people"):
        assert quality.request.get(page).status == 403, page
    agent.goto(f"/recordings/{call}")
    seen(agent, "Comments", texts=(COMMENT,))
    assert agent.locator("a[href$='/file']").count() == 0  # only managers and quality take a recording along
    assert re.search(r"0:02", agent.locator("ol.remarks").inner_text())
