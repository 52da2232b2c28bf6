"""What people do at a desk with a phone in the page, for tests that use one."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from chot.telephony.installation import find
from tests.e2e.company import environment
from tests.e2e.conftest import PASSWORD, Application, free_port
from tests.house.sources import ROOT
from tests.made_once import copied

SOUND = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--allow-loopback-in-peer-connection", "--autoplay-policy=no-user-gesture-required"]
AGENT, OTHER = "a02", "a03"
TALKS, CALLS_BACK = "0912345610", "0987654321"
READY = "chot-phone[data-state=online]"
PHASE = "chot-phone[data-phase='{}']"
IN_FORCE = "SELECT 1 FROM telephony_journal WHERE kind = 'routing_set' AND (payload->>'version')::int >= %s"
DOES = "SELECT 1 FROM calls_agentstate WHERE agent_id = %s AND ended_at IS NULL AND state = %s"
LEADER_AND_AGENT = """SELECT led.username, own.username FROM people_user led
  JOIN people_agentrow l ON l.agent_id = led.agent_id AND l.valid_to IS NULL
  JOIN people_agentrow w ON w.team_id = l.team_id AND w.valid_to IS NULL
  JOIN people_user own ON own.agent_id = w.agent_id AND own.role = 'agent' AND own.is_active
  WHERE led.role = 'leader' AND led.is_active ORDER BY 1, 2 LIMIT 1"""


def with_exchange(company: Path, var: Path) -> Application:
    """An installation like ``company`` that has an Asterisk; without one the test is skipped."""
    asterisk = Path(os.environ.get("CHOT_TEST_TELEPHONY", ROOT / ".venv" / "telephony"))
    if not find(asterisk):
        pytest.skip("no Asterisk: `make test` fetches one where apt offers it (chot telephony install --var .venv/telephony)")
    (copied(company, var) / "asterisk").symlink_to(asterisk / "asterisk")
    return Application(var, free_port())


def until(look: Callable[[], Any], within_s: float = 20) -> Any:
    """What ``look`` finds as soon as it is something."""
    give_up = time.monotonic() + within_s
    while time.monotonic() < give_up:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come about")


def call_in(application: Application, caller: str = CALLS_BACK, talk_s: int = 30, to: str = "02471234567") -> None:
    """A customer calls us."""
    command = [ROOT / ".venv" / "bin" / "python", "-m", "chot", "telephony", "carrier", "call", "--from", caller, "--to", to]
    subprocess.run([*map(str, command), "--talk", str(talk_s), "--var", str(application.var)], env=environment(application.var), check=True)


def call_out(page: Page, number: str) -> None:
    page.fill("chot-phone input[name=number]", number)
    page.press("chot-phone input[name=number]", "Enter")


def at_desk(enter: Callable[..., Page], **how: Any) -> Page:
    """The agent's desk with the phone there, and the agent ready."""
    page = enter(AGENT, **how)
    page.goto("/desk")
    page.wait_for_selector(READY, timeout=20_000)
    page.select_option(".phone-state", "ready")
    return page


def alone(page: Page) -> Page:
    """The same in a page of one's own, whose faults are expected."""
    page.goto("/desk")
    page.fill("[name=username]", AGENT)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector(READY, timeout=30_000)
    page.select_option(".phone-state", "ready")
    return page


def loudest(said: Path) -> int:
    """Of what a recording gets in the next second and a half; a microphone beeps once a second."""
    begun = said.stat().st_size // 2 * 2
    until(lambda: said.stat().st_size > begun + 24000)
    return int(np.abs(np.frombuffer(said.read_bytes()[begun : begun + 24000], dtype="<i2").astype(int)).max())


def the_call(ask: Callable[..., list[Any]]) -> str:
    (found,) = ask("SELECT call_id FROM telephony_call")
    return str(found[0])


def hang_up(page: Page, ask: Callable[..., list[Any]], call_id: str) -> list[Any]:
    """The agent hangs up; the rows that the call became."""
    page.click("chot-phone .phone-call [data-do=hang_up]")
    columns = "agent_id, direction, outcome, hangup_by, disposition, wrap_s IS NOT NULL"
    return list(until(lambda: ask(f"SELECT {columns} FROM calls_call WHERE call_id = %s", call_id)))


def note(page: Page, then: str = "ready") -> None:
    """The outcome is noted in the form that opens by itself; ``then`` is the state that the agent comes from."""
    page.locator(".phone-outcome").get_by_label("Quan tâm", exact=True).check()
    page.click(".phone-outcome button.btn-primary")
    expect(page.locator(".phone-outcome")).to_be_hidden()
    expect(page.locator(".phone-state")).to_have_value(then)


def wrapped(page: Page, ask: Callable[..., list[Any]], call_id: str) -> None:
    """The outcome is noted, and is on the one row of the call."""
    note(page)
    rows = until(lambda: ask("SELECT disposition, wrap_s < 60 FROM calls_call WHERE call_id = %s AND disposition <> ''", call_id))
    assert rows == [("interested", True)]


def hand_over(page: Page, typed: str, words: str, wish: str) -> None:
    """The place is searched in the one field, is the first of the list, and gets the call."""
    page.keyboard.press("Alt+t")
    page.fill(".phone-over [name=to]", typed)
    expect(page.locator(".phone-over [aria-selected=true] span")).to_have_text(words)
    page.click(f".phone-over [value={wish}]")
    expect(page.locator(".phone-over")).to_be_hidden()
