"""A recording in a real browser: both sides drawn, seek by pointer and keys, speed, a link to a second, one listen noted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.breaking import rows, until
from tests.e2e.conftest import Application, requires_chromium
from tests.e2e.story_people import SECONDS, recorded

pytestmark = [pytest.mark.slow, requires_chromium]
_DRAWN = """canvas => [0, 1].map(side => {
  const half = canvas.height / 2, found = canvas.getContext("2d").getImageData(4, side * half, canvas.width - 4, half).data, colours = new Set();
  for (let at = 0; at < found.length; at += 4) if (found[at + 3] > 90) colours.add(found.slice(at, at + 3).join());
  return colours.size;
})"""
_AT = "sound => sound.currentTime"


def test_a_recording_is_replayed(application: Application, enter: Callable[..., Page]) -> None:
    call, page = recorded(application), enter("quality")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    state = "SELECT state FROM recordings_recording WHERE call_id = %s"
    until(lambda: rows(application, state, call) == [("kept",)], "the recording is kept")
    page.goto(f"/recordings/{call}")
    sound, wave = page.locator("chot-replay audio"), page.locator("chot-replay canvas")

    def at(second: float) -> None:
        until(lambda: abs(sound.evaluate(_AT) - second) < 0.05, f"it stands at {second}")

    drawn: list[Any] = wave.evaluate(_DRAWN)
    assert min(drawn) >= 1, "something is drawn for each side"
    box = wave.bounding_box()
    assert box
    wave.click(position={"x": box["width"] / 2, "y": 20})
    at(SECONDS / 2)
    for key, second in (("End", SECONDS), ("ArrowLeft", 0), ("ArrowRight", SECONDS), ("Home", 0)):
        wave.press(key)
        at(second)
    page.get_by_role("button", name="1,5×").click()
    assert sound.evaluate("sound => sound.playbackRate") == 1.5
    expect(page.locator("chot-replay [data-speed][aria-pressed=true]")).to_have_text("1,5×")
    wave.press(" ")
    until(lambda: sound.evaluate(_AT) > 1.2, "it plays")
    wave.press(" ")
    second = int(sound.evaluate(_AT))
    page.locator("[data-link]").click()
    expect(page.locator("[data-link]")).to_have_text("Đã sao chép")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{application.address}/recordings/{call}#t={second}"
    other = enter("manager")
    other.goto(link)
    until(lambda: other.locator("chot-replay audio").evaluate(_AT) == second, "the link leads to its second")
    expect(other.locator("chot-replay output")).to_have_text(f"0:0{second} / 0:0{SECONDS}")
    noted = "SELECT count(*) FROM people_auditentry WHERE action = 'recording.heard' AND subject = %s"
    assert rows(application, noted, f"recording:{call}") == [(1,)], "who plays is noted once, who only opens the page is not"
