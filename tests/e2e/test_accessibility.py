"""No page of any role breaks WCAG 2.1 A or AA: light and dark, desk and phone; and each can be used by keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import DESK, PHONE, Application, Enter, requires_chromium
from tests.e2e.walking import walk

pytestmark = [requires_chromium, pytest.mark.slow]
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
if not AXE.exists():
    AXE = Path(__file__).parents[2] / ".venv" / "node_modules" / "axe-core" / "axe.min.js"
_TAGS = "type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']"
WHOLE = f"{{runOnly: {{{_TAGS}}}, resultTypes: ['violations']}}"
SHAPES = f"{{runOnly: {{{_TAGS}}}, rules: {{'color-contrast': {{enabled: false}}}}, resultTypes: ['violations']}}"
COLOURS = "{runOnly: {type: 'rule', values: ['color-contrast', 'link-in-text-block']}, resultTypes: ['violations']}"
_FITS = "document.documentElement.scrollWidth <= window.innerWidth + 1"
_DARK = "dark => { document.documentElement.dataset.bsTheme = dark ? 'dark' : 'light'; document.dispatchEvent(new CustomEvent('chot:theme')) }"


def violations(page: Page, what: str) -> list[str]:
    """What axe finds, one line each."""
    found: list[dict[str, Any]] = page.evaluate(f"axe.run({what}).then(result => result.violations)")
    return [f"{each['id']}: {node['html'][:160]} ({node['failureSummary'][:240]})" for each in found for node in each["nodes"][:5]]


def checked(page: Page, path: str) -> list[str]:
    """The faults of the open page: everything at a desk, its colours in the dark, and what a phone's width may break; no width changes a colour."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    faults = [f"{path} {each}" for each in violations(page, WHOLE)]
    faults += [] if page.evaluate(_FITS) else [f"{path} desk: sticks out sideways"]
    page.evaluate(_DARK, True)
    faults += [f"{path} dark {each}" for each in violations(page, COLOURS)]
    page.evaluate(_DARK, False)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    faults += [f"{path} phone {each}" for each in violations(page, SHAPES)]
    faults += [] if page.evaluate(_FITS) else [f"{path} phone: sticks out sideways"]  # charts have followed the width by now
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    return faults


_looked_at: dict[str, set[str]] = {"frame": set()}
"""By kind of page, and of the frame around all, the parts that were looked at, whoever saw them."""


@pytest.mark.parametrize("username", ["manager", "a05", "a03", "a01", "payroll", "quality", "admin", "auditor"])
def test_every_page_in_every_light_and_width(enter: Enter, username: str) -> None:
    page = enter(username, bare=True)
    faults: list[str] = []
    for read in walk(page):
        assert read.heads == 1, read.path
        assert "{{" not in read.text and "{%" not in read.text and "None" not in read.text.split(), read.path
        known = _looked_at.setdefault(read.kind, set())
        if not (read.parts <= known and read.frame <= _looked_at["frame"]):  # else all of it was looked at, here or for another role
            known |= read.parts
            _looked_at["frame"] |= read.frame
            page.goto(read.address)
            faults += checked(page, read.path)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("path", ["/sign-in", "/nothing-here"])
def test_pages_of_nobody(application: Application, browser: Any, path: str) -> None:
    context = browser.new_context(base_url=application.address, bypass_csp=True, reduced_motion="reduce")
    page = context.new_page()
    page.goto(path)
    assert checked(page, path) == []
    context.close()


def test_dark_follows_the_system_until_chosen_and_stays_chosen(application: Application, browser: Any, enter: Enter) -> None:
    page = enter("manager")
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("html[data-bs-theme=dark]", state="attached")
    page.goto("/goals")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    with page.expect_response("**/theme"):
        page.locator("form.theme button:visible").click()
    page.wait_for_selector("html[data-bs-theme=light]", state="attached")
    page.goto("/plans")
    assert page.locator("html").get_attribute("data-bs-theme") == "light"
    assert 'data-bs-theme="light"' in page.request.get("/plans").text()


def test_places_and_search_by_keyboard(enter: Enter) -> None:
    page = enter("manager")
    goals = page.locator(".side a[href='/goals']").get_attribute("data-letter")
    assert goals
    page.reload(wait_until="load")
    page.keyboard.press(goals)  # a letter alone, right after the page came, goes nowhere
    page.keyboard.press("?")
    page.wait_for_selector("dialog#keys[open]")
    assert not page.url.endswith("/goals")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog#keys:not([open])", state="attached")
    letter = page.locator(".side a[href='/people']").get_attribute("data-letter")
    assert letter
    page.keyboard.press("g")
    page.keyboard.press(letter)
    page.wait_for_url("**/people")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("g")  # typing in a field is typing
    assert page.locator("[name=q]").input_value() == "g"


def test_the_first_tab_skips_to_the_content_and_focus_is_seen(enter: Enter) -> None:
    page = enter("manager")
    page.goto("/team")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).boxShadow") != "nonenone"


def test_the_menu_of_a_phone_by_keyboard(enter: Enter) -> None:
    page = enter("a03", size=PHONE)
    page.locator(".menu-button").focus()
    page.keyboard.press("Enter")
    assert page.locator("nav.side").is_visible() and page.locator(".menu-button").get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert not page.locator("nav.side").is_visible()
    assert page.evaluate("document.activeElement.className") == "menu-button"


def test_printed_pages_leave_the_frame_out(enter: Enter) -> None:
    page = enter("a03")
    page.emulate_media(media="print")
    assert not page.locator("nav.side").is_visible() and not page.locator("header.top").is_visible()
    assert page.locator("main table").first.is_visible()
