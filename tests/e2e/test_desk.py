"""An agent at the desk: a real browser, a real Asterisk, and the demo carrier's customers."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from chot.config.database import start
from chot.telephony.installation import find
from tests.e2e.company import copied, environment
from tests.e2e.conftest import CHROMIUM, FLAGS, Application, free_port, requires_chromium
from tests.house.sources import ROOT

pytestmark = requires_chromium
SOUND = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--allow-loopback-in-peer-connection", "--autoplay-policy=no-user-gesture-required"]
AGENT = "a02"
TALKS, CALLS_BACK = "0912345610", "0987654321"
READY = "chot-phone[data-state=online]"
PHASE = "chot-phone[data-phase='{}']"


@pytest.fixture(scope="module")
def application(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """An application whose folder has an Asterisk, so that it runs the exchange and the carrier."""
    asterisk = Path(os.environ.get("CHOT_TEST_TELEPHONY", ROOT / ".venv" / "telephony"))
    if not find(asterisk):
        pytest.skip("no Asterisk: `make test` fetches one where apt offers it (chot telephony install --var .venv/telephony)")
    var = copied(company, tmp_path_factory.mktemp("d") / "v")
    (var / "asterisk").symlink_to(asterisk / "asterisk")
    running = Application(var, free_port())
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium with a microphone that beeps."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *SOUND])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def ask(application: Application) -> Iterator[Callable[..., list[Any]]]:
    """Rows of the application's database."""
    address, server = start(application.var)

    def ask(sql: str, *values: Any) -> list[Any]:
        with psycopg.connect(address, autocommit=True) as database:
            return database.execute(sql, values).fetchall()

    yield ask
    server.cleanup()


def until(look: Callable[[], Any], within_s: float = 20) -> Any:
    """What ``look`` finds as soon as it is something."""
    give_up = time.monotonic() + within_s
    while time.monotonic() < give_up:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come about")


def call_in(application: Application, caller: str = CALLS_BACK, talk_s: int = 30) -> None:
    """A customer calls us."""
    command = [ROOT / ".venv" / "bin" / "python", "-m", "chot", "telephony", "carrier", "call", "--from", caller, "--to", "02471234567"]
    subprocess.run([*map(str, command), "--talk", str(talk_s), "--var", str(application.var)], env=environment(application.var), check=True)


def call_out(page: Page, number: str) -> None:
    page.fill("chot-phone input[name=number]", number)
    page.press("chot-phone input[name=number]", "Enter")


def test_an_agent_calls_and_the_call_becomes_one_row(enter: Callable[..., Page], ask: Callable[..., list[Any]]) -> None:
    page = enter(AGENT)
    page.wait_for_selector(READY, timeout=20_000)
    call_out(page, TALKS)
    page.wait_for_selector(PHASE.format("talking"), timeout=15_000)
    expect(page.locator(".phone-who")).to_contain_text("091••••610")
    assert TALKS[1:] not in page.content()
    page.click("chot-phone [data-do=hold]")
    page.wait_for_selector(PHASE.format("held"))
    page.click("chot-phone [data-do=hold]")
    page.wait_for_selector(PHASE.format("talking"))
    page.click("chot-phone .phone-call [data-do=keys]")
    page.click("chot-phone [data-key='5']")
    page.click("nav.side li:nth-child(3) a")
    (call_id,) = ask("SELECT call_id FROM telephony_call")[0]
    until(lambda: ask("SELECT 1 FROM telephony_journal WHERE call_id = %s AND kind = 'digit_pressed' AND payload->>'digit' = '5'", call_id))
    page.click("chot-phone [data-do=hang_up]")
    expect(page.locator(".phone-idle")).to_be_visible()
    rows = until(lambda: ask("SELECT agent_id, direction, outcome, hangup_by FROM calls_call WHERE call_id = %s", call_id))
    assert rows == [(AGENT, "out", "answered", "agent")]
