"""One day in the life of each role, in a real browser, in both languages, at desk and phone width."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import DESK, PHONE, Enter, requires_chromium

pytestmark = [requires_chromium, pytest.mark.slow]
SEEN = pytest.mark.parametrize(("size", "language"), [(DESK, "vi"), (PHONE, "en")], ids=["desk-vi", "phone-en"])


def fits(page: object) -> bool:
    """Nothing sticks out sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"))  # type: ignore[attr-defined]


PLACES = {
    "a05": ["/kpi", "/announcements", "/disputes", "/account"],
    "manager": ["/team", "/goals", "/plans", "/pay", "/people", "/facts", "/disputes"],
    "payroll": ["/pay", "/team", "/plans"],
    "admin": ["/people", "/people/accounts", "/facts", "/audit"],
    "auditor": ["/audit", "/people", "/pay", "/goals"],
}


@SEEN
@pytest.mark.parametrize("username", PLACES)
def test_every_place_of_the_menu(enter: Enter, username: str, language: str, size: dict[str, int]) -> None:
    """Opens, says where it is, fits the width, shows no message id or template rest."""
    page = enter(username, language=language, size=size)
    for place in PLACES[username]:
        answer = page.goto(place)
        assert answer and answer.status == 200, place
        assert page.locator("main h1").count() == 1, place
        text = page.locator("body").inner_text()
        assert "{{" not in text and "{%" not in text and "None" not in text.split(), place
        assert fits(page), place


def test_an_agent_walks_from_pay_to_the_rows(enter: Enter) -> None:
    page = enter("a05", size=PHONE)
    page.goto("/kpi")
    page.locator("main a[href*='/statements/']").first.click()
    page.wait_for_selector("main table")
    assert page.locator("main").inner_text().count("₫") >= 1


def test_wrong_passwords_are_refused_in_words(application: object, browser: object) -> None:
    context = browser.new_context(base_url=application.address)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=username]", "manager")
    page.fill("[name=password]", "not the password")
    page.press("[name=password]", "Enter")
    page.wait_for_selector(".notice.error, .errorlist")
    assert page.url.split("?")[0].endswith("/sign-in")
    context.close()


