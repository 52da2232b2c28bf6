"""Menus open inside the screen, wide or narrow, and close by Escape and by a press beside them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import DESK, PHONE, Enter, requires_chromium

pytestmark = [requires_chromium, pytest.mark.slow]
PAGES = ("/customers", "/reports", "/team", "/charges/tariffs", "/charges/ported")


def outside(page: Page) -> list[str]:
    """The menus of the page that stick out when they are open."""
    size, found = page.viewport_size or {}, []
    for number, menu in enumerate(page.locator("main details.menu").all()):
        menu.locator("summary").first.click()
        box = menu.locator("> div").bounding_box()
        assert box and box["height"] > 40
        if box["x"] < 0 or box["x"] + box["width"] > size["width"] or (size == PHONE and box["y"] + box["height"] > size["height"]):
            found.append(f"{page.url} {number}: {box}")
        page.keyboard.press("Escape")
        assert menu.get_attribute("open") is None and menu.locator("summary").first.evaluate("summary => summary === document.activeElement")
    return found


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_menus_open_inside_the_screen(enter: Enter, size: dict[str, int]) -> None:
    page = enter("manager", size=size)
    found, menus = [], 0
    for path in PAGES:
        page.goto(path)
        menus += page.locator("main details.menu").count()
        found += outside(page)
    assert menus >= len(PAGES)
    assert found == []


def test_a_press_beside_a_menu_closes_it(enter: Enter) -> None:
    page = enter("manager", size=PHONE)
    page.goto("/customers")
    menu = page.locator("main details.menu").first
    menu.locator("summary").click()
    menu.locator("> div").click(position={"x": 4, "y": 4})
    assert menu.get_attribute("open") is not None, "a press inside leaves it open"
    page.locator("main h1").click()
    assert menu.get_attribute("open") is None
