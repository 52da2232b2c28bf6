"""An agent with a hardware phone on the desk: given on a page, rung instead of the browser, followed by the bar of the page."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chot.core.messages_phones import desk_name
from chot.telephony import carrier, writing
from chot.telephony.configuration import load
from chot.telephony.installation import find
from tests.e2e.conftest import Application, requires_chromium
from tests.e2e.desk import AGENT, PHASE, SOUND, TALKS, call_in, call_out, hang_up, the_call, until, with_exchange, wrapped
from tests.telephony.plugged import plugged_in

pytestmark = [requires_chromium, pytest.mark.slow]
MORE_FLAGS = SOUND
AT = "chot-phone[data-at={}][data-state=online]"


@pytest.fixture(scope="module")
def application(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """An application whose folder has an Asterisk, so that it runs the exchange and the carrier."""
    running = with_exchange(company, tmp_path_factory.mktemp("h") / "v")
    running.start()
    yield running
    running.stop()


def plug_in(var: Path, name: str, password: str) -> None:
    """The demo carrier's Asterisk is the phone, too: registered with the account, it answers, at once when it is asked to."""
    made = load(var / "exchange", var / "recordings" / "incoming")
    lines = plugged_in(carrier.configuration(var, made), made, name, password)
    installation = find(var)
    assert installation
    config = str(writing.write(lines, installation))
    for command in ("module reload res_pjsip.so", "module reload res_pjsip_outbound_registration.so", "dialplan reload"):
        subprocess.run(installation.command("-C", config, "-rx", command), check=True, capture_output=True)


def test_a_desk_phone_is_given_rung_and_left_for_the_browser(
    enter: Callable[..., Page], ask: Callable[..., list[Any]], application: Application
) -> None:
    """The bar says what the phone does, though the page has no sound of its own; afterwards the browser is the phone again."""
    admin = enter("admin")
    admin.goto("/lines/phones")
    admin.select_option("select[name=agent_id]", AGENT)
    admin.click("main form .btn-primary")
    shown = admin.locator("main section").inner_text()
    password = re.search(r"\b[a-z2-9]{20}\b", shown)
    assert password and desk_name(AGENT) in shown
    plug_in(application.var, desk_name(AGENT), password[0])

    page = enter(AGENT)
    page.goto("/desk")
    page.wait_for_selector(AT.format("desk"), timeout=40_000)
    expect(page.locator(".phone-status")).to_have_text("Điện thoại bàn sẵn sàng")
    page.select_option(".phone-state", "ready")
    admin.goto("/lines/phones")
    expect(admin.locator("table .tag.good")).to_have_text("điện thoại bàn")

    call_out(page, TALKS)
    page.wait_for_selector(PHASE.format("talking"), timeout=15_000)
    expect(page.locator(".phone-who")).to_contain_text("091••••610")
    for by_hand in ("answer", "mute", "devices"):
        expect(page.locator(f".phone-call [data-do={by_hand}]")).to_be_hidden()
    page.click("chot-phone [data-do=hold]")
    page.wait_for_selector(PHASE.format("held"))
    page.click("chot-phone [data-do=hold]")
    page.wait_for_selector(PHASE.format("talking"))
    page.click("chot-phone .phone-call [data-do=keys]")
    page.click("chot-phone [data-key='5']")
    until(lambda: ask("SELECT 1 FROM telephony_command WHERE kind = 'press' AND payload->>'digits' = '5' AND outcome = 'done'"))
    page.reload()
    page.wait_for_selector(PHASE.format("talking"), timeout=15_000)
    call_id = the_call(ask)
    assert hang_up(page, ask, call_id)[0][:4] == (AGENT, "out", "answered", "agent")
    wrapped(page, ask, call_id)

    call_in(application)
    page.wait_for_selector(PHASE.format("coming"), timeout=20_000)
    expect(page.locator(".phone-phase")).to_have_text("Điện thoại bàn đang đổ chuông")
    page.wait_for_selector(PHASE.format("talking"), timeout=15_000)
    call_id = the_call(ask)
    assert hang_up(page, ask, call_id)[0][:3] == (AGENT, "in", "answered")
    wrapped(page, ask, call_id)

    page.click(".phone-idle [data-do=devices]")
    expect(page.locator(".phone-devices [name=microphone]")).to_be_hidden()
    page.select_option("select[name=ear]", "browser")
    page.wait_for_selector(AT.format("browser"), timeout=20_000)
    expect(page.locator(".phone-devices [name=microphone]")).to_be_visible()
    call_out(page, TALKS)
    page.wait_for_selector(PHASE.format("talking"), timeout=15_000)
    expect(page.locator(".phone-call [data-do=mute]")).to_be_visible()
    call_id = the_call(ask)
    assert hang_up(page, ask, call_id)[0][:4] == (AGENT, "out", "answered", "agent")
    wrapped(page, ask, call_id)
