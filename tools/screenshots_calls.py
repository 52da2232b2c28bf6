"""Pictures of a call that is really made: the desk, the wallboard, the recording (part of `make screenshots`)."""

from __future__ import annotations

import shutil
import tempfile
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from playwright.sync_api import Browser, Page, Playwright

from chot.config.database import start
from tests.e2e.conftest import DESK, FLAGS

_TEAM = """SELECT array_agg(own.username ORDER BY own.username) FROM people_user led
  JOIN people_agentrow l ON l.agent_id = led.agent_id AND l.valid_to IS NULL
  JOIN people_agentrow w ON w.team_id = l.team_id AND w.valid_to IS NULL
  JOIN people_user own ON own.agent_id = w.agent_id AND own.role = 'agent' AND own.is_active
  WHERE led.username = 'a02'"""
LEADER = "a02"
SOUND = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--allow-loopback-in-peer-connection"]
_READY, _TALKING = "chot-phone[data-state=online]", "chot-phone[data-phase=talking]"
_CUSTOMER = """SELECT c.phone FROM customers_customer c JOIN calls_call k ON k.customer_id = c.customer_id
  WHERE c.phone LIKE '+849%%' AND substr(c.phone, length(c.phone) - 1, 1) = '7' AND c.name <> ''
  GROUP BY c.id ORDER BY count(*) DESC, c.id LIMIT 1"""
"""Somebody with a story who, at the demo carrier, talks for long."""
Save = Callable[[Page, str], None]
Enter = Callable[[Browser, str, dict[str, int]], Page]


def pictures(playwright: Playwright, var: Path, enter: Enter, save: Save) -> None:
    """An agent calls a customer, the leader looks, and the recording is opened."""
    with tempfile.TemporaryDirectory() as folder:
        voice = f"--use-file-for-fake-audio-capture={_voice(Path(folder) / 'voice.wav')}"
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*FLAGS, *SOUND, voice])
        try:
            calls, waits, rests = (enter(chromium, username, DESK) for username in _ask(var, _TEAM)[:3])
            for page, state in ((rests, "break:meal"), (waits, "ready"), (calls, "ready")):
                page.goto("/desk")
                page.wait_for_selector(_READY)
                page.select_option(".phone-state", state)
            leader = enter(chromium, LEADER, DESK)
            call_id = _called(calls, leader, _ask(var, _CUSTOMER), var, save)
            _replayed(leader, call_id, save)
            for page in (calls, waits, rests):
                page.select_option(".phone-state", "offline")
        finally:
            chromium.close()


def _called(agent: Page, leader: Page, number: str, var: Path, save: Save) -> str:
    agent.fill("chot-phone input[name=number]", f"0{number[3:]}")
    agent.press("chot-phone input[name=number]", "Enter")
    agent.wait_for_selector(_TALKING)
    agent.wait_for_timeout(12_000)  # both have said something, and the quality is known
    save(agent, "agent-desk")
    leader.goto("/desk/wallboard")
    leader.wait_for_timeout(3_000)
    save(leader, "leader-wallboard")
    call_id: str = _ask(var, "SELECT call_id FROM telephony_call")
    agent.click("chot-phone .phone-call [data-do=hang_up]")
    agent.locator(".phone-outcome input[name=disposition]").first.check()
    agent.click(".phone-outcome button.btn-primary")
    agent.wait_for_selector(".phone-outcome", state="hidden")
    return call_id


def _replayed(leader: Page, call_id: str, save: Save) -> None:
    for _attempt in range(60):
        leader.goto(f"/recordings/{call_id}")
        if leader.locator("chot-replay").count():
            break
        leader.wait_for_timeout(1_000)
    leader.wait_for_timeout(2_000)
    save(leader, "leader-recording")


def _ask(var: Path, sql: str) -> Any:
    address, server = start(var)
    try:
        with psycopg.connect(address, autocommit=True) as database:
            row = database.execute(sql).fetchone()
            assert row, "the demo company has such a row"
            return row[0]
    finally:
        server.cleanup()


def _voice(path: Path) -> Path:
    """Something that looks like speech: syllables of a falling tone with pauses between sentences; mono, 16 kHz, ten seconds."""
    chance, rate = np.random.default_rng(7), 16_000
    sounds: list[Any] = []
    while sum(len(sound) for sound in sounds) < 10 * rate:
        for _syllable in range(chance.integers(4, 11)):
            length = int(rate * chance.uniform(0.10, 0.24))
            at = np.arange(length) / rate
            pitch = 2 * np.pi * np.cumsum(np.linspace(chance.uniform(180, 240), chance.uniform(120, 200), length)) / rate
            voiced = sum(np.sin(pitch * harmonic) / harmonic for harmonic in range(1, 8))
            sounds.append(voiced * np.sin(np.pi * at * rate / length) * chance.uniform(2000, 7000))
            sounds.append(np.zeros(int(rate * 0.03)))
        sounds.append(np.zeros(int(rate * chance.uniform(0.5, 1.4))))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(np.concatenate(sounds)[: 10 * rate].astype("<i2").tobytes())
    return path
