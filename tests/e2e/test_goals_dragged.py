"""Goals dragged by their handle in a real browser, with the mouse and with the keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Enter, requires_chromium

pytestmark = [requires_chromium, pytest.mark.slow]


def tree(page: Page) -> list[tuple[str, str]]:
    """Every goal with its depth, from the top down."""
    rows = page.locator("[data-goal]").all()
    return [(str(row.get_attribute("data-goal")), str(row.get_attribute("data-depth"))) for row in rows]


def test_a_goal_is_dragged_to_the_top_and_moved_back_by_keyboard(enter: Enter) -> None:
    page = enter("manager")
    page.goto("/goals")
    start = tree(page)
    grip, target = page.locator(".grip").nth(2).bounding_box(), page.locator("[data-goal]").first.bounding_box()
    assert grip and target and [depth for _goal, depth in start] == ["0", "1", "0", "1"]
    page.mouse.move(grip["x"] + 8, grip["y"] + 8)
    page.mouse.down()
    page.mouse.move(grip["x"] + 8, grip["y"] - 20, steps=3)
    page.mouse.move(grip["x"] + 8, target["y"] + 3, steps=5)
    assert page.locator(".drop-line").count() == 1
    with page.expect_response("**/place"):
        page.mouse.up()
    page.wait_for_selector(f".grip:focus >> xpath=ancestor::*[@data-goal='{start[2][0]}']")
    assert tree(page) == [*start[2:], *start[:2]]
    with page.expect_response("**/move"):
        page.keyboard.press("Alt+ArrowDown")
    page.reload()
    assert tree(page) == start
